import { assertEquals } from "../assert.ts";
import { simulated, Simulation } from "./simulation.ts";

Deno.test("a configuration read again: unchanged, changed, new and gone", async () => {
  const same = simulated("same", "10m");
  await using live = new Simulation("2026-09-18T00:00:00Z", [
    same,
    simulated("changed", "10m"),
    simulated("gone", "10m"),
  ]);
  await live.time.until("2026-09-18T00:15:00Z");
  live.collector.reload([simulated("new", "30m"), same, simulated("changed", "1h")]);
  await live.time.until("2026-09-18T02:05:00Z");
  assertEquals(live.starts("same", "turn").length, 12);
  assertEquals(live.turns("changed"), ["00:10", "01:00", "02:00"]);
  assertEquals(live.starts("gone").length, 2);
  assertEquals(live.starts("new", "initial sync"), ["2026-09-18T00:15:00"]);
  assertEquals(live.turns("new"), ["00:45", "01:15", "01:45"]);
  assertEquals(live.collector.view().tasks.map(({ name }) => name), ["new", "same", "changed"]);
});

Deno.test("a configuration read again in the initial sync: what is gone is not waited for", async () => {
  const slow = simulated("slow", "1h", {
    behaviour: (run) => run.takes("10m"),
  });
  await using live = new Simulation("2026-09-18T00:00:00Z", [slow, simulated("gone", "1h")]);
  await live.time.until("2026-09-18T00:05:00Z");
  live.collector.reload([slow]);
  await live.time.until("2026-09-18T01:10:00Z");
  assertEquals(live.runs.map(({ task, kind }) => `${task} ${kind}`), [
    "slow initial sync",
    "slow turn",
  ]);
});
