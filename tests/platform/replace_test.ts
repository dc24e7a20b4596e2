import type { Os } from "../../src/platform/os.ts";
import { renameOver, renameOverSync } from "../../src/platform/replace.ts";
import { assertEquals, assertRejects, assertThrows } from "../assert.ts";

const REFUSALS: readonly (() => Error)[] = [
  () => new Deno.errors.PermissionDenied("Access is denied. (os error 5)"),
  () => Object.assign(new Error("in use by another process"), { code: "EBUSY" }),
  () => new Error("being used by another process. (os error 32)"),
];

/** Renamings that are refused so many times before they are done; counts those that were tried. */
function refusedFirst(times: number, refusal: () => Error): Disposable & { tried: number } {
  const { rename, renameSync } = Deno;
  const counter = {
    tried: 0,
    [Symbol.dispose]: () => {
      Object.assign(Deno, { rename, renameSync });
    },
  };
  Deno.renameSync = () => {
    if (counter.tried++ < times) throw refusal();
  };
  Deno.rename = () => {
    return counter.tried++ < times ? Promise.reject(refusal()) : Promise.resolve();
  };
  return counter;
}

async function paused(os: Os): Promise<number[]> {
  const pauses: number[] = [];
  const pause = (ms: number): Promise<void> => Promise.resolve(void pauses.push(ms));
  await renameOver("a", "b", { os, pause });
  return pauses;
}

Deno.test("what others have open for a moment on Windows is replaced when they have closed it", async () => {
  for (const refusal of REFUSALS) {
    {
      using counter = refusedFirst(3, refusal);
      assertEquals([await paused("windows"), counter.tried], [[10, 20, 40], 4]);
    }
    using counter = refusedFirst(1, refusal);
    renameOverSync("a", "b", "windows");
    assertEquals(counter.tried, 2);
  }
});

Deno.test("what stays open there is told in the end", async () => {
  for (const refusal of REFUSALS) {
    using counter = refusedFirst(Infinity, refusal);
    await assertRejects(() => paused("windows"), Error, refusal().message);
    assertEquals(counter.tried, 7);
  }
});

Deno.test("elsewhere, and of any other failure, one try tells", async () => {
  for (const os of ["linux", "darwin"] as const) {
    for (const refusal of REFUSALS) {
      using counter = refusedFirst(1, refusal);
      await assertRejects(() => paused(os), Error);
      assertEquals(counter.tried, 1);
    }
  }
  using counter = refusedFirst(2, () => new Deno.errors.NotFound("(os error 2)"));
  await assertRejects(() => paused("windows"), Deno.errors.NotFound);
  assertThrows(() => renameOverSync("a", "b", "windows"), Deno.errors.NotFound);
  assertEquals(counter.tried, 2);
});
