import {
  codeOf,
  EXIT,
  InterruptedError,
  messageOf,
  SourceError,
  TickerlockError,
  UsageError,
} from "../../src/base/errors.ts";
import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "../assert.ts";

Deno.test("the exit codes are those that the program promises", () => {
  assertEquals({ ...EXIT }, {
    ok: 0,
    failed: 1,
    usage: 2,
    partial: 3,
    locked: 75,
    hungUp: 129,
    interrupted: 130,
    terminated: 143,
  });
});

Deno.test("every error is one of the family, with its own name and exit code", () => {
  const cases: [TickerlockError, string, number][] = [
    [new TickerlockError("a_code", "m", EXIT.partial), "TickerlockError", 3],
    [new UsageError("a_code", "m"), "UsageError", 2],
    [new SourceError("a_code", "m"), "SourceError", 1],
  ];
  for (const [error, name, exitCode] of cases) {
    assertInstanceOf(error, TickerlockError);
    assertInstanceOf(error, Error);
    assertEquals([error.name, error.code, error.message, error.exitCode], [
      name,
      "a_code",
      "m",
      exitCode,
    ]);
  }
});

Deno.test("an error says nothing that it was not told", () => {
  const error = new SourceError("a_code", "m");
  assertEquals([error.hint, error.retryable, error.cause], [undefined, false, undefined]);
  assertEquals(error.details, {});
  assert(!Object.hasOwn(error, "cause"));
});

Deno.test("an error keeps hint, cause, retryability and details", () => {
  const cause = new TypeError("underneath");
  const details = { file: "a.csv" };
  const error = new SourceError("a_code", "m", { hint: "Do it.", cause, retryable: true, details });
  assertEquals([error.hint, error.retryable], ["Do it.", true]);
  assertStrictEquals(error.cause, cause);
  assertEquals(error.details, details);
});

Deno.test("an interruption exits as the shell expects of its signal", () => {
  const exit = (signal?: string): number =>
    new InterruptedError("stopped", signal === undefined ? {} : { details: { signal } }).exitCode;
  assertEquals([exit("SIGTERM"), exit("SIGINT"), exit()], [143, 130, 130]);
  assertEquals([exit("SIGHUP"), exit("SIGUSR1")], [129, 130]);
  const error = new InterruptedError("stopped", { hint: "Again." });
  assertEquals([error.code, error.retryable, error.hint], ["interrupted", true, "Again."]);
  assertEquals(new InterruptedError("stopped", { retryable: false }).retryable, false);
});

Deno.test("message and code can be had of anything that was thrown", () => {
  assertEquals(messageOf(new UsageError("bad_value", "no")), "no");
  assertEquals(codeOf(new UsageError("bad_value", "no")), "bad_value");
  assertEquals(messageOf(new RangeError("far")), "far");
  assertEquals(codeOf(new RangeError("far")), "internal_error");
  for (const thrown of ["text", 7, null, undefined]) {
    assertEquals(messageOf(thrown), String(thrown));
    assertEquals(codeOf(thrown), "internal_error");
  }
  assertEquals(codeOf({ code: "db_locked", message: "another's" }), "internal_error");
});
