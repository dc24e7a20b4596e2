/**
 * Rows that come into the log later than rows with higher ids.
 *
 * @module
 */
import { openReports, openStore } from "../../../src/store/open.ts";
import { Connection } from "../../../src/store/postgres/connection/connection.ts";
import { parseTarget } from "../../../src/store/postgres/connection/target.ts";
import { insertRunning } from "../../../src/store/postgres/tables/jobs.ts";
import { assertEquals } from "../../assert.ts";
import { jobIdOf } from "../rows.ts";
import { job } from "../sqlite/helpers.ts";
import { newUrl } from "./places.ts";

/** Inserts the row of a ticker, and commits it when it is told to. */
async function insert(url: string, n: number) {
  const connection = new Connection(parseTarget(url));
  const inserted = Promise.withResolvers<void>();
  const commit = Promise.withResolvers<void>();
  const done = connection.transaction("insert into", async (db) => {
    const row = job(n, { jobId: jobIdOf(n), ticker: `T${n}` });
    await insertRunning(db, [{ job: row, sinceStartMs: 0 }]);
    inserted.resolve();
    await commit.promise;
  });
  await Promise.race([inserted.promise, done]);
  return async () => {
    commit.resolve();
    await done;
    await connection[Symbol.asyncDispose]();
  };
}

Deno.test("who follows the log misses no row that is committed after one with a higher id", async () => {
  const url = await newUrl();
  await (await openStore(url, { lockDir: "none" }))[Symbol.asyncDispose]();
  const [before, first] = [await insert(url, 1), await insert(url, 2)];
  await first();
  await using reports = await openReports(url);
  await using follower = await reports.follow({});
  const next = async () => (await follower.next()).map(({ ticker }) => ticker);
  assertEquals((await follower.first(10)).map(({ ticker }) => ticker), ["T2"]);
  const [late, early] = [await insert(url, 3), await insert(url, 4)];
  await early();
  assertEquals(await next(), ["T4"]);
  await before();
  await late();
  assertEquals(await next(), ["T1", "T3"]);
  assertEquals(await next(), []);
});
