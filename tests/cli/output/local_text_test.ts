import { withLocalTimes } from "../../../src/cli/output/local_text.ts";
import { localTime } from "../../../src/cli/output/local_time.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("each time of a sentence is local, and a path is left alone", () => {
  const [first, second] = ["2026-11-21T08:23:02.522Z", "2026-11-21T09:00:00Z"];
  assertEquals(
    withLocalTimes(`pid 7 since ${first}: idle (${second}); ${first}`),
    `pid 7 since ${localTime(first)}: idle (${localTime(second)}); ${localTime(first)}`,
  );
  for (const text of [`/b/${first}`, `b-${first}`, `${first}.db`.replace("Z.", "Z-"), "no time"]) {
    assertEquals(withLocalTimes(text), text);
  }
});
