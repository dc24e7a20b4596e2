/**
 * The store behind a pooler.
 *
 * @module
 */
import { postgresCare } from "../../../src/store/postgres/care.ts";
import { parseTarget } from "../../../src/store/postgres/connection/target.ts";
import { openStore } from "../../../src/store/open.ts";
import { assertEquals } from "../../assert.ts";
import { testStore } from "../contract.ts";
import { newUrl, placeOf, server, through } from "./places.ts";
import { type Pooler, startPooler } from "./server.ts";

const poolers = new Map<string, Promise<Pooler>>();

function pooler(mode: "session" | "transaction"): Promise<Pooler> {
  const found = poolers.get(mode) ?? server().then((to) => startPooler(to, mode));
  poolers.set(mode, found);
  return found;
}

testStore({
  name: "postgres behind a pooler of transactions",
  hasLockFolder: false,
  place: async () => placeOf((await pooler("transaction")).port),
});

for (const mode of ["session", "transaction"] as const) {
  Deno.test(`a pooler of ${mode}s is recognised`, async () => {
    const url = through(await newUrl(), (await pooler(mode)).port);
    await (await openStore(url, { lockDir: "none" }))[Symbol.asyncDispose]();
    const info = await postgresCare(parseTarget(url)).info();
    assertEquals(info.engine === "postgres" && info.pooled, true);
  });
}

Deno.test("the poolers end", async () => {
  for (const each of poolers.values()) await (await each)[Symbol.asyncDispose]();
});
