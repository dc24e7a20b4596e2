import { processIo } from "../../src/cli/output/io.ts";
import { assert, assertEquals } from "../assert.ts";
import { CollectSpace } from "./collect_tools.ts";
import { logLines } from "./program.ts";
import { testNeeding } from "../system.ts";

/** `deno task test:collect` sets it to 60: a minute in real time. */
const TURNS = Number(Deno.env.get("TICKERLOCK_TEST_COLLECT_TURNS") ?? 3);

interface Begin {
  readonly name: string;
  readonly atMs: number;
  readonly logMs: number;
  readonly isTurn: boolean;
}

/** Beginnings of runs, from the log. */
function begins(stderr: string): Begin[] {
  return logLines(stderr).flatMap((line) => {
    const [, name = "", kind] = /^(\w+): (turn|initial sync) begins$/.exec(String(line.message)) ??
      [];
    if (kind === undefined) return [];
    const { turn_at: at } = line.properties as { turn_at: string };
    return [{
      name,
      atMs: Date.parse(at),
      logMs: Date.parse(String(line["@timestamp"])),
      isTurn: kind === "turn",
    }];
  });
}

testNeeding(
  "signals",
  `in real time, ${TURNS} turns of several tasks: in order, no overlap, no drift`,
  async () => {
    await using live = await CollectSpace.create({ latencyMs: 50 });
    live.configure([
      { name: "quick", every: "1s", tickers: ["PETR4.SA", "VALE3.SA"] },
      { name: "slower", every: "2s", jitter: "1s", tickers: ["ITUB4.SA"] },
      { name: "failing", every: "1s", tickers: ["NOPE.SA"] },
    ]);
    await using running = live.start();
    // One wait for each: there is a bound on every one of them.
    for (let turn = 1; turn <= TURNS; turn++) await live.rows("quick", "success", 2 * (turn + 1));
    await live.rows("slower", "success", Math.ceil(TURNS / 2) + 1);
    running.kill("SIGHUP");
    await running.says("read the configuration: quick, slower, failing");
    running.kill("SIGTERM");
    const { code, stderr } = await running.outcome();
    assertEquals(code, 143);

    const all = begins(stderr);
    assertEquals(all.slice(0, 3).map(({ name, isTurn }) => [name, isTurn]), [
      ["quick", false],
      ["slower", false],
      ["failing", false],
    ]);
    assert(all.slice(3).every(({ isTurn }) => isTurn));
    // Each turn is a whole number of intervals after the first: late or not, it does not drift.
    const ofQuick = all.filter(({ name, isTurn }) => name === "quick" && isTurn);
    const [first] = ofQuick;
    assert(first !== undefined && ofQuick.length >= TURNS);
    assertEquals(ofQuick.filter(({ atMs }) => (atMs - first.atMs) % 1000 !== 0), []);
    assert(all.every(({ atMs, logMs }) => logMs >= atMs));
    // The failing task backs off: fewer runs than a quarter of its intervals, once it has failed often.
    const failing = all.filter(({ name }) => name === "failing").length;
    assert(failing <= 2 + Math.log2(ofQuick.length * 4), `${failing} runs of the failing task`);

    // One task at a time: the spans of the tasks' rows never intersect.
    const spans = live.space.logs().filter(({ status }) => status !== "skipped")
      .map(({ command, started_at, finished_at }) => ({ command, started_at, finished_at }));
    for (const a of spans) {
      for (const b of spans) {
        if (a.command === b.command) continue;
        const apart = (a.finished_at ?? "") <= b.started_at ||
          (b.finished_at ?? "") <= a.started_at;
        assert(apart, JSON.stringify([a, b]));
      }
    }
    if (TURNS > 10) {
      processIo().out(`${ofQuick.length} turns of quick, ${failing} runs of failing\n`);
    }
  },
);
