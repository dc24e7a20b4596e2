import { checkLocks } from "../../src/doctor/locks.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { LockError } from "../../src/lock/mod.ts";
import { openLocks } from "../../src/store/open.ts";
import { encodeRecord } from "../../src/lock/holder.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../assert.ts";
import { has } from "../system.ts";
import { whoHasOpen } from "../../src/platform/services.ts";
import { recordPath } from "../lock/lock_folder.ts";
import { namesIn } from "../store/sqlite/filled.ts";
import { needing, test } from "../store/sqlite/leaks.ts";

const HOST = "web1";

async function found(folder: string): Promise<Finding[]> {
  return await checkLocks(await openLocks(`${folder}/none.db`, folder), HOST, Date.now());
}

interface Held {
  readonly host?: string;
  readonly beatAgoMs?: number;
}

/** A lock file with a record, locked by this process until it is disposed of. */
function hold(folder: string, name: string, { host = HOST, beatAgoMs = 0 }: Held = {}): Disposable {
  const file = Deno.openSync(`${folder}/${name}.lock`, { read: true, write: true, create: true });
  file.lockSync(true);
  const record = encodeRecord({
    pid: 4711,
    processStartedAt: "2026-11-21T00:00:00.000Z",
    host,
    jobId: null,
    command: "tickerlock ingest",
    acquiredAt: "2026-11-21T00:00:00.000Z",
    heartbeatAt: new Date(Date.now() - beatAgoMs).toISOString(),
  });
  if (has("advisoryLocks")) file.writeSync(record);
  else Deno.writeFileSync(recordPath(`${folder}/${name}.lock`), record);
  return file;
}

test("a lock with a fresh heartbeat is at work, and a folder that is missing has none", async ({ folder }) => {
  using _lock = hold(folder.path, "PETR4.SA");
  assertEquals((await found(folder.path)).map(({ level, message }) => [level, message]), [
    [
      "ok",
      "1 lock, 1 held by runs that are at work: PETR4.SA by pid 4711 (tickerlock ingest) on web1 since " +
      "2026-11-21T00:00:00.000Z",
    ],
  ]);
  assertEquals((await found(`${folder.path}/none`))[0]?.level, "ok");
  assertEquals(namesIn(folder.path).includes("none"), false);
});

test("an old heartbeat, another host and an unknown holder are told, each with a remedy", async ({ folder }) => {
  using _hung = hold(folder.path, "A", { beatAgoMs: 300_000 });
  const written = new Date(Date.now() - 300_000);
  await Deno.utime(`${folder.path}/A.lock`, written, written);
  using _far = hold(folder.path, "B", { host: "web2" });
  using other = Deno.openSync(`${folder.path}/C.lock`, { read: true, write: true, create: true });
  other.lockSync(true);
  await Deno.mkdir(`${folder.path}/D.lock`);
  const findings = await found(folder.path);
  assertEquals(findings.map(({ code }) => code), [
    "lock_silent",
    "lock_of_other_host",
    "lock_of_unknown",
    "lock_unusable",
  ]);
  const [hung, far, unknown, unusable] = findings;
  assertStringIncludes(hung?.message ?? "", "last heartbeat is 5 min old: stopped or hung");
  assertStringIncludes(hung?.hint ?? "", "tickerlock locks release A --force");
  // SIGTERM does nothing to a process that is stopped.
  assertMatch(hung?.hint ?? "", /A\.lock.* kill -CONT .* kill -9/);
  // The number may be a stranger's here: that of the record is of the holder's own pid namespace.
  assertNotMatch(hung?.hint ?? "", /4711/);
  assertStringIncludes(far?.message ?? "", "and this is web1");
  assertStringIncludes(unknown?.hint ?? "", whoHasOpen(`${folder.path}/C.lock`));
  assert(unusable?.message.includes("it is a folder"), unusable?.message);
});

test("the record of a killed run is no finding", async ({ folder }) => {
  hold(folder.path, "A")[Symbol.dispose]();
  const [stale] = await found(folder.path);
  assertEquals(stale?.level, "ok");
  assertStringIncludes(stale?.message ?? "", "1 with the record of a run that was killed");
});

test("locks that a run of this user could not open are an error with the first reason", async ({ folder }) => {
  for (const name of ["A", "B"]) hold(folder.path, name)[Symbol.dispose]();
  using _held = hold(folder.path, "C");
  const refuse = (path: string): never => {
    throw new LockError("lock_file_unusable", `lock file ${path} cannot be opened`, {
      hint: "Ask.",
    });
  };
  const locks = await openLocks(`${folder.path}/none.db`, folder.path);
  const [only, ...more] = await checkLocks(locks, HOST, Date.now(), refuse);
  assertEquals([only?.code, only?.hint, more], ["lock_not_takable", "Ask.", []]);
  assertStringIncludes(
    only?.message ?? "",
    "3 locks cannot be taken by a run of this user: A, B, C;",
  );
  assertStringIncludes(only?.message ?? "", "A.lock cannot be opened");
});

test("a folder of locks that cannot be listed is an error", async ({ folder }) => {
  await Deno.writeTextFile(`${folder.path}/file`, "");
  assertEquals((await found(`${folder.path}/file`))[0]?.code, "locks_unreadable");
});

needing("advisoryLocks").test(
  "a holder that writes now, of another time, has another clock",
  async ({ folder }) => {
    using _lock = hold(folder.path, "A", { beatAgoMs: 21_600_000 });
    const [only, ...more] = await found(folder.path);
    assertEquals([only?.check, only?.code, more], ["clock", "holder_clock_other", []]);
    assertStringIncludes(only?.message ?? "", "whose clock is 6 h behind this one");
  },
);
