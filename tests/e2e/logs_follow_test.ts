import { inSpace } from "../cli/in_process.ts";
import { Database } from "../../src/store/sqlite/connection/database.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { addLogged } from "../store/sqlite/logged.ts";
import { inside } from "./db_tools.ts";
import { loggedSpace } from "./log_tools.ts";
import { Running, SAMPLE } from "./program.ts";
import { waitFor } from "./wait_for.ts";
import { Workspace } from "./workspace.ts";
import { testNeeding } from "../system.ts";
import { jobIdOf, type Logged } from "../store/rows.ts";

const STARTED = "2026-11-06T10:00:00.000Z";

async function add(space: Workspace, row: Logged): Promise<void> {
  using db = await Database.open(space.db);
  await addLogged(db, [row]);
}

/** Adds a row at once, for what looks again and again. */
function addNow(space: Workspace): void {
  space.execute(
    `INSERT INTO ingest_logs (job_id, run_id, ticker, source, command, started_at, finished_at,
       status, host, pid, version)
     VALUES (hex(randomblob(8)), 'run', 'NEW3.SA', 'csv', 'test', '${STARTED}', '${STARTED}',
       'success', 'host', 1, '0')`,
  );
}

function shown(stdout: string): string[] {
  return stdout.split("\n").filter(Boolean).map((line) => {
    const { id, status } = JSON.parse(line) as { id: number; status: string };
    return `${id} ${status}`;
  });
}

/** Follows into a file, so that what is written can be seen while it runs. */
function follow(space: Workspace, ...args: readonly string[]): Running {
  return new Running(["logs", "--follow", ...args], {
    ...inside(space),
    prefix: ["sh", "-c", 'exec "$@" >followed', "sh"],
  });
}

function followed(space: Workspace): string {
  try {
    return Deno.readTextFileSync(`${space.path}/followed`);
  } catch {
    // The shell has not made it yet.
    return "";
  }
}

async function seen(space: Workspace, lines: number): Promise<string> {
  await waitFor(`${lines} lines`, () => followed(space).split("\n").length > lines);
  return followed(space);
}

testNeeding(
  "signals",
  "following shows rows when they begin and again when they end, and stops on a signal",
  async () => {
    await using space = await loggedSpace();
    await using running = follow(space, "--ndjson", "--limit", "2");
    assertEquals(shown(await seen(space, 2)), ["5 running", "6 success"]);
    await add(space, { startedAt: STARTED, status: "running" });
    assertEquals(shown(await seen(space, 3)).at(-1), "7 running");
    space.execute(
      `UPDATE ingest_logs SET status = 'failed', finished_at = '${STARTED}' WHERE id = 7;
     UPDATE ingest_logs SET status = 'abandoned', finished_at = '${STARTED}' WHERE id = 5;`,
    );
    assertEquals(shown(await seen(space, 5)).slice(3), ["5 abandoned", "7 failed"]);
    running.kill("SIGTERM");
    const { code, stderr } = await running.outcome();
    assertEquals([code, stderr], [143, ""]);
  },
);

testNeeding("signals", "a filter by status sees a row that was running before", async () => {
  await using space = await loggedSpace();
  await using running = follow(space, "--ndjson", "--failed", "--limit", "1");
  assertEquals(shown(await seen(space, 1)), ["4 lock_busy"]);
  await add(space, { startedAt: STARTED, status: "success" });
  space.execute(
    `UPDATE ingest_logs SET status = 'interrupted', finished_at = '${STARTED}' WHERE id = 5`,
  );
  assertEquals(shown(await seen(space, 2)), ["4 lock_busy", "5 interrupted"]);
  running.kill("SIGINT");
  assertEquals((await running.outcome()).code, 130);
});

testNeeding("signals", "a real run is followed, as a table", async () => {
  await using space = await Workspace.create();
  (await Database.open(space.db)).close();
  await using running = follow(space);
  await seen(space, 1);
  assertEquals((await space.cotahist(SAMPLE)).code, 0);
  await waitFor(
    "all tickers",
    () => /EXMH4\.SA .*success/.test(followed(space)),
  );
  running.kill("SIGTERM");
  await running.outcome();
  const text = followed(space);
  assertEquals(text.match(/ success /g)?.length, 8);
  assertEquals(text.match(/^STARTED/gm)?.length, 1);
});

testNeeding(
  ["signals", "openFiles"],
  "a database that is replaced meanwhile is followed on",
  async () => {
    await using space = await loggedSpace();
    await using running = follow(space, "--ndjson", "--limit", "0", "--ticker", "NEW3.SA");
    // It cannot be seen from outside that it has begun: it is offered rows until one comes through.
    const other = `${space.path}/other.db`;
    {
      using db = await Database.open(other);
      await addLogged(db, [{ startedAt: STARTED }]);
    }
    Deno.renameSync(other, space.db);
    await waitFor("a row of the new file", () => {
      addNow(space);
      return followed(space) !== "";
    });
    running.kill("SIGTERM");
    assertEquals((await running.outcome()).code, 143);
  },
);

testNeeding("shell", "following ends when its reader goes away", async () => {
  await using space = await loggedSpace();
  await using running = new Running(["logs", "--follow", "--limit", "all"], {
    ...inside(space),
    prefix: ["sh", "-c", '{ "$@"; echo $? > code; } | head -1', "sh"],
  });
  // That nobody reads shows when something is written: rows come until it has ended.
  await waitFor("its end", () => {
    if (running.alive) addNow(space);
    return !running.alive;
  });
  const { code, stdout, stderr } = await running.outcome();
  assertEquals([code, Deno.readTextFileSync(`${space.path}/code`), stderr], [0, "0\n", ""]);
  assertMatch(stdout, /^STARTED .*\n$/);
});

testNeeding("shell", "a long list stops when its reader has seen enough", async () => {
  await using space = await loggedSpace();
  space.execute(`WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 5100)
      INSERT INTO ingest_logs (job_id, run_id, source, command, started_at, status, host, pid, version)
      SELECT 'job-' || i, 'run', 'csv', 'test', '${STARTED}', 'running', 'host', 1, '0' FROM n`);
  const { stdout } = await space.spawn(["logs", "--ndjson"], {
    prefix: ["sh", "-c", '{ "$@"; echo $? > code; } | head -1', "sh"],
  });
  assert(stdout.includes('"job_id":"job-5100"') && stdout.endsWith("}\n"));
  assertEquals(Deno.readTextFileSync(`${space.path}/code`), "0\n");
  const all = await inSpace(space, ["logs", "--ndjson"]);
  const ids = all.stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line).job_id);
  assertEquals({ all: ids.length, different: new Set(ids).size, last: ids.at(-1) }, {
    all: 5007,
    different: 5007,
    last: jobIdOf(1),
  });
  // The error of a row that comes long after the table was laid out.
  const table = await inSpace(space, ["logs", "--limit", "all"]);
  assertMatch(table.stdout, /^STARTED .* ERROR$/m);
  assertMatch(table.stdout, /^2026-11-01 .* failed .* file_not_found: .* story to tell$/m);
  assertMatch(table.stdout, /^5,007 rows; times in /m);
});
