/**
 * Processes of the program on one server, as on several machines.
 *
 * @module
 */
import { Connection } from "../../src/store/postgres/connection/connection.ts";
import { parseTarget } from "../../src/store/postgres/connection/target.ts";
import type { CopiedTable } from "../../src/store/copy.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { ELSEWHERE } from "../fake/certificates.ts";
import { Workspace } from "./workspace.ts";
import { startServer } from "../store/postgres/server.ts";
import { Holding, Scene } from "./postgres_scene.ts";
import { assertKilled, PATIENT, Running, SAMPLE } from "./program.ts";

Deno.test("two runs on one ticker: one works, the other leaves or waits", async () => {
  await using scene = await Scene.create();
  await using first = scene.ingest("STALL.SA");
  await scene.until("a claim", "SELECT 1 FROM ingest_logs WHERE status = 'running'");
  await using leaving = scene.ingest("STALL.SA", "--on-locked", "exit");
  const { code, stderr } = await leaving.outcome();
  assertEquals(code, 75, stderr);
  assertStringIncludes(stderr.replaceAll(/\n +/g, " "), `pid ${first.pid}`);
  const { space } = scene.live;
  const released = await space.program(["locks", "release", "STALL.SA"], { env: scene.env });
  assertEquals(released.code, 75);
  assertStringIncludes(released.stderr, "on its machine with kill");
  await using waiting = scene.ingest("STALL.SA", "PETR4.SA");
  await waiting.says("waiting for STALL.SA");
  await scene.until(
    "its other ticker",
    "SELECT 1 FROM ingest_logs WHERE ticker = 'PETR4.SA' AND status = 'success'",
  );
  first.kill("SIGTERM");
  assertEquals((await first.outcome()).code, 143);
  await scene.until(
    "the claim of the one that waited",
    "SELECT 1 FROM ingest_logs WHERE status = 'running' AND lock_action = 'waited'",
  );
  waiting.kill("SIGTERM");
  await waiting.outcome();
  assertEquals(
    await scene.query("SELECT ticker, status FROM ingest_logs ORDER BY id"),
    [
      ["STALL.SA", "interrupted"],
      ["STALL.SA", "lock_busy"],
      ["PETR4.SA", "success"],
      ["STALL.SA", "interrupted"],
    ],
  );
  assertEquals(await scene.query("SELECT name FROM locks WHERE owner IS NOT NULL"), []);
});

Deno.test("kill -9 of a holder: who waits takes over, and the row says so", async () => {
  await using scene = await Scene.create();
  await using first = scene.ingest("STALL.SA");
  await scene.until("a claim", "SELECT 1 FROM ingest_logs WHERE status = 'running'");
  await using waiting = scene.ingest("STALL.SA");
  await waiting.says("waiting for STALL.SA");
  first.kill("SIGKILL");
  assertKilled(await first.outcome());
  const [[beat] = []] = await scene.until(
    "the successor's claim",
    `SELECT l.acquired_at - old.finished_at < interval '1 s' FROM locks AS l
       JOIN ingest_logs AS new ON new.job_id = l.owner AND new.lock_action = 'waited'
       JOIN ingest_logs AS old ON old.status = 'abandoned'`,
  );
  assertEquals(beat, true);
  waiting.kill("SIGTERM");
  await waiting.outcome();
  assertEquals(
    await scene.query("SELECT status, error_code FROM ingest_logs ORDER BY id"),
    [["abandoned", "abandoned"], ["interrupted", "interrupted"]],
  );
});

Deno.test("a lock that is taken by force from a living run: the next one writes, the loser is refused", async () => {
  const service = new Holding();
  await using scene = await Scene.create(service);
  await using loser = scene.ingest("PETR4.SA");
  await service.asked;
  const { space } = scene.live;
  const words = ["locks", "release", "PETR4.SA", "--force"];
  const released = await space.program(words, { env: scene.env });
  assertEquals(released.code, 0, released.stderr);
  await using winner = scene.ingest("PETR4.SA");
  assertEquals((await winner.outcome()).code, 0);
  service.letGo();
  const { code, stderr } = await loser.outcome();
  assertEquals(code, 1, stderr);
  assertStringIncludes(stderr, "the claim on PETR4.SA was revoked");
  assertEquals(
    await scene.query(
      `SELECT source, status, error_code, (SELECT count(*) > 0 FROM prices WHERE ingest_id = l.id)
       FROM ingest_logs AS l ORDER BY id`,
    ),
    [
      ["yahoo", "abandoned", "claim_revoked", false],
      ["locks", "success", "lock_released", false],
      ["yahoo", "success", null, true],
    ],
  );
  assertEquals(await scene.query("SELECT name FROM locks WHERE owner IS NOT NULL"), []);
});

Deno.test("db copy that is killed in the middle: made again it goes on, and both are the same", async () => {
  await using scene = await Scene.create();
  const { space } = scene.live;
  const args = ["--source", "cotahist", "--file", SAMPLE];
  assertEquals((await space.ingest(args)).code, 0);
  const copy = ["db", "copy", space.db, scene.url, "--json"];
  const env = { ...scene.env, LOCK_DIR: space.lockDir };
  assertEquals((await space.program(["db", "migrate", "--db", scene.url], { env })).code, 0);
  const held = Promise.withResolvers<void>();
  const free = Promise.withResolvers<void>();
  await using other = new Connection(parseTarget(scene.url));
  const holding = other.transaction("hold", async (db) => {
    await db.run("LOCK TABLE prices IN EXCLUSIVE MODE");
    held.resolve();
    await free.promise;
  });
  await held.promise;
  try {
    await using killed = new Running(copy, { env });
    await scene.until(
      "a copy that waits for prices",
      "SELECT 1 FROM pg_locks WHERE relation = to_regclass('prices') AND NOT granted",
    );
    killed.kill("SIGKILL");
    assertKilled(await killed.outcome());
  } finally {
    free.resolve();
    await holding;
  }
  const counts = "SELECT (SELECT count(*) FROM ingest_logs), (SELECT count(*) FROM prices)";
  assertEquals(await scene.query(counts), [[8, 0]]);
  const again = await space.program(copy, { env });
  assertEquals(again.code, 0, again.stderr);
  const { tables } = JSON.parse(again.stdout) as { tables: CopiedTable[] };
  const prices = tables.find(({ table }) => table === "prices");
  assertEquals([prices?.rows, prices?.sha256.length], [80, 64]);
  assertEquals(await scene.query(counts), [[8, 80]]);
});

for (const mode of ["fast", "immediate"] as const) {
  Deno.test(`a server that restarts (${mode}) under a run: the run goes on, and all is there once`, async () => {
    const before = Deno.env.get("PGPASSWORD");
    await using server = await startServer({ durable: true });
    const service = new Holding();
    await using scene = await Scene.create(service, server);
    await using run = scene.ingest("PETR4.SA", "VALE3.SA", "ABEV3.SA");
    await service.asked;
    await server.restart(mode);
    service.letGo();
    const { code, stderr } = await run.outcome();
    assertEquals(code, 0, stderr);
    const left = `(SELECT count(*)::int FROM locks WHERE owner IS NOT NULL)`;
    assertEquals(
      await scene.query(
        `SELECT ticker, status, ${left}, rows_inserted = (SELECT count(*) FROM prices
           WHERE ingest_id = l.id) FROM ingest_logs AS l ORDER BY ticker`,
      ),
      ["ABEV3.SA", "PETR4.SA", "VALE3.SA"].map((ticker) => [ticker, "success", 0, true]),
    );
    if (before !== undefined) Deno.env.set("PGPASSWORD", before);
  });
}

Deno.test("a certificate that is refused is no bug, in no build of the program", async () => {
  const { authority, ...tls } = ELSEWHERE;
  await using server = await startServer({ tls });
  await using space = await Workspace.create();
  const file = space.write("ca.pem", authority);
  const asked = async (query: string) => {
    const db = `postgres://${server.user}@127.0.0.1:${server.port}/postgres?${query}`;
    const env = { PGPASSWORD: server.password };
    const { code, stderr } = await space.program(["locks", "list", "--db", db], { env });
    const line = stderr === "" ? undefined : JSON.parse(stderr);
    return [code, line?.properties.code, line?.properties.hint.split(";")[0]];
  };
  const refused = [1, "db_tls_refused"];
  assertEquals(await asked("sslmode=verify-full"), [
    ...refused,
    "Name the file of the server's authority: ?sslrootcert=FILE",
  ]);
  assertEquals(await asked(`sslmode=verify-full&sslrootcert=${file}`), [
    ...refused,
    "Name the server as its certificate does",
  ]);
  assertEquals(await asked(`sslmode=verify-ca&sslrootcert=${file}`), [0, undefined, undefined]);
  assertEquals(await asked("sslmode=require"), [0, undefined, undefined]);
});

Deno.test("two collectors: one works, the other stands by and takes over", async () => {
  await using scene = await Scene.create();
  scene.live.configure([{ name: "a", source: "yahoo", tickers: ["PETR4.SA"], every: "1s" }]);
  await using first = scene.collect();
  await scene.until(
    "a run",
    "SELECT 1 FROM ingest_logs WHERE status = 'success' HAVING count(*) > 1",
  );
  await using second = scene.collect();
  await second.says("another run holds the job lock");
  assertEquals(
    await scene.query("SELECT pid::int FROM collectors WHERE stopped_at IS NULL"),
    [[first.pid]],
  );
  first.kill("SIGKILL");
  assertKilled(await first.outcome());
  await scene.until(
    "the second at work",
    `SELECT 1 FROM collectors WHERE pid = ${second.pid} AND state IN ('idle', 'running')`,
  );
  await scene.until(
    "its run",
    `SELECT 1 FROM ingest_logs WHERE pid = ${second.pid} AND status = 'success'`,
  );
  const rows = await scene.query(
    "SELECT pid::int, stop_reason LIKE 'found dead%' FROM collectors ORDER BY started_at",
  );
  assertEquals(rows, [[first.pid, true], [second.pid, null]]);
  second.kill("SIGTERM");
  assertEquals((await second.outcome()).code, 143);
});

Deno.test("a server that lets no one in: the run ends with its code, its row waits and is brought in once", async () => {
  await using scene = await Scene.create();
  const { space } = scene.live;
  const ended = async (ticker: string, env: Readonly<Record<string, string>> = {}) => {
    await using run = space.start(["--source", "yahoo", ...PATIENT, ticker], {
      env: { ...scene.env, STATE_DIRECTORY: `${space.path}/state`, ...env },
    });
    return await run.outcome();
  };
  assertEquals((await ended("PETR4.SA")).code, 0);
  const { code, stderr } = await ended("VALE3.SA", { PGPASSWORD: "wrong-secret" });
  assertEquals(code, 1, stderr);
  assertStringIncludes(stderr, "db_login_refused");
  assert(!stderr.includes("wrong-secret"));
  const names = [...Deno.readDirSync(`${space.path}/state`)].map(({ name }) => name);
  assert(names.some((name) => name.endsWith(".spill.ndjson")), names.join());
  for (const _ of [1, 2]) assertEquals((await ended("PETR4.SA")).code, 0);
  assertEquals(
    await scene.query("SELECT error_code FROM ingest_logs WHERE error_code IS NOT NULL"),
    [["db_login_refused"]],
  );
});
