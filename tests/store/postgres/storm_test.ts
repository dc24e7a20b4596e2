/**
 * Processes that take the same tickers while they are killed, stopped and cut off.
 *
 * @module
 */
import { Connection } from "../../../src/store/postgres/connection/connection.ts";
import { parseTarget } from "../../../src/store/postgres/connection/target.ts";
import { openStore } from "../../../src/store/open.ts";
import { assert, assertEquals } from "../../assert.ts";
import { projectPath } from "../../paths.ts";
import { claim } from "../contract_tools.ts";
import { newUrl } from "./places.ts";
import { startServer } from "./server.ts";

const TICKERS = ["A", "B", "C"];
const PROCESSES = 4;

/** Rounds of a fault each; more for a long search. */
const ROUNDS = Number(Deno.env.get("TICKERLOCK_TEST_STORM_ROUNDS") ?? 24);

/** Numbers that the seed alone decides: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

Deno.test("storm: as many commits as the log says, no lock left, no row left running", async () => {
  const seed = Number(Deno.env.get("TICKERLOCK_TEST_STORM_SEED") ?? Date.now() % 2 ** 31);
  const random = randomOf(seed);
  // Its own, for what is cut off there is no other test's.
  await using own = await startServer();
  const before = Deno.env.get("PGPASSWORD");
  const url = await newUrl(own);
  await (await openStore(url, { lockDir: "none" }))[Symbol.asyncDispose]();
  const start = (): Deno.ChildProcess =>
    new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--no-check", "tests/store/postgres/storm_main.ts", url],
        ...TICKERS,
      ],
      cwd: projectPath("."),
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
  const all = Array.from({ length: PROCESSES }, start);
  await using connection = new Connection(parseTarget(url));
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const faults: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round++) {
    await pause(100 + random(400));
    const at = random(PROCESSES);
    const one = all[at];
    assert(one !== undefined);
    const fault = ["kill", "stop", "terminate", "terminate"][random(4)] ?? "";
    faults[fault] = (faults[fault] ?? 0) + 1;
    if (fault === "kill") {
      one.kill("SIGKILL");
      await one.status;
      all[at] = start();
    } else if (fault === "stop") {
      one.kill("SIGSTOP");
      await pause(300 + random(2000));
      one.kill("SIGCONT");
    } else {
      await connection.read("end", (db) =>
        db.all(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name = 'tickerlock' AND pid <> pg_backend_pid()
           ORDER BY md5(pid::text || $1) LIMIT 1`,
          String(random(1_000_000)),
        ));
    }
  }
  for (const each of all) await each.stdin.close();
  for (const each of all) assertEquals((await each.status).code, 0, `seed ${seed}`);
  // What a killed process has left is ended by the next claim.
  {
    await using store = await openStore(url, { lockDir: "none" });
    for (const ticker of TICKERS) {
      await using last = await claim(store, ticker, { wait: true, timeoutSeconds: 90 });
      assertEquals(await store.end(last.job, { status: "failed", durationMs: 1 }), null);
    }
  }
  const told = await connection.read("count", (db) =>
    db.get(
      `SELECT (SELECT sum(close) FROM prices) AS counted,
         (SELECT count(*)::float8 FROM ingest_logs WHERE status = 'success') AS successes,
         (SELECT count(*) FROM ingest_logs WHERE status = 'running') AS running,
         (SELECT count(*) FROM locks WHERE owner IS NOT NULL) AS held`,
    ));
  const message = `seed ${seed}, faults ${JSON.stringify(faults)}`;
  assertEquals(told?.counted, told?.successes, message);
  assert(Number(told?.successes) > ROUNDS, `${message}: ${told?.successes} commits`);
  assertEquals([told?.running, told?.held], [0, 0], message);
  if (before !== undefined) Deno.env.set("PGPASSWORD", before);
});
