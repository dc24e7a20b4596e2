import { EXIT } from "../../src/base/errors.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { FAILED, FINE, simulated, type SimulatedRun, Simulation } from "./simulation.ts";

const MINUTE = 60_000;

/** Fails where two runs were at work at the same time. */
function assertNoOverlap(runs: readonly SimulatedRun[]): void {
  for (const [index, run] of runs.entries()) {
    const next = runs[index + 1];
    if (next === undefined) continue;
    assert(run.endedMs !== undefined && run.endedMs <= next.startedMs, JSON.stringify([run, next]));
  }
}

Deno.test("three days: initial sync first, no overlap, no drift, holidays, a change of the clocks", async () => {
  // Clocks in London go forward in the night to Sunday, 2026-03-29; Monday is a holiday of "shares".
  const takes = (length: string) => (run: SimulatedRun) => run.takes(length);
  const shares = simulated("shares", "15m", {
    hours: "08:00-16:30",
    days: "mon-fri",
    zone: "Europe/London",
    holidays: ["2026-03-30"],
    jitter: "5m",
    behaviour: takes("2m"),
  });
  const markets = simulated("markets", "7m", { behaviour: takes("50s") });
  const daily = simulated("daily", "1d", {
    hours: "20:00-21:00",
    zone: "Europe/London",
    behaviour: takes("20m"),
  });
  await using live = new Simulation("2026-03-28T21:30:00Z", [shares, markets, daily]);
  await live.time.until("2026-03-31T21:30:00Z");
  const { runs, skips } = live;

  // Saturday evening is active time of none but the initial sync, which has no regard for it.
  assertEquals(runs.slice(0, 3).map(({ task, kind }) => [task, kind]), [
    ["shares", "initial sync"],
    ["markets", "initial sync"],
    ["daily", "initial sync"],
  ]);
  assert(runs.slice(3).every(({ kind }) => kind === "turn"));
  const synced = runs[2]?.endedMs ?? NaN;
  assertEquals(synced, Date.parse("2026-03-28T21:30:00Z") + (120 + 50 + 1200) * 1000);
  assertNoOverlap(runs);

  // No drift: each turn is at the anchor plus a whole number of intervals, to the millisecond.
  const turnsOf = (name: string) =>
    [...runs.filter(({ kind }) => kind === "turn"), ...skips]
      .filter(({ task }) => task === name).map(({ atMs }) => atMs).sort((a, b) => a - b);
  const ofMarkets = turnsOf("markets");
  assertEquals(
    ofMarkets,
    Array.from({ length: ofMarkets.length }, (_, index) => synced + (index + 1) * 7 * MINUTE),
  );
  assertEquals(ofMarkets.length, Math.floor((3 * 1440 - 22.8) / 7));

  // Tuesday alone: 08:00 in London is 07:00 in UTC by now, and jitter has moved no turn.
  assertEquals(
    turnsOf("shares"),
    Array.from(
      { length: 34 },
      (_, index) => Date.parse("2026-03-31T07:00:00Z") + index * 15 * MINUTE,
    ),
  );
  const delays = runs.filter(({ task, kind }) => task === "shares" && kind === "turn")
    .map(({ atMs, startedMs }) => startedMs - atMs);
  assert(delays.every((delay) => delay >= 0 && delay <= 5 * MINUTE + 50_000), String(delays));
  assert(new Set(delays).size > 10, "jitter is not random");

  assertEquals(live.starts("daily", "turn").map((at) => at.slice(0, 13)), [
    "2026-03-29T19",
    "2026-03-30T19",
    "2026-03-31T19",
  ]);
  // While "daily" works for 20 minutes, one turn of "markets" waits, and those after it are left out.
  const busy = runs.filter(({ task }) => task === "daily").slice(1);
  assertEquals(new Set(skips.map(({ task }) => task)), new Set(["markets"]));
  for (const { atMs, code } of skips) {
    assert(["task_still_waiting", "task_still_running"].includes(code), code);
    const during = busy.some(({ startedMs, endedMs = NaN }) =>
      startedMs < atMs && atMs <= endedMs + MINUTE
    );
    assert(during, new Date(atMs).toISOString());
  }
  assert(skips.length >= busy.length && skips.length <= 3 * busy.length, `${skips.length} skips`);
});

Deno.test("nothing fires before the initial sync is done, however long it takes", async () => {
  const slow = simulated("slow", "1m", {
    behaviour: (run) => run.takes("3h"),
  });
  const quick = simulated("quick", "1m");
  await using live = new Simulation("2026-09-18T00:00:00Z", [quick, slow]);
  await live.time.until("2026-09-18T02:59:59Z");
  assertEquals(live.runs.map(({ task, kind }) => `${task} ${kind}`), [
    "quick initial sync",
    "slow initial sync",
  ]);
  assertEquals(live.skips, []);
  assertEquals(live.collector.view().state, "syncing");
  await live.time.until("2026-09-18T03:01:00Z");
  assertEquals(live.starts("quick", "turn"), ["2026-09-18T03:01:00"]);
});

Deno.test("a turn that comes while its task runs is left out once, and never made up for", async () => {
  let length = "35m";
  const task = simulated("long", "10m", {
    behaviour: (run) => run.kind === "turn" ? run.takes(length) : FINE,
  });
  await using live = new Simulation("2026-09-18T00:00:00Z", [task]);
  await live.time.until("2026-09-18T00:44:00Z");
  length = "1m";
  await live.time.until("2026-09-18T01:15:00Z");
  assertEquals(live.starts("long", "turn"), [
    "2026-09-18T00:10:00",
    "2026-09-18T00:50:00",
    "2026-09-18T01:00:00",
    "2026-09-18T01:10:00",
  ]);
  assertEquals(
    live.skips.map(({ atMs, code }) => [new Date(atMs).toISOString().slice(11, 16), code]),
    [["00:20", "task_still_running"], ["00:30", "task_still_running"], [
      "00:40",
      "task_still_running",
    ]],
  );
  assertEquals(live.collector.view().tasks[0]?.skipped, 3);
});

Deno.test("a task that fails backs off, the others go on, and a success ends it", async () => {
  let end = FAILED;
  const bad = simulated("bad", "10m", { behaviour: () => end });
  const thrown = simulated("thrown", "2h", {
    behaviour: () => {
      throw new Error("cannot begin");
    },
  });
  await using live = new Simulation("2026-09-18T00:00:00Z", [
    bad,
    thrown,
    simulated("good", "10m"),
  ]);
  await live.time.until("2026-09-18T03:25:00Z");
  // 20, 40, 60 and again 60 minutes after the turn that failed.
  assertEquals(live.turns("bad"), ["00:20", "01:00", "02:00", "03:00"]);
  assertEquals(live.starts("good", "turn").length, 20);
  assertEquals(live.turns("thrown"), ["02:00"]);
  const view = live.collector.view().tasks;
  assertEquals(view.map(({ failures, last_message }) => [failures, last_message]), [
    [5, "the service is down"],
    [2, "cannot begin"],
    [0, null],
  ]);
  assertEquals(live.skips, []);
  end = FINE;
  await live.time.until("2026-09-18T04:25:00Z");
  assertEquals(live.turns("bad").slice(4), ["04:00", "04:10", "04:20"]);
});

Deno.test("a lock of another run, or some tickers that fail, is no reason to back off", async () => {
  for (const exitCode of [EXIT.locked, EXIT.partial]) {
    const task = simulated("a", "10m", { behaviour: () => ({ exitCode, message: "some" }) });
    await using live = new Simulation("2026-09-18T00:00:00Z", [task]);
    await live.time.until("2026-09-18T01:00:00Z");
    assertEquals(live.starts("a", "turn").length, 6);
    assertEquals(live.collector.view().tasks[0]?.last_exit_code, exitCode);
  }
});

Deno.test("turns of several tasks at one moment run one after the other, in order", async () => {
  const names = ["c", "a", "b"];
  const tasks = names.map((name) =>
    simulated(name, "1h", { behaviour: (run) => run.takes("10m") })
  );
  await using live = new Simulation("2026-09-18T00:00:00Z", tasks);
  await live.time.until("2026-09-18T04:00:00Z");
  assertNoOverlap(live.runs);
  assertEquals(live.runs.map(({ task }) => task).join("").slice(0, 9), "cabcabcab");
  assertEquals(live.skips, []);
});

Deno.test("the loop shows that it is alive all the time, also while a task runs", async () => {
  await using live = new Simulation(
    "2026-09-18T00:00:00Z",
    [simulated("a", "1h", { behaviour: (run) => run.takes("10m") })],
    { tickMs: 5000 },
  );
  await live.time.until("2026-09-18T00:10:00Z");
  // Ten minutes in rounds of five seconds.
  assert(live.views.length >= 120, `${live.views.length} rounds`);
  const [first] = live.views;
  assertEquals(
    { state: first?.state, task: first?.task, nextTurnAt: first?.nextTurnAt },
    { state: "syncing", task: "a", nextTurnAt: null },
  );
  assertStringIncludes(live.collector.view().nextTurnAt ?? "", "2026-09-18T01:10:00");
});

Deno.test("weeks of turns leave nothing behind in memory", async () => {
  // What a collector keeps is its tasks, what waits and what sleeps: bounded, whatever has been.
  await using live = new Simulation("2026-09-01T00:00:00Z", [
    simulated("a", "1h"),
    simulated("b", "1h", { behaviour: () => FAILED }),
  ], { tickMs: 3_600_000 });
  await live.time.until("2026-09-03T00:00:00Z");
  const early = JSON.stringify(live.collector.view()).length;
  live.runs.length = live.views.length = 0;
  await live.time.until("2026-09-22T00:00:00Z");
  assert(Math.abs(JSON.stringify(live.collector.view()).length - early) < 20);
  assertEquals(live.time.sleeping, 1);
});

Deno.test("what is not out yet is asked for again half an hour later, in the active hours", async () => {
  // Out at 21:10; asked for at 20:00, then every 30 minutes, and on the next day at its own turn.
  const outAt = Date.parse("2026-09-16T21:10:00Z");
  const early = { ...FINE, againMs: 30 * MINUTE };
  const files = simulated("files", "1d", {
    hours: "20:00-23:00",
    zone: "UTC",
    behaviour: (run) =>
      Promise.resolve(
        run.startedMs > Date.parse("2026-09-16T19:00:00Z") && run.startedMs < outAt ? early : FINE,
      ),
  });
  // Never out: the hours end, and there is no turn at night.
  const never = simulated("never", "1d", {
    hours: "20:00-21:15",
    zone: "UTC",
    behaviour: () => Promise.resolve(early),
  });
  await using live = new Simulation("2026-09-16T12:00:00Z", [files, never]);
  await live.time.until("2026-09-17T20:20:00Z");
  const turns = (name: string) =>
    live.runs.filter(({ task, kind }) => task === name && kind === "turn")
      .map(({ atMs }) => new Date(atMs).toISOString().slice(8, 16));
  assertEquals(turns("files"), ["16T20:00", "16T20:30", "16T21:00", "16T21:30", "17T20:00"]);
  assertEquals(turns("never"), ["16T20:00", "16T20:30", "16T21:00", "17T20:00"]);
});
