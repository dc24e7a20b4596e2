import { assert, assertEquals, assertHas, assertMatch, assertStringIncludes } from "../assert.ts";
import { prepared } from "../e2e/prepared.ts";
import { logLines, SAMPLE, SAMPLE_TICKERS } from "../e2e/program.ts";
import type { Reported } from "../e2e/workspace.ts";

const sample = Deno.readFileSync(SAMPLE);

/** Bytes of a record with its line end. */
const RECORD = 247;

/** The sample with changed records: its header is record 0. */
function sampleWith(
  changes: Readonly<Record<number, (record: string) => string>>,
): Uint8Array {
  const text = new TextDecoder("latin1").decode(Deno.readFileSync(SAMPLE));
  const records: string[] = [];
  for (let at = 0; at < text.length; at += RECORD) records.push(text.slice(at, at + RECORD));
  for (const [index, change] of Object.entries(changes)) {
    records[Number(index)] = change(records[Number(index)] ?? "");
  }
  return Uint8Array.from(records.join(""), (char) => char.charCodeAt(0));
}

/** Overwrites a field; positions 1-based as in the exchange's description. */
function put(position: number, text: string): (record: string) => string {
  return (record) =>
    record.slice(0, position - 1) + text + record.slice(position - 1 + text.length);
}

/** An input that is refused as a whole, and what is said of it. */
interface BadFile {
  readonly what: string;
  /** Files to write: name and content. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly args: readonly string[];
  readonly code: string;
  readonly message: RegExp;
  readonly hint: RegExp;
  /** Of the failed log row. Default null. */
  readonly ticker?: string;
}

/** Arguments before a COTAHIST file. */
const COTAHIST = ["--source", "cotahist", "--file"];
/** Arguments before a CSV file. */
const CSV = ["--source", "csv", "--file"];

/** Inputs that are refused as a whole. */
const BAD_FILES: readonly BadFile[] = [
  {
    what: "a file that is missing, for one ticker",
    args: [...CSV, "prices.csv", "--ticker", "PETR4.SA"],
    code: "file_not_found",
    message: /prices\.csv.* does not exist/,
    hint: /path/,
    ticker: "PETR4.SA",
  },
  {
    what: "a file that is cut off",
    files: { "x.TXT": sample.slice(0, 80 * RECORD) },
    args: [...COTAHIST, "x.TXT"],
    code: "trailer_missing",
    message: /x\.TXT.* has no trailer .* after 80 records/,
    hint: /--allow-truncated/,
  },
  {
    what: "a ticker that is not in the file",
    args: [...COTAHIST, SAMPLE, "--ticker", "EXMA4.SA"],
    code: "ticker_not_in_file",
    message: /EXMA4\.SA/,
    hint: /EXMA3\.SA|EXMB4\.SA/,
    ticker: "EXMA4.SA",
  },
];

/** The one error of a run, which has a remedy. */
function errorOf({ report }: Reported): { code: string; message: string; hint: string } {
  const [error, ...more] = report.tickers.flatMap(({ error }) => error ?? []);
  assertEquals(more, []);
  const { code = "", message = "", hint } = error ?? {};
  assert(code !== "internal_error" && (hint ?? "").length > 10, message);
  return { code, message, hint: hint ?? "" };
}

for (const { what, files = {}, args, code, message, hint, ticker } of BAD_FILES) {
  Deno.test(
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
      assertHas(row, {
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
