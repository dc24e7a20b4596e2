/**
 * Promises about a database that another program keeps busy.
 *
 * @module
 */
import { newJob } from "../../src/model/new_job.ts";
import { StoreError } from "../../src/store/errors.ts";
import type { Attempts } from "../../src/store/store.ts";
import { assert, assertEquals, assertInstanceOf, assertRejects } from "../assert.ts";
import {
  claimAll,
  how,
  jobOf,
  outcomes,
  outline,
  PAGE,
  type Promising,
  row,
  RUN,
  write,
} from "./contract_tools.ts";

const END = { status: "failed" as const, durationMs: 1 };

function assertBusy(error: unknown): void {
  assertInstanceOf(error, StoreError);
  assertEquals([error.scope, error.retryable], ["row", true]);
}

/** Registers these promises. */
export function testBusy(promise: Promising): void {
  promise("a database that stays busy fails the operation, not the store", async (place) => {
    await using store = await place.open({ patience: { blockingMs: 0, totalMs: 0 } });
    const [a, b] = await claimAll(store, ["A", "B"]);
    assert(a !== undefined && b !== undefined);
    const page = { markets: PAGE, rejects: [], checkpoint: undefined };
    {
      await using _held = await place.busy();
      const [refused] = await store.take([jobOf("C")], how());
      assert(refused?.taken === false);
      assertBusy(refused.error);
      const [written] = await store.write([write(a, [row("2024-01-02", 1)])]);
      assertBusy(written?.outcome === "failed" && written.error);
      const job = newJob({ ...RUN, ticker: "D" });
      const operations = [
        () => store.writePage(b.job, page),
        () => store.end(b.job, END),
        () => store.record(job, END, { count: 1 }),
        () => store.bringIn([{ job, end: { ...END, finishedAt: job.startedAt } }]),
      ];
      for (const each of operations) assertBusy(await assertRejects(each, StoreError));
    }
    assertEquals(outcomes(await store.write([write(a, [row("2024-01-02", 1)])])), ["success"]);
    assertEquals(await store.end(b.job, END), null);
    // The ticker whose claim failed is free again.
    for (const each of [a, b, ...await claimAll(store, ["C"])]) await each[Symbol.asyncDispose]();
    assertEquals(await outline(place, "ingest_logs", "ticker", "status"), [
      ["A", "success"],
      ["B", "failed"],
      ["C", "running"],
    ]);
  });

  promise("each further try of a busy database counts, and is in the row", async (place) => {
    await using store = await place.open({ patience: { blockingMs: 0, totalMs: 60_000 } });
    const [a, b, c] = await claimAll(store, ["A", "B", "C"]);
    assert(a !== undefined && b !== undefined && c !== undefined);
    const held = await place.busy();
    const counts = new Map<string, number>();
    const free = Promise.withResolvers<void>();
    const freed = free.promise.then(() => held[Symbol.asyncDispose]());
    // The database is free as soon as each of the jobs has been tried in vain.
    const counted = (name: string): Attempts => ({
      get count() {
        return counts.get(name) ?? 1;
      },
      set count(count) {
        counts.set(name, count);
        if (counts.size === 5) free.resolve();
      },
    });
    const page = { markets: PAGE, rejects: [], checkpoint: undefined };
    const takes = store.take([{ ...jobOf("D"), attempts: counted("D") }], how());
    await Promise.all([
      takes,
      store.write([{ ...write(a, []), job: { ...a.job, attempts: counted("A") } }]),
      store.end({ ...b.job, attempts: counted("B") }, END),
      store.writePage({ ...c.job, attempts: counted("C") }, page),
      store.record(newJob({ ...RUN, ticker: "E" }), END, counted("E")),
      freed,
    ]);
    assertEquals([...counts.keys()].sort(), ["A", "B", "C", "D", "E"]);
    assert([...counts.values()].every((count) => count > 1));
    const logged = await outline(place, "ingest_logs", "ticker", "attempts");
    for (const name of ["A", "B", "E"]) {
      assertEquals(logged.find(([ticker]) => ticker === name), [name, counts.get(name)]);
    }
    for (const each of [a, b, c]) await each[Symbol.asyncDispose]();
    for (const each of await takes) if (each.taken) await each[Symbol.asyncDispose]();
  });
}
