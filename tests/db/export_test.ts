import fc from "fast-check";
import { DatabaseSync } from "node:sqlite";
import { type ExportQuery, exportTable } from "../../src/db/mod.ts";
import { factsOf } from "../../src/db/export_tables.ts";
import { exportableNames, exportObject } from "../../src/db/export_schema.ts";
import { Database, DatabaseError, type ExportFormat, reader } from "../../src/db/mod.ts";
import { UsageError } from "../../src/errors.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { addPrices, daysOf, fill } from "./filled.ts";
import { temporaryFolder } from "./helpers.ts";
import { withoutLeaks } from "./leaks.ts";

function queryOf(object: string, over: Partial<ExportQuery> = {}): ExportQuery {
  return { object, tickers: [], source: null, from: null, to: null, columns: null, ...over };
}

/** An export as text. */
async function textOf(
  path: string,
  query: ExportQuery,
  format: ExportFormat = "csv",
  onPiece: () => void = () => {},
): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  const { rows, bytes } = await exportTable(path, query, {
    format,
    to: {
      write: (piece) => {
        text += decoder.decode(piece, { stream: true });
        onPiece();
        return Promise.resolve(true);
      },
    },
  });
  assertEquals(bytes, new TextEncoder().encode(text).length);
  if (format === "ndjson") assertEquals(text.split("\n").length - 1, rows);
  return text;
}

async function rowsOf(path: string, query: ExportQuery): Promise<Record<string, unknown>[]> {
  const text = await textOf(path, query, "ndjson");
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

function execute(path: string, sql: string): void {
  using db = new DatabaseSync(path);
  db.exec(sql);
}

Deno.test(
  "every table and view of the schema can be exported, and its filters' columns are there",
  withoutLeaks(async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/x.db`;
    await fill(path);
    using db = reader(path);
    const names = exportableNames(db);
    assert(names.length >= 13 && names.includes("prices_canonical"), names.join());
    for (const name of names) {
      const { columns, key } = exportObject(db, name);
      const facts = factsOf(name);
      assert(key !== null && key.length > 0, `${name} has no key`);
      for (const column of [facts.ticker, facts.date, ...facts.key ?? []]) {
        assert(column === undefined || columns.includes(column), `${name}.${column}`);
      }
      const text = await textOf(path, queryOf(name));
      assertEquals(text.split("\n")[0], columns.join(","));
      const there = Number(db.get(`SELECT count(*) AS n FROM "${name}"`)?.n);
      assertEquals((await rowsOf(path, queryOf(name))).length, there, name);
    }
  }),
);

Deno.test(
  "rows come by the key: equal data are equal bytes, in whatever order they were written",
  withoutLeaks(async () => {
    await using folder = await temporaryFolder();
    const [one, two] = [`${folder.path}/1.db`, `${folder.path}/2.db`];
    const rows = daysOf(2500);
    await fill(one, { "VALE3.SA": rows, "PETR4.SA": rows });
    await fill(two, { "PETR4.SA": rows.toReversed(), "VALE3.SA": rows.slice(900) });
    {
      using db = await Database.open(two);
      await addPrices(db, "VALE3.SA", rows.slice(0, 900));
    }
    const query = queryOf("prices", {
      columns: ["ticker", "date", "source", "open", "close", "volume"],
    });
    const text = await textOf(one, query);
    assertEquals(text.split("\n").length, 5002);
    assert(text === await textOf(two, query));
    const keys = text.split("\n").slice(1, -1).map((line) => line.split(",").slice(0, 3).join());
    assertEquals(keys, keys.toSorted());
  }),
);

Deno.test(
  "filters by ticker, source and day, on whichever column a table has for them",
  withoutLeaks(async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/x.db`;
    await fill(path, { A: daysOf(5), B: daysOf(5), C: daysOf(5) });
    execute(path, "UPDATE prices SET source = 'other' WHERE ticker = 'C'");
    const keys = async (over: Partial<ExportQuery>, object = "prices") =>
      (await rowsOf(path, queryOf(object, over)))
        .map(({ ticker, date }) => `${ticker}${String(date).slice(-1)}`).join(" ");
    for (const object of ["prices", "prices_canonical"]) {
      assertEquals(
        await keys({ tickers: ["C", "A", "X"] }, object),
        "A1 A2 A3 A4 A5 C1 C2 C3 C4 C5",
      );
      assertEquals(
        await keys({ from: "2024-01-02", to: "2024-01-03" }, object),
        "A2 A3 B2 B3 C2 C3",
      );
      assertEquals(await keys({ source: "other", to: "2024-01-02" }, object), "C1 C2");
      assertEquals(await keys({ tickers: ["B"], from: "2024-01-05" }, object), "B5");
      assertEquals(await keys({ from: "2024-02-01" }, object), "");
      assertEquals(await keys({ tickers: ["B"], to: "9999-12-31" }, object), "B1 B2 B3 B4 B5");
    }
    assertEquals(await keys({ tickers: ["C"] }, "prices_latest"), "C5");
    // A time of the last day belongs to it.
    const logs = (over: Partial<ExportQuery>) => rowsOf(path, queryOf("ingest_logs", over));
    assertEquals((await logs({ from: "2024-01-02", to: "2024-01-02" })).length, 3);
    assertEquals((await logs({ tickers: ["B", "A"] })).map(({ id }) => id), [1, 2]);
    assertEquals((await logs({ to: "2024-01-01" })).length, 0);
  }),
);

Deno.test(
  "columns in the order wanted, also without the key",
  withoutLeaks(async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/x.db`;
    await fill(path, { B: daysOf(2), A: daysOf(1) });
    const query = queryOf("prices", { columns: ["close", "ticker"] });
    assertEquals(await textOf(path, query), "close,ticker\n1,A\n1,B\n2,B\n");
  }),
);

Deno.test(
  "what is not there is refused by name, with the nearest match or the names there are",
  withoutLeaks(async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/x.db`;
    await fill(path);
    const cases: [ExportQuery, string, string][] = [
      [queryOf("price"), "unknown_table", "Did you mean prices?"],
      [queryOf("PRICES"), "unknown_table", "Did you mean prices?"],
      [queryOf("sqlite_schema"), "unknown_table", "Use one of: "],
      [queryOf("prices", { columns: ["date", "clse"] }), "unknown_column", "Did you mean close?"],
      [queryOf("sync_state", { tickers: ["A"] }), "filter_not_possible", "Leave --ticker out"],
      [queryOf("schema_migrations", { source: "csv" }), "filter_not_possible", "Leave --source"],
    ];
    for (const [query, code, hint] of cases) {
      const to = `${folder.path}/new/x.csv`;
      const work = () => exportTable(path, query, { format: "csv", to });
      const error = await assertRejects(work, UsageError);
      assertEquals(error.code, code);
      assertStringIncludes(error.hint ?? "", hint);
    }
    assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["x.db"]);
    await Deno.writeTextFile(`${folder.path}/empty.db`, "");
    const empty = () => textOf(`${folder.path}/empty.db`, queryOf("prices"));
    assertEquals((await assertRejects(empty, DatabaseError)).code, "db_empty");
  }),
);

// Tables of somebody else in the same file, with more rows than the first page has.
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
  Deno.test(
    `a foreign table ${what} comes out whole, each row once`,
    withoutLeaks(async () => {
      await using folder = await temporaryFolder();
      const path = `${folder.path}/x.db`;
      await fill(path);
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
    }),
  );
}

Deno.test(
  "numbers beyond 2^53 as keys and values, bytes, and texts of any length go through",
  withoutLeaks(async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/x.db`;
    await fill(path);
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
  }),
);

Deno.test(
  "a key that is no UTF-8 ends in an error, not without end",
  withoutLeaks(async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/x.db`;
    await fill(path);
    execute(
      path,
      `CREATE TABLE t (k TEXT PRIMARY KEY) WITHOUT ROWID;
       INSERT INTO t WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 63)
         SELECT printf('%04d', n) FROM c;
       INSERT INTO t VALUES (CAST(x'ff' AS TEXT))`,
    );
    const error = await assertRejects(() => textOf(path, queryOf("t")), DatabaseError);
    assertEquals(error.code, "export_bad_key");
  }),
);

Deno.test(
  "all pages are of one moment, whatever is written meanwhile",
  withoutLeaks(async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/x.db`;
    await fill(path, { B: daysOf(2000) });
    using db = await Database.open(path);
    let pieces = 0;
    const text = await textOf(path, queryOf("prices", { columns: ["close"] }), "csv", () => {
      pieces++;
      db.run("UPDATE prices SET close = close + 10000");
      db.run("DELETE FROM prices WHERE date > '2025-01-01'");
    });
    assert(pieces > 2, `${pieces}`);
    assertEquals(text.split("\n").slice(1, -1).map(Number), daysOf(2000).map(({ close }) => close));
  }),
);

Deno.test("property: paging finds every row once, whatever lengths the rows have", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/x.db`;
  await fill(path);
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
