import { DatabaseSync } from "node:sqlite";
import { ClaimLostError, StoreError } from "../../../../src/store/errors.ts";
import {
  isBusy,
  refusedWriteHint,
  resultCodeOf,
  toStoreError,
} from "../../../../src/store/sqlite/connection/errors.ts";
import { InterruptedError, TickerlockError, UsageError } from "../../../../src/base/errors.ts";
import {
  assert,
  assertEquals,
  assertHas,
  assertInstanceOf,
  assertMatch,
  assertStrictEquals,
  assertStringIncludes,
} from "../../../assert.ts";
import { thrownBy } from "../helpers.ts";
import { test } from "../leaks.ts";

/** An error as `node:sqlite` throws it. */
function sqliteError(errcode: number, message = "message of SQLite"): Error {
  return Object.assign(new Error(message), { code: "ERR_SQLITE_ERROR", errcode });
}

// Names and numbers: https://sqlite.org/rescode.html
const CODES: readonly [name: string, resultCode: number, code: string][] = [
  ["SQLITE_PERM", 3, "db_permission"],
  ["SQLITE_BUSY", 5, "db_locked"],
  ["SQLITE_BUSY_RECOVERY", 261, "db_recovering"],
  ["SQLITE_BUSY_SNAPSHOT", 517, "db_busy_snapshot"],
  ["SQLITE_BUSY_TIMEOUT", 773, "db_locked"],
  ["SQLITE_LOCKED", 6, "db_locked"],
  ["SQLITE_LOCKED_SHAREDCACHE", 262, "db_locked"],
  ["SQLITE_READONLY", 8, "db_read_only"],
  ["SQLITE_READONLY_DIRECTORY", 1544, "db_read_only"],
  ["SQLITE_READONLY_DBMOVED", 1032, "db_moved"],
  ["SQLITE_IOERR", 10, "db_io"],
  ["SQLITE_IOERR_FSYNC", 1034, "db_io"],
  ["SQLITE_IOERR_WRITE", 778, "db_io"],
  ["SQLITE_IOERR_SHMSIZE", 4874, "db_io"],
  ["SQLITE_IOERR_SHORT_READ", 522, "db_io"],
  ["SQLITE_CORRUPT", 11, "db_corrupt"],
  ["SQLITE_CORRUPT_INDEX", 779, "db_corrupt"],
  ["SQLITE_FULL", 13, "db_full"],
  ["SQLITE_CANTOPEN", 14, "db_cannot_open"],
  ["SQLITE_CANTOPEN_ISDIR", 526, "db_cannot_open"],
  ["SQLITE_TOOBIG", 18, "db_too_big"],
  ["SQLITE_CONSTRAINT", 19, "db_constraint"],
  ["SQLITE_CONSTRAINT_CHECK", 275, "db_constraint"],
  ["SQLITE_CONSTRAINT_UNIQUE", 2067, "db_constraint"],
  ["SQLITE_NOTADB", 26, "db_not_a_database"],
  ["SQLITE_ERROR", 1, "db_error"],
  ["SQLITE_SCHEMA", 17, "db_error"],
];

Deno.test("each result code, extended or not, has its error with a hint", () => {
  for (const [name, resultCode, code] of CODES) {
    const cause = sqliteError(resultCode);
    const error = toStoreError(cause, "data/x.db", "open the database");
    assertInstanceOf(error, StoreError, name);
    assertHas(error, { code, exitCode: 1 }, name);
    assertEquals(error.details.result_code, resultCode, name);
    assertEquals(error.path, "data/x.db");
    assertEquals({ ...error.details }, { path: "data/x.db", result_code: resultCode });
    assertStrictEquals(error.cause, cause);
    assert(error.message.startsWith("could not open the database data/x.db: "), error.message);
    assertStringIncludes(error.message, `(SQLite ${resultCode}: message of SQLite)`);
    assertMatch(error.hint ?? "", /^[A-Z].*[.a-z]$/);
  }
});

Deno.test("what is busy or full can succeed later, and only busy is tried again", () => {
  for (const [name, resultCode, code] of CODES) {
    const cause = sqliteError(resultCode);
    const error = toStoreError(cause, "x.db", "open");
    assertInstanceOf(error, StoreError);
    const busy = ["db_locked", "db_recovering", "db_busy_snapshot"].includes(code);
    assertEquals(error.retryable, busy || code === "db_full", name);
    assertEquals(isBusy(cause), busy, name);
    assertEquals(isBusy(error), busy, name);
  }
});

Deno.test("what is not SQLite's has no result code and comes back as it is", () => {
  const others = [
    new Error("x"),
    new TypeError("x"),
    Object.assign(new Error("x"), { code: "ERR_INVALID_STATE" }),
    Object.assign(new Error("x"), { errcode: "5" }),
    { errcode: 5, code: "ERR_SQLITE_ERROR" },
    "text",
    null,
    undefined,
    5,
  ];
  for (const other of others) {
    assertEquals(resultCodeOf(other), 0);
    assertEquals(isBusy(other), false);
    assertStrictEquals(toStoreError(other, "x.db", "open"), other);
  }
});

Deno.test("a TickerlockError comes back as it is", () => {
  for (
    const error of [
      new StoreError("db_no_wal", "m", "x.db"),
      new ClaimLostError("PETR4.SA", "job"),
      new InterruptedError("stopped"),
      new UsageError("bad_value", "m"),
    ]
  ) assertStrictEquals(toStoreError(error, "other.db", "open"), error);
});

Deno.test("an error of a store concerns one operation unless it says otherwise", () => {
  const error = new StoreError("db_is_a_folder", "m", "x", { details: { more: 1 } });
  const { retryable, scope, name, details } = error;
  assertEquals({ retryable, scope, name }, { retryable: false, scope: "row", name: "StoreError" });
  assertEquals({ ...details }, { path: "x", more: 1 });
});

Deno.test("a full or broken disk concerns the store, a value the row", () => {
  const scopeOf = (code: number): string => {
    const error = toStoreError(sqliteError(code), "x.db", "write to");
    assertInstanceOf(error, StoreError);
    return error.scope;
  };
  assertEquals([13, 10, 778, 11, 8, 14, 1032].map(scopeOf), Array(7).fill("store"));
  assertEquals([5, 6, 19, 2067, 18].map(scopeOf), Array(5).fill("row"));
});

Deno.test("a missing permission of the runtime says which option is missing", () => {
  const cause = new Deno.errors.NotCapable("Requires write access");
  const error = toStoreError(cause, "x.db", "open the database");
  assertInstanceOf(error, StoreError);
  assertEquals([error.code, error.details.result_code], ["db_permission", undefined]);
  assertEquals(error.message, "could not open the database x.db: Requires write access");
  assertStringIncludes(error.hint ?? "", "--allow-write");
});

Deno.test("a lost claim names ticker and job", () => {
  const error = new ClaimLostError("PETR4.SA", "job-1");
  assertInstanceOf(error, TickerlockError);
  assertHas(error, { code: "claim_lost", exitCode: 1, retryable: false });
  assertEquals({ ...error.details }, { ticker: "PETR4.SA", job_id: "job-1" });
  assertStringIncludes(error.message, "PETR4.SA");
});

test("real errors of the runtime carry the codes that are relied on", ({ path }) => {
  using one = new DatabaseSync(path, { timeout: 0 });
  using two = new DatabaseSync(path, { timeout: 0 });
  one.exec(
    "CREATE TABLE t (x INTEGER NOT NULL UNIQUE CHECK (x > 0)) STRICT; INSERT INTO t VALUES (1)",
  );
  const codeOfInsert = (value: string | number | null): number =>
    resultCodeOf(thrownBy(() => one.prepare("INSERT INTO t VALUES (?)").run(value)));
  assertEquals(codeOfInsert(1), 2067);
  assertEquals(codeOfInsert(0), 275);
  assertEquals(codeOfInsert(null), 1299);
  assertEquals(codeOfInsert("text"), 3091);
  assertEquals(resultCodeOf(thrownBy(() => one.prepare("SELECT nothing"))), 1);
  // exec() tells no code: where one matters, a prepared statement does.
  assertEquals(resultCodeOf(thrownBy(() => one.exec("SELECT nothing"))), 1);
  one.exec("BEGIN IMMEDIATE");
  const busy = thrownBy(() => two.prepare("BEGIN IMMEDIATE").run());
  assertEquals(resultCodeOf(busy), 5);
  assert(isBusy(busy));
  one.exec("ROLLBACK");
});

test("a refused write names the limit on the size of files and the full disk, as the disk is", ({ path, folder }) => {
  Deno.writeTextFileSync(path, "");
  for (const resultCode of [778, 4874]) {
    const error = toStoreError(sqliteError(resultCode), path, "write to");
    assertInstanceOf(error, StoreError);
    assertMatch(error.hint ?? "", /ulimit -f.*LimitFSIZE=/);
    assertMatch(error.hint ?? "", /disk/);
    assertEquals(typeof error.details.free_bytes, "number");
  }
  const gone = toStoreError(sqliteError(778), `${folder.path}/none/x.db`, "write to");
  assertInstanceOf(gone, StoreError);
  assertMatch(gone.hint ?? "", /ulimit -f.*LimitFSIZE=.*full disk/);
  // Full: that comes first. Not full: it is said how much there is.
  assertMatch(refusedWriteHint(4096), /^Free some space.*ulimit -f.*LimitFSIZE=/);
  assertMatch(refusedWriteHint(5 * 1024 * 1024), /^Raise a limit.*ulimit -f.*5\.2 MB free/);
});

test("what the runtime withholds is told without its advice to allow all", () => {
  const words = 'Requires all access to "/dev/shm", run again with the --allow-all flag';
  const error = toStoreError(new Deno.errors.NotCapable(words), "x.db", "back up");
  assertInstanceOf(error, StoreError);
  assertEquals([error.code, error.hint], ["db_permission", "Name a place elsewhere."]);
  assertMatch(error.message, /^could not back up x\.db: Deno opens nothing below \/dev/);
});
