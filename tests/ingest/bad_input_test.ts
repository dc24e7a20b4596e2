import {
  assert,
  assertEquals,
  assertFields,
  assertMatch,
  assertStringIncludes,
} from "../assert.ts";
import { BAD_FILES, COTAHIST, CSV, put, RECORD, sampleWith } from "./bad_files.ts";
import type { Ended } from "../e2e/ingest_here.ts";
import { prepared } from "../e2e/prepared.ts";
import { logLines, SAMPLE, SAMPLE_TICKERS } from "../e2e/program.ts";
import { testNeeding } from "../system.ts";

/** The one error of a run, which has a remedy. */
function errorOf({ report }: Ended): { code: string; message: string; hint: string } {
  const [error, ...more] = report.tickers.flatMap(({ error }) => error ?? []);
  assertEquals(more, []);
  const { code = "", message = "", hint } = error ?? {};
  assert(code !== "internal_error" && (hint ?? "").length > 10, message);
  return { code, message, hint: hint ?? "" };
}

const sample = Deno.readFileSync(SAMPLE);

for (const { what, needs = [], files = {}, args, code, message, hint, ticker } of BAD_FILES) {
  testNeeding(
    needs,
    `${what} is ${code}: exit 1, a remedy, a failed row, nothing lost`,
    async () => {
      await using space = await prepared();
      for (const [name, content] of Object.entries(files)) space.write(name, content);
      const prices = space.prices();
      const names = space.names();
      const logs = space.logs().length;

      // Paths count from the workspace; the sample and a device have whole ones.
      const outcome = await space.here(
        args.map((arg, at) =>
          args[at - 1] === "--file" && !arg.startsWith("/") ? `${space.path}/${arg}` : arg
        ),
      );
      assertEquals(outcome.code, 1);
      const error = errorOf(outcome);
      assertEquals(error.code, code);
      assertMatch(error.message, message);
      assertMatch(error.hint, hint);

      assertEquals(space.prices(), prices);
      const [row, ...more] = space.logs().slice(logs);
      assertEquals(more, []);
      assertFields(row, {
        status: "failed",
        ticker: ticker ?? null,
        error_code: code,
        error_message: error.message,
      });
      assertEquals(space.names().filter((name) => name !== "locks"), names);
    },
  );
}

Deno.test("--allow-truncated takes what a file that is cut off has, and warns", async () => {
  await using space = await prepared();
  const file = space.write("x.TXT", sample.slice(0, 80 * RECORD));
  const { code, stderr } = await space.here([...COTAHIST, file, "--allow-truncated"]);
  assertEquals(code, 0);
  const [warning, ...more] = logLines(stderr);
  assertEquals([warning?.level, more.length], ["WARN", 0]);
  assertMatch(String(warning?.message), /has no trailer/);
  assertEquals(space.value("SELECT max(date) FROM prices WHERE ticker = 'EXMA3.SA'"), "2024-01-10");
});

Deno.test("a bad file does not stop a good one", async () => {
  await using space = await prepared();
  const file = space.write("x.TXT", sample.slice(0, 80 * RECORD));
  const outcome = await space.here([...COTAHIST, file, "--file", SAMPLE]);
  assertEquals(outcome.code, 3);
  assertEquals(errorOf(outcome).code, "trailer_missing");
  assertEquals(space.prices().length, 80);
  const last = space.logs().at(-1);
  assertFields(last, { ticker: null, status: "failed", error_code: "trailer_missing" });
});

Deno.test("bad records go to ingest_rejects with line and reason; good rows stay", async () => {
  await using space = await prepared();
  const before = space.prices();
  // Records 6 to 12 are the first day of EXMB4 to EXMH4; each is in the database already.
  const file = space.write(
    "COTAHIST_BAD.TXT",
    sampleWith({
      6: put(109, "00000000005X3"),
      7: put(3, "20240231"),
      8: (record) => `${record.slice(0, 100)}\r\n`,
      10: put(1, "02"),
      12: put(211, "0000000"),
    }),
  );
  const { code, stderr, report } = await space.here([...COTAHIST, file]);
  assertEquals([code, stderr, report.totals.rows_rejected], [0, "", 5]);

  const rejects = space.query(
    "SELECT line, ticker, date, code, reason, origin, raw FROM ingest_rejects ORDER BY line",
  );
  assertEquals(
    rejects.map(({ line, ticker, date, code }) => [line, ticker, date, code]),
    [
      [7, "EXMB4.SA", "2024-01-02", "bad_number"],
      [8, "EXMC3.SA", null, "bad_date"],
      [9, null, null, "bad_length"],
      [11, null, null, "bad_record_type"],
      [13, "EXMH4.SA", "2024-01-02", "bad_quote_factor"],
    ],
  );
  const reason = (line: number) => String(rejects.find((each) => each.line === line)?.reason);
  assertStringIncludes(reason(7), "00000000005X3");
  assertStringIncludes(reason(8), "20240231");
  assertStringIncludes(reason(9), "100 bytes");
  assertStringIncludes(reason(11), '"02"');
  assert(rejects.every(({ origin }) => origin === "COTAHIST_BAD.TXT"));
  assertMatch(String(rejects[0]?.raw), /^012024010202EXMB4 /);

  const prices = space.prices();
  assertEquals(prices.length, 80);
  assertEquals(prices.filter(({ date }) => date <= "2024-01-08"), before);
  const logs = space.logs().slice(8);
  assertEquals(
    logs.map(({ ticker, status, rows_rejected }) => [ticker, status, rows_rejected]),
    [
      ...SAMPLE_TICKERS.map((ticker) => [
        ticker,
        "success",
        ["EXMB4.SA", "EXMC3.SA", "EXMH4.SA"].includes(ticker) ? 1 : 0,
      ]),
      [null, "success", 2],
    ],
  );
});

Deno.test("values that no price can have go to ingest_rejects; good rows stay", async () => {
  await using space = await prepared();
  const before = space.prices();
  const file = space.write(
    "COTAHIST_BAD.TXT",
    sampleWith({ 9: put(109, "0000000000000"), 11: put(83, "0000009999999") }),
  );
  const { code, stderr, report } = await space.here([...COTAHIST, file]);
  assertEquals([code, stderr, report.totals.rows_rejected], [0, "", 2]);
  const sql = "SELECT ticker, date, code, reason FROM ingest_rejects ORDER BY ticker";
  assertEquals(space.query(sql).map(Object.values), [
    ["EXME3.SA", "2024-01-02", "zero_close", "close is 0"],
    ["EXMG3.SA", "2024-01-02", "high_below_low", "high 64.19 is below low 99999.99"],
  ]);
  assertEquals(space.prices().filter(({ date }) => date <= "2024-01-08"), before);
});

Deno.test("a ticker without a valid row fails, and the others go in", async () => {
  await using space = await prepared();
  const rows = "2024-02-01,EXMA3.SA,x\n2024-02-01,EXMB4.SA,5.5\n2024-02-30,EXMA3.SA,1\n";
  const file = space.write("x.csv", `date,ticker,close\n${rows}`);
  const outcome = await space.here([...CSV, file]);
  assertEquals(outcome.code, 3);
  assertEquals(errorOf(outcome).code, "no_valid_rows");
  assertEquals(space.prices().length, 41);
  assertEquals(
    space.query("SELECT ticker, line FROM ingest_rejects ORDER BY line").map(Object.values),
    [["EXMA3.SA", 2], ["EXMA3.SA", 4]],
  );
});

Deno.test("a row that reads well and cannot be is rejected with its line, too", async () => {
  await using space = await prepared();
  const csv = space.write(
    "prices.csv",
    "date,open,high,low,close\n2024-02-01,10,11,9,10\n2024-02-02,10,9,11,10\n2999-01-01,1,1,1,1\n",
  );
  const { code } = await space.here(["--source", "csv", "--file", csv, "--ticker", "T"]);
  assertEquals(code, 0);
  assertEquals(
    space.query("SELECT origin, line, code FROM ingest_rejects ORDER BY line").map(Object.values),
    [["prices.csv", 3, "high_below_low"], ["prices.csv", 4, "date_in_future"]],
  );
});
