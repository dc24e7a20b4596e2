import { type LogFilter, newestLogId, readLogs, readMeanwhile } from "../../../../src/store/mod.ts";
import { readRejects } from "../../../../src/store/mod.ts";
import { assert, assertEquals } from "../../../assert.ts";
import { temporaryFolder } from "../helpers.ts";
import { jobIdOf, type Logged, makeLogged, reading } from "../logged.ts";

const RUN = "0190f000-0000-7000-9000-00000000beef";

const ROWS: readonly Logged[] = [
  { startedAt: "2026-11-01T10:00:00.000Z" },
  { startedAt: "2026-11-02T10:00:00.000Z", ticker: "VALE3.SA", status: "failed", runId: RUN },
  { startedAt: "2026-11-03T10:00:00.000Z", source: "yahoo", status: "lock_busy" },
  { startedAt: "2026-11-04T10:00:00.000Z", status: "running", ticker: null },
  { startedAt: "2026-11-05T10:00:00.000Z", runId: RUN, rejects: 3 },
];

Deno.test("rows come newest first or oldest first, page by page, and filters combine", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.db`;
  await makeLogged(path, ROWS);
  reading(path, (db) => {
    const ids = (filter: LogFilter, page = {}): number[] =>
      readLogs(db, filter, { limit: 10, ...page }).map(({ id }) => id);
    assertEquals(ids({}), [5, 4, 3, 2, 1]);
    assertEquals(ids({}, { limit: 2 }), [5, 4]);
    assertEquals(ids({}, { limit: 0 }), []);
    assertEquals(ids({}, { limit: Infinity, before: 4 }), [3, 2, 1]);
    assertEquals(ids({}, { after: 2, first: "oldest" }), [3, 4, 5]);
    assertEquals(ids({}, { ids: [1, 3, 99] }), [3, 1]);
    assertEquals(ids({}, { ids: [] }), []);
    assertEquals(ids({ tickers: ["VALE3.SA"] }), [2]);
    assertEquals(ids({ tickers: ["VALE3.SA", "PETR4.SA"] }), [5, 3, 2, 1]);
    assertEquals(ids({ sources: ["yahoo"] }), [3]);
    assertEquals(ids({ statuses: ["failed", "lock_busy"] }), [3, 2]);
    assertEquals(ids({ runs: [RUN] }), [5, 2]);
    assertEquals(ids({ runs: ["0000beef"] }), [5, 2]);
    assertEquals(ids({ runs: ["0190f000"], statuses: ["failed"] }), [2]);
    assertEquals(ids({ jobs: [jobIdOf(3)] }), [3]);
    assertEquals(ids({ jobs: ["00000003", "00000004"] }), [4, 3]);
    assertEquals(ids({ jobs: ["0190f000-0000"] }), [5, 4, 3, 2, 1]);
    assertEquals(ids({ jobs: ["%%%%%%%%"] }), []);
    assertEquals(ids({ since: "2026-11-04T10:00:00.000Z" }), [5, 4]);
    assertEquals(ids({ until: "2026-11-04T10:00:00.000Z" }), [3, 2, 1]);
    assertEquals(ids({ runs: [RUN], since: "2026-11-03T00:00:00.000Z" }), [5]);
    assertEquals(newestLogId(db), 5);
    assertEquals(readRejects(db, 5, 2).length, 2);
    assertEquals(readRejects(db, 5, Infinity).map(({ code }) => code), [
      "high_below_low",
      "high_below_low",
      "high_below_low",
    ]);
    assertEquals(readRejects(db, 1, 2), []);
  });
});

Deno.test("reading leaves no file behind, and an empty log has no newest row", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.db`;
  await makeLogged(path, []);
  assertEquals(reading(path, newestLogId), 0);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["a.db"]);
});

Deno.test("a job that met a lock names who had it meanwhile", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.db`;
  const at = (seconds: number): string =>
    new Date(Date.parse("2026-11-01T10:00:00Z") + seconds * 1000).toISOString();
  await makeLogged(path, [
    { startedAt: at(-20), finishedAt: at(-10) },
    { startedAt: at(-20), finishedAt: at(3) },
    { startedAt: at(-20), finishedAt: at(3), ticker: "VALE3.SA" },
    { startedAt: at(0), finishedAt: at(5), lockAction: "waited", lockWaitedSeconds: 3.2 },
    { startedAt: at(60), finishedAt: at(61), lockAction: "busy", lockWaitedSeconds: 0 },
    { startedAt: at(2), status: "running" },
  ]);
  reading(path, (db) => {
    const holders = (id: number): number[] => {
      const [row] = readLogs(db, {}, { limit: 1, ids: [id] });
      assert(row !== undefined);
      return readMeanwhile(db, row).map((each) => each.id);
    };
    assertEquals(holders(2), []);
    assertEquals(holders(4), [6, 2]);
    assertEquals(holders(5), [6]);
  });
});
