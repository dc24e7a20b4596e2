/**
 * Promises about taking tickers, locks and forced release.
 *
 * @module
 */
import { UsageError } from "../../src/base/errors.ts";
import { LockBusyError, LockTimeoutError } from "../../src/lock/mod.ts";
import { ClaimLostError } from "../../src/store/errors.ts";
import { type TakeOptions } from "../../src/store/store.ts";
import { assert, assertEquals, assertInstanceOf, assertRejects } from "../assert.ts";
import {
  claim,
  how,
  jobOf,
  outcomes,
  outline,
  type Promising,
  row,
  RUN,
  statuses,
  untilTrue,
  write,
} from "./contract_tools.ts";

/** Registers these promises. */
export function testTaking(promise: Promising): void {
  promise("a ticker is taken by one run at a time", async (place, store) => {
    await using other = await place.open();
    const first = await claim(store, "A");
    const refusal = async (options: TakeOptions): Promise<unknown> => {
      const [refused] = await other.take([jobOf("A")], options);
      assert(refused?.taken === false && refused.lock === null);
      return refused.error;
    };
    assertInstanceOf(await refusal(how()), LockBusyError);
    const waited: string[] = [];
    assertInstanceOf(
      await refusal(how({ wait: true, timeoutSeconds: 0.01, onWait: (name) => waited.push(name) })),
      LockTimeoutError,
    );
    assertEquals(waited, ["A"]);
    assertEquals(first.taken.lock.isCurrent(), true);
    await first[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    assertEquals(first.taken.lock.isCurrent(), false);
    await using second = await claim(other, "A");
    assertEquals(second.taken.lock.action, "acquired");
  });

  promise("a run that waits obtains the ticker when it is let go", async (place, store) => {
    await using other = await place.open();
    const first = await claim(store, "A");
    const { promise: waits, resolve } = Promise.withResolvers<void>();
    const later = claim(other, "A", { wait: true, timeoutSeconds: 60, onWait: () => resolve() });
    await waits;
    await first[Symbol.asyncDispose]();
    await using second = await later;
    assertEquals(second.taken.lock.action, "waited");
  });

  promise("an aborted wait ends with the reason of its signal", async (place, store) => {
    await using other = await place.open();
    await using _first = await claim(store, "A");
    const stop = new AbortController();
    const reason = new Error("stopped");
    const options = how({
      wait: true,
      timeoutSeconds: 60,
      signal: stop.signal,
      onWait: () => stop.abort(reason),
    });
    const [refused] = await other.take([jobOf("A")], options);
    assertEquals(refused?.taken === false && refused.error, reason);
  });

  promise("one ticker's refusal leaves the others of the group alone", async (place, store) => {
    await using other = await place.open();
    await using _held = await claim(other, "B");
    const takes = await store.take(["A", "B", "C"].map(jobOf), how());
    assertEquals(takes.map(({ taken }) => taken), [true, false, true]);
    for (const each of takes) if (each.taken) await each[Symbol.asyncDispose]();
    const logged = await outline(place, "ingest_logs", "ticker", "status");
    assertEquals(logged, [["B", "running"], ["A", "running"], ["C", "running"]]);
  });

  promise(
    "a claim ends what a dead run has left, of its own ticker alone",
    async (place, store) => {
      for (const ticker of ["A", "B"]) await (await claim(store, ticker))[Symbol.asyncDispose]();
      await using again = await claim(store, "A");
      assertEquals(again.taken.abandoned, 1);
      const logged = await outline(place, "ingest_logs", "ticker", "status", "error_code");
      assertEquals(logged, [
        ["A", "abandoned", "abandoned"],
        ["B", "running", null],
        ["A", "running", null],
      ]);
    },
  );

  promise("a dry run locks and leaves no row", async (place, store) => {
    const [taken] = await store.take([jobOf("A")], how({ claim: false }));
    assert(taken?.taken === true && taken.id === null);
    await taken[Symbol.asyncDispose]();
    assertEquals(await place.rows("ingest_logs"), []);
  });

  promise("nothing is claimed once the run's own lock is lost", async (place, store) => {
    const jobLock = { name: ".nightly", action: "acquired" as const, waitedSeconds: 0 };
    const [refused] = await store.take(
      [jobOf("A")],
      how({ jobLock: { ...jobLock, isCurrent: () => false } }),
    );
    assert(refused?.taken === false);
    assertInstanceOf(refused.error, ClaimLostError);
    assertEquals(await place.rows("ingest_logs"), []);
    // Its ticker is free again.
    await using _next = await claim(store, "A");
  });

  promise("a forced release fences the holder, and leaves an audit row", async (place, store) => {
    await using a = await claim(store, "A");
    await assertRejects(() => store.locks.release("A", false), LockBusyError);
    const { outcome, revokedJobs } = await store.locks.release("A", true);
    assertEquals([outcome, revokedJobs], ["revoked", [a.job.jobId]]);
    // In one process tasks queue for a lock, so the old holder lets go; it writes all the same.
    await a[Symbol.asyncDispose]();
    await using b = await claim(store, "A");
    assertEquals(outcomes(await store.write([write(a, [row("2024-01-02", 1)])])), ["revoked"]);
    assertEquals(outcomes(await store.write([write(b, [row("2024-01-02", 2)])])), ["success"]);
    assertEquals(await outline(place, "prices", "close"), [[2]]);
    assertEquals(await store.end(a.job, { status: "failed", durationMs: 1 }), "claim_revoked");
    const logged = await outline(place, "ingest_logs", "source", "status", "error_code");
    assertEquals(logged, [
      ["csv", "abandoned", "claim_revoked"],
      ["locks", "success", "lock_released"],
      ["csv", "success", null],
    ]);
  });

  promise(
    "locks are listed with their holders, and a job's is one of them",
    async (place, store) => {
      await using other = await place.open();
      await using _a = await claim(store, "A");
      const options = { wait: false, timeoutSeconds: 0, command: "test", runId: "run-1" };
      {
        await using job = await store.locks.holdJob("nightly", options);
        assertEquals([job.name, job.isCurrent()], [".nightly", true]);
        await assertRejects(() => other.locks.holdJob("nightly", options), LockBusyError);
        const held = (await other.locks.list()).filter(({ state }) => state === "held");
        assertEquals(held.map(({ name }) => name).sort(), [".nightly", "A"]);
        assertEquals((await other.locks.status("A")).holder?.command, "test");
      }
      await using _again = await other.locks.holdJob("nightly", options);
      assertEquals((await store.locks.status("B")).state, "free");
      const waited: unknown[] = [];
      const onWait = (holder: unknown) => waited.push(holder);
      const late = { ...options, wait: true, timeoutSeconds: 0.01, onWait };
      await assertRejects(() => store.locks.holdJob("nightly", late), LockTimeoutError);
      assertEquals(waited.length, 1);
    },
  );

  promise("releasing a job's lock by force revokes every job of its run", async (place, store) => {
    await using other = await place.open();
    const options = { wait: false, timeoutSeconds: 0, command: "test", runId: RUN.runId };
    await using job = await store.locks.holdJob("nightly", options);
    await using a = await claim(store, "A");
    await using _foreign = await claim(other, "B", { run: { ...RUN, runId: "run-2" } });
    const { revokedJobs } = await other.locks.release(".nightly", true);
    assertEquals(revokedJobs, [a.job.jobId]);
    await untilTrue(() => !job.isCurrent());
    assertEquals(outcomes(await store.write([write(a, [row("2024-01-02", 1)])])), ["revoked"]);
    assertEquals(await statuses(place), ["abandoned", "running", "success"]);
  });

  promise("what is no name of a lock is refused", async (_place, store) => {
    for (
      const [name, code] of [["", "bad_ticker"], ["A,B", "bad_ticker"], [".A", "bad_job_name"]]
    ) {
      for (const ask of [() => store.locks.status(name!), () => store.locks.release(name!, true)]) {
        assertEquals((await assertRejects(ask, UsageError)).code, code, name);
      }
    }
  });

  promise("what a dead holder left is cleared without force, once", async (place, store) => {
    await place.killHolder("A");
    assertEquals((await store.locks.status("A")).stale, true);
    const first = await store.locks.release("A", false);
    assertEquals([first.outcome, first.revokedJobs], ["cleared", null]);
    assertEquals((await store.locks.status("A")).stale, false);
    assertEquals((await store.locks.release("A", true)).outcome, "free");
    assertEquals(await place.rows("ingest_logs"), []);
  });
}
