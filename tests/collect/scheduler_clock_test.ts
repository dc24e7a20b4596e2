/**
 * A collector whose clock is set, and one whose machine sleeps: within one round its turns go by the time
 * as it is then.
 *
 * @module
 */
import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";
import { assert, assertEquals } from "../assert.ts";
import { FAILED, simulated, type SimulatedTask, Simulation } from "./simulation.ts";

/** Hours pass in fewer rounds than of 5 seconds. */
const ROUND = { tickMs: 30_000 };

/** The warnings of `work`. */
async function warningsOf(work: () => Promise<void>): Promise<string[]> {
  const texts: string[] = [];
  const note = ({ message }: LogRecord): void => void texts.push(message.join(""));
  configureSync<"list", string>({
    reset: true,
    sinks: { list: note },
    loggers: [
      { category: "tickerlock", lowestLevel: "warning", sinks: ["list"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
  });
  try {
    await work();
  } finally {
    resetSync();
  }
  return texts;
}

/** What a collector does that begins at a time, has it set at another, and goes on until a third. */
async function atTimes(
  tasks: readonly SimulatedTask[],
  [begin, before, after, end]: readonly [string, string, string, string],
) {
  let live: Simulation | undefined;
  let runsBefore = 0;
  const warnings = await warningsOf(async () => {
    await using running = live = new Simulation(begin, tasks, ROUND);
    await running.time.until(before);
    runsBefore = running.runs.length;
    running.time.set(after);
    await running.time.until(end);
  });
  assert(live !== undefined);
  const starts = live.runs.slice(runsBefore)
    .map(({ task, startedMs }) => `${task} ${new Date(startedMs).toISOString().slice(0, 19)}`);
  return { starts, warnings, skips: live.skips.map(({ task, code }) => `${task} ${code}`) };
}

Deno.test("a clock that is set forward into active hours: one turn in their place, then as planned", async () => {
  // A board without a clock of its own, set right by NTP an hour and a half after the opening.
  const { starts, warnings, skips } = await atTimes(
    [simulated("day", "1h", { hours: "08:00-18:00" }), simulated("always", "1d")],
    [
      "1970-01-01T00:00:00Z",
      "1970-01-01T00:02:00Z",
      "2026-09-18T09:30:00Z",
      "2026-09-18T11:00:00Z",
    ],
  );
  assertEquals(starts.map((text) => text.replace(/:\d\d$/, "")), [
    "day 2026-09-18T09:30",
    "always 2026-09-18T09:30",
    "day 2026-09-18T10:00",
    "day 2026-09-18T11:00",
  ]);
  assertEquals(skips, []);
  assertEquals(
    warnings.filter((text) => text.startsWith("the clock was set forward by")).length,
    1,
  );
});

Deno.test("a machine that slept past the active hours: nothing is made up for, and the turn is told", async () => {
  const { starts, warnings, skips } = await atTimes(
    [simulated("day", "2m", { hours: "08:00-18:00" })],
    [
      "2026-09-18T09:00:00Z",
      "2026-09-18T09:01:00Z",
      "2026-09-18T18:30:00Z",
      "2026-09-19T08:00:00Z",
    ],
  );
  assertEquals(starts, ["day 2026-09-19T08:00:00"]);
  assertEquals(skips, ["day turn_missed"]);
  assertEquals(warnings.map((text) => text.slice(0, 36)), [
    "the clock was set forward by 9 h 29 ",
    "day: turns were slept over for 9h28m",
    "day: turn left out: it came too late",
  ]);
});

Deno.test("a machine that slept makes up for all its turns with one, within the active hours of another day", async () => {
  const { starts } = await atTimes(
    [simulated("day", "10m", { hours: "08:00-18:00" })],
    [
      "2026-09-18T09:00:00Z",
      "2026-09-18T09:01:00Z",
      "2026-09-20T12:04:05Z",
      "2026-09-20T12:20:00Z",
    ],
  );
  assertEquals(starts.map((text) => text.slice(0, 20)), [
    "day 2026-09-20T12:04",
    "day 2026-09-20T12:10",
    "day 2026-09-20T12:20",
  ]);
});

Deno.test("a clock that is set back does not silence a task, whether it has active hours, fails or waits", async () => {
  const { starts, warnings } = await atTimes(
    [
      simulated("always", "10m"),
      simulated("day", "10m", { hours: "08:00-18:00" }),
      simulated("bad", "10m", { behaviour: () => FAILED }),
    ],
    [
      "2027-09-18T12:00:00Z",
      "2027-09-18T12:31:00Z",
      "2026-09-18T07:55:00Z",
      "2026-09-18T08:21:00Z",
    ],
  );
  assertEquals(starts.map((text) => text.slice(0, -3)), [
    "always 2026-09-18T08:00",
    "day 2026-09-18T08:00",
    "always 2026-09-18T08:10",
    "day 2026-09-18T08:10",
    "always 2026-09-18T08:20",
    "day 2026-09-18T08:20",
  ]);
  assert(
    warnings.some((text) => text.startsWith("the clock was set back by 365 days")),
    `${warnings}`,
  );
});

Deno.test("a task that fails rests by the new time, also where the clock is set back while it works", async () => {
  const { starts } = await atTimes(
    [simulated("bad", "10m", {
      behaviour: async (run) => {
        await run.takes("2m");
        return FAILED;
      },
    })],
    // Its turn is at 12:22, after an initial sync of 2 minutes that failed: it works until 12:24.
    [
      "2026-09-18T12:00:00Z",
      "2026-09-18T12:22:30Z",
      "2026-09-18T03:00:30Z",
      "2026-09-18T05:00:00Z",
    ],
  );
  const [first, ...others] = starts.map((text) => text.slice(-8));
  // Two failures: four intervals, and an hour at most from the third on.
  assert(first !== undefined && first < "03:50:00" && others.length >= 1, `${first} ${others}`);
});

Deno.test("a change to daylight-saving time is no set clock: openings follow the local time", async () => {
  await using live = new Simulation("2026-03-28T21:00:00Z", [
    simulated("day", "4h", { hours: "08:00-16:30", zone: "Europe/London" }),
  ], ROUND);
  const warnings = await warningsOf(() => live.time.until("2026-03-29T12:00:00Z"));
  assertEquals(live.starts("day", "turn"), ["2026-03-29T07:00:00", "2026-03-29T11:00:00"]);
  assertEquals(warnings, []);
});
