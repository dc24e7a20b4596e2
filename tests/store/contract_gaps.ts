/**
 * What every engine promises of the sessions that tickers lack.
 *
 * @module
 */
import type { GapFilter } from "../../src/store/reports.ts";
import { assertEquals } from "../assert.ts";
import { type Close, type Engine, testOf } from "./contract_reports.ts";
import { daysOf } from "./rows.ts";

/** Registers the tests of an engine. */
export function testGaps(engine: Engine): void {
  const test = testOf(engine);

  test("gaps: what is missing between stored days, and what is known of it", async ({ reports, log, prices }) => {
    const found = async (filter: GapFilter = {}) =>
      (await reports.gaps(filter)).map(({ ticker, source, open_sessions, gaps }) => [
        `${ticker} ${source} ${open_sessions}`,
        ...gaps.map(({ from, to, sessions, status, code, open }) =>
          `${from.slice(-2)}-${to.slice(-2)} ${sessions} ${code ?? status}${open ? "" : " settled"}`
        ),
      ]);
    const closes = (...days: string[]) =>
      days.map((day): Close => ({ date: `2024-01-${day}`, close: 1 }));
    assertEquals(await found(), []);
    // The 1st is a holiday, 6 and 7 are a weekend.
    await prices("PETR4.SA", "yahoo", closes("01", "03", "05", "08", "11"));
    await prices("PETR4.SA", "csv", closes("01", "03"));
    await prices("WHOLE3.SA", "yahoo", closes("04", "05", "08"));
    const all = [
      ["PETR4.SA csv 1", "02-02 1 missing"],
      ["PETR4.SA yahoo 4", "02-02 1 missing", "04-04 1 missing", "09-10 2 missing"],
    ];
    assertEquals(await found(), all);
    assertEquals(await found({ sources: ["csv"], tickers: ["WHOLE3.SA"] }), []);
    assertEquals(await found({ tickers: ["PETR4.SA"], from: "2024-01-05", to: "2024-01-09" }), [
      ["PETR4.SA yahoo 1", "09-09 1 missing"],
    ]);
    const asked = (windowFrom: string | null, windowTo: string, startedAt: string) => ({
      ...{ source: "yahoo", windowFrom, windowTo, startedAt },
    });
    const late = "2024-06-01T10:00:00.000Z";
    // One answer settles nothing, and neither do answers within a month of the day.
    await log([
      { rejects: 1, startedAt: late },
      asked(null, "2024-01-31", "2024-02-01T10:00:00.000Z"),
      asked("2024-01-04", "2024-01-31", "2024-02-02T10:00:00.000Z"),
      asked("2024-01-04", "2024-02-05", "2024-02-08T10:00:00.000Z"),
      { ...asked("2024-01-01", "2024-01-31", late), status: "failed" },
      { ...asked("2024-01-01", "2024-01-31", late), ticker: "VALE3.SA" },
      { ...asked("2024-01-01", "2024-01-31", late), history: "contradicted" },
      // Of a clock that was ahead.
      asked("2024-01-01", "2024-01-31", "9998-01-01T10:00:00.000Z"),
      asked("2024-01-01", "2024-01-31", "9998-01-02T10:00:00.000Z"),
    ]);
    assertEquals(await found(), [["PETR4.SA csv 1", "02-02 1 high_below_low"], all[1] ?? []]);
    await log([asked("2024-01-04", "2024-01-09", late)]);
    const settled = [
      ...["PETR4.SA yahoo 2", "02-02 1 missing", "04-04 1 never_delivered settled"],
      ...["09-09 1 never_delivered settled", "10-10 1 missing"],
    ];
    assertEquals(await found({ sources: ["yahoo"] }), [settled]);
    const calendar = { tickers: { "PETR4.SA": { closed: ["2024-01-02/2024-01-31"] } } };
    assertEquals(await found({ calendar }), []);

    // The newest word counts: a ticker that the source knows again is asked for.
    const unknown = { source: "yahoo", status: "failed", errorCode: "ticker_unknown" } as const;
    await log([{ ...unknown, startedAt: late }]);
    assertEquals(await found({ sources: ["yahoo"] }), [[
      ...["PETR4.SA yahoo 0", "02-02 1 ticker_unknown settled", "04-04 1 never_delivered settled"],
      ...["09-09 1 never_delivered settled", "10-10 1 ticker_unknown settled"],
    ]]);
    await log([{ source: "yahoo", startedAt: late }]);
    assertEquals(await found({ sources: ["yahoo"] }), [settled]);
  });

  test("gaps: sessions that were asked for and are before a history are before its listing", async ({ reports, log, prices }) => {
    const rows = ["05", "08"].map((day): Close => ({ date: `2024-01-${day}`, close: 1 }));
    await prices("PETR4.SA", "yahoo", rows);
    const asked = (windowFrom: string | null) =>
      log([{ source: "yahoo", windowFrom, windowTo: "2024-06-01", startedAt: "2024-06-01" }]);
    const found = async (filter: GapFilter = {}) =>
      (await reports.gaps({ beforeListing: true, ...filter })).flatMap((each) =>
        each.gaps.map((gap) =>
          `${gap.from} ${gap.to} ${gap.sessions} ${gap.status} ${gap.open} ${each.open_sessions}`
        )
      );
    assertEquals(await found({ from: "2024-01-02" }), []);
    await asked("2024-01-01");
    // The 1st is a holiday.
    const before = ["2024-01-02 2024-01-04 3 before_listing false 0"];
    assertEquals(await found(), before);
    assertEquals(await found({ beforeListing: false }), []);
    assertEquals(await found({ from: "2024-01-03", to: "2024-01-03" }), [
      "2024-01-03 2024-01-03 1 before_listing false 0",
    ]);
    await asked(null);
    assertEquals(await found(), []);
    assertEquals(await found({ from: "2023-12-28" }), [
      "2023-12-28 2024-01-04 4 before_listing false 0",
    ]);
  });

  test("gaps: of one ticker, too, the others tell the sessions", async ({ reports, prices }) => {
    const days = (...left: string[]) =>
      daysOf(12).filter(({ date }) => !left.some((day) => date.endsWith(day)));
    await prices("A.L", "yahoo", days("-03"));
    await prices("B.L", "yahoo", days("-04"));
    await prices("C.L", "yahoo", days("-03", "-05"));
    await prices("D.L", "yahoo", days("-03"));
    const [found, ...more] = await reports.gaps({ tickers: ["C.L"] });
    assertEquals(more, []);
    assertEquals([found?.calendar, found?.gaps.map(({ from }) => from)], ["peers", ["2024-01-05"]]);
  });
}
