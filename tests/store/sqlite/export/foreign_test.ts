import fc from "fast-check";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../../../src/store/errors.ts";
import { assertEquals, assertRejects } from "../../../assert.ts";
import { queryOf } from "../../contract_care.ts";
import { rowsOf, textOf } from "./exported.ts";
import { execute } from "../verified.ts";
import { filled } from "../filled.ts";

// Tables of another program in the same file, with more rows than the first page has.
const FOREIGN: readonly (readonly [string, string, readonly string[]])[] = [
  ["without a key", "CREATE TABLE t (n INTEGER)", ["n"]],
  ["with nulls in its key", "CREATE TABLE t (k TEXT PRIMARY KEY, n INTEGER)", ["n"]],
  ["with a column rowid", "CREATE TABLE t (rowid TEXT, n INTEGER)", ["n"]],
  ["with all names of the rowid", "CREATE TABLE t (rowid, _rowid_, oid, n INTEGER)", ["n"]],
  [
    "with a key of several",
    "CREATE TABLE t (n INTEGER, k TEXT NOT NULL DEFAULT 'k', PRIMARY KEY (k, n)) WITHOUT ROWID",
    ["n"],
  ],
  [
    "with odd names",
    'CREATE TABLE t ("a""b; --" INTEGER GENERATED ALWAYS AS (n) STORED, n INTEGER)',
    ['a"b; --', "n"],
  ],
];

for (const [what, create, columns] of FOREIGN) {
  filled.test(`a foreign table ${what} comes out whole, each row once`, async ({ path }) => {
    const numbers =
      "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 700)";
    execute(path, `${create}; INSERT INTO t (n) ${numbers} SELECT n FROM c`);
    const rows = await rowsOf(path, queryOf("t", { columns }));
    const expected = Array.from({ length: 700 }, (_, at) => at + 1);
    for (const column of columns) {
      assertEquals(rows.map((row) => Number(row[column])).sort((a, b) => a - b), expected);
    }
    // A view on it that nobody knows a key of.
    execute(path, "CREATE VIEW v AS SELECT n, n % 2 AS odd FROM t ORDER BY n DESC");
    assertEquals((await rowsOf(path, queryOf("v"))).map(({ n }) => n), expected);
  });
}

filled.test("numbers beyond 2^53 as keys and values, bytes, and texts of any length go through", async ({ path }) => {
  execute(
    path,
    `CREATE TABLE t (k INTEGER PRIMARY KEY, x ANY, y TEXT) STRICT;
     INSERT INTO t WITH RECURSIVE c (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < 299)
       SELECT 9223372036854775807 - n * 61489146912, x'0aff', printf('%.*c', n * 40, 'y') FROM c;
     INSERT INTO t VALUES (1, 9007199254740993, NULL), (2, 0.1, ''), (3, 'é"', 'ü')`,
  );
  const rows = await rowsOf(path, queryOf("t"));
  assertEquals(rows.length, 303);
  assertEquals(rows.slice(0, 3), [
    { k: 1, x: "9007199254740993", y: null },
    { k: 2, x: 0.1, y: "" },
    { k: 3, x: 'é"', y: "ü" },
  ]);
  const keys = rows.slice(3).map(({ k }) => BigInt(String(k)));
  assertEquals(
    keys,
    Array.from({ length: 300 }, (_, at) => 2n ** 63n - 1n - BigInt(299 - at) * 61489146912n),
  );
  assertEquals(new Set(rows.slice(3).map(({ x }) => x)), new Set(["0aff"]));
  assertEquals(rows.at(-2)?.y, "y".repeat(40));
});

filled.test("a key that is no UTF-8 ends in an error, not without end", async ({ path }) => {
  execute(
    path,
    `CREATE TABLE t (k TEXT PRIMARY KEY) WITHOUT ROWID;
     INSERT INTO t WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 63)
       SELECT printf('%04d', n) FROM c;
     INSERT INTO t VALUES (CAST(x'ff' AS TEXT))`,
  );
  const error = await assertRejects(() => textOf(path, queryOf("t")), StoreError);
  assertEquals(error.code, "export_bad_key");
});

filled.test("property: paging finds every row once, whatever lengths the rows have", async ({ path }) => {
  execute(path, "CREATE TABLE t (a TEXT, b REAL, y TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID");
  const row = fc.tuple(
    fc.constantFrom("", "a", "b", "é", "\u{1F600}"),
    fc.double({ noNaN: true }),
    fc.nat(20_000),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 300, size: "max" }), async (rows) => {
      execute(path, "DELETE FROM t");
      {
        using db = new DatabaseSync(path);
        const insert = db.prepare("INSERT OR IGNORE INTO t VALUES (?, ?, ?)");
        for (const [a, b, length] of rows) insert.run(a, b, "y".repeat(length));
      }
      const text = await rowsOf(path, queryOf("t", { columns: ["a", "b"] }));
      using db = new DatabaseSync(path, { readOnly: true });
      const there = db.prepare("SELECT a, b FROM t ORDER BY a, b").all();
      assertEquals(
        text.map(({ a, b }) => `${a} ${b}`),
        there.map(({ a, b }) => `${a} ${b}`),
      );
    }),
    { numRuns: 15 },
  );
});
