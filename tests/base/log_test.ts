import { resetSync } from "@logtape/logtape";
import { configureLog, getLogger, literal } from "../../src/base/log.ts";
import { assertEquals } from "../assert.ts";

Deno.test("a line of JSON says what nobody can see, and shows it as an escape", () => {
  const [stderr, file]: [string[], string[]] = [[], []];
  configureLog({
    level: "info",
    format: "json",
    color: false,
    shown: (line) => line,
    write: (line) => stderr.push(line),
    file: { level: "info", write: (line) => file.push(line) },
  });
  const text = "A\u202eB \u009b2J \u001b{0} \u{e0001} é\n";
  try {
    getLogger(["tickerlock", "test"]).info(literal(text), { ticker: text });
  } finally {
    resetSync();
  }
  assertEquals(stderr, file);
  const [line = ""] = stderr;
  assertEquals(line.match(/[\p{Cc}\p{Cf}]/gu), ["\n"]);
  const { message, properties } = JSON.parse(line);
  assertEquals([message, properties.ticker], [text, text]);
});
