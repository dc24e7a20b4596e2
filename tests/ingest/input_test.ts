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
