/** Migrations: what they are, which a database has, and what taking them back drops. @module */
import { VERSION } from "../base/version.ts";
import { StoreError } from "./errors.ts";

/** A numbered change of the schema of an engine. */
export interface Migration {
  /** 1, 2, 3 … without gaps; not the numbers of another engine. */
  readonly version: number;
  /** snake_case, for people. */
  readonly name: string;
  readonly sql: string;
  /**
   * SHA-256 of `sql`, in lower-case hex. Written down, because working it out at each start would load
   * `node:crypto`, 24 ms of a run of 300; a test compares them.
   */
  readonly checksum: string;
  /** Takes it back. */
  readonly down: string;
  /** What that changes in rows that stay. Tables and columns that it drops are read from `down`. */
  readonly changes?: readonly Drop[];
}

/** What taking a migration back drops or changes, and the query that counts it as `rows`. */
interface Drop {
  readonly what: string;
  readonly sql: string;
}

/** How many rows or values that is. */
export interface Dropped {
  readonly what: string;
  readonly rows: number;
}

/**
 * What taking some migrations back drops, in the order in which that is done.
 *
 * @param undone The migrations, the newest first.
 * @param tables Names of the tables that there are: others are made and dropped on the way.
 */
export function dropsOf(undone: readonly Migration[], tables: readonly string[]): Drop[] {
  return undone.flatMap(({ down, changes = [] }) => {
    const columns = [...down.matchAll(/^ALTER TABLE (\w+) DROP COLUMN (\w+);$/gm)]
      .map(([, table = "", column = ""]) => ({
        what: `${table}.${column}`,
        sql: `SELECT count(${column}) AS rows FROM ${table}`,
      }));
    const whole = [...down.matchAll(/^DROP TABLE (\w+);$/gm)].map(([, table = ""]) => table)
      .filter((table) => tables.includes(table))
      .map((table) => ({ what: table, sql: `SELECT count(*) AS rows FROM ${table}` }));
    return [...changes, ...columns, ...whole];
  });
}

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
): (Pick<Applied, "version" | "name"> & { readonly appliedAt: string | null })[] {
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
