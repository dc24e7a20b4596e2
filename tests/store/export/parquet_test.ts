import { DatabaseSync } from "node:sqlite";
import { VERSION } from "../../../src/base/version.ts";
import type { ExportQuery } from "../../../src/store/care.ts";
import { StoreError } from "../../../src/store/errors.ts";
import { exportTable } from "../../../src/store/export/export.ts";
import { Database } from "../../../src/store/sqlite/connection/database.ts";
import { sqliteCare } from "../../../src/store/sqlite/care.ts";
import { addManyPrices } from "../../e2e/many_prices.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { duckdb } from "../../duckdb/ask.ts";
import { temporaryFolder } from "../sqlite/helpers.ts";
import { queryOf } from "../contract_care.ts";

interface Scene extends AsyncDisposable {
  readonly folder: string;
  readonly db: string;
  run(sql: string): void;
  /** Exports, and gives the file as it stands in SQL. */
  export(query: ExportQuery, name?: string): Promise<string>;
}

async function scene(): Promise<Scene> {
  const folder = await temporaryFolder();
  const db = `${folder.path}/x.db`;
  (await Database.open(db)).close();
  return {
    folder: folder.path,
    db,
    run(sql) {
      using file = new DatabaseSync(db);
      file.exec(sql);
    },
    async export(query, name = "x") {
      const to = `${folder.path}/${name}.parquet`;
      const { rows, bytes } = await exportTable(sqliteCare(db), query, { format: "parquet", to });
      const info = Deno.statSync(to);
      assertEquals(bytes, info.size);
      assertEquals(await duckdb(`SELECT count(*) AS n FROM '${to}'`), [[{ n: String(rows) }]]);
      return `'${to}'`;
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

Deno.test("another reader finds the same rows, types, nulls and text, and whole numbers beyond 2^53", async () => {
  await using space = await scene();
  space.run(`
    INSERT INTO ingest_logs (job_id, run_id, ticker, source, command, started_at, status, host, pid,
      version, rows_fetched, lock_waited_seconds, window_from)
    VALUES ('j1', 'r', 'A', 'csv', 'c', '2026-11-02T10:00:00.250Z', 'running', 'São Paulo 🏦', 7, '0',
      9007199254740993, 0.1, '1969-12-31'),
      ('j2', 'r', NULL, 'csv', 'c', '1969-12-31T23:59:59.999Z', 'running', '', -7, '0',
      -9223372036854775808, NULL, NULL);
    CREATE TABLE mine (id INTEGER PRIMARY KEY, word TEXT, untyped, blob BLOB);
    INSERT INTO mine VALUES (1, 'é', 1, x'00ff'), (2, NULL, 2.5, NULL), (3, '', NULL, x'');
  `);
  const logs = await space.export(queryOf("ingest_logs"), "logs");
  const mine = await space.export(queryOf("mine"), "mine");
  const columns = "started_at, ticker, host, pid, rows_fetched, lock_waited_seconds, window_from";
  const [types, rows, own, ownTypes] = await duckdb(
    `SELECT column_name || ' ' || column_type AS c FROM (DESCRIBE SELECT ${columns} FROM ${logs})`,
    `SELECT epoch_ms(started_at) AS ms, ${columns.slice(12)} FROM ${logs} ORDER BY id`,
    `SELECT id, word, untyped, hex(blob) AS blob FROM ${mine}`,
    `SELECT column_type AS c FROM (DESCRIBE SELECT * FROM ${mine})`,
  );
  assertEquals(types?.map(({ c }) => c), [
    "started_at TIMESTAMP WITH TIME ZONE",
    "ticker VARCHAR",
    "host VARCHAR",
    "pid BIGINT",
    "rows_fetched BIGINT",
    "lock_waited_seconds DOUBLE",
    "window_from DATE",
  ]);
  assertEquals(rows, [{
    ms: String(Date.UTC(2026, 10, 2, 10, 0, 0, 250)),
    ticker: "A",
    host: "São Paulo 🏦",
    pid: "7",
    rows_fetched: "9007199254740993",
    lock_waited_seconds: 0.1,
    window_from: "1969-12-31",
  }, {
    ms: "-1",
    ticker: null,
    host: "",
    pid: "-7",
    rows_fetched: "-9223372036854775808",
    lock_waited_seconds: null,
    window_from: null,
  }]);
  assertEquals(own, [
    { id: "1", word: "é", untyped: 1, blob: "00FF" },
    { id: "2", word: null, untyped: 2.5, blob: null },
    { id: "3", word: "", untyped: null, blob: "" },
  ]);
  assertEquals(ownTypes?.map(({ c }) => c), ["BIGINT", "VARCHAR", "DOUBLE", "BLOB"]);
});

Deno.test("an empty result has all columns with their types, and no rows", async () => {
  await using space = await scene();
  const file = await space.export(queryOf("prices"));
  const [types] = await duckdb(`SELECT column_type AS c FROM (DESCRIBE SELECT * FROM ${file})`);
  const numbers = ["open", "high", "low", "close", "adj_close", "volume"].map(() => "DOUBLE");
  assertEquals(types?.map(({ c }) => c), ["VARCHAR", "DATE", "VARCHAR", ...numbers, "BIGINT"]);
});

Deno.test("groups of 50,000 rows in the order of the key: a reader of one ticker leaves the others out", async () => {
  await using space = await scene();
  addManyPrices(space.db, 160_000);
  using db = new DatabaseSync(space.db, { readOnly: true });
  const file = await space.export(queryOf("prices"));
  const sums = "count(*) AS n, sum(close) AS close, sum(volume) AS volume";
  const [groups, encodings, sum, keyValues, profile] = await duckdb(
    `SELECT DISTINCT row_group_id AS g, row_group_num_rows AS n, stats_min_value AS low,
       stats_max_value AS high FROM parquet_metadata(${file})
     WHERE path_in_schema = 'ticker' ORDER BY g`,
    `SELECT DISTINCT encodings FROM parquet_metadata(${file}) WHERE path_in_schema = 'source'`,
    `SELECT ${sums} FROM ${file} WHERE ticker = 'M0011.SA'`,
    `SELECT decode(key) AS key, decode(value) AS value FROM parquet_kv_metadata(${file})`,
    `EXPLAIN (ANALYZE, FORMAT json) SELECT sum(close) FROM ${file} WHERE ticker = 'M0011.SA'`,
  );
  assertEquals(groups?.map(({ n }) => n), ["50000", "50000", "50000", "10000"]);
  const bounds = groups?.flatMap(({ low, high }) => [String(low), String(high)]) ?? [];
  assertEquals(bounds, bounds.toSorted());
  assertEquals(encodings, [{ encodings: "PLAIN, RLE_DICTIONARY" }]);
  const stored = db.prepare(`SELECT ${sums} FROM prices WHERE ticker = 'M0011.SA'`).get();
  assertEquals(Number(sum?.[0]?.n), stored?.n);
  assert(Math.abs(Number(sum?.[0]?.close) - Number(stored?.close)) < 1e-6);
  assertEquals(sum?.[0]?.volume, stored?.volume);
  const { schema_version: schema } = await sqliteCare(space.db).info();
  assertEquals(Object.fromEntries(keyValues?.map(({ key, value }) => [key, value]) ?? []), {
    "tickerlock.version": VERSION,
    "tickerlock.schema": String(schema),
    "tickerlock.object": "prices",
    "tickerlock.query": '{"tickers":[],"source":null,"from":null,"to":null,"columns":null}',
  });
  const { total_bytes_read: read } = JSON.parse(String(profile?.[0]?.explain_value));
  assert(read < Deno.statSync(file.slice(1, -1)).size / 8, `${read}`);
});

Deno.test("equal data are equal bytes, whole or in pieces of any size", async () => {
  await using space = await scene();
  addManyPrices(space.db, 60_000);
  const file = Deno.readFileSync((await space.export(queryOf("prices"))).slice(1, -1));
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  await exportTable(sqliteCare(space.db), queryOf("prices"), {
    format: "parquet",
    to: {
      write: (piece) => {
        pieces.push(new Uint8Array(piece));
        return Promise.resolve(true);
      },
    },
  });
  assert(pieces.length > 2);
  const streamed = new Uint8Array(await new Blob(pieces).arrayBuffer());
  assertEquals(streamed.toHex(), file.toHex());
});

Deno.test("a value that is not of its column's type is refused by name, and no file appears", async () => {
  await using space = await scene();
  space.run(`
    CREATE TABLE loose (id INTEGER PRIMARY KEY, word TEXT, whole INT, open REAL, untyped);
    CREATE VIEW cast_loose AS SELECT id, CAST(untyped AS TEXT) AS untyped FROM loose;
  `);
  const cases = [
    ["word", "(1, x'00', 1, 1, 1)", "1 byte"],
    ["whole", "(1, 'a', 1.5, 1, 1)", "1.5"],
    ["open", "(1, 'a', 1, 'high', 1)", "high"],
    ["untyped", "(1, 'a', 1, 1, 1.5), (2, 'a', 1, 1, 'x')", "x"],
  ] as const;
  for (const [column, values, shown] of cases) {
    space.run(`DELETE FROM loose; INSERT INTO loose VALUES ${values}`);
    const error = await assertRejects(() => space.export(queryOf("loose")), StoreError);
    assertEquals(error.code, "export_value_unfit");
    assertStringIncludes(error.message, `column ${column} of loose holds "${shown}"`);
    assertStringIncludes(error.hint ?? "", `CAST(${column} AS TEXT)`);
  }
  assertEquals([...Deno.readDirSync(space.folder)].map(({ name }) => name).sort(), ["x.db"]);
  await space.export(queryOf("cast_loose"));
});
