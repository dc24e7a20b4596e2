import { InterruptedError, SourceError, UsageError } from "../../../src/base/errors.ts";
import { csv } from "../../../src/sources/csv/source.ts";
import type { ReadProgress } from "../../../src/sources/source.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../../assert.ts";
import { deliver, read, requestFor, row, temporaryFolder } from "./helpers.ts";

async function failure(
  content: string | Uint8Array | readonly string[],
  tickers: readonly string[] | null = ["AAA"],
): Promise<SourceError> {
  return await assertRejects(() => read(content, { tickers }), SourceError);
}

Deno.test("a file with every column is read whole", async () => {
  const { run, byTicker } = await read(
    "Ticker,Date,Open,High,Low,Close,Adj Close,Volume,Source,Note\r\n" +
      "petr4.sa,2024-01-03,1,2,0.5,1.5,1.25,100,B3,x\r\n" +
      "PETR4.SA,2024-01-02,,null,NaN,1.5,-,N/A,b3,\r\n" +
      "^BVSP,2024-01-02,5,5,5,5,5,5.0,yahoo,\r\n",
  );
  assertEquals(run.tickers, ["PETR4.SA", "^BVSP"]);
  assertEquals(byTicker["PETR4.SA"]?.prices, [
    row("2024-01-02", 1.5, { source: "b3" }),
    {
      date: "2024-01-03",
      open: 1,
      high: 2,
      low: 0.5,
      close: 1.5,
      adjClose: 1.25,
      volume: 100,
      source: "b3",
    },
  ]);
  assertEquals(byTicker["^BVSP"]?.prices[0]?.volume, 5);
  assertEquals(run.unassigned, []);
  assertEquals(run.failures, []);
  assertEquals(run.warnings, []);
  assertEquals(run.details.sources, ["b3", "yahoo"]);
  const [file] = run.details.files as Record<string, unknown>[];
  assertStringIncludes(String(file?.path), "f0.csv");
  assertEquals({ ...file, path: "" }, {
    path: "",
    encoding: "utf-8",
    delimiter: ",",
    dates: "can be read in one way only",
    decimal: ".",
    numbers: "have decimal points, and nothing says otherwise",
    linesAbove: 0,
    columns: {
      ticker: "Ticker",
      date: "Date",
      open: "Open",
      high: "High",
      low: "Low",
      close: "Close",
      adj_close: "Adj Close",
      volume: "Volume",
      source: "Source",
    },
    ignoredColumns: ["Note"],
    rows: 3,
    kept: 3,
    rejected: 0,
  });
});

Deno.test("a file without a ticker column is of the one ticker asked for", async () => {
  const { run, byTicker } = await read("date;close\n2024-01-02;1.234,5\n", { tickers: ["AAA"] });
  assertEquals(Object.keys(byTicker), ["AAA"]);
  assertEquals(byTicker.AAA?.prices, [row("2024-01-02", 1234.5)]);
  assertEquals(run.details.sources, []);
  for (const tickers of [null, [], ["AAA", "BBB"]]) {
    const error = await failure("date,close\n2024-01-02,1\n", tickers);
    assertEquals(error.code, "csv_no_ticker");
    assertStringIncludes(error.hint ?? "", "exactly one --ticker");
    assertStringIncludes(error.hint ?? "", "--ticker-from-name");
  }
});

Deno.test("the one ticker asked for does not rename the rows of others", async () => {
  const { run, byTicker } = await read(
    "ticker,date,close\nAAA,2024-01-02,1\nBBB,2024-01-02,2\nBBB,bad,2\n",
    { tickers: ["AAA"] },
  );
  assertEquals(run.tickers, ["AAA"]);
  assertEquals(byTicker.AAA?.prices, [row("2024-01-02", 1)]);
  assertEquals(run.unassigned, []);
});

Deno.test("the window is inclusive, and rejects beyond it are not wanted either", async () => {
  const text = "date,close\n" +
    ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"].map((d) => `${d},1\n${d},x\n`).join(
      "",
    );
  const { byTicker } = await read(text, {
    tickers: ["AAA"],
    from: "2024-01-02",
    to: "2024-01-03",
  });
  assertEquals(byTicker.AAA?.prices.map(({ date }) => date), ["2024-01-02", "2024-01-03"]);
  assertEquals(byTicker.AAA?.rejects.map(({ date }) => date), ["2024-01-02", "2024-01-03"]);
});

Deno.test("byte order mark, quotes, quoted line breaks, tabs and blank lines", async () => {
  const { byTicker } = await read(
    '\uFEFF\r\n  \n"date"\t"close"\t"a ""note"""\r\n\r\n"2024-01-02"\t 1 \t"x\r\ny\tz"\n\t\t\n' +
      "\n\uFEFF2024-01-03\t2\t",
    { tickers: ["AAA"] },
  );
  assertEquals(byTicker.AAA?.prices, [row("2024-01-02", 1), row("2024-01-03", 2)]);
  assertEquals(byTicker.AAA?.rejects, []);
});

Deno.test("the sign of the decimals does not depend on which row has the first", async () => {
  const rows = ["2024-01-02;1.234", "2024-01-03;1,5", "2024-01-04;7"];
  for (const order of [rows, rows.toReversed()]) {
    const { run, byTicker } = await read(`date;close\n${order.join("\n")}\n`, { tickers: ["AAA"] });
    assertEquals(byTicker.AAA?.prices, [
      row("2024-01-02", 1234),
      row("2024-01-03", 1.5),
      row("2024-01-04", 7),
    ]);
    const [file] = run.details.files as { decimal: string; rows: number; numbers: string }[];
    assertEquals([file?.decimal, file?.rows], [",", 3]);
    assertStringIncludes(file?.numbers ?? "", 'decimal comma: "1,5" on line ');
    assertEquals((run.details.understood as string[]).length, 1);
  }
});

Deno.test("a decimal comma in rows and columns that are not wanted counts as well", async () => {
  const text = "ticker;date;close;low;note\nAAA;2024-01-02;1.234;;\nBBB;2024-01-02;x;1,5;\n";
  for (
    const [content, over] of [
      [text, { tickers: ["AAA"] }],
      [text, { tickers: null }],
      [text.replace("BBB;2024-01-02", "BBB;2020-01-01"), { from: "2024-01-01" }],
      [text.replace("x;1,5;", "x;1;0,53%"), { tickers: ["AAA"] }],
    ] as const
  ) {
    const { byTicker } = await read(content, over);
    assertEquals(byTicker.AAA?.prices, [row("2024-01-02", 1234)]);
  }
  // Also where the column is not read and the rows that are read have sure numbers.
  for (const cell of ["1.234.567", "0,53%"]) {
    const split = `date;close;shares\n2026-01-05;12.5;7\n2026-01-06;1.234;${cell}\n`;
    assertEquals((await failure(split)).code, "csv_ambiguous_numbers");
  }
  // Also behind a number that is sure, in a row that is not wanted.
  const split = text.replace("AAA;2024-01-02;1.234", "AAA;2024-01-02;1.25");
  assertEquals((await failure(split)).code, "csv_ambiguous_numbers");
});

Deno.test("files that fail as a whole, by code", async () => {
  const cases: [code: string, content: string | Uint8Array][] = [
    ["file_empty", ""],
    ["file_empty", "\uFEFF \r\n\n"],
    ["csv_no_rows", "date,close\n"],
    ["csv_no_rows", "date,close\n\n,\n"],
    ["csv_missing_column", "date,value\n2024-01-02,1\n"],
    ["csv_missing_column", "day,close\n2024-01-02,1\n"],
    ["csv_ambiguous_dates", "date,close\n01/02/2024,1\n"],
    ["csv_ambiguous_dates", "date,close\n15/02/2024,1\n02/15/2024,1\n"],
    ["csv_ambiguous_dates", "date,close\n15/02/24,1\n"],
    ["csv_ambiguous_dates", "date,close\n15/02/2024,1\n16-02-2024,1\n"],
    ["csv_ambiguous_dates", "date,close\n2024-31-01,1\n2024-05-01,1\n"],
    ["csv_ambiguous_numbers", "date,close\n2024-01-02,1.234\n"],
    ["csv_ambiguous_numbers", 'date,close,volume\n2024-01-02,5.25,"1,234"\n2024-01-03,1,1.234\n'],
    ["csv_ambiguous_numbers", "date;close\n2024-01-02;1.25\n2024-01-03;1,5\n"],
    ["csv_needs_time_zone", "time,close\n1704200400,1.5\n1704286800,1.5\n"],
    ["csv_intraday", "date,close\n2024-01-02 10:00,1\n2024-01-02 11:00,1\n"],
    ["csv_duplicate_column", "date,close,CLOSE\n2024-01-02,1,1\n"],
    ["csv_malformed", 'date,close\n2024-01-02,"1\n'],
    ["csv_malformed", 'date,close\n2024-01-02,1"\n'],
    ["csv_malformed", 'date,"close\n2024-01-02,1\n'],
    ["csv_malformed", "date,close\r2024-01-02,1\r"],
    ["not_csv", " <!doctype html>\n<p>no</p>"],
    ["not_csv", "date,close\n2024-01-02,1\0\n"],
  ];
  for (const [code, content] of cases) {
    const error = await failure(content);
    assertEquals(error.code, code, JSON.stringify(content));
    assert(error.hint !== undefined);
    assertStringIncludes(error.message, "f0.csv");
  }
});

Deno.test("one bad date among good ones costs its row, however the dates are written", async () => {
  const files = [
    ...["2024-01-15,1\n2024-17-01,2", "2024/01/15,1\n2024/17/01,2", "2024.1.15,1\n2024.17.1,2"],
    "2024-01-15 10:00,1\n2024-17-01 10:00,2",
  ];
  for (const text of files) {
    const { byTicker } = await read(`date,close\n${text}\n`, { tickers: ["AAA"] });
    assertEquals(byTicker.AAA?.prices, [row("2024-01-15", 1)], text);
    assertEquals(byTicker.AAA?.rejects.map(({ code }) => code), ["bad_date"], text);
  }
});

Deno.test("a misplaced quote is reported with the exact line", async () => {
  const before = 'date,close,note\n\n2024-01-02,1,"two\nlines"\n\n2024-01-03,1,\n';
  for (const bad of ['2024-01-04,1,"open\nand more\n', '2024-01-04,1,a"b\n2024-01-05,1,\n']) {
    const error = await failure(before + bad);
    assertEquals([error.code, error.details.line], ["csv_malformed", 7]);
    assertStringIncludes(error.message, "line 7");
  }
});

Deno.test("a file that fails leaves nothing behind, and the others are delivered", async () => {
  const { run, byTicker } = await read([
    "ticker,date,close,source\nAAA,2024-01-02,1,x\n",
    // Shows only at its end that it fails.
    "ticker,date,close,source\nAAA,2024-01-03,2,y\nBBB,2024-01-03,2,y\nBBB,bad,2,y\n!,bad,2,y\n" +
    "AAA,01/02/2024,2,y\n",
    "ticker,date,close,source\nCCC,2024-01-02,3,z\n",
  ]);
  assertEquals(run.tickers, ["AAA", "CCC"]);
  assertEquals(byTicker.AAA?.prices, [row("2024-01-02", 1, { source: "x" })]);
  assertEquals(run.unassigned, []);
  assertEquals(run.failures.length, 1);
  assertStringIncludes(run.failures[0]?.what ?? "", "f1.csv");
  assertEquals((run.failures[0]?.error as SourceError).code, "csv_ambiguous_dates");
  assertEquals((run.missing("BBB") as SourceError).code, "ticker_not_in_file");
  assertEquals(run.details.sources, ["x", "z"]);
});

Deno.test("where all files fail, one error is thrown as it is and several as one", async () => {
  const error = await failure(["", "date,close\n"]);
  assertEquals(error.code, "no_usable_file");
  assertStringIncludes(error.message, "none of 2 files can be used: ");
  assertEquals((error.details.files as unknown[]).length, 2);
});

Deno.test("folders bring .csv and .tsv, patterns also .txt; nothing given is refused", async () => {
  await using folder = await temporaryFolder();
  for (const name of ["a.csv", "b.TSV", "c.txt", "d.json"]) {
    await Deno.writeTextFile(`${folder.path}/${name}`, `ticker,date,close\n${name},2024-01-02,1\n`);
  }
  await using run = await csv.open(requestFor([folder.path]));
  assertEquals(run.tickers, ["A.CSV", "B.TSV"]);
  const [told] = run.warnings;
  assertStringIncludes(told ?? "", "2 files are passed over: ");
  assertStringIncludes(told ?? "", "c.txt (is not named .csv or .tsv)");
  await using text = await csv.open(requestFor([`${folder.path}/*.txt`]));
  assertEquals(text.tickers, ["C.TXT"]);
  const missing = await assertRejects(
    () => csv.open(requestFor([`${folder.path}/none.csv`])),
    SourceError,
  );
  assertEquals(missing.code, "file_not_found");
  const none = await assertRejects(() => csv.open(requestFor([])), UsageError);
  assertEquals(none.code, "file_required");
});

Deno.test("a stop is no failure of a file", async () => {
  const reason = new InterruptedError("stopped");
  const signal = AbortSignal.abort(reason);
  const thrown = await assertRejects(
    () => read("date,close\n2024-01-02,1\n", { tickers: ["AAA"], signal }),
    InterruptedError,
  );
  assertEquals(thrown, reason);
  // Not even where the caller's reason looks like one.
  const lookalike = new SourceError("stopped", "stopped");
  const files = ["date,close\n2024-01-02,1\n", "date,close\n2024-01-02,1\n"];
  const stopped = await assertRejects(
    () => read(files, { tickers: ["AAA"], signal: AbortSignal.abort(lookalike) }),
    SourceError,
  );
  assertEquals(stopped, lookalike);
});

Deno.test("a byte order mark on a line of its own does not shift the lines", async () => {
  const { byTicker } = await read("date,close\n\uFEFF\n2024-01-02,x\n", { tickers: ["AAA"] });
  assertEquals(byTicker.AAA?.rejects.map(({ line, raw }) => [line, raw]), [[3, "2024-01-02,x"]]);
});

Deno.test("a bug while reading is not taken for a failure of the file", async () => {
  const onProgress = () => {
    throw new RangeError("bug");
  };
  await assertRejects(
    () => read("date,close\n2024-01-02,1\n", { tickers: ["AAA"], onProgress }),
    RangeError,
  );
});

Deno.test("progress names the file and how far it is", async () => {
  const reports: ReadProgress[] = [];
  await read("date,close\n2024-01-02,1\n", {
    tickers: ["AAA"],
    onProgress: (progress) => reports.push(progress),
  });
  assertEquals(reports, [{ label: "f0.csv", bytesDone: 24, bytesTotal: 24, rows: 1 }]);
});

Deno.test("a file of which every row is refused is worth a warning", async () => {
  const { run, byTicker } = await read("date,close\n2024-01-02,x\n", { tickers: ["AAA"] });
  assertEquals(run.warnings.length, 1);
  assertStringIncludes(run.warnings[0] ?? "", "every row was refused (1)");
  assertEquals(run.tickers, ["AAA"]);
  assertEquals(byTicker.AAA?.prices, []);
  assert(byTicker.AAA?.sha256 !== undefined);
});

Deno.test("a file of which every row is refused and some belong to no ticker fails with them", async () => {
  const text = "date,ticker,close\n2024-01-02,???,1\n2024-01-03,AAA,x\n2024-01-04,,1\n";
  const { run, byTicker } = await read(text);
  assertEquals([run.tickers, run.unassigned, run.warnings], [["AAA"], [], []]);
  assertEquals(byTicker.AAA?.rejects.map(({ line }) => line), [3]);
  const [failure] = run.failures;
  assertEquals(failure?.error instanceof SourceError && failure.error.code, "no_valid_rows");
  assertMatch(failure?.error.message ?? "", /none of the rows of .*f0\.csv is valid.*"\?\?\?"/);
  assertEquals(failure?.rejects?.map(({ line, code }) => [line, code]), [
    [2, "bad_ticker"],
    [4, "bad_ticker"],
  ]);
  // One good row, and the file has not failed.
  const good = await read(`${text}2024-01-05,B,1\n`);
  assertEquals([good.run.failures, good.run.unassigned.length], [[], 2]);
});

Deno.test("a file of many blocks keeps its lines", async () => {
  const rows = 20_000;
  const day = (i: number) => new Date(Date.UTC(1990, 0, 1 + i)).toISOString().slice(0, 10);
  const text = Array.from(
    { length: rows },
    (_, i) => `${day(i)},${i === 15_000 ? "x" : i},"line\nbreak"\n\n`,
  );
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/a.csv`, `date,close,note\n${text.join("")}`);
  await using run = await csv.open(requestFor([`${folder.path}/a.csv`], { tickers: ["AAA"] }));
  const { prices, rejects } = await deliver(run, "AAA");
  assertEquals(prices.length, rows - 1);
  assertEquals(prices.at(-1), row(day(rows - 1), rows - 1));
  assertEquals(rejects.map(({ line, raw }) => [line, raw]), [
    [2 + 3 * 15_000, `${day(15_000)},x,"line\nbreak"`],
  ]);
});
