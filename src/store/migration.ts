/**
 * Migrations: what they are, and what taking them back drops.
 *
 * @module
 */
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
