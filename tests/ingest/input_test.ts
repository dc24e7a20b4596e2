import { assertEquals, assertHas, assertMatch } from "../assert.ts";
import { makeZip } from "../sources/cotahist/zip_writer.ts";
import { SAMPLE } from "../e2e/program.ts";
import { Workspace } from "../e2e/workspace.ts";

const COTAHIST = ["--source", "cotahist", "--file"];

Deno.test("a CSV file of one ticker, and one with semicolons and a ticker per row", async () => {
  await using space = await Workspace.create();
  const one = space.write(
    "one.csv",
    "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,37,38.5,36.9,37.5,36.1,1000\n",
  );
  const first = await space.here(["--source", "csv", "--file", one, "--ticker", "petr4.sa"]);
  assertEquals([first.code, first.stderr], [0, ""]);
  const many = space.write(
    "many.csv",
    "\uFEFFticker;data;date;close\r\nVALE3.SA;x;31/01/2024;1.234,56\r\nITUB4.SA;y;31/01/2024;32,1\r\n",
  );
  const second = await space.here(["--file", many], { TICKERLOCK_SOURCE: "csv" });
  assertEquals([second.code, second.stderr], [0, ""]);
  assertEquals(
    space.prices().map((row) => Object.values(row).slice(0, 9)),
    [
      ["ITUB4.SA", "2024-01-31", "csv", null, null, null, 32.1, null, null],
      ["PETR4.SA", "2024-01-02", "csv", 37, 38.5, 36.9, 37.5, 36.1, 1000],
      ["VALE3.SA", "2024-01-31", "csv", null, null, null, 1234.56, null, null],
    ],
  );
  const { report } = await space.here(["--source", "csv", "--file", many, "--dry-run"]);
  const details = JSON.stringify(report.details);
  for (const column of ["ticker", "date", "close"]) assertMatch(details, RegExp(`"${column}"`));
});

Deno.test("a CSV file is told what was understood of it, or refused with the option", async () => {
  await using space = await Workspace.create();
  const bars = "Data;Abertura;Fechamento;Quantidade\r\n15/01/2024;x;37,50;0,00123\r\n";
  await Deno.mkdir(`${space.path}/quotes`);
  space.write("quotes/PETR4.csv", bars);
  const args = ["--source", "csv", "--file", `${space.path}/quotes`, "--ticker-from-name"];
  const plain = [...args, "--suffix", ".SA"];
  const { code, report } = await space.here(plain);
  assertEquals([code, report.totals.rows_inserted, report.totals.rows_rejected], [0, 1, 0]);
  assertMatch(JSON.stringify(report.details), /day first: .*decimal comma: /);
  assertEquals(
    space.query("SELECT ticker, open, close, volume FROM prices").map((each) => ({ ...each })),
    [{ ticker: "PETR4.SA", open: null, close: 37.5, volume: 0.00123 }],
  );
  assertEquals(
    space.query("SELECT code, line, reason FROM ingest_rejects").map((each) => ({ ...each })),
    [{ code: "bad_cell", line: 2, reason: 'open is "x", not a number; left empty' }],
  );
  space.write("quotes/PETR4.csv", bars.replace("15/01", "02/01"));
  const refused = await space.here(plain);
  assertEquals(refused.code, 1);
  assertMatch(refused.stderr, /csv_ambiguous_dates/);
  assertMatch(refused.stderr, /2024-01-02 \(day first\) or 2024-02-01 \(month first\)/);
  assertMatch(refused.stderr, /--date-format dmy or --date-format mdy/);
  const chosen = await space.here([...plain, "--date-format", "mdy"]);
  assertEquals([chosen.code, chosen.report.totals.rows_inserted], [0, 1]);
  const usage = await space.ingest([...plain, "--decimal", "x"]);
  assertEquals(usage.code, 2);
});

Deno.test("--ticker and a window take what they name", async () => {
  await using space = await Workspace.create();
  const window = ["--from", "2024-01-04", "--to", "2024-01-08"];
  const tickers = ["--ticker", "exma3.sa", "--ticker", "EXMH4.SA", "--ticker", "EXMA3.SA"];
  const { code } = await space.here([...COTAHIST, SAMPLE, ...window, ...tickers]);
  assertEquals(code, 0);
  const days = ["2024-01-04", "2024-01-05", "2024-01-08"];
  assertEquals(
    space.prices().map(({ ticker, date }) => [ticker, date]),
    ["EXMA3.SA", "EXMH4.SA"].flatMap((ticker) => days.map((date) => [ticker, date])),
  );
  assertEquals(space.logs().length, 2);
});

Deno.test("--markets takes other markets, each ticker under its own name", async () => {
  await using space = await Workspace.create();
  const { code } = await space.here([...COTAHIST, SAMPLE, "--markets", "020,070"]);
  assertEquals(code, 0);
  assertEquals(
    space.query("SELECT ticker, count(*) AS rows FROM prices GROUP BY ticker").map(Object.values),
    [["EXMA3F.SA", 10], ["EXMAA80.SA", 10]],
  );
});

Deno.test("a ZIP, a folder and a pattern are read like the file in them", async () => {
  const data = Deno.readFileSync(SAMPLE);
  for (const input of ["COTAHIST_A2024.ZIP", "in", "in/COTAHIST_?2024.*"]) {
    await using space = await Workspace.create();
    Deno.mkdirSync(`${space.path}/in`);
    const zip = makeZip([{ name: "COTAHIST_A2024.TXT", data }]);
    space.write("COTAHIST_A2024.ZIP", zip);
    space.write("in/COTAHIST_A2024.ZIP", zip);
    space.write("in/notes.md", "not data");
    const { code, report } = await space.here([...COTAHIST, `${space.path}/${input}`]);
    assertEquals(code, 0, input);
    assertHas(report.totals, { by_status: { success: 8 }, rows_inserted: 80 }, input);
  }
});
