import { DatabaseSync } from "node:sqlite";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { insertRunning } from "../../../../src/store/sqlite/tables/jobs.ts";
import { MIGRATIONS } from "../../../../src/store/sqlite/migrations/mod.ts";
import { InterruptedError } from "../../../../src/base/errors.ts";
import {
  assert,
  assertEquals,
  assertHas,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "../../../assert.ts";
import { addTable, count } from "../filled.ts";
import { ALL_PAUSES, fakePatience, job, pragmaOf } from "../helpers.ts";
import { whoHasOpen } from "../../../../src/platform/services.ts";
import { test } from "../leaks.ts";

/** A database whose write lock another connection holds. */
async function lockedDatabase(path: string): Promise<DatabaseSync> {
  {
    using db = await Database.open(path);
    await db.transaction("write to", () => addTable(db));
  }
  const other = new DatabaseSync(path, { timeout: 0 });
  other.exec("BEGIN IMMEDIATE");
  return other;
}

test("a database that another connection writes to is locked once patience is over", async ({ path }) => {
  using _other = await lockedDatabase(path);
  for (const way of ["transaction", "rehearsal"] as const) {
    const fake = fakePatience();
    // Opening reads only where the schema is there already.
    using db = await Database.open(path, { busyTimeoutMs: 0, retry: fake.options });
    assertEquals(fake.pauses, []);
    let works = 0;
    const error = await assertRejects(() => db[way]("write to", () => works++), StoreError);
    assertHas(error, { code: "db_locked", retryable: true });
    assertEquals(error.details.result_code, 5);
    assert(error.message.startsWith(`could not write to ${path}: `), error.message);
    assertEquals(fake.pauses, [...ALL_PAUSES], way);
    assertEquals(works, 0);
    // Reading goes on meanwhile.
    assertEquals(count(db, "t"), 0);
  }
});

test("a database that is released in time is written to, once", async ({ path }) => {
  using other = await lockedDatabase(path);
  const fake = fakePatience();
  fake.onPause = (pauses) => {
    if (pauses === 3) other.exec("COMMIT");
  };
  using db = await Database.open(path, { busyTimeoutMs: 0, retry: fake.options });
  const told: number[] = [];
  const value = await db.transaction("write to", () => db.run("INSERT INTO t VALUES (1)"), {
    onRetry: (tries) => told.push(tries),
  });
  assertEquals([value, told], [1, [1, 2, 3]]);
  assertEquals(fake.pauses, [500, 1000, 2000]);
  assertEquals(count(db, "t"), 1);
});

test("waiting for a busy database ends with the signal, of the opening or of the call", async ({ path }) => {
  using _other = await lockedDatabase(path);
  const reason = new InterruptedError("stopped by SIGINT");
  for (const whose of ["opening", "call"]) {
    const controller = new AbortController();
    const fake = fakePatience();
    fake.onPause = (pauses) => {
      if (pauses === 2) controller.abort(reason);
    };
    const signal = { signal: controller.signal };
    using db = await Database.open(path, {
      busyTimeoutMs: 0,
      retry: fake.options,
      ...(whose === "opening" ? signal : {}),
    });
    const error = await assertRejects(
      () => db.transaction("write to", () => 1, whose === "call" ? signal : {}),
      InterruptedError,
    );
    assertStrictEquals(error, reason);
    assertEquals(fake.pauses, [500, 1000], whose);
  }
});

test("opening waits for a file that another connection has to itself", async ({ path }) => {
  await Deno.writeFile(path, new Uint8Array());
  using other = new DatabaseSync(path, { timeout: 0 });
  assertEquals(pragmaOf(other, "journal_mode"), "delete");
  other.exec("BEGIN EXCLUSIVE");
  const never = fakePatience();
  const error = await assertRejects(
    () => Database.open(path, { busyTimeoutMs: 0, retry: never.options }),
    StoreError,
  );
  assertEquals(error.code, "db_locked");
  assert(error.message.startsWith(`could not open the database ${path}: `), error.message);
  assertEquals(never.pauses, [...ALL_PAUSES]);
  const fake = fakePatience();
  fake.onPause = () => other.exec("ROLLBACK");
  using db = await Database.open(path, { busyTimeoutMs: 0, retry: fake.options });
  assertEquals(fake.pauses, [500]);
  assertEquals(count(db, "schema_migrations"), MIGRATIONS.length);
});

test("opening waits for another connection that writes to a new file", async ({ path }) => {
  await Deno.writeFile(path, new Uint8Array());
  using other = new DatabaseSync(path, { timeout: 0 });
  assertEquals(pragmaOf(other, "journal_mode = WAL"), "wal");
  other.exec("BEGIN IMMEDIATE");
  const fake = fakePatience();
  fake.onPause = () => other.exec("ROLLBACK");
  using db = await Database.open(path, { busyTimeoutMs: 0, retry: fake.options });
  assertEquals(fake.pauses, [500]);
  assertEquals(count(db, "schema_migrations"), MIGRATIONS.length);
});

test("the error of a busy database names the runs that may hold it, never this one", async ({ path }) => {
  using other = await lockedDatabase(path);
  const refused = async (): Promise<StoreError> => {
    const { options } = fakePatience();
    using db = await Database.open(path, { busyTimeoutMs: 0, retry: options });
    return await assertRejects(() => db.transaction("write to", () => 1), StoreError);
  };
  const nobody = await refused();
  assertStringIncludes(nobody.hint ?? "", whoHasOpen(path));
  assertEquals(nobody.details.running, []);

  other.exec("ROLLBACK");
  {
    using db = await Database.open(path);
    await db.transaction("write to", () => {
      insertRunning(db, job(1, { pid: Deno.pid, ticker: "OURS" }));
      insertRunning(db, job(2, { pid: 4711, host: "elsewhere", ticker: "THEIRS" }));
    });
  }
  other.exec("BEGIN IMMEDIATE");
  const { hint, details, retryable, message } = await refused();
  assertStringIncludes(
    hint ?? "",
    "held by pid 4711 on elsewhere (THEIRS, since 2024-01-02T10:00:00.000Z).",
  );
  assertEquals([(details.running as unknown[]).length, retryable], [1, true]);
  assertStringIncludes(message, "another process is writing to it (SQLite 5");
});

test("nobody can be named where the file lets nobody read; the error is the same", async ({ path }) => {
  await Deno.writeFile(path, new Uint8Array());
  using other = new DatabaseSync(path, { timeout: 0 });
  other.exec("BEGIN EXCLUSIVE");
  const { options } = fakePatience();
  const error = await assertRejects(
    () => Database.open(path, { busyTimeoutMs: 0, retry: options }),
    StoreError,
  );
  assertEquals([error.code, error.details.running], ["db_locked", []]);
  assertStringIncludes(error.hint ?? "", whoHasOpen(path));
});
