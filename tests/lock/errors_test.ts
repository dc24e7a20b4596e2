import { LockBusyError, LockError, LockTimeoutError } from "../../src/lock/errors.ts";
import { TickerlockError } from "../../src/base/errors.ts";
import { assertEquals, assertHas, assertInstanceOf, assertMatch } from "../assert.ts";
import { someRecord } from "./lock_folder.ts";

const WHO = "pid 4711 (a test) on elsewhere since 2024-01-02T03:04:05.678Z";

Deno.test("a busy lock names its holder, in words and as data", () => {
  const holder = someRecord();
  const error = new LockBusyError("PETR4.SA", holder);
  assertInstanceOf(error, TickerlockError);
  assertHas(error, { name: "LockBusyError", code: "lock_busy", exitCode: 75, retryable: true });
  assertHas(error, { message: `PETR4.SA is locked by ${WHO}`, holder, lockName: "PETR4.SA" });
  assertEquals(error.details, { lock: "PETR4.SA", holder });
  const unknown = new LockBusyError("X", undefined, "Ask Ana.");
  assertHas(unknown, { message: "X is locked by an unknown holder", hint: "Ask Ana." });
  assertEquals(unknown.details, { lock: "X", holder: null });
  const job = new LockBusyError(".nightly", holder);
  assertEquals(job.message, `another run holds the job lock .nightly: ${WHO}`);
});

Deno.test("a timeout names the holder and how long was waited", () => {
  const holder = someRecord();
  const error = new LockTimeoutError(".nightly", 1.26, holder);
  assertEquals(error.message, `another run still holds the job lock .nightly after 1.3 s: ${WHO}`);
  assertHas(error, { name: "LockTimeoutError", code: "lock_timeout", exitCode: 75 });
  assertHas(error, { holder, lockName: ".nightly", waitedSeconds: 1.26 });
  assertEquals(error.details, { lock: ".nightly", waitedSeconds: 1.26, holder });
  assertMatch(error.hint ?? "", /--job-lock-timeout SECONDS/);
  const ticker = new LockTimeoutError("X", 0.04, undefined);
  assertEquals(ticker.message, "X is still locked by an unknown holder after 40 ms");
  assertMatch(ticker.hint ?? "", /\(--lock-timeout SECONDS\)/);
});

Deno.test("a lock that cannot be used fails for good", () => {
  const error = new LockError("lock_not_a_file", "it is a folder", { hint: "Remove it." });
  assertHas(error, { name: "LockError", code: "lock_not_a_file", exitCode: 1, retryable: false });
});
