import { type CorporateAction } from "../../../../src/model/prices.ts";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { storedActions, upsertActions } from "../../../../src/store/sqlite/tables/prices.ts";
import { assert, assertEquals } from "../../../assert.ts";
import { test } from "../leaks.ts";

const T = "PETR4.SA";

function dividend(date: string, amount: number): CorporateAction {
  return { date, kind: "dividend", amount, numerator: null, denominator: null };
}

function split(date: string, numerator: number, denominator: number): CorporateAction {
  return { date, kind: "split", amount: null, numerator, denominator };
}

/** As a plain object: rows of the database have no prototype. */
const plain = (rows: readonly CorporateAction[]) => rows.map((row) => ({ ...row }));

test("actions are inserted, changed and left alone, and counted so", async ({ path }) => {
  using db = await Database.open(path);
  const put = (id: number, ...actions: CorporateAction[]) =>
    db.transaction("put", () => upsertActions(db, T, "yahoo", id, actions));
  const writer = () =>
    db.all("SELECT date || ' ' || kind AS k, ingest_id AS id FROM corporate_actions ORDER BY 1")
      .map(({ k, id }) => `${k} ${id}`);
  const first = [dividend("2024-02-01", 0.5), split("2024-01-01", 4, 1)];
  assertEquals(await put(1, ...first), 2);
  assertEquals(await put(2, ...first), 0);
  assertEquals(writer(), ["2024-01-01 split 1", "2024-02-01 dividend 1"]);
  assertEquals(await put(3, dividend("2024-02-01", 0.6), split("2024-01-01", 4, 1)), 1);
  assertEquals(await put(4, split("2024-01-01", 4, 3), dividend("2024-01-01", 1)), 2);
  assertEquals(writer(), ["2024-01-01 dividend 4", "2024-01-01 split 4", "2024-02-01 dividend 3"]);
  assertEquals(await put(5), 0);
  await db.transaction("others", () => {
    upsertActions(db, T, "csv", 1, [dividend("2020-01-01", 1)]);
    upsertActions(db, "VALE3.SA", "yahoo", 1, [dividend("2020-01-01", 1)]);
  });
  assertEquals(plain(storedActions(db, T, "yahoo")), [
    dividend("2024-01-01", 1),
    split("2024-01-01", 4, 3),
    dividend("2024-02-01", 0.6),
  ]);
});

test("the table takes no action that makes no sense", async ({ path }) => {
  using db = await Database.open(path);
  const bad: CorporateAction[] = [
    dividend("2024-02-01", 0),
    dividend("2024-02-01", -1),
    dividend("2024-2-1", 1),
    split("2024-02-01", 0, 1),
    split("2024-02-01", 1, -1),
    { ...dividend("2024-02-01", 1), amount: null },
    { ...dividend("2024-02-01", 1), numerator: 1 },
    { ...split("2024-02-01", 1, 1), denominator: null },
    { ...split("2024-02-01", 1, 1), amount: 1 },
  ];
  for (const action of bad) {
    let thrown: unknown;
    await db.transaction("put", () => upsertActions(db, T, "yahoo", 1, [action]))
      .catch((error) => thrown = error);
    assert(thrown instanceof Error, JSON.stringify(action));
  }
  assertEquals(storedActions(db, T, "yahoo"), []);
});
