import { assert, assertEquals, assertMatch } from "../assert.ts";
import { FAULT_NAMES, type FaultName } from "../fake/yahoo_faults.ts";
import { naming, Scene, tickersTo, TODAY } from "../e2e/yahoo_scene.ts";

/** How many Wednesdays are among stored days, by the calendar. */
function wednesdays(dates: readonly string[]): number {
  return dates.filter((date) => new Date(`${date}T12:00:00Z`).getUTCDay() === 3).length;
}

/** Why Wednesdays are refused where a fault spoils them. */
const REFUSED: Partial<Record<FaultName, string>> = {
  NULLBARS: "null_bar",
  NULLOHLC: "null_bar",
  ZEROOHL: "zero_price",
  HIGHLOW: "high_below_low",
  NEGATIVE: "negative_price",
};

/** Adjusted closes of Wednesdays are none: the rows go in without. */
const BAD_CELLS: readonly FaultName[] = ["INFADJ", "NANADJ", "HUGENUM"];

/** Answers with nothing wrong, or with good bars among the bad ones. */
const STILL_GOOD: readonly FaultName[] = [
  ...Object.keys(REFUSED) as FaultName[],
  ...BAD_CELLS,
  ...[
    "NOADJ",
    "NODAY",
    "TWICE",
    "EVENING",
    "FUTUREDIV",
    "SPLIT",
    "LATEST",
    "RAGGED",
    "NOEVENTS",
  ] as const,
  ...["BADZONE", "JSONASHTML", "GZIP"] as const,
];

/** These would take their time, or restate the history, and are in other tests. */
const SLOW: readonly FaultName[] = [
  "HALFPRICES",
  ...["STALL", "STALLBODY", "HUGE", "HUGECHUNKED", "GZIPBOMB"] as const,
  ...FAULT_NAMES.filter((name) => /^R(TEXT|HTML|JSON)/.test(name)),
];

const ALL = FAULT_NAMES.filter((name) => !SLOW.includes(name));

Deno.test("no fault of the service replaces a good row, and what is bad is kept with its reason", async () => {
  await using scene = await Scene.create();
  const { space, yahoo } = scene;
  const tickers = tickersTo(ALL.length);
  const many = ["--concurrency", "64", ...naming(tickers)];
  await scene.good(many);
  const before = new Map(tickers.map((ticker) => [ticker, scene.stored(ticker)]));
  const actions = space.query("SELECT * FROM corporate_actions");
  for (const [i, ticker] of tickers.entries()) yahoo.setFault(ticker, ALL[i]);

  const { code, report } = await scene.here([...many, "--force-refresh", "--attempts", "1"]);
  assertEquals(code, 3);
  for (const [i, ticker] of tickers.entries()) {
    const fault = ALL[i] ?? "SPLIT";
    const what = `${fault} at ${ticker}`;
    const rows = before.get(ticker) ?? [];
    const result = report.tickers.find((each) => each.ticker === ticker);
    assertEquals(result?.status, STILL_GOOD.includes(fault) ? "success" : "failed", what);
    const expected = fault !== "TWICE" ? rows : rows.map((row, at) => {
      if (at !== rows.length - 1) return row;
      // What came last counts: so does the live price behind today's bar.
      const { high, close, adj_close: adjusted } = row;
      return {
        ...{ ...row, high: (high ?? NaN) + 0.5, close: close + 0.5 },
        adj_close: (adjusted ?? NaN) + 0.5,
      };
    });
    // Row by row, for a message that can be read.
    const stored = scene.stored(ticker);
    assertEquals(stored.length, expected.length, what);
    for (const [at, row] of stored.entries()) assertEquals(row, expected[at], what);
    const code = REFUSED[fault];
    const refused = space.query(
      "SELECT code, count(*) AS bars FROM ingest_rejects WHERE ticker = ? GROUP BY code",
      ticker,
    );
    if (code !== undefined) {
      const bars = wednesdays(rows.map(({ date }) => date));
      assertEquals(refused, [{ code, bars }], what);
      assertEquals([result?.rows_rejected, result?.rows_unchanged], [bars, rows.length - bars]);
    } else if (BAD_CELLS.includes(fault)) {
      const bars = wednesdays(rows.map(({ date }) => date));
      assertEquals(refused, [{ code: "bad_cell", bars }], what);
      assertEquals([result?.rows_rejected, result?.rows_unchanged], [0, rows.length]);
    } else if (fault === "RAGGED") {
      assertEquals(refused, [{ code: "null_bar", bars: 1 }]);
    } else if (fault === "ALLNULL" || fault === "BADTIME") {
      const code = fault === "ALLNULL" ? "null_bar" : "bad_date";
      assertEquals(refused, [{ code, bars: rows.length }]);
    } else {
      assertEquals(refused, [], what);
    }
  }
  const future = space.query("SELECT ticker FROM corporate_actions WHERE date > ?", TODAY);
  assertEquals(future, [{ ticker: tickers[ALL.indexOf("FUTUREDIV")] }]);
  assertEquals(space.query("SELECT * FROM corporate_actions WHERE date <= ?", TODAY), actions);
});

Deno.test("a first history with bad bars has the good ones alone, and a later one fills the gaps", async () => {
  await using scene = await Scene.create();
  const { space } = scene;
  const faults = STILL_GOOD.filter((name) => name !== "SPLIT");
  const tickers = faults.map((name) => `${name}.SA`);
  const first = await scene.here(["--concurrency", "64", ...naming(tickers)]);
  assertEquals(first.code, 0, first.stderr);
  for (const [i, ticker] of tickers.entries()) {
    const fault = faults[i] ?? "GZIP";
    scene.yahoo.setFault(ticker, undefined);
    const { prices } = await scene.truth(ticker);
    const stored = new Map(scene.stored(ticker).map((row) => [row.date, row]));
    const spoilt = REFUSED[fault] !== undefined || fault === "NODAY"
      ? wednesdays(prices.map(({ date }) => date))
      : fault === "RAGGED"
      ? 1
      : 0;
    assertEquals(stored.size, prices.length - spoilt, ticker);
    for (const price of prices.slice(0, -2)) {
      const row = stored.get(price.date);
      if (row === undefined) continue;
      const isBad = BAD_CELLS.includes(fault) && wednesdays([price.date]) === 1;
      const expected = fault === "NOADJ" || isBad ? { ...price, adj_close: null } : price;
      assertEquals(row, expected, ticker);
    }
    assert(stored.size > 200, ticker);
  }
  assertEquals(
    space.query(
      `SELECT * FROM prices WHERE min(open, high, low, close) <= 0 OR high < low
         OR max(open, high, low, close, coalesce(adj_close, 1)) > 1e9 OR date > ?`,
      TODAY,
    ),
    [],
  );
  // What was missing or bad comes with the next good answer.
  await scene.good(["--concurrency", "64", "--force-refresh", ...naming(tickers)]);
  for (const ticker of tickers) {
    const { prices } = await scene.truth(ticker);
    assertEquals(scene.stored(ticker), prices);
  }
});

Deno.test("a history after a split that lacks many days is refused, and taken when it is good", async () => {
  await using scene = await Scene.create();
  await scene.good(["--ticker", "PETR4.SA"]);
  const before = scene.stored("PETR4.SA");
  scene.yahoo.addSplit("PETR4.SA", "2024-06-05", 2, 1);
  scene.yahoo.setToday("2024-06-06");
  scene.yahoo.setFault("PETR4.SA", "NULLBARS");
  const { code, report } = await scene.here(["--ticker", "PETR4.SA"]);
  const spoilt = wednesdays(before.map(({ date }) => date));
  const { error } = report.tickers[0] ?? {};
  assertEquals([code, error?.code], [1, "history_contradicted"]);
  assertMatch(
    error?.message ?? "",
    new RegExp(`other prices and lacks ${spoilt} of ${before.length} `),
  );
  assertEquals(scene.stored("PETR4.SA"), before);
  scene.yahoo.setFault("PETR4.SA", undefined);
  await scene.good(["--ticker", "PETR4.SA"]);
  await scene.assertSame("PETR4.SA");
});
