import { reasonsOf, textOf, titleOf, webhookJson } from "../../src/notify/message.ts";
import { assert, assertEquals, assertHas, assertStringIncludes } from "../assert.ts";
import { errorOf, verdictOf } from "./verdicts.ts";

Deno.test("the same failure again is the same reasons, whichever tickers have it", () => {
  const [one, two] = [errorOf("no_data", "A"), errorOf("no_data", "B")];
  assertEquals(reasonsOf(verdictOf("x.db", one)), reasonsOf(verdictOf("x.db", two, one)));
  assertEquals(reasonsOf(verdictOf("x.db", errorOf("timeout"), one)), ["1:no_data", "1:timeout"]);
  // All of them is another thing than some.
  assertEquals(reasonsOf({ ...verdictOf("x.db", one), exitCode: 3 }), ["3:no_data"]);
  assertEquals(reasonsOf({ ...verdictOf("x.db", one), state: "silent" }), ["silent:no_data"]);
  assertEquals(reasonsOf({ ...verdictOf("x.db"), state: "failed", exitCode: 1 }), ["1:"]);
  assertEquals(reasonsOf(verdictOf("x.db")), []);
});

Deno.test("a message is of bounded size, on one line an error, and its title is ASCII", () => {
  const many = Array.from({ length: 500 }, (_, i) => ({
    ...errorOf("bad", `T${i}`),
    message: `é\n\x1b[31m${"x".repeat(100_000)}`,
  }));
  const message = { event: "failed", since: null, verdict: verdictOf("x.db", ...many) } as const;
  const json = webhookJson(message);
  assertHas(json, { schema: 1, event: "failed", exit_code: 1, errors_left_out: 480 });
  assert(JSON.stringify(json).length < 10_000);
  const text = textOf(message);
  assert(text.length <= 3001, `${text.length}`);
  assert(!text.includes("\x1b"));
  assertEquals(titleOf(message), "tickerlock ingest: failed");
});

Deno.test("for people: what failed, the job, and since when", () => {
  const verdict = verdictOf("x.db", errorOf("timeout"), errorOf("db_full", null));
  const text = textOf({ event: "failed", since: "2026-11-30T10:00:00.000Z", verdict });
  assertStringIncludes(
    text,
    "2 failed\nPETR4.SA: what is wrong with PETR4.SA (timeout)\nwhat is wrong with null (db_full)\n" +
      "first told 2026-11-30T10:00:00.000Z\ntickerlock ingest PETR4.SA on ",
  );
  const named = { ...errorOf("timeout"), message: "PETR4.SA: no answer" };
  assertStringIncludes(
    textOf({ event: "failed", since: null, verdict: verdictOf("x.db", named) }),
    "\nPETR4.SA: no answer (timeout)\n",
  );
});
