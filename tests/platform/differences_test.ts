import { parseDatabase } from "../../src/cli/args/parsers.ts";
import { noUnits } from "../../src/doctor/units.ts";
import { openCare, openLocks, openReports } from "../../src/store/open.ts";
import { diagnose, versions } from "../../src/doctor/diagnose.ts";
import { checkDisk } from "../../src/doctor/disk.ts";
import { checkDatabaseFile, checkLockFolder } from "../../src/doctor/places.ts";
import { refuseWithoutSystemd } from "../../src/cli/commands/systemd/run.ts";
import { StopSignals } from "../../src/cli/process/signals.ts";
import { exitCodeOfSignal, UsageError } from "../../src/base/errors.ts";
import { refusalOf } from "../../src/platform/refusals.ts";
import { errorName, systemCode } from "../../src/platform/errors.ts";
import {
  canReadLocked,
  canSyncFolder,
  hasFileModes,
  lockNeedsRead,
} from "../../src/platform/files.ts";
import type { Os } from "../../src/platform/os.ts";
import {
  endProcess,
  hasCron,
  hasFileSystemNumbers,
  hasSystemd,
  schedulerName,
  showProcess,
  whoHasOpen,
} from "../../src/platform/services.ts";
import { fileLimitSignal, reloadSignal, stopSignals } from "../../src/platform/signals.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";

const ALL: readonly Os[] = ["linux", "darwin", "windows"];

/** What each system says to a question, in the order of the names above. */
function each<T>(ask: (os: Os) => T): T[] {
  return ALL.map(ask);
}

Deno.test("the table of docs/platforms.md, yes and no", () => {
  assertEquals(each(hasFileModes), [true, true, false]);
  assertEquals(each(canSyncFolder), [true, true, false]);
  assertEquals(each(canReadLocked), [true, true, false]);
  assertEquals(each(lockNeedsRead), [false, false, true]);
  assertEquals(each(hasSystemd), [true, false, false]);
  assertEquals(each(hasCron), [true, true, false]);
  assertEquals(each(hasFileSystemNumbers), [true, false, false]);
  assertEquals(each(schedulerName), ["systemd", "launchd", "the Task Scheduler"]);
  assertEquals(each((os) => stopSignals(os).join(" ")), [
    "SIGINT SIGTERM SIGHUP",
    "SIGINT SIGTERM SIGHUP",
    "SIGINT SIGBREAK SIGHUP",
  ]);
  assertEquals(each(reloadSignal), ["SIGHUP", "SIGHUP", undefined]);
  assertEquals(each(fileLimitSignal), ["SIGXFSZ", "SIGXFSZ", undefined]);
});

Deno.test("the commands that hints name are those of the system", () => {
  assertEquals(each((os) => showProcess(42, os)), [
    "ps 42",
    "ps 42",
    'tasklist /FI "PID eq 42"',
  ]);
  assertEquals(each((os) => /fuser|lsof|taskkill/.exec(endProcess("x.db", os))?.[0]), [
    "fuser",
    "lsof",
    "taskkill",
  ]);
  assertEquals(each((os) => whoHasOpen("x.db", os).split(" ")[0]), ["fuser", "lsof", "openfiles"]);
});

/** What a set of listeners listens to, without a listener of the real system. */
function listenedTo(os: Os, onHangUp?: () => void): Map<string, () => void> {
  const heard = new Map<string, () => void>();
  const add = Deno.addSignalListener;
  const remove = Deno.removeSignalListener;
  Deno.addSignalListener = (name, handler) => void heard.set(name, handler);
  Deno.removeSignalListener = (name) => assert(heard.has(name), name);
  try {
    using stop = new StopSignals(onHangUp, os);
    heard.get("SIGHUP")?.();
    heard.set("aborted", () => {});
    if (!stop.signal.aborted) heard.delete("aborted");
    return heard;
  } finally {
    Deno.addSignalListener = add;
    Deno.removeSignalListener = remove;
  }
}

Deno.test("a console that is closed stops a collector; SIGHUP elsewhere has it read again", () => {
  for (const os of ALL) {
    let reloads = 0;
    const heard = listenedTo(os, () => reloads++);
    const stops = os === "windows";
    assertEquals([reloads, heard.has("aborted")], stops ? [0, true] : [1, false], os);
    assertEquals(heard.has("SIGBREAK"), stops);
    assertEquals(heard.has("SIGTERM"), !stops);
    assert(listenedTo(os).has("aborted"), os);
  }
  assertEquals(["SIGBREAK", "SIGHUP"].map(exitCodeOfSignal), [130, 129]);
});

Deno.test("what is no database file is refused as such, though it has a colon", () => {
  for (const os of ["linux", "darwin", "windows"] as const) {
    for (const path of [":memory:", "file:x.db"]) {
      const error = assertThrows(() => parseDatabase(path, "--db", os), UsageError);
      assertStringIncludes(error.message, "is not a file");
    }
    assertEquals(parseDatabase("C:/x.db", "--db", os), "C:/x.db");
  }
  const named = assertThrows(() => parseDatabase("a/b:c.db", "--db", "windows"), UsageError);
  assertStringIncludes(named.message, "Windows allows no");
});

Deno.test("error numbers mean something else on each system", () => {
  const numbers = [19, 27, 28, 30, 32, 33, 36, 39, 63, 69, 112, 122, 206];
  const named = (os: Os) => numbers.map((number) => errorName(number, os) ?? "").join(" ").trim();
  assertEquals(named("linux"), "EFBIG ENOSPC EROFS   ENAMETOOLONG     EDQUOT");
  assertEquals(named("darwin"), "EFBIG ENOSPC EROFS     ENAMETOOLONG EDQUOT");
  assertEquals(named("windows"), "EROFS    EBUSY EBUSY  ENOSPC   ENOSPC  ENAMETOOLONG");
  const violation = new Error("another process has locked a portion of the file. (os error 33)");
  assertEquals(each((os) => systemCode(violation, os)), [undefined, undefined, "EBUSY"]);
  const busy = Object.assign(new Error("x"), { code: "EBUSY" });
  const kinds = each((os) => refusalOf(busy, "a.json", "write", os)?.kind);
  assertEquals(kinds, ["mounted", "mounted", "busy"]);
});

Deno.test("where there is no systemd, install says so, and doctor looks for no unit", () => {
  refuseWithoutSystemd(null, "linux");
  for (
    const [os, name, scheduler] of [["darwin", "macOS", "launchd"], [
      "windows",
      "Windows",
      "the Task Scheduler",
    ]] as const
  ) {
    refuseWithoutSystemd("/srv/units", os);
    const error = assertThrows(() => refuseWithoutSystemd(null, os), UsageError);
    assertEquals([error.code, error.message], ["no_systemd", `there is no systemd on ${name}`]);
    assertStringIncludes(error.hint ?? "", scheduler);
    const { level, message } = noUnits(os);
    assertEquals(level, "ok");
    assertStringIncludes(message, `there is no systemd on ${name}, where ${scheduler}`);
  }
});

Deno.test("the number of a file system is taken for what it is on Linux only", () => {
  const nfs = { type: 0x6969, bsize: 4096, bavail: 1e9, files: 0, ffree: 0 };
  const told = each((os) => checkDisk("lock folder", "locks", "/", () => nfs, os)[0]);
  assertEquals(told.map((finding) => finding?.level), ["warning", "ok", "ok"]);
  assertStringIncludes(told[2]?.message ?? "", "cannot be told on Windows");
});

Deno.test("the doctor judges no mode and looks for no unit where there are none", async () => {
  const folder = await makeTempFolder("tickerlock_platform_");
  try {
    const db = `${folder}/prices.db`;
    await Deno.writeTextFile(db, "");
    await Deno.chmod(db, 0o666);
    await Deno.mkdir(`${folder}/units`);
    await Deno.writeTextFile(
      `${folder}/units/tickerlock.service`,
      "[Service]\nExecStart=/nowhere/tickerlock ingest\n",
    );
    const found = (
      uid: number | null,
    ) => [
      ...checkDatabaseFile(db, uid),
      ...checkLockFolder(folder, uid),
    ];
    assert(found(1).some(({ level }) => level === "warning"));
    const plain = found(null);
    assertEquals(plain.map(({ level }) => level), ["ok", "ok"]);
    for (const { message } of plain) assert(!message.includes("mode"), message);
    await using reports = await openReports(db);
    await using care = await openCare(db);
    const locks = await openLocks(db, folder);
    const told = await Promise.all(ALL.map((os) =>
      diagnose({
        versions: versions("3.50.0"),
        db,
        reports,
        care,
        locks,
        lockDir: folder,
        host: "",
        unitFolders: [{ path: `${folder}/units`, scope: "system" }],
        user: { home: null, config: null },
        readTickers: () => Promise.resolve([]),
        readPlaces: () => ({}),
        readCalendar: () => Promise.resolve({}),
        nowMs: Date.now(),
        os,
      })
    ));
    const units = told.map((findings) => findings.filter(({ check }) => check === "systemd"));
    assertEquals(units[0]?.[0]?.level, "warning");
    assertEquals(units.slice(1), [[noUnits("darwin")], [noUnits("windows")]]);
  } finally {
    await removeFolder(folder);
  }
});
