import { checkUserAgent } from "../../src/doctor/diagnose.ts";
import { yahoo } from "../../src/sources/yahoo/source.ts";
import { kalshi } from "../../src/sources/kalshi/source.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";

Deno.test("the age of the browser that a source says it is, is told, and too much of it warned of", () => {
  const network = { ...yahoo.network!, browserOf: "2026-01-10" };
  const at = (day: string, userAgent?: string) =>
    checkUserAgent({ name: "yahoo", network }, { userAgent }, Date.parse(day));
  assertEquals(at("2026-07-12").map(({ level, message }) => [level, message]), [
    ["ok", "yahoo: the User-Agent is that of a browser of 2026-01-10, 6 months old"],
  ]);
  const [old] = at("2027-03-01");
  assertEquals([old?.check, old?.level], ["user_agent", "warning"]);
  assertStringIncludes(old?.message ?? "", "13 months old: the service may refuse it");
  assertStringIncludes(old?.hint ?? "", "set YAHOO_USER_AGENT");
  assertEquals(at("2030-01-01", "Mozilla/9.0"), []);
  assertEquals(checkUserAgent(kalshi, {}, Date.parse("2030-01-01")), []);
});
