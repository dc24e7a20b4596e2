/**
 * Promises of the store's interfaces that only a file and file locks can show.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { acquireTickerLock, LockError } from "../../../src/lock/mod.ts";
import { StoreError } from "../../../src/store/errors.ts";
import { openLocks, openReports, openStore } from "../../../src/store/open.ts";
import type { Reports } from "../../../src/store/reports.ts";
import { Reader } from "../../../src/store/sqlite/connection/reader.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { how, jobOf } from "../contract_tools.ts";
import { daysOf, jobIdOf } from "../rows.ts";
import { fill, namesIn } from "./filled.ts";
import { assertNoLeaks, test } from "./leaks.ts";
import { makeLogged } from "./logged.ts";

test("where no ticker can be locked, nothing is taken", async ({ path, folder }) => {
  const lockDir = `${folder.path}/locks`;
  await using store = await openStore(path, { lockDir });
  await Deno.remove(lockDir);
  await Deno.writeTextFile(lockDir, "no folder");
  const take = () => store.take([jobOf("A"), jobOf("B")], how());
  assertEquals((await assertRejects(take, LockError)).code, "lock_dir_unusable");
  await Deno.remove(lockDir);
  const taken = await store.take([jobOf("A")], how());
  assertEquals(taken.map((each) => each.taken && each.abandoned), [0]);
  for (const each of taken) if (each.taken) await each[Symbol.asyncDispose]();
});

test("where locks have no place, no database is made", async ({ path, folder }) => {
  await Deno.writeTextFile(`${folder.path}/file`, "no folder");
  for (const lockDir of [`${folder.path}/file`, `${folder.path}/file/locks`]) {
    const error = await assertRejects(() => openStore(path, { lockDir }), LockError);
    assertEquals(error.code, "lock_dir_unusable");
  }
  assertEquals(namesIn(folder.path), ["file"]);
});

test("where the database can take nothing more, nothing is taken, and no ticker has failed", async ({ path, folder }) => {
  const lockDir = `${folder.path}/locks`;
  await using store = await openStore(path, { lockDir });
  await Deno.remove(path);
  const error = await assertRejects(() => store.take([jobOf("A"), jobOf("B")], how()), StoreError);
  assertEquals([error.code, error.scope], ["db_moved", "store"]);
  assertEquals((await store.locks.list()).filter(({ state }) => state === "held"), []);
});

test("a lock whose claim cannot be revoked stays with its holder", async ({ folder }) => {
  const [path, lockDir] = [`${folder.path}/x.db`, `${folder.path}/locks`];
  const locks = await openLocks(path, lockDir);
  using a = await acquireTickerLock("A", { lockDir, jobId: jobIdOf(1) });
  for (const [code, content] of [["db_not_found"], ["db_not_a_database", "x".repeat(4096)]]) {
    if (content !== undefined) await Deno.writeTextFile(path, content);
    const error = await assertRejects(() => locks.release("A", true), StoreError);
    assertEquals([error.code, a.isCurrent()], [code, true]);
  }
});

test("where there is no database, a holder without a job has no claim", async ({ folder }) => {
  const [path, lockDir] = [`${folder.path}/x.db`, `${folder.path}/locks`];
  using a = await acquireTickerLock("A", { lockDir });
  const { outcome, revokedJobs } = await (await openLocks(path, lockDir)).release("A", true);
  assertEquals([outcome, revokedJobs, a.isCurrent()], ["revoked", null, false]);
  assertEquals(namesIn(folder.path), ["locks"]);
});

test("names of a database that only a copy can be read of: none where it is too large", async ({ folder }) => {
  const [path, left] = [`${folder.path}/x.db`, `${folder.path}/left.db`];
  await fill(path, { A: daysOf(1) });
  {
    using db = new DatabaseSync(path);
    db.exec("UPDATE prices SET ticker = 'B'");
    // As a killed program leaves it, but for the index of its log.
    for (const ending of ["", "-wal"]) await Deno.copyFile(path + ending, left + ending);
  }
  await using reports = await openReports(left);
  const names = (copyBytes: number) =>
    reports.names({ kind: "ticker", start: "", source: undefined }, {
      ms: 5000,
      names: 10,
      copyBytes,
    });
  await assertRejects(() => names(0), StoreError);
  assertEquals(await names(Infinity), ["A", "B"]);
  assertNoLeaks();
});

/** What a database is changed to and back, all of it in one transaction. */
const STATES = ["success", "failed"].map((status, index) => `
  BEGIN IMMEDIATE;
  UPDATE ingest_logs SET status = '${status}', duration_ms = ${index}, run_id = 'run-${index}';
  UPDATE ingest_rejects SET code = '${status}', line = ${index};
  UPDATE prices SET date = '2024-01-0${index + 1}';
  COMMIT;`);

const MOST = { matches: 10, rejects: 10 };

/** Operations of several queries each. */
const READS: Readonly<Record<string, (reports: Reports) => Promise<unknown>>> = {
  job: (reports) => reports.job(jobIdOf(2), MOST),
  statistics: (reports) => reports.statistics({}),
  health: async (reports) => {
    const { newestAt, lastRuns, wanted } = await reports.health({
      lockDir: "locks",
      wanted: [{ source: "csv", tickers: ["PETR4.SA"] }],
    });
    return { newestAt, lastRuns, wanted };
  },
  follow: async (reports) => {
    await using follower = await reports.follow({});
    return await follower.first(10);
  },
};

test("an operation sees one state, whichever two of its queries another program writes between", async ({ path }) => {
  await fill(path, { "PETR4.SA": daysOf(1) });
  await makeLogged(path, [{ startedAt: "2026-11-01T10:00:00.000Z", rejects: 2 }]);
  using other = new DatabaseSync(path);
  await using reports = await openReports(path);
  const { all, get } = Reader.prototype;
  let queries = 0;
  let writeAfter = Infinity;
  const counted = <T>(rows: T): T => {
    if (++queries === writeAfter) other.exec(STATES[1]!);
    return rows;
  };
  Reader.prototype.all = function (...query) {
    return counted(all.apply(this, query));
  };
  Reader.prototype.get = function (...query) {
    return counted(get.apply(this, query));
  };
  try {
    for (const [name, read] of Object.entries(READS)) {
      const readAt = async (state: string, after = Infinity): Promise<string> => {
        other.exec(state);
        [queries, writeAfter] = [0, after];
        return JSON.stringify(await read(reports));
      };
      const states = [await readAt(STATES[1]!), await readAt(STATES[0]!)];
      assert(states[0] !== states[1] && queries > 1, name);
      for (let after = queries; after > 0; after--) {
        const found = await readAt(STATES[0]!, after);
        assert(states.includes(found), `${name}, after query ${after}: ${found}`);
      }
    }
  } finally {
    Object.assign(Reader.prototype, { all, get });
  }
});
