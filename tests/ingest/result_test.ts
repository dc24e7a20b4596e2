import * as fc from "fast-check";
import { exitCodeOf } from "../../src/ingest/result.ts";
import type { TickerResult } from "../../src/ingest/types.ts";
import { assertEquals } from "../assert.ts";

type Status = TickerResult["status"];

function exitCode(...statuses: Status[]): number {
  return exitCodeOf(statuses.map((status) => ({ status, ticker: "A" })));
}

Deno.test("done, partly done, failed or locked; a failure outweighs a lock", () => {
  const cases: [number, ...Status[]][] = [
    [0],
    [0, "success"],
    [0, "success", "skipped", "dry_run"],
    [1, "interrupted"],
    [1, "failed", "failed", "abandoned"],
    [1, "lock_busy", "failed"],
    [3, "success", "failed"],
    [3, "failed", "skipped"],
    [3, "dry_run", "interrupted"],
    [3, "success", "lock_timeout", "failed"],
    [75, "lock_timeout"],
    [75, "success", "lock_busy", "skipped"],
  ];
  for (const [code, ...statuses] of cases) assertEquals(exitCode(...statuses), code, `${statuses}`);
});

Deno.test("property: neither the order nor the number of equal results matters", () => {
  const statuses: Status[] = ["success", "skipped", "failed", "lock_busy", "lock_timeout"];
  fc.assert(fc.property(fc.array(fc.constantFrom(...statuses)), (all) => {
    const code = exitCode(...all);
    assertEquals(exitCode(...all.toReversed()), code);
    assertEquals(exitCode(...all, ...all), code);
    assertEquals(exitCode(...new Set(all)), code);
  }));
});

Deno.test("records that belong to no ticker are not a ticker that succeeded", () => {
  const [a, none] = [{ ticker: "A" }, { ticker: null }];
  assertEquals(exitCodeOf([{ status: "success", ...none }]), 0);
  assertEquals(exitCodeOf([{ status: "failed", ...a }, { status: "success", ...none }]), 1);
  assertEquals(exitCodeOf([{ status: "success", ...a }, { status: "failed", ...none }]), 3);
});
