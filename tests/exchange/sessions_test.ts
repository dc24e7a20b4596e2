import { isSession, sessionAfter, sessionsBetween } from "../../src/exchange/sessions.ts";
import { assertEquals } from "../assert.ts";

Deno.test("sessions leave out weekends and the exchange's holidays", () => {
  assertEquals(sessionsBetween("b3", "2026-09-04", "2026-09-09"), [
    // Monday is the day of independence.
    ...["2026-09-04", "2026-09-08", "2026-09-09"],
  ]);
  assertEquals(sessionsBetween("b3", "2026-09-05", "2026-09-06"), []);
  assertEquals(isSession("b3", "2026-12-31"), false);
  assertEquals(isSession("nyse", "2026-12-31"), true);
});

Deno.test("the session after a day is the first one that is open", () => {
  assertEquals(sessionAfter("b3", "2024-03-28"), "2024-04-01");
  assertEquals(sessionAfter("b3", "2025-12-30"), "2026-01-02");
  assertEquals(sessionAfter("nyse", "2026-07-02"), "2026-07-06");
});
