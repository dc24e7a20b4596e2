import { PriceColumns } from "../../../../src/model/price_columns.ts";
import { askedFrom, lastWhole } from "../../../../src/store/sqlite/tables/history.ts";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { Reader } from "../../../../src/store/sqlite/connection/reader.ts";
import { gapsOf } from "../../../../src/store/sqlite/queries/gaps.ts";
import { planPrune, pruneLogs } from "../../../../src/store/sqlite/queries/prune.ts";
import { upsertPrices } from "../../../../src/store/sqlite/tables/prices.ts";
import { assert, assertEquals } from "../../../assert.ts";
import { priceOf } from "../../rows.ts";
import { makeLogged, reading } from "../logged.ts";
import { test } from "../leaks.ts";

const BEFORE = "2026-06-01T00:00:00.000Z";
const OLD = "2026-01-05T10:00:00.000Z";
test("what runs have asked for without a gap is known after the rows between are gone", async ({ path }) => {
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
  // It has not asked for these days itself: of a gap among them it says nothing.
  const newest = db.get("SELECT window_from FROM ingest_logs ORDER BY id DESC LIMIT 1");
  assertEquals(newest?.window_from, day(200));
  assertEquals(await pruneLogs(db, { before: BEFORE }), { logs: 0, rejects: 0 });
});

test("when whole histories were taken is known after older rows are gone", async ({ path }) => {
  const windows = { windowFrom: "2026-01-05", windowTo: "2026-01-10" };
  await makeLogged(path, [
    { startedAt: OLD, windowFrom: null, windowTo: "2026-01-05", history: "whole" },
    { startedAt: "2026-01-08T10:00:00.000Z", ...windows, history: "whole" },
    { startedAt: "2026-01-09T10:00:00.000Z", ...windows },
    { startedAt: "2026-01-10T10:00:00.000Z", ...windows },
  ]);
  using db = await Database.open(path);
  const before = lastWhole(db, "PETR4.SA", "csv");
  assertEquals(before, { wholeAt: "2026-01-08T10:00:00.000Z", doubted: false });
  assertEquals((await pruneLogs(db, { before: BEFORE })).logs, 1);
  assertEquals(lastWhole(db, "PETR4.SA", "csv"), before);
});

test("rows of a clock that was ahead stand for no other: the newest real ones stay", async ({ path }) => {
  const windows = { windowFrom: "2026-01-05", windowTo: "2026-01-10" };
  const ahead = "2999-01-01T10:00:00.000Z";
  await makeLogged(path, [
    { startedAt: "2026-01-04T10:00:00.000Z", ...windows },
    { startedAt: OLD, windowFrom: null, windowTo: "2026-01-05", history: "whole" },
    { startedAt: "2026-01-08T10:00:00.000Z", ...windows },
    { startedAt: ahead, windowFrom: null, windowTo: "2999-01-01", history: "whole" },
  ]);
  using db = await Database.open(path);
  const known = () => [lastWhole(db, "PETR4.SA", "csv"), askedFrom(db, "PETR4.SA", "csv")];
  const before = known();
  assertEquals(before[0], { wholeAt: OLD, doubted: false });
  using reader = Reader.open(path);
  const plan = planPrune(reader, { before: BEFORE });
  assertEquals([plan.logs, plan.needed], [1, 2]);
  assertEquals((await pruneLogs(db, { before: BEFORE })).logs, 1);
  assertEquals(known(), before);
  assertEquals(db.all("SELECT id FROM ingest_logs ORDER BY id").map(({ id }) => id), [2, 3, 4]);
});

test("what was asked for and never delivered stays known, by the newest rows that tell it", async ({ path }) => {
  const asked = (day: string, windowFrom: string | null, windowTo = day) => ({
    ...{ startedAt: `${day}T10:00:00.000Z`, windowFrom, windowTo, source: "yahoo" },
  });
  const whole = ["01-02", "02-10", "03-10", "04-10"].map((day) => asked(`2026-${day}`, null));
  await makeLogged(path, [
    // Of days that no whole history has settled since.
    asked("2026-03-20", "2026-02-12", "2026-02-16"),
    asked("2026-03-21", "2026-02-12", "2026-02-16"),
    asked("2026-03-22", "2026-02-12", "2026-02-16"),
    ...whole,
    // Too young to settle anything.
    asked("2026-05-01", "2026-04-26"),
    asked("2026-05-02", "2026-04-27"),
    asked("2026-05-03", "2026-04-28"),
  ]);
  using db = await Database.open(path);
  const days = ["01-02", "02-12", "02-16", "03-05"].map((day) => ({
    date: `2026-${day}`,
  }));
  await db.transaction(
    "fill",
    () =>
      upsertPrices(
        db,
        "PETR4.SA",
        "yahoo",
        1,
        PriceColumns.of(days.map(({ date }) => priceOf(date, 1))),
      ),
  );
  const gaps = () => gapsOf(db, {});
  const before = gaps();
  const statuses = new Set(before[0]?.gaps.map(({ status }) => status));
  assertEquals([...statuses].sort(), ["missing", "never_delivered"]);
  const plan = reading(path, (reader) => planPrune(reader, { before: BEFORE }));
  const done = await pruneLogs(db, { before: BEFORE });
  assertEquals(done.logs, plan.logs);
  assert(done.logs >= 3, `${done.logs} rows`);
  assertEquals(gaps(), before);
  assertEquals(await pruneLogs(db, { before: BEFORE }), { logs: 0, rejects: 0 });
});
