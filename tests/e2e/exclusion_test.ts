import { assert, assertEquals } from "../assert.ts";
import { SAMPLE, SAMPLE_TICKERS } from "./program.ts";
import { Workspace } from "./workspace.ts";

/** Processes that want all tickers at once. */
const RUNS = 6;

Deno.test("the log proves exclusion: of one ticker no two runs were at work at once", async () => {
  await using space = await Workspace.create();
  const args = ["--source", "cotahist", "--file", SAMPLE, "--force-refresh", "--on-locked", "wait"];
  const contended = SAMPLE_TICKERS[0] ?? "";
  const held = space.hold(contended);
  await using all = new AsyncDisposableStack();
  const runs = Array.from({ length: RUNS }, () => all.use(space.start(args)));
  for (const run of runs) await run.says(`waiting for ${contended}`);
  held.release();
  const outcomes = await Promise.all(runs.map((run) => run.outcome()));
  assertEquals(outcomes.map(({ code }) => code), outcomes.map(() => 0), outcomes[0]?.stderr);
  for (const ticker of SAMPLE_TICKERS) {
    const spans = space.query(
      `SELECT started_at, finished_at, lock_action, pid FROM ingest_logs
       WHERE ticker = '${ticker}' ORDER BY id`,
    );
    assertEquals(spans.length, RUNS);
    const waited = spans.filter(({ lock_action }) => lock_action === "waited").length;
    if (ticker === contended) assertEquals(waited, RUNS);
    for (const [index, { started_at, finished_at }] of spans.entries()) {
      const before = spans[index - 1];
      assert(String(started_at) <= String(finished_at));
      const isAfter = before === undefined || String(started_at) >= String(before.finished_at);
      assert(isAfter, `${ticker}: ${JSON.stringify([before, spans[index]])}`);
    }
  }
});
