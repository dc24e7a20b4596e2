import { UsageError } from "../../src/base/errors.ts";
import {
  acquireAll,
  acquireJobLock,
  acquireTickerLock,
  inspectLock,
  releaseLock,
} from "../../src/lock/mod.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../assert.ts";
import { captureLog } from "../store/sqlite/leaks.ts";
import { waitFor } from "../e2e/wait_for.ts";
import { test } from "./lock_folder.ts";

const NO_TEXT: readonly (readonly [unknown, string])[] = [
  [null, "null"],
  [undefined, "undefined"],
  [7, "number"],
  [{}, "object"],
  [Symbol("x"), "symbol"],
];

test("a ticker or a job that is no text is refused as any other bad one", async ({ lockDir }) => {
  for (const [value, kind] of NO_TEXT) {
    const name = value as string;
    const errors = [
      await assertRejects(() => acquireTickerLock(name, { lockDir }), UsageError),
      await assertRejects(() => acquireAll(["A", name], { lockDir }), UsageError),
      await assertRejects(() => releaseLock(name, { lockDir }), UsageError),
      assertThrows(() => inspectLock(name, { lockDir }), UsageError),
    ];
    for (const error of errors) {
      assertEquals([error.code, error.message], [
        "bad_ticker",
        `a ticker must be text: it is ${kind}`,
      ]);
      assertMatch(error.hint ?? "", /PETR4\.SA/);
    }
    // Where no name is given, a job has one.
    if (value === undefined) continue;
    const job = await assertRejects(() => acquireJobLock(name, { lockDir }), UsageError);
    assertEquals([job.code, job.message], [
      "bad_job_name",
      `a job's name must be text: it is ${kind}`,
    ]);
  }
  for (const tickers of [null, undefined, 7, {}, "A"]) {
    await assertRejects(
      () => acquireAll(tickers as never, { lockDir }),
      TypeError,
      `'tickers' must be a list of tickers: current value is ${String(tickers)}`,
    );
  }
});

test("an asynchronous onWait that rejects is logged, and the lock is obtained", async ({ folder, lockDir }) => {
  using log = captureLog();
  const held = folder.hold("A");
  const onWait = (): Promise<void> => Promise.reject(new Error("no such {channel}"));
  const waiting = acquireTickerLock("A", { lockDir, onWait });
  await waitFor("the log", () => log.lines().length > 0);
  assertEquals(log.lines(), ["error: onWait failed: no such {channel}"]);
  held.release();
  using guard = await waiting;
  assert(guard.held);
});
