import { projectPath } from "../../../paths.ts";
import { Workspace } from "../../../e2e/workspace.ts";
import { assert, assertEquals, assertMatch } from "../../../assert.ts";
import { inSpace } from "../../in_process.ts";

/** A database of one ticker of a CSV file, from the day before Carnival on. */
async function spaceWith(ticker: string, days: readonly string[]): Promise<Workspace> {
  const space = await Workspace.create();
  const rows = days.map((day) => `2024-02-${day},1\n`);
  const file = space.write("a.csv", `date,close\n${rows.join("")}`);
  const args = ["ingest", "--source", "csv", "--file", file, "--ticker", ticker];
  assertEquals((await inSpace(space, args)).code, 0);
  return space;
}

Deno.test("people get each gap with its calendar, and how it is filled", async () => {
  await using space = await spaceWith("BBDC4.SA", ["08", "09", "15", "20"]);
  const { code, stdout, stderr } = await inSpace(space, ["gaps"]);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout.split("\n").map((line) => line.trimEnd()), [
    "TICKER    SOURCE  FROM        TO          SESSIONS  KNOWN    CALENDAR",
    "BBDC4.SA  csv     2024-02-14  2024-02-14         1  missing  b3",
    "BBDC4.SA  csv     2024-02-16  2024-02-19         2  missing  b3",
    "",
    "1 ticker and source with gaps: 3 sessions missing",
    "Try: ingest a file of csv that has these days (years: 2024)",
    "",
  ]);
  const narrow = await inSpace(space, ["gaps"], { terminal: true, columns: 50 });
  assert(narrow.stdout.split("\n").every((line) => line.length <= 50), narrow.stdout);
  const some = await inSpace(space, ["gaps", "--from", "2024-02-15", "--to", "2024-02-16"]);
  assertMatch(some.stdout, /^BBDC4\.SA +csv +2024-02-16 +2024-02-16 +1 /m);
  assertMatch(some.stdout, /^1 ticker and source with gaps: 1 session missing$/m);
  const none = await inSpace(space, ["gaps", "BBDC4.SA", "--from", "2024-02-20"]);
  assertEquals(none.stdout, "0 tickers and sources with gaps: 0 sessions missing\n");
  // A job that brought nothing is no price.
  const sample = projectPath("docs/examples/cotahist-sample.txt");
  assertEquals((await space.cotahist(sample, "--ticker", "NOPE3.SA")).code, 1);
  for (const args of [["VALE3.SA"], ["NOPE3.SA"], ["BBDC4.SA", "--source", "yahoo"]]) {
    const { stdout } = await inSpace(space, ["gaps", ...args]);
    assertMatch(stdout, /^no rows: no price in \S+ is of \S+( yahoo)?\nTry: tickerlock stats/);
  }
});

Deno.test("of the exchange's files the year's file is named, and what was not traded is no gap", async () => {
  await using space = await Workspace.create();
  assertEquals((await inSpace(space, ["db", "migrate"])).code, 0);
  for (const [ticker, days] of [["PETR4.SA", "02 03 05"], ["RARE3.SA", "02 05"]] as const) {
    const rows = days.split(" ").map((day) => `('${ticker}', '2024-01-${day}', 'cotahist', 1, 1)`);
    space.execute(
      `INSERT INTO prices (ticker, date, source, close, ingest_id) VALUES ${rows.join(", ")}`,
    );
  }
  const { stdout } = await inSpace(space, ["gaps"]);
  assertMatch(stdout, /^PETR4\.SA +cotahist +2024-01-04 +2024-01-04 +1 +missing +b3$/m);
  assertMatch(stdout, /^2 .* gaps: 2 sessions missing$/m);
  assertMatch(stdout, /^Try: .* --source cotahist --year 2024$/m);
  const rare = await inSpace(space, ["gaps", "RARE3.SA", "--all"]);
  assertMatch(rare.stdout, /^RARE3\.SA +cotahist +2024-01-04 +2024-01-04 +1 +missing +b3$/m);
});

Deno.test("a file with sessions is read, or refused with the place that is wrong", async () => {
  await using space = await spaceWith("VOD.L", ["08", "09", "15"]);
  const gaps = async (text: string): Promise<string> => {
    const { code, stdout, stderr } = await inSpace(space, [
      "gaps",
      "--calendar",
      space.write("calendar.json", text),
    ]);
    return `${code} ${stdout}${stderr}`;
  };
  assertMatch(
    await gaps('{"endings": {".L": {"closed": ["2024-02-12/2024-02-13"]}}}'),
    /VOD\.L +csv +2024-02-14 +2024-02-14 +1 +missing +file$/m,
  );
  for (
    const [text, why] of [
      ["{", /is not JSON/],
      ['{"L": {}}', /\$\.L/],
      ['{"endings": {"L": {}}}', /\$\.endings\.L: write an ending such as "\.L"/],
      ['{"endings": {".L": {"closed": ["2024-02-30"]}}}', /closed\[0\]: write a day/],
      ['{"endings": {".L": {"closed": ["2024-02-12/2024-02-11"]}}}', /closed\[0\]: write a day/],
      ['{"endings": {".L": {"open": ["2024-02-12/2024-02-13"]}}}', /open\[0\]: write a day/],
      ['{"tickers": {"vod.l": {"closed": []}}}', /write a ticker as the database has it/],
      ['{"tickers": {"VOD.L": {"open": []}}}', /\$\.tickers/],
    ] as const
  ) {
    const told = await gaps(text);
    assertMatch(told, why, text);
    assertMatch(told, /^2 .*bad_calendar|^2 .*--calendar/s, text);
  }
});
