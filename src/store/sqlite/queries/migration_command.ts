import { DatabaseSync } from "node:sqlite";
import { sleep } from "../../../base/sleep.ts";
import type { MigrationStatus, MigrationStep, Stoppable } from "../../care.ts";
import { type Dropped, dropsOf, statusOf, wantedVersion } from "../../migration.ts";
import { backupDatabase } from "../backup/backup.ts";
import { stampOf } from "../backup/companion_files.ts";
import { splitPath } from "../../../platform/paths.ts";
import { tryReserve } from "../../../files/exclusive_file.ts";
import { toOpenError } from "../connection/errors.ts";
import { refuseEmptied } from "../connection/emptied.ts";
import { configure, prepareFile } from "../connection/file.ts";
import { appliedMigrations, migrate, pendingMigrations, rollBack } from "../connection/migrate.ts";
import { MIGRATIONS } from "../migrations/mod.ts";
import { TraceFreeReader } from "../connection/trace_free_read.ts";
import { retryOnBusy } from "../connection/retry.ts";

/** Which migrations a database has. @throws {StoreError} */
export function migrationStatus(path: string): MigrationStatus[] {
  using db = TraceFreeReader.open(path, { anySchema: true });
  return statusOf(appliedMigrations(db.raw), MIGRATIONS);
}

/** What going back to a version drops, as `Care.drops` says. Never writes. */
export function droppedBy(path: string, to: number | "back"): Dropped[] {
  using db = TraceFreeReader.open(path, { anySchema: true });
  const current = appliedMigrations(db.raw).at(-1)?.version ?? 0;
  const target = to === "back" ? current - 1 : to;
  const undone = MIGRATIONS.filter(({ version }) => version > target && version <= current);
  const tables = db.all("SELECT name FROM sqlite_schema WHERE type = 'table'");
  return dropsOf(undone.reverse(), tables.map(({ name }) => String(name)))
    .map(({ what, sql }) => ({ what, rows: Number(db.get(sql)?.rows) }));
}

const TURN_MS = 20;

// One at a time, so that of several that begin at once only the one that makes the step makes its
// backup. Where no lock file can be made, neither can a migration: SQLite tells why.
async function myTurn(path: string, throwIfStopped?: () => void): Promise<Disposable> {
  const { folder, name } = splitPath(path);
  for (;;) {
    throwIfStopped?.();
    try {
      const reserved = tryReserve(`${folder}/${name}.migrate`, "tickerlock-backup");
      if (reserved !== undefined) return reserved;
    } catch {
      return { [Symbol.dispose]: () => {} };
    }
    await sleep(TURN_MS);
  }
}

async function backupBefore(path: string, version: number, options: Stoppable): Promise<string> {
  const { folder, name } = splitPath(path);
  const to = `${folder}/backups/${name}.before-${version}-${stampOf(Date.now())}`;
  return (await backupDatabase(path, { ...options, to })).path;
}

/** Brings a database to a schema version, as `Care.migrate` says; steps that were made stay. */
export async function migrateTo(
  path: string,
  to: number | "newest" | "back",
  options: Stoppable = {},
): Promise<MigrationStep[]> {
  const steps: MigrationStep[] = [];
  let db: DatabaseSync | undefined;
  // Before a file is made.
  if (typeof to === "number") wantedVersion(to, MIGRATIONS.length, path, () => 0);
  try {
    refuseEmptied(path);
    prepareFile(path);
    const opened = new DatabaseSync(path, { timeout: 5000 });
    db = opened;
    await retryOnBusy(() => {
      pendingMigrations(opened, path);
      configure(opened, path);
    });
    const current = (): number => appliedMigrations(opened).at(-1)?.version ?? 0;
    const target = wantedVersion(to, MIGRATIONS.length, path, current);
    let backup: string | null | undefined;
    while (current() !== target) {
      const from = current();
      const up = target > from;
      using _turn = from === 0 ? undefined : await myTurn(path, options.throwIfStopped);
      // Another process has made the step meanwhile.
      if (current() !== from) continue;
      // One is enough to come back by; one for each step would take the room of the database many times.
      if (backup === undefined) {
        backup = from === 0 ? null : await backupBefore(path, up ? from + 1 : from, options);
      }
      const done = await retryOnBusy(() =>
        up ? migrate(opened, path, from + 1) : rollBack(opened, path, from - 1)
      );
      const direction = up ? "up" : "down";
      for (const version of done) steps.push({ version, direction, backup });
      if (done.length === 0 && current() === from) break;
    }
    return steps;
  } catch (error) {
    throw toOpenError(error, path, "write", "migrate the database", db !== undefined);
  } finally {
    db?.close();
  }
}
