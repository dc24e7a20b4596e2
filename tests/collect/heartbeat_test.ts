import type { CollectorView } from "../../src/collect/scheduler.ts";
import { CollectorHeartbeat } from "../../src/collect/heartbeat.ts";
import { Database } from "../../src/store/sqlite/connection/database.ts";
import { assertEquals } from "../assert.ts";
import { job, temporaryFolder } from "../store/sqlite/helpers.ts";

const END = { finishedAt: "2026-09-18T10:00:00.000Z", status: "skipped", durationMs: 0 } as const;

function view(over: Partial<CollectorView> = {}): CollectorView {
  return { state: "syncing", task: null, nextTurnAt: null, tasks: [], ...over };
}

/** A collector whose row is there already. */
async function begun(path: string, runId = "a", onReplaced: (code: string) => void = () => {}) {
  const heartbeat = new CollectorHeartbeat({
    db: path,
    lockDir: path.slice(0, path.lastIndexOf("/")),
    start: { runId, host: "host", pid: 42, version: "0.0.0", startedAt: END.finishedAt },
    onReplaced: ({ code }) => onReplaced(code),
  });
  await heartbeat.begin(view(), new AbortController().signal);
  return heartbeat;
}

/** The rows of a database, oldest first. */
async function rows(path: string) {
  using db = await Database.open(path);
  return db.all("SELECT * FROM collectors ORDER BY started_at, run_id");
}

async function execute(path: string, sql: string): Promise<void> {
  using db = await Database.open(path);
  await db.transaction("test", () => db.run(sql));
}

Deno.test("a beat is written where something has changed, and every 30 seconds", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/x.db`;
  await using heartbeat = await begun(path);
  /** Whether a note was written: its mark in the row is gone. */
  const writes = async (noted: CollectorView, elapsedMs: number): Promise<boolean> => {
    await execute(path, "UPDATE collectors SET heartbeat_at = 'mark'");
    heartbeat.note(noted, elapsedMs);
    // What is skipped is written after what was noted.
    await heartbeat.skipped({ job: job(elapsedMs), end: END });
    return (await rows(path))[0]?.heartbeat_at !== "mark";
  };
  assertEquals(await writes(view(), 1000), true);
  assertEquals(await writes(view(), 30_999), false);
  assertEquals(await writes(view({ state: "running", task: "b3" }), 31_000), true);
  assertEquals(await writes(view({ state: "running", task: "b3" }), 61_000), true);
  assertEquals((await rows(path))[0]?.task, "b3");
});

Deno.test("a collector marks dead ones; one of them that was not dead is told", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/x.db`;
  const replaced: string[] = [];
  await using first = await begun(path, "a", (code) => replaced.push(code));
  await using second = await begun(path, "b", () => replaced.push("second"));
  first.note(view({ state: "idle" }), 1000);
  second.note(view({ state: "idle" }), 1000);
  await first.end("replaced");
  await second.end("stopped by SIGTERM");
  assertEquals(replaced, ["collector_replaced"]);
  assertEquals((await rows(path)).map(({ run_id, stop_reason }) => [run_id, stop_reason]), [
    ["a", "found dead by collector b"],
    ["b", "stopped by SIGTERM"],
  ]);
});

Deno.test("a row that was removed comes back with the next beat", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/x.db`;
  await using heartbeat = await begun(path);
  await execute(path, "DELETE FROM collectors");
  heartbeat.note(view({ state: "idle" }), 1000);
  await heartbeat.end("done");
  assertEquals((await rows(path)).map(({ run_id, state }) => [run_id, state]), [["a", "stopped"]]);
});

Deno.test("a database that cannot be used stops nothing, and is written to again once it can", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/x.db`;
  await using heartbeat = await begun(path);
  await Deno.rename(path, `${path}.away`);
  await Deno.mkdir(path);
  heartbeat.note(view({ state: "idle" }), 1000);
  await heartbeat.skipped({ job: job(1), end: END });
  await Deno.remove(path);
  await Deno.rename(`${path}.away`, path);
  // The same view, a second later: what was not written is not taken for written.
  heartbeat.note(view({ state: "idle" }), 2000);
  await heartbeat.skipped({ job: job(2), end: END });
  assertEquals((await rows(path))[0]?.state, "idle");
  await heartbeat.end("done");
  const [row] = await rows(path);
  assertEquals([row?.state, row?.stop_reason], ["stopped", "done"]);
});

Deno.test("a turn that was left out has its row, once", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/x.db`;
  await using heartbeat = await begun(path);
  const end = { ...END, errorCode: "task_still_running", errorMessage: "still" };
  // Both at once: one connection serves both.
  await Promise.all([
    heartbeat.skipped({ job: job(1), end }),
    heartbeat.skipped({ job: job(2), end }),
  ]);
  using db = await Database.open(path);
  const logged = db.all("SELECT job_id, status, error_code FROM ingest_logs ORDER BY id");
  assertEquals(logged.map(Object.values), [
    ["job-1", "skipped", "task_still_running"],
    ["job-2", "skipped", "task_still_running"],
  ]);
});
