import { type ExportQuery, exportTable } from "../../../../src/store/mod.ts";
import { factsOf } from "../../../../src/store/sqlite/export/tables.ts";
import { exportableNames, exportObject } from "../../../../src/store/sqlite/export/schema.ts";
import { Database, DatabaseError, reader } from "../../../../src/store/mod.ts";
import { UsageError } from "../../../../src/base/errors.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../../assert.ts";
import { execute, queryOf, rowsOf, textOf } from "./exported.ts";
import { addPrices, daysOf, fill } from "../filled.ts";
import { temporaryFolder } from "../helpers.ts";
import { withoutLeaks } from "../leaks.ts";

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
