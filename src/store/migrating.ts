import { VERSION } from "../base/version.ts";
import type { MigrationStatus } from "./care.ts";
import { StoreError } from "./errors.ts";
import type { Migration } from "./migration.ts";

/** A migration that a database has. */
export interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly appliedAt: string;
}

/** What is still to be applied. @throws {StoreError} `db_schema_too_new`, `db_schema_changed`. */
export function pendingOf(
  applied: readonly Applied[],
  migrations: readonly Migration[],
  db: string,
): readonly Migration[] {
  const newest = applied.at(-1)?.version ?? 0;
  for (const one of applied) {
    const known = migrations.find(({ version }) => version === one.version);
    if (known === undefined) {
      const message = `database ${db} has schema version ${newest}, ` +
        `this program (${VERSION}) knows up to ${migrations.length}`;
      throw new StoreError("db_schema_too_new", message, db, {
        hint: "Use the newer tickerlock that made it; the database was left as it is.",
        scope: "program",
      });
    }
    if (known.checksum !== one.checksum) {
      const message = `database ${db}: migration ${one.version} (${one.name}) was applied with ` +
        "other contents than this program has";
      throw new StoreError("db_schema_changed", message, db, {
        hint: "Use the tickerlock release that made the database; it was left as it is.",
        scope: "program",
      });
    }
  }
  return migrations.filter(({ version }) => version > newest);
}

/** Every migration that there is, and when a database has got it. */
export function statusOf(
  applied: readonly Applied[],
  migrations: readonly Migration[],
): MigrationStatus[] {
  const times = new Map(applied.map(({ version, appliedAt }) => [version, appliedAt]));
  return migrations.map(({ version, name }) => ({
    version,
    name,
    appliedAt: times.get(version) ?? null,
  }));
}

/** The version that is wanted. @throws {StoreError} `db_no_such_version`. */
export function wantedVersion(
  to: number | "newest" | "back",
  newest: number,
  db: string,
  current: () => number,
): number {
  if (to === "newest") return newest;
  if (to === "back") return Math.max(0, current() - 1);
  if (to <= newest) return to;
  throw new StoreError("db_no_such_version", `there is no schema version ${to}`, db, {
    hint: `This program knows 0 to ${newest}: tickerlock db migrate --status`,
  });
}
