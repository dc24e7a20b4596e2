import { inspectLock, listLocks, LockError, type LockState } from "../../src/lock/mod.ts";
import { acquireJobLock, acquireTickerLock } from "../../src/lock/mod.ts";
import { lockNameOf, SILENT_AFTER_SECONDS } from "../../src/lock/inspect.ts";
import { UsageError } from "../../src/base/errors.ts";
import { assert, assertEquals, assertHas, assertStringIncludes, assertThrows } from "../assert.ts";
import { needing, recordText, someRecord, test } from "./lock_folder.ts";
import { Peer } from "./peer.ts";
import { has } from "../system.ts";
import { foldName } from "../../src/platform/names.ts";

const QUIET = {
  holder: null,
  stale: false,
  silent: false,
  clockAheadMs: 0,
  problem: null,
  hint: null,
};

function secondsAgo(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}

test("a folder or file that is not there is free, and looking makes none", ({ folder, lockDir }) => {
  assertEquals(listLocks({ lockDir }), []);
  const path = folder.file("A");
  assertEquals(inspectLock(" a ", { lockDir }), { ...QUIET, name: "A", path, state: "free" });
  assertThrows(() => Deno.statSync(lockDir), Deno.errors.NotFound);
});

test("held and free, with the holder, jobs before tickers", async ({ folder, lockDir }) => {
  using job = await acquireJobLock("nightly", { lockDir, jobId: "j" });
  using ticker = await acquireTickerLock("B", { lockDir });
  for (const name of ["A", "-X", "^X"]) (await acquireTickerLock(name, { lockDir })).release();
  const state = (name: string, over: Partial<LockState>): LockState => ({
    ...QUIET,
    name,
    path: folder.file(name),
    state: "free",
    ...over,
  });
  const expected = [
    state(".nightly", { state: "held", holder: job.holder }),
    state("-X", {}),
    state("A", {}),
    state("B", { state: "held", holder: ticker.holder }),
    state("^X", {}),
  ];
  assertEquals(listLocks({ lockDir }), expected);
  assertEquals(listLocks({ lockDir: `${lockDir}/` }), expected);
  assertEquals(expected.map(({ name }) => inspectLock(name, { lockDir })), expected);
});

test("files that are no lock files are left out", ({ folder, lockDir }) => {
  for (const name of ["a", " A", "", ".", ".X", "É", ".nightly", ...has("names") ? ["NUL"] : []]) {
    folder.write(name, "");
  }
  Deno.writeTextFileSync(`${lockDir}/.new-1234`, "");
  Deno.writeTextFileSync(`${lockDir}/.gitkeep`, "");
  Deno.writeTextFileSync(`${lockDir}/A.LOCK`, "");
  assertEquals(listLocks({ lockDir }).map(({ name }) => name), [
    ".nightly",
    // On others than Linux "a.lock" and "A.LOCK" are one file, and the lock of A.
    ...foldName("A") === "A" ? [] : ["A"],
  ]);
});

test("what a killed holder left is stale, and free", async ({ folder, lockDir }) => {
  await using peer = await Peer.start();
  await peer.hold("A", lockDir);
  const { holder, state, stale } = inspectLock("A", { lockDir });
  assertEquals({ pid: holder?.pid, state, stale }, { pid: peer.pid, state: "held", stale: false });
  peer.kill("SIGKILL");
  await peer.end();
  await folder.untilFree("A");
  const left = inspectLock("A", { lockDir });
  assertHas(left, { state: "free", stale: true, silent: false, holder });
  using guard = await acquireTickerLock("A", { lockDir, wait: false });
  assertEquals(inspectLock("A", { lockDir }).holder, guard.holder);
});

test("a holder without a heartbeat for too long is silent, a free lock never is", async ({ folder, lockDir }) => {
  using guard = await acquireTickerLock("A", { lockDir });
  for (const [ago, silent] of [[0, false], [5, false], [15, false], [25, true], [1e6, true]]) {
    guard.refresh(secondsAgo(Number(ago)));
    folder.age("A", Number(ago));
    const { state, ...found } = inspectLock("A", { lockDir });
    assertEquals(state, "held", `${ago} s`);
    assertHas(found, { silent, stale: false }, `${ago} s`);
  }
  assertEquals(SILENT_AFTER_SECONDS, 20);
  folder.writeRecord("B", recordText(someRecord({ heartbeatAt: secondsAgo(1e6) })));
  assertHas(inspectLock("B", { lockDir }), { silent: false, stale: true });
});

needing("advisoryLocks").test(
  "a holder that writes is not silent, whatever its clock says, and that is told",
  async ({ folder, lockDir }) => {
    using guard = await acquireTickerLock("A", { lockDir });
    for (const hours of [3, -3]) {
      guard.refresh(secondsAgo(-hours * 3600));
      const { silent, clockAheadMs } = inspectLock("A", { lockDir });
      assertEquals([silent, Math.round(clockAheadMs / 3_600_000)], [false, hours]);
      // It was stopped a minute ago.
      folder.age("A", 60);
      assertHas(inspectLock("A", { lockDir }), { silent: true, clockAheadMs: 0 });
    }
  },
);

test("what cannot be tried is unusable, says why, and is not touched", ({ folder, lockDir, path }) => {
  Deno.mkdirSync(`${lockDir}/FOLDER.lock`, { recursive: true });
  Deno.writeTextFileSync(`${path}/target`, "mine");
  const links = has("links") ? ["DANGLING", "LINK"] : [];
  for (const name of links) {
    Deno.symlinkSync(`${path}/${name === "LINK" ? "target" : "nowhere"}`, folder.file(name));
  }
  const problems = listLocks({ lockDir }).map((
    { name, state, problem },
  ) => [name, state, problem]);
  assertEquals(problems, [
    ...links.slice(0, 1).map((name) => [name, "unusable", "it is a symbolic link"]),
    ["FOLDER", "unusable", "it is a folder"],
    ...links.slice(1).map((name) => [name, "unusable", "it is a symbolic link"]),
  ]);
  assertEquals(Deno.readTextFileSync(`${path}/target`), "mine");
  assertThrows(() => Deno.lstatSync(`${path}/nowhere`), Deno.errors.NotFound);
  // A file where the folder should be.
  const { state, problem } = inspectLock("A", { lockDir: `${path}/target` });
  assertEquals(state, "unusable");
  assertStringIncludes(problem ?? "", `${path}/target is not a folder`);
  const error = assertThrows(() => listLocks({ lockDir: `${path}/target` }), LockError);
  assertEquals(error.code, "lock_dir_unusable");
});

Deno.test("a name that is none is refused", () => {
  for (const name of ["", "a,b", "..", ".Nightly"]) {
    assert(assertThrows(() => inspectLock(name), UsageError).code.startsWith("bad_"));
  }
});

test("names with other characters are listed as they are", async ({ lockDir }) => {
  const names = ["M&M.NS", "BTC/USDT", "BVMF:PETR4", "BRK B", "50%", "CON.DE", "币安人生USDT", "É"];
  for (const name of names) {
    using guard = await acquireTickerLock(name.toLowerCase(), { lockDir });
    assertEquals(guard.name, name);
    assertEquals(listLocks({ lockDir }).find((lock) => lock.name === name)?.state, "held");
    assertHas(inspectLock(name, { lockDir }), { state: "held", path: guard.path });
  }
  assertEquals(listLocks({ lockDir }).map(({ name }) => name), names.toSorted());
  // Files that these names are not the locks of.
  Deno.writeTextFileSync(`${lockDir}/M%26m.NS.lock`, "");
  Deno.writeTextFileSync(`${lockDir}/%41.lock`, "");
  assertEquals(listLocks({ lockDir }).length, names.length);
});

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
    for (
      const none of [
        "A.lock.holder",
        "CON.lock",
        ".lock",
        "lock",
        "é.lock",
        ".new-1",
        "%.lock",
        "A B.lock",
      ]
    ) {
      assertEquals(lockNameOf(none, os), undefined, none);
    }
  }
});
