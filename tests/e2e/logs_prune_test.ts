import { assert, assertEquals, assertMatch } from "../assert.ts";
import { canMount } from "../installed.ts";
import { inside } from "./db_tools.ts";
import { loggedSpace } from "./log_tools.ts";
import { logLines, Running } from "./program.ts";
import { waitFor } from "./wait_for.ts";
import type { Workspace } from "./workspace.ts";
import { testNeeding } from "../system.ts";

const ROWS = 150_000;

function fillLog(space: Workspace): void {
  space.execute(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
     INSERT INTO ingest_logs (job_id, run_id, ticker, source, command, started_at, finished_at,
       status, host, pid, version)
     SELECT printf('0191f000-0000-7000-8000-%012d', i), 'run-2', 'T' || (i % 50), 'csv', 'a test',
       '2024-01-01T00:00:00.000Z', '2024-01-01T00:00:01.000Z', 'success', 'host', 42, '0.1.0' FROM n`,
  );
}

testNeeding("signals", "a prune that is stopped says how much is gone", async () => {
  await using space = await loggedSpace();
  fillLog(space);
  const rows = (): number => Number(space.value("SELECT count(*) FROM ingest_logs"));
  const all = rows();
  const args = ["logs", "prune", "--older-than", "2025-01-01"];
  await using running = new Running(args, inside(space));
  await waitFor("the first step", () => rows() < all);
  running.kill("SIGINT");
  const { code, stdout, stderr } = await running.outcome();
  assertEquals([code, stdout], [130, ""]);
  const gone = all - rows();
  assert(gone > 0 && gone < all, `${gone}`);
  const line = logLines(stderr).find(({ level }) => level === "ERROR");
  assertMatch(
    String(line?.message),
    new RegExp(`stopped by SIGINT; ${gone.toLocaleString("en")} log rows and 0 rejects of `),
  );
});

Deno.test("on a file system that can only be read a prune says so", async () => {
  if (!(await canMount(["unshare", "-m"]))) return;
  await using space = await loggedSpace();
  Deno.mkdirSync(`${space.path}/small`);
  const script = "mount -t tmpfs tmpfs small && cp prices.db small/ || exit 99\n" +
    'mount -o remount,ro small && "$@"';
  const prefix = ["unshare", "-m", "sh", "-c", script, "sh"];
  const args = ["logs", "prune", "--older-than", "2026-11-03", "--db", "small/prices.db"];
  const { code, stderr } = await space.spawn(args, { prefix });
  assertEquals(code, 1, stderr);
  assertMatch(stderr, /the file system that it is on can only be read.*"hint":"Have it mounted/);
});
