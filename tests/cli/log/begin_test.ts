import { tellsJson } from "../../../src/cli/log/begin.ts";
import { assertEquals } from "../../assert.ts";

const JSON_ENV = "json";

Deno.test("the format is found among anything, the option before the environment", () => {
  const cases: [args: string[], env: string | undefined, json: boolean][] = [
    [[], undefined, false],
    [[], JSON_ENV, true],
    [[], " JSON ", true],
    [[], "auto", false],
    [["--log-format", "json"], undefined, true],
    [["--log-format=Json"], "pretty", true],
    [["--log-format", "pretty"], JSON_ENV, false],
    [["--log-format=auto"], JSON_ENV, false],
    [["--log-format", "json", "--log-format=pretty"], undefined, false],
    [["--log-format", "jsn"], JSON_ENV, true],
    [["--log-format", "jsn"], undefined, false],
    [["--log-format"], JSON_ENV, true],
    [["--bogus", "x", "--log-format", "json", "-y"], undefined, true],
    [["--", "--log-format=json"], undefined, false],
    [["--log-formats=json"], undefined, false],
  ];
  for (const [args, env, json] of cases) {
    const asked = (name: string) => name === "TICKERLOCK_LOG_FORMAT" ? env : undefined;
    for (const isErrTerminal of [true, false]) {
      const told = tellsJson(args, { env: asked, isErrTerminal }, true);
      assertEquals(told, json, `${args.join(" ")} ${env}`);
    }
  }
});

Deno.test("errors at work are JSON where no person is watching, unless something else is asked for", () => {
  const env = (): undefined => undefined;
  const of = (...args: string[]): boolean[] =>
    [true, false].map((isErrTerminal) => tellsJson(args, { env, isErrTerminal }, false));
  assertEquals(of(), [false, true]);
  assertEquals(of("--log-format=auto"), [false, true]);
  assertEquals(of("--log-format=pretty"), [false, false]);
  assertEquals(of("--log-format=json"), [true, true]);
});
