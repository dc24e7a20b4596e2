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

const DAY_MS = 86_400_000;

function dayOf(number: number): string {
  return new Date(number * DAY_MS).toISOString().slice(0, 10);
}

for (const ticker of ["7203.T", "AAPL", "PETR4.SA"]) {
  Deno.test(`property: the days behind of ${ticker} are those that are counted one by one`, () => {
    const calendar = calendarOf(ticker);
    const { exchange } = calendar;
    // The rules of New York's holidays begin in 1998; without holidays also days before 1970 count.
    const start = Date.parse(exchange === undefined ? "1969-06-01" : "1998-01-01") / DAY_MS;
    fc.assert(fc.property(fc.nat(20_000), fc.nat(900), (from, length) => {
      const first = start + from;
      let expected = 0;
      for (let day = first + 1; day < first + length; day++) {
        const weekday = new Date(day * DAY_MS).getUTCDay();
        const closed = exchange !== undefined && isHoliday(exchange, dayOf(day));
        if (weekday >= 1 && weekday <= 5 && !closed) expected++;
      }
      assertEquals(daysBehind(dayOf(first), dayOf(first + length), calendar), expected);
    }));
  });
}
