import { lockNameOf } from "../../src/lock/inspect.ts";
import { lockIdentity } from "../../src/lock/target.ts";
import { assertEquals } from "../assert.ts";
import { test } from "./lock_folder.ts";

Deno.test("a lock file is known in any spelling that the system takes for it", () => {
  const names = ["PETR4.SA.lock", "petr4.sa.lock", "Petr4.SA.LOCK", ".nightly.lock"];
  assertEquals(names.map((name) => lockNameOf(name, "linux")), [
    "PETR4.SA",
    undefined,
    undefined,
    ".nightly",
  ]);
  for (const os of ["darwin", "windows"] as const) {
    const expected = ["PETR4.SA", "PETR4.SA", "PETR4.SA", ".nightly"];
    assertEquals(names.map((name) => lockNameOf(name, os)), expected);
    for (const none of ["A.lock.holder", "CON.lock", ".lock", "lock", "é.lock", ".new-1"]) {
      assertEquals(lockNameOf(none, os), undefined, none);
    }
  }
});

test("two spellings of one file queue under one key where they are one file", ({ folder }) => {
  const keyOf = (name: string, os: typeof Deno.build.os) => lockIdentity(folder.path, name, os);
  const spellings = [".prices.json.lock", ".Prices.JSON.lock"] as const;
  for (const os of ["linux", "darwin", "windows"] as const) {
    const [one, other] = spellings.map((name) => keyOf(name, os));
    assertEquals(one === other, os !== "linux", os);
  }
});
