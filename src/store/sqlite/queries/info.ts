import { DatabaseSync } from "node:sqlite";
import type { FileInfo, SourceSpan } from "../../care.ts";
import { copiesOf } from "../backup/backup_folder.ts";
import { sizeOf, spilledOf } from "../../spill.ts";
import { lastCredible } from "../../../base/time.ts";
import { realPath } from "../../../platform/files.ts";
import type { Database } from "../connection/database.ts";
import { StoreError } from "../../errors.ts";
import { emptyDatabase, toStoreError } from "../connection/errors.ts";
import { appliedMigrations } from "../connection/migrate.ts";
import { MIGRATIONS } from "../migrations/mod.ts";
import { TraceFreeReader } from "../connection/trace_free_read.ts";
import type { Reader } from "../connection/reader.ts";
import { writer } from "../connection/writer.ts";
import { lockFolders } from "../tables/lock_folders.ts";

/**
 * No index leads by source, and going through millions of rows takes seconds. So the pairs of ticker and
 * source come from the log and from both ends of each ticker's days, and each pair's days from two steps
 * into the key.
 */
export const SPANS = `
  WITH RECURSIVE known (ticker) AS (
    SELECT min(ticker) FROM prices
    UNION ALL
    SELECT (SELECT min(prices.ticker) FROM prices WHERE prices.ticker > known.ticker)
    FROM known WHERE known.ticker IS NOT NULL
  ), ends (ticker, date) AS (
    SELECT ticker, (SELECT max(date) FROM prices WHERE prices.ticker = known.ticker) FROM known
    UNION
    SELECT ticker, (SELECT min(date) FROM prices WHERE prices.ticker = known.ticker) FROM known
  ), pairs (ticker, source) AS (
    SELECT prices.ticker, prices.source FROM ends JOIN prices
      ON prices.ticker = ends.ticker AND prices.date = ends.date
    UNION
    SELECT ticker, source FROM ingest_logs WHERE ticker IS NOT NULL
  ), spans AS (
    SELECT source,
      (SELECT date FROM prices WHERE prices.ticker = pairs.ticker AND prices.source = pairs.source
        ORDER BY date LIMIT 1) AS first,
      (SELECT date FROM prices WHERE prices.ticker = pairs.ticker AND prices.source = pairs.source
        ORDER BY date DESC LIMIT 1) AS last
    FROM pairs
  )
  SELECT source, count(*) AS tickers, min(first) AS first_date, max(last) AS last_date
  FROM spans WHERE first IS NOT NULL GROUP BY source ORDER BY source`;

/** The sources of the stored prices; one without a run is found by a ticker's first or last day. */
export function sourceSpans(db: Reader): SourceSpan[] {
  return db.all(SPANS) as unknown as SourceSpan[];
}

function pragmaOf(db: Reader, name: string): unknown {
  return Object.values(db.get(`PRAGMA ${name}`) ?? {})[0];
}

/** Facts about a database, as `Care.info` says. @throws {StoreError} `db_empty`, … */
export function databaseInfo(path: string): FileInfo {
  const walBytes = sizeOf(`${realPath(path)}-wal`);
  using db = TraceFreeReader.open(path, { anySchema: true });
  return db.snapshot(() => {
    const applied = appliedMigrations(db.raw);
    if (applied.length === 0) throw emptyDatabase(path);
    const tables = db.all(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    ).map(({ name }) => String(name));
    const rows = Object.fromEntries(
      tables.map((name) => [name, Number(db.get(`SELECT count(*) AS n FROM "${name}"`)?.n)]),
    );
    const last = db.get(
      "SELECT max(finished_at) AS at FROM ingest_logs WHERE status = 'success' AND finished_at <= ?",
      lastCredible(),
    );
    return {
      engine: "sqlite",
      path,
      size_bytes: sizeOf(path),
      wal_bytes: walBytes,
      page_size: Number(pragmaOf(db, "page_size")),
      pages: Number(pragmaOf(db, "page_count")),
      free_pages: Number(pragmaOf(db, "freelist_count")),
      schema_version: applied.at(-1)?.version ?? 0,
      sqlite_version: String(db.get("SELECT sqlite_version() AS version")?.version),
      journal_mode: String(pragmaOf(db, "journal_mode")),
      rows,
      lock_folders: lockFolders(db),
      prices: sourceSpans(db),
      last_success_at: typeof last?.at === "string" ? last.at : null,
      ...copiesOf(path),
      spill: spilledOf(path),
    };
  });
}

/** The version of SQLite, also where there is no database. */
export function sqliteVersion(): string {
  using db = new DatabaseSync(":memory:");
  return String(db.prepare("SELECT sqlite_version() AS version").get()?.version);
}

const PAGES_PER_STEP = 1000;

/** Gives free pages back by steps of incremental vacuum; `VACUUM` needs all permissions of the program. */
export async function compact(db: Database): Promise<number> {
  const free = (): number => Number(db.get("PRAGMA freelist_count")?.freelist_count ?? 0);
  const before = free();
  for (let left = before; left > 0;) {
    await db.transaction("compact", () => db.all(`PRAGMA incremental_vacuum(${PAGES_PER_STEP})`));
    const now = free();
    // A file without incremental auto-vacuum gives nothing back.
    if (now >= left) break;
    left = now;
  }
  try {
    db.all("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (error) {
    throw toStoreError(error, db.path, "empty the write-ahead log of");
  }
  return before - free();
}

/** Gives free pages back, unless opening would change the schema. @throws {StoreError} `db_schema_old`. */
export async function compactDatabase(path: string): Promise<number> {
  const { schema_version } = databaseInfo(path);
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  if (schema_version !== newest) {
    const message =
      `database ${path} has schema version ${schema_version}, and would be brought to ${newest}`;
    throw new StoreError("db_schema_old", message, path, {
      hint: `Do that first, with a backup before it: tickerlock db migrate --db ${path}`,
    });
  }
  using db = await writer(path);
  return await compact(db);
}
