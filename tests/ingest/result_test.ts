import * as fc from "fast-check";
import { exitCodeOf } from "../../src/ingest/result.ts";
import type { TickerResult } from "../../src/ingest/types.ts";
import { assertEquals } from "../assert.ts";

type Status = TickerResult["status"];

function exitCode(...statuses: Status[]): number {
  return exitCodeOf(statuses.map((status) => ({ status })));
}

Deno.test("0: done, also where there was nothing to do", () => {
  assertEquals(exitCode(), 0);
  assertEquals(exitCode("success"), 0);
  assertEquals(exitCode("skipped"), 0);
  assertEquals(exitCode("dry_run"), 0);
  assertEquals(exitCode("success", "skipped", "dry_run"), 0);
});

Deno.test("1: all failed", () => {
  assertEquals(exitCode("failed"), 1);
  assertEquals(exitCode("interrupted"), 1);
  assertEquals(exitCode("failed", "failed", "interrupted"), 1);
});

Deno.test("3: some succeeded, some failed", () => {
  assertEquals(exitCode("success", "failed"), 3);
  assertEquals(exitCode("failed", "skipped"), 3);
  assertEquals(exitCode("dry_run", "interrupted"), 3);
});

Deno.test("75: a lock was not obtained, and nothing else failed", () => {
  assertEquals(exitCode("lock_busy"), 75);
  assertEquals(exitCode("lock_timeout"), 75);
  assertEquals(exitCode("success", "lock_busy", "skipped"), 75);
});

Deno.test("a failure outweighs a lock that was not obtained", () => {
  assertEquals(exitCode("lock_busy", "failed"), 1);
  assertEquals(exitCode("success", "lock_timeout", "failed"), 3);
});

Deno.test("property: neither the order nor the number of equal results matters", () => {
  const statuses: Status[] = [
    "success",
    "skipped",
    "dry_run",
    "failed",
    "interrupted",
    "lock_busy",
    "lock_timeout",
  ];
  fc.assert(fc.property(fc.array(fc.constantFrom(...statuses)), (all) => {
    const code = exitCode(...all);
    assertEquals(exitCode(...all.toReversed()), code);
    assertEquals(exitCode(...all, ...all), code);
    assertEquals(exitCode(...new Set(all)), code);
  }));
});

Deno.test("records that belong to no ticker are not a ticker that succeeded", () => {
  assertEquals(
    exitCodeOf([{ status: "failed", ticker: "A" }, { status: "success", ticker: null }]),
    1,
  );
  assertEquals(exitCodeOf([{ status: "success", ticker: null }]), 0);
  assertEquals(
    exitCodeOf([{ status: "success", ticker: "A" }, { status: "failed", ticker: null }]),
    3,
  );
});
