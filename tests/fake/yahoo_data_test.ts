import { assert, assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { startFakeYahoo } from "./yahoo.ts";
import { fetchChart, NOW } from "./yahoo_client.ts";
import { chartBody, type ChartResult } from "./yahoo_chart.ts";
import { DATA_FAULTS } from "./yahoo_faults_data.ts";

/** The week that is asked for: Monday to Friday, so the Wednesday is the third bar. */
const WEEK = { period1: Date.parse("2026-09-14T00:00:00Z") / 1000, period2: NOW / 1000 };
const THIRD = 2;

/** What each answer must be, beside the good one for the same symbol's name. */
const SHOWN: Record<keyof typeof DATA_FAULTS, (result: ChartResult, text: string) => void> = {
  NULLBARS: (result) => assertEquals(bar(result, THIRD), [null, null, null, null, null, null]),
  NULLOHLC: (result) => {
    const [open, high, low, close, volume, adjclose] = bar(result, THIRD);
    assertEquals([open, high, low, close, adjclose], [null, null, null, null, null]);
    assert(Number(volume) > 0);
  },
  ALLNULL: (result) => {
    for (let i = 0; i < 5; i++) assertEquals(new Set(bar(result, i)), new Set([null]));
  },
  ZEROOHL: (result) => {
    assertEquals(bar(result, THIRD).slice(0, 3), [0, 0, 0]);
    assert(Number(bar(result, THIRD)[3]) > 1);
  },
  INFADJ: (_, text) => assertMatch(text, /"adjclose":\[[\d.]+,[\d.]+,Infinity,[\d.]+,[\d.]+\]/),
  NANADJ: (_, text) => assertMatch(text, /"adjclose":\[[\d.]+,[\d.]+,NaN,[\d.]+,[\d.]+\]/),
  HUGENUM: (result) => assertEquals(bar(result, THIRD)[5], Infinity),
  NOADJ: (result) => assertEquals(Object.keys(result.indicators), ["quote"]),
  NODAY: (result) => assertEquals(weekdays(result), [1, 2, 4, 5]),
  TWICE: (result) => {
    assertEquals(weekdays(result), [1, 2, 3, 4, 5, 5]);
    assertEquals(Number(bar(result, 5)[3]), Number(bar(result, 4)[3]) + 0.5);
  },
  EVENING: ({ timestamp }) =>
    assertEquals(
      timestamp?.map((stamp) => new Date((Number(stamp) - 4 * 3600) * 1000).toISOString()),
      ["13T22", "14T23", "15T22", "16T23", "17T22"].map((time) => `2026-09-${time}:00:00.000Z`),
    ),
  FUTUREDIV: ({ events, timestamp }) => {
    const date = Number(timestamp?.at(-1)) + 30 * 86_400;
    assertEquals(events?.dividends, { [date]: { amount: 0.5, date } });
  },
  SPLIT: ({ events }) => assertEquals(events, undefined),
  NOEVENTS: ({ events }) => assertEquals(events, undefined),
  HALFPRICES: (result) => assert(Number(bar(result, THIRD)[3]) > 0),
  LATEST: (result) => assertEquals(weekdays(result), [1, 2, 3, 4, 5]),
  HIGHLOW: (result) => assert(Number(bar(result, THIRD)[1]) < Number(bar(result, THIRD)[2])),
  NEGATIVE: (result) => assertEquals(bar(result, THIRD).slice(2, 4), [-1, -1]),
  BADTIME: ({ timestamp }) => assertEquals(timestamp, ["2024-01-02", null, {}, "2024-01-02", null]),
  RAGGED: ({ indicators: { quote: [{ open, close, volume }] } }) =>
    assertEquals([open?.length, close?.length, volume?.length], [5, 4, 3]),
  BADZONE: ({ meta }) => assertEquals(meta.exchangeTimezoneName, "Mars/Olympus_Mons"),
  OTHERSYM: ({ meta }) => assertEquals(meta.symbol, "OTHER.SA"),
  MONTHLY: ({ meta }) => assertEquals(meta.dataGranularity, "1mo"),
  EMPTY: (_, text) => assertEquals(text, '{"chart":{"result":[],"error":null}}'),
  NOTIME: (result) => {
    assertEquals(Object.keys(result), ["meta", "indicators"]);
    assertEquals(result.indicators, { quote: [{}], adjclose: [{}] });
  },
};

/** open, high, low, close, volume, adjusted close. */
function bar({ indicators: { quote: [quote], adjclose } }: ChartResult, i: number): unknown[] {
  const { open, high, low, close, volume } = quote;
  return [open, high, low, close, volume, adjclose?.[0].adjclose].map((column) => column?.[i]);
}

/** Monday is 1. */
function weekdays({ timestamp }: ChartResult): number[] {
  return (timestamp ?? []).map((stamp) => new Date(Number(stamp) * 1000).getUTCDay());
}

Deno.test("what each fault inside an answer looks like", async (t) => {
  await using yahoo = await startFakeYahoo({ now: NOW });
  for (const [name, show] of Object.entries(SHOWN)) {
    await t.step(name, async () => {
      // New York is four hours behind UTC that week.
      const window = name === "LATEST" ? { ...WEEK, period2: WEEK.period1 + 4 * 86_400 } : WEEK;
      const text = await (await fetchChart(yahoo, name, window)).text();
      if (name === "INFADJ" || name === "NANADJ") assertThrows(() => JSON.parse(text), SyntaxError);
      const parsed = /Infinity|NaN/.test(text) ? undefined : JSON.parse(text).chart.result[0];
      show(parsed, text);
      // The same without the fault is something else, so the fault can be seen at all.
      yahoo.setFault(name, undefined);
      const good = await (await fetchChart(yahoo, name, window)).text();
      assertEquals(chartBody(JSON.parse(good).chart.result[0]), good);
      assertEquals(good === text, ["SPLIT", "NOEVENTS"].includes(name));
    });
  }
});

Deno.test("a history that changes: events that are lost, and other prices, after some answers", async () => {
  const faults = {
    "PETR4.SA": { fault: "NOEVENTS", after: 1, times: 1 },
    "VALE3.SA": { fault: "HALFPRICES", after: 1 },
  } as const;
  await using yahoo = await startFakeYahoo({ now: NOW, faults });
  const result = async (symbol: string): Promise<ChartResult> =>
    (await (await fetchChart(yahoo, symbol)).json()).chart.result[0];
  const paid = [];
  for (let i = 0; i < 3; i++) paid.push("events" in await result("PETR4.SA"));
  assertEquals(paid, [true, false, true]);
  const before = bar(await result("VALE3.SA"), 0).map(Number);
  const halved = bar(await result("VALE3.SA"), 0).map(Number);
  assertEquals(halved, before.map((value, column) => column === 4 ? value : value / 2));
});

Deno.test("the split in the history of SPLIT shows where its day is asked for", async () => {
  await using yahoo = await startFakeYahoo({ now: NOW });
  const response = await fetchChart(yahoo, "SPLIT.SA");
  const { events, timestamp } = (await response.json()).chart.result[0];
  const [date] = Object.keys(events.splits).map(Number);
  assert(date !== undefined && timestamp.includes(date));
  assertEquals(new Date(date * 1000).toISOString(), "2021-06-01T13:00:00.000Z");
  assertEquals(events.splits[date], { date, numerator: 4, denominator: 1, splitRatio: "4:1" });
});
