import {
  localTime,
  localZone,
  withLocalTimes,
  withZonedTimes,
} from "../../../src/cli/output/time.ts";
import { assertEquals, assertMatch } from "../../assert.ts";

Deno.test("times are shown in the local zone", () => {
  const time = new Date(2026, 0, 2, 3, 4, 5);
  assertEquals(localTime(time.toISOString()), "2026-01-02 03:04:05");
  assertEquals([localTime(null), localTime("never")], ["-", "never"]);
  assertMatch(localZone(), /^[A-Z]/);
});

Deno.test("each time of a sentence is local, and a path is left alone", () => {
  const [first, second] = ["2026-11-21T08:23:02.522Z", "2026-11-21T09:00:00Z"];
  assertEquals(
    withLocalTimes(`pid 7 since ${first}: idle (${second}); ${first}`),
    `pid 7 since ${localTime(first)}: idle (${localTime(second)}); ${localTime(first)}`,
  );
  const zone = localZone();
  assertEquals(withZonedTimes(`since ${first}, not`), `since ${localTime(first)} ${zone}, not`);
  for (const text of [`/b/${first}`, `b-${first}`, `${first}.db`.replace("Z.", "Z-"), "no time"]) {
    assertEquals(withLocalTimes(text), text);
  }
});

Deno.test("the times and the name of their zone agree, whatever TZ says", async () => {
  const main = new URL("../../../src/cli/output/time.ts", import.meta.url);
  const code = `import { localTime, localZone } from ${JSON.stringify(main.href)};
    console.log(localTime("2026-11-20T12:00:00.000Z"), localZone());`;
  const cases: [tz: string, said: string][] = [
    ["BRT3", "2026-11-20 12:00:00 UTC"],
    ["UTC+3", "2026-11-20 12:00:00 UTC"],
    ["GMT+25", "2026-11-20 12:00:00 UTC"],
    ["<-03>3", "2026-11-20 12:00:00 UTC"],
    ["Nonsense", "2026-11-20 12:00:00 UTC"],
    ["", "2026-11-20 12:00:00 UTC"],
    [":", "2026-11-20 12:00:00 UTC"],
    ["America/Sao_Paulo", "2026-11-20 09:00:00 America/Sao_Paulo"],
  ];
  for (const [TZ, said] of cases) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", code],
      env: { TZ },
    }).output();
    assertEquals(new TextDecoder().decode(stdout).trim(), said, TZ);
  }
});
