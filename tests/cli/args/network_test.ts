import * as fc from "fast-check";
import { networkSettings } from "../../../src/cli/args/network.ts";
import { parseRate } from "../../../src/cli/args/parsers.ts";
import { UsageError } from "../../../src/base/errors.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";

Deno.test("a rate is a count per second, minute or hour, or none", () => {
  const cases: [string, unknown][] = [
    ["60/min", { count: 60, perMs: 60_000 }],
    ["60/MINUTE", { count: 60, perMs: 60_000 }],
    ["20/s", { count: 20, perMs: 1000 }],
    ["1/second", { count: 1, perMs: 1000 }],
    ["1000/h", { count: 1000, perMs: 3_600_000 }],
    ["999999/hour", { count: 999_999, perMs: 3_600_000 }],
    [" 5 / min ", { count: 5, perMs: 60_000 }],
    ["007/s", { count: 7, perMs: 1000 }],
    ["none", null],
    ["Unlimited", null],
    [" none ", null],
  ];
  for (const [text, rate] of cases) assertEquals(parseRate(text, "--rate"), rate, text);
});

Deno.test("what is no rate is refused with the value and an example", () => {
  for (
    const text of [
      "",
      "60",
      "60/",
      "/min",
      "0/min",
      "000/s",
      "-1/s",
      "1.5/s",
      "1e3/s",
      "1000000/s",
      "60/day",
      "60/toString",
      "60/constructor",
      "60 per min",
      "nonesuch",
      "٦٠/min",
    ]
  ) {
    const error = assertThrows(() => parseRate(text, "--rate"), UsageError, "is not a rate");
    assertEquals([error.code, { ...error.details }], ["bad_value", {
      option: "--rate",
      value: text,
    }]);
    assertStringIncludes(error.message, JSON.stringify(text));
    assertStringIncludes(error.hint ?? "", "--rate 60/min");
  }
});

Deno.test("property: any text is a rate that a limiter can keep, or refused", () => {
  const text = fc.oneof(
    fc.string(),
    fc.tuple(fc.nat(), fc.constantFrom("/", " / "), fc.constantFrom("s", "min", "h", "x"))
      .map((parts) => parts.join("")),
  );
  fc.assert(fc.property(text, (each) => {
    try {
      const rate = parseRate(each, "--rate");
      assert(
        rate === null || (Number.isSafeInteger(rate.count) && rate.count > 0 && rate.perMs > 0),
      );
    } catch (error) {
      assert(error instanceof UsageError);
    }
  }));
});

Deno.test("the other numbers of a service have their limits", () => {
  const { concurrency, timeout, attempts, deadline } = networkSettings;
  assertEquals([concurrency.parse(["1", "256"], "x"), attempts.parse(["7"], "x")], [256, 7]);
  assertEquals([timeout.parse(["0.5"], "x"), deadline.parse(["86400"], "x")], [0.5, 86_400]);
  const bad = [
    [concurrency, ["0", "257", "1.5", "many", "-1"]],
    [attempts, ["0", "2.5", "x", ""]],
    [timeout, ["0", "infinity", "86401", "-1", "x"]],
    [deadline, ["0", "0.0", "infinity", "86400.5"]],
  ] as const;
  for (const [setting, texts] of bad) {
    for (const text of texts) {
      const error = assertThrows(() => setting.parse([text], `--${setting.name}`), UsageError);
      assertStringIncludes(error.message, `--${setting.name} ${JSON.stringify(text)}: `);
      assert((error.hint ?? "") !== "");
    }
  }
});
