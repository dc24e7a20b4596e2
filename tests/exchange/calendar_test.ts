import * as fc from "fast-check";
import { type Calendar, calendarOf, dayIn, daysBehind } from "../../src/exchange/calendar.ts";
import { isHoliday } from "../../src/exchange/holidays.ts";
import { assertEquals } from "../assert.ts";

Deno.test("the ending of a ticker tells its exchange", () => {
  const weekdays = (zone: string): Calendar => ({ zone, week: "mon-fri" });
  const saoPaulo: Calendar = { ...weekdays("America/Sao_Paulo"), exchange: "b3" };
  const newYork: Calendar = { ...weekdays("America/New_York"), exchange: "nyse" };
  const cases: Record<string, Calendar> = {
    "PETR4.SA": saoPaulo,
    "AAPL": newYork,
    "BRK-B": newYork,
    "VOD.L": weekdays("Europe/London"),
    "7203.T": weekdays("Asia/Tokyo"),
    "BRL=X": weekdays("Europe/London"),
    "^BVSP": saoPaulo,
    "^GSPC": newYork,
    "^N225": weekdays("Asia/Tokyo"),
    // Whose holidays these have, nobody knows.
    "^STOXX": weekdays("America/New_York"),
    "X.NOWHERE": weekdays("America/New_York"),
    "ES=F": weekdays("America/New_York"),
    // Companies in New York, and no endings.
    "T": newYork,
    "F": newYork,
    "2222.SR": { zone: "Asia/Riyadh", week: "sun-thu" },
    "BTC-USD": { zone: "UTC", week: "every day" },
  };
  for (const [ticker, calendar] of Object.entries(cases)) {
    assertEquals(calendarOf(ticker), calendar, ticker);
  }
});

Deno.test("every zone is one that there is", () => {
  for (const ticker of ["A.SA", "A.BA", "A.TO", "A.IL", "A.NS", "A.AX", "A.CA", "A.TWO", "A.NZ"]) {
    assertEquals(dayIn(calendarOf(ticker).zone, new Date("2026-06-15T12:00:00Z")).length, 10);
  }
});

Deno.test("the day is the exchange's own", () => {
  const late = new Date("2026-11-21T01:00:00Z");
  assertEquals(dayIn("America/Sao_Paulo", late), "2026-11-20");
  assertEquals(dayIn("Asia/Tokyo", late), "2026-11-21");
  assertEquals(dayIn("UTC", late), "2026-11-21");
});

Deno.test("days that are not traded on are not missed, and today never is", () => {
  const saoPaulo = calendarOf("PETR4.SA");
  const behind = (last: string, today: string): number => daysBehind(last, today, saoPaulo);
  // 2026-11-20 is a Friday.
  assertEquals(behind("2026-11-20", "2026-11-21"), 0);
  assertEquals(behind("2026-11-20", "2026-11-23"), 0);
  assertEquals(behind("2026-11-20", "2026-11-24"), 1);
  // That Friday is the holiday of Consciência Negra.
  assertEquals(behind("2026-11-19", "2026-11-23"), 0);
  assertEquals(behind("2026-11-18", "2026-11-23"), 1);
  assertEquals(behind("2026-11-20", "2026-11-20"), 0);
  assertEquals(behind("2026-11-05", "2026-11-12"), 4);
  // A day that is stored ahead of time, as a date in the future is.
  assertEquals(behind("2026-12-31", "2026-11-20"), 0);
  // Carnival, and the whole of a week around Christmas.
  assertEquals(behind("2026-02-13", "2026-02-18"), 0);
  assertEquals(behind("2026-12-23", "2026-12-28"), 0);
  assertEquals(behind("2025-12-30", "2026-01-05"), 1);
  // Thanksgiving is a holiday in New York alone.
  assertEquals(daysBehind("2026-11-25", "2026-11-27", calendarOf("AAPL")), 0);
  assertEquals(behind("2026-11-25", "2026-11-27"), 1);
  assertEquals(daysBehind("2026-11-20", "2026-11-23", calendarOf("BTC-USD")), 2);
  // Thursday to Monday where Sunday is a day like any other.
  assertEquals(daysBehind("2026-11-19", "2026-11-23", calendarOf("2222.SR")), 1);
});

Deno.test("property: whole weeks and single days count the same", () => {
  const start = Date.parse("1969-06-01T00:00:00Z") / 86_400_000;
  const dayOf = (n: number): string => new Date(n * 86_400_000).toISOString().slice(0, 10);
  fc.assert(fc.property(fc.nat(40_000), fc.nat(60), (from, length) => {
    let expected = 0;
    for (let day = start + from + 1; day < start + from + length; day++) {
      const weekday = new Date(day * 86_400_000).getUTCDay();
      if (weekday >= 1 && weekday <= 5) expected++;
    }
    const found = daysBehind(
      dayOf(start + from),
      dayOf(start + from + length),
      calendarOf("7203.T"),
    );
    assertEquals(found, expected);
  }));
});

Deno.test("property: with holidays it is the weekdays without them, one by one", () => {
  const start = Date.parse("1998-01-01T00:00:00Z") / 86_400_000;
  const dayOf = (n: number): string => new Date(n * 86_400_000).toISOString().slice(0, 10);
  const tickers = fc.constantFrom("AAPL", "PETR4.SA");
  fc.assert(fc.property(tickers, fc.nat(20_000), fc.nat(900), (ticker, from, length) => {
    const calendar = calendarOf(ticker);
    let expected = 0;
    for (let day = start + from + 1; day < start + from + length; day++) {
      const weekday = new Date(day * 86_400_000).getUTCDay();
      if (weekday >= 1 && weekday <= 5 && !isHoliday(calendar.exchange ?? "b3", dayOf(day))) {
        expected++;
      }
    }
    assertEquals(daysBehind(dayOf(start + from), dayOf(start + from + length), calendar), expected);
  }));
});
