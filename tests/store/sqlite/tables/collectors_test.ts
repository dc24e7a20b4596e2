import {
  beatCollector,
  collectors,
  endCollector,
  insertCollector,
  isCollectorAlive,
  markDeadCollectors,
  type StampedBeat,
} from "../../../../src/store/sqlite/tables/collectors.ts";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { assert, assertEquals, assertHas } from "../../../assert.ts";

const NOW = "2026-09-18T10:00:00.000Z";
const LATER = "2026-09-18T10:00:30.000Z";

function start(runId: string, startedAt = NOW) {
  return { runId, host: "host", pid: 42, version: "0.0.0", startedAt };
}

function beat(over: Partial<StampedBeat> = {}): StampedBeat {
  return {
    heartbeatAt: NOW,
    state: "syncing",
    task: null,
    nextTurnAt: null,
    tasks: "[]",
    ...over,
  };
}

Deno.test("a collector's row follows its life, and its end stays as it was", async () => {
  using db = await Database.open(":memory:");
  insertCollector(db, start("a"), beat());
  const changed = beat({
    heartbeatAt: LATER,
    state: "running",
    task: "b3",
    nextTurnAt: LATER,
    tasks: '[{"name":"b3"}]',
  });
  assertEquals(beatCollector(db, "a", changed), "written");
  assertEquals(collectors(db), [{
    ...start("a"),
    heartbeatAt: LATER,
    stoppedAt: null,
    stopReason: null,
    state: "running",
    task: "b3",
    nextTurnAt: LATER,
    tasks: '[{"name":"b3"}]',
  }]);
  endCollector(db, "a", { stoppedAt: LATER, reason: "stopped by SIGTERM" });
  endCollector(db, "a", { stoppedAt: NOW, reason: "again" });
  const [row] = collectors(db);
  assertHas(row, {
    state: "stopped",
    stoppedAt: LATER,
    stopReason: "stopped by SIGTERM",
    task: null,
    nextTurnAt: null,
  });
});

Deno.test("whoever was taken for dead, or has no row, is told", async () => {
  using db = await Database.open(":memory:");
  insertCollector(db, start("a"), beat());
  insertCollector(db, start("b", LATER), beat());
  endCollector(db, "b", { stoppedAt: NOW, reason: "done" });
  assertEquals(markDeadCollectors(db, { stoppedAt: LATER, reason: "found dead" }), ["a"]);
  assertEquals(markDeadCollectors(db, { stoppedAt: LATER, reason: "found dead" }), []);
  assertEquals(beatCollector(db, "a", beat()), "replaced");
  assertEquals(beatCollector(db, "none", beat()), "missing");
  assertEquals(collectors(db).map(({ runId, stopReason }) => [runId, stopReason]), [
    ["b", "done"],
    ["a", "found dead"],
  ]);
  assertEquals(collectors(db, 1).length, 1);
});

Deno.test("a collector is alive for 90 seconds after a heartbeat, unless it has stopped", async () => {
  using db = await Database.open(":memory:");
  insertCollector(db, start("a"), beat());
  const [row] = collectors(db);
  assert(row !== undefined);
  const at = Date.parse(NOW);
  assertEquals([isCollectorAlive(row, at), isCollectorAlive(row, at + 90_000)], [true, true]);
  assertEquals(isCollectorAlive(row, at + 90_001), false);
  assertEquals(isCollectorAlive({ ...row, stoppedAt: NOW }, at), false);
});
