import { assertEquals } from "../assert.ts";
import { FAILED, FINE, simulated, Simulation } from "./simulation.ts";

Deno.test("a stop ends the work at hand and starts nothing more", async () => {
  const task = simulated("a", "1h", {
    behaviour: (run) => run.kind === "turn" ? run.takes("10m") : FINE,
  });
  await using live = new Simulation("2026-09-18T00:00:00Z", [task, simulated("b", "1h")]);
  await live.time.until("2026-09-18T01:05:00Z");
  assertEquals(live.collector.view().task, "a");
  live.stop();
  await live.ended;
  assertEquals(live.collector.view().state, "stopping");
  assertEquals({ a: live.starts("a").length, b: live.starts("b").length }, { a: 2, b: 1 });
  assertEquals(live.time.sleeping, 0);
});

Deno.test("a stop in the initial sync leaves the other tasks out", async () => {
  await using live = new Simulation("2026-09-18T00:00:00Z", [
    simulated("a", "1h", { behaviour: (run) => run.takes("10m") }),
    simulated("b", "1h"),
  ]);
  await live.time.until("2026-09-18T00:05:00Z");
  live.stop();
  await live.ended;
  assertEquals(live.runs.map(({ task }) => task), ["a"]);
});

Deno.test("once, each task runs one time in order, also after one that failed", async () => {
  await using live = new Simulation(
    "2026-09-18T00:00:00Z",
    [simulated("a", "1h", { behaviour: () => FAILED }), simulated("b", "1h")],
    { once: true },
  );
  await live.ended;
  assertEquals(live.runs.map(({ task, kind }) => [task, kind]), [
    ["a", "initial sync"],
    ["b", "initial sync"],
  ]);
});
