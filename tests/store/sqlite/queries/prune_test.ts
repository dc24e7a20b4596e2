import { askedFrom } from "../../../../src/store/sqlite/tables/history.ts";
import { Database, planPrune, pruneLogs } from "../../../../src/store/mod.ts";
import { assertEquals, assertRejects } from "../../../assert.ts";
import { temporaryFolder } from "../helpers.ts";
import { addLogged, type Logged, makeLogged, reading } from "../logged.ts";

const BEFORE = "2026-06-01T00:00:00.000Z";
const OLD = "2026-01-05T10:00:00.000Z";
const RECENT = "2026-11-05T10:00:00.000Z";

const ROWS: readonly Logged[] = [
  // 1: asked for the whole history, which no later run did.
  { startedAt: OLD, windowFrom: null, windowTo: "2026-01-05", rejects: 2 },
  { startedAt: OLD, windowFrom: "2026-01-01", windowTo: "2026-01-05", rejects: 3 },
  { startedAt: OLD, status: "failed", rejects: 1 },
  { startedAt: OLD, status: "running" },
  // 5: the newest success of its ticker, old as it is.
  { startedAt: OLD, ticker: "VALE3.SA", source: "cotahist" },
  { startedAt: OLD, ticker: "VALE3.SA", source: "cotahist", status: "lock_busy" },
  { startedAt: OLD, ticker: null, status: "failed" },
  { startedAt: RECENT, windowFrom: "2026-11-01", windowTo: "2026-11-05" },
  { startedAt: OLD, status: "dry_run", finishedAt: RECENT },
];

function idsIn(path: string, table = "ingest_logs", column = "id"): number[] {
  return reading(path, (db) => db.all(`SELECT ${column} AS id FROM ${table} ORDER BY 1`))
    .map(({ id }) => Number(id));
}

Deno.test("old rows go with their rejects; what runs, what is needed and what is young stays", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.db`;
  await makeLogged(path, ROWS);
  const plan = reading(path, (db) => planPrune(db, { before: BEFORE }));
  assertEquals(plan, { logs: 4, rejects: 4, needed: 2, failures: 0 });
  using db = await Database.open(path);
  const asked = askedFrom(db, "PETR4.SA", "csv");
  assertEquals(await pruneLogs(db, { before: BEFORE }), { logs: 4, rejects: 4 });
  assertEquals(idsIn(path), [1, 4, 5, 8, 9]);
  assertEquals(idsIn(path, "ingest_rejects", "ingest_id"), [1, 1]);
  assertEquals([asked, askedFrom(db, "PETR4.SA", "csv")], ["2026-11-01", "2026-11-01"]);
  assertEquals(await pruneLogs(db, { before: BEFORE }), { logs: 0, rejects: 0 });
});

Deno.test("what runs have asked for without a gap is known after the rows between are gone", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.db`;
  const day = (n: number): string => new Date(Date.UTC(2026, 0, n)).toISOString().slice(0, 10);
  // The whole history, then five days at a time, each a day later, far beyond what is pruned.
  const later = Array.from({ length: 200 }, (_, n) => ({
    startedAt: `${day(6 + n)}T10:00:00.000Z`,
    windowFrom: day(1 + n),
    windowTo: day(6 + n),
  }));
  await makeLogged(path, [{ startedAt: OLD, windowFrom: null, windowTo: "2026-01-05" }, ...later]);
  using db = await Database.open(path);
  assertEquals(askedFrom(db, "PETR4.SA", "csv"), "");
  const { logs } = await pruneLogs(db, { before: BEFORE });
  assertEquals(logs > 100, true);
  assertEquals(askedFrom(db, "PETR4.SA", "csv"), "");
  assertEquals(await pruneLogs(db, { before: BEFORE }), { logs: 0, rejects: 0 });
});

Deno.test("failures stay where that is wanted", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.db`;
  await makeLogged(path, ROWS);
  const options = { before: BEFORE, keepFailed: true };
  const plan = reading(path, (db) => planPrune(db, options));
  assertEquals(plan, { logs: 1, rejects: 3, needed: 2, failures: 3 });
  using db = await Database.open(path);
  assertEquals(await pruneLogs(db, options), { logs: 1, rejects: 3 });
  assertEquals(idsIn(path), [1, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("the largest id stays, so that no later job gets the number of a pruned one", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.db`;
  const failed: Logged = { startedAt: OLD, status: "failed" };
  await makeLogged(path, [failed, failed, failed]);
  using db = await Database.open(path);
  assertEquals(await pruneLogs(db, { before: BEFORE }), { logs: 2, rejects: 0 });
  assertEquals(await addLogged(db, [failed]), [4]);
});

Deno.test("many rows go in steps, and what was done before a stop stays done", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.db`;
  await makeLogged(
    path,
    Array.from({ length: 2501 }, () => ({ startedAt: OLD, status: "failed" })),
  );
  using db = await Database.open(path);
  const seen: number[] = [];
  await assertRejects(
    () =>
      pruneLogs(db, { before: BEFORE }, ({ logs }) => {
        seen.push(logs);
        if (logs > 1000) throw new Error("enough");
      }),
    Error,
    "enough",
  );
  assertEquals([seen, idsIn(path).length], [[1000, 2000], 501]);
  assertEquals((await pruneLogs(db, { before: BEFORE })).logs, 500);
});
