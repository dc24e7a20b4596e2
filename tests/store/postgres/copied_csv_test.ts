import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { exportTable } from "../../../src/store/export/export.ts";
import { formatterOf } from "../../../src/store/export/format.ts";
import { postgresCare } from "../../../src/store/postgres/care.ts";
import { Connection } from "../../../src/store/postgres/connection/connection.ts";
import { arrayText } from "../../../src/store/postgres/connection/driver.ts";
import { migrate } from "../../../src/store/postgres/connection/migrate.ts";
import { parseTarget } from "../../../src/store/postgres/connection/target.ts";
import { queryOf } from "../contract_care.ts";
import { newUrl } from "./places.ts";

/** A table `odd` of its own. */
async function withOdd(
  columns: string,
  work: (url: string, connection: Connection) => Promise<void>,
): Promise<void> {
  const url = await newUrl();
  await using connection = new Connection(parseTarget(url));
  await migrate(connection);
  await connection.transaction("make", (db) => db.run(`CREATE TABLE odd (${columns})`));
  await work(url, connection);
  await connection.transaction(
    "clean up",
    (db) => db.run(`DROP SCHEMA "${connection.target.schema}" CASCADE`),
  );
}

const text = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "a ",
    "\t",
    "\u00a0a",
    "a\ufeff",
    "é",
    '"',
    'a"b',
    " ,",
    "\\.",
    "1e+20",
    "-0",
  ),
  fc.string(),
  fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", " ", "\u2003", "\\", ".", "é", "e") }),
).map((each) => each.toWellFormed().replaceAll("\0", ""));

const number = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    1e-4,
    9.9e-5,
    1e-7,
    1e15,
    999999999999999.9,
    1e21,
    2 ** 54 + 4,
    1e23,
    Infinity,
  ),
  fc.double({ noNaN: true }),
  fc.integer({ min: -100_000, max: 100_000 }).map((cents) => cents / 100),
);

const row = fc.tuple(fc.option(text), fc.option(number), fc.option(text), fc.option(number));

Deno.test("CSV that the server writes is that of the rows that are read", async () => {
  await withOdd(
    "a text, b double precision, c text, d double precision",
    async (url, connection) => {
      await fc.assert(
        fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 60 }), async (rows) => {
          await connection.transaction("fill", async (db) => {
            await db.run("DELETE FROM odd");
            await db.run(
              `INSERT INTO odd SELECT * FROM
               unnest($1::text[], $2::float8[], $3::text[], $4::float8[]) AS given`,
              ...[0, 1, 2, 3].map((at) =>
                arrayText(rows.map((each) => Object.is(each[at], -0) ? "-0" : each[at]))
              ),
            );
          });
          const care = postgresCare(parseTarget(url));
          for (const columns of [null, ["a"], ["b"], ["d", "c"]]) {
            await using read = await care.exportRows(queryOf("odd", { columns }));
            const formatter = formatterOf("csv", read.columns);
            const wanted = formatter.page(await read.page(1000) ?? []);
            await using copied = await care.exportRows(queryOf("odd", { columns }));
            const pieces = [formatterOf("csv", read.columns).page([])];
            for await (const { bytes } of copied.csv?.() ?? []) pieces.push(bytes.slice());
            const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
            assertEquals(
              pieces.map((each) => decoder.decode(each)).join(""),
              decoder.decode(wanted),
            );
          }
        }),
        { numRuns: Number(Deno.env.get("RUNS") ?? 20) },
      );
    },
  );
});

Deno.test("a reader that goes away ends what the server writes, however much is left", async () => {
  await withOdd("ticker text, n int, a text, PRIMARY KEY (ticker, n)", async (url, connection) => {
    await connection.transaction("fill", (db) =>
      db.run(
        `INSERT INTO odd SELECT 'T', n, repeat('x', 1000) FROM generate_series(1, $1::int) AS n`,
        40_000,
      ));
    let written = 0;
    const exported = await exportTable(
      postgresCare(parseTarget(url)),
      queryOf("odd", { tickers: ["T", "NONE"] }),
      { format: "csv", to: { write: () => Promise.resolve(++written < 3) } },
    );
    assertEquals([exported.cutShort, exported.unknownNames.map(({ name }) => name)], [true, [
      "NONE",
    ]]);
    const isCopying = () =>
      connection.read("look", (db) =>
        db.get(
          "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND strpos(query, $1) > 0",
          `COPY (SELECT "ticker", "n", "a"`,
        ));
    while (await isCopying() !== undefined);
  });
});
