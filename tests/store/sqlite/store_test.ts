import { DatabaseSync } from "node:sqlite";
import { InterruptedError } from "../../../src/base/errors.ts";
import { StoreError } from "../../../src/store/errors.ts";
import { openStore } from "../../../src/store/open.ts";
import type { Written } from "../../../src/store/store.ts";
import { assertEquals, assertInstanceOf, assertStrictEquals } from "../../assert.ts";
import { claimAll, row, write } from "../contract_tools.ts";
import { temporaryFolder } from "./helpers.ts";

/** What three tickers of a group fail with while another program holds the database. */
async function failures(stop?: AbortController): Promise<unknown[]> {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/market.db`;
  await using store = await openStore(path, {
    lockDir: `${folder.path}/locks`,
    signal: stop?.signal,
    patience: { blockingMs: 0, totalMs: stop === undefined ? 0 : 60_000 },
  });
  const group = await claimAll(store, ["A", "B", "C"]);
  using other = new DatabaseSync(path);
  other.prepare("BEGIN IMMEDIATE").run();
  stop?.abort(new InterruptedError("stopped"));
  const written = await store.write(group.map((each) => write(each, [row("2024-01-02", 1)])));
  for (const each of group) await each[Symbol.asyncDispose]();
  return written.map((each: Written) => each.outcome === "failed" ? each.error : each);
}

Deno.test("a busy database is asked once for a group, and not once more for each ticker", async () => {
  const [first, ...others] = await failures();
  assertInstanceOf(first, StoreError);
  assertEquals([first.code, first.retryable], ["db_locked", true]);
  assertEquals(others.length, 2);
  for (const other of others) assertStrictEquals(other, first);
});

Deno.test("a stop ends a group at once", async () => {
  const [first, ...others] = await failures(new AbortController());
  assertInstanceOf(first, InterruptedError);
  assertEquals(others.length, 2);
  for (const other of others) assertStrictEquals(other, first);
});
