import { StoreError } from "./errors.ts";
import type { Care, ExportPage, ExportQuery } from "./care.ts";
import { exportTable } from "./export/export.ts";

/** Tables in an order in which each comes behind those that it names rows of. */
const TABLES = [
  "ingest_logs",
  "ingest_rejects",
  "prices",
  "price_details",
  "corporate_actions",
  "corporate_events",
  "adjustment_factors",
  "events",
  "markets",
  "settlements",
  "price_snapshots",
  "sync_state",
  "collectors",
  "snapshots",
  "notices",
] as const;

const PAGE_ROWS = 5000;

export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
  /** Of all rows in the order of their key, as NDJSON; the same in both databases. Lower-case hex. */
  readonly sha256: string;
}

interface CopyOptions {
  readonly onProgress?: (table: string, rows: number, total: number | undefined) => void;
  readonly signal?: AbortSignal | undefined;
}

function queryOf(object: string, columns: readonly string[] | null = null): ExportQuery {
  return { object, tickers: [], source: null, from: null, to: null, columns };
}

async function* pagesOf(
  care: Care,
  table: string,
  columns: readonly string[] | null = null,
): AsyncGenerator<{ columns: readonly string[]; page: ExportPage; total: number | undefined }> {
  await using rows = await care.exportRows(queryOf(table, columns));
  for (let page; (page = await rows.page(PAGE_ROWS)) !== undefined;) {
    yield { columns: rows.columns, page, total: rows.total };
  }
}

async function* logIds(care: Care): AsyncGenerator<string> {
  for await (const { page } of pagesOf(care, "ingest_logs", ["id", "job_id"])) {
    for (const [id, jobId] of page) yield `${id} ${jobId}`;
  }
}

/** Refuses a target with rows of its own; one that was copied in part has no job that the source lacks. */
async function checkTarget(from: Care, to: Care): Promise<void> {
  const there = logIds(from);
  const refuse = (what: string): StoreError =>
    new StoreError(
      "copy_target_filled",
      `database ${to.name} has rows of its own: ${what}`,
      to.name,
      {
        hint:
          "Copy into a new database, or into another schema (?schema=NAME); it was left as it is.",
      },
    );
  let count = 0;
  for await (const id of logIds(to)) {
    count++;
    let next = await there.next();
    // Rows of the source may be missing in what was copied in part, but not the other way round.
    while (next.done !== true && next.value !== id) next = await there.next();
    if (next.done === true) throw refuse(`job ${id.split(" ")[1]}`);
  }
  await there.return(undefined);
  if (count > 0) return;
  const { rows } = await to.info();
  const filled = TABLES.find((table) => (rows[table] ?? 0) > 0);
  if (filled !== undefined) throw refuse(filled);
}

async function sumOf(care: Care, table: string): Promise<{ rows: number; sha256: string }> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  const { rows } = await exportTable(care, queryOf(table), {
    format: "ndjson",
    to: {
      write: (piece) => {
        hash.update(piece);
        return Promise.resolve(true);
      },
    },
  });
  return { rows, sha256: hash.digest("hex") };
}

async function checkSchema(care: Care): Promise<void> {
  const pending = (await care.migrations()).filter(({ appliedAt }) => appliedAt === null);
  if (pending.length === 0) return;
  throw new StoreError("db_schema_old", `database ${care.name} has an older schema`, care.name, {
    hint: `Bring it up to date first: tickerlock db migrate --db ${JSON.stringify(care.name)}`,
  });
}

/**
 * Copies every table and compares both databases in the end; one that was ended goes on when it is made
 * again. No run may be at work on the source.
 * @throws {StoreError} `copy_target_filled`, `copy_differs`, `db_schema_old`.
 */
export async function copyDatabase(
  from: Care,
  to: Care,
  { onProgress, signal }: CopyOptions = {},
): Promise<CopiedTable[]> {
  await checkSchema(from);
  await to.migrate("newest");
  await checkTarget(from, to);
  for (const table of TABLES) {
    let done = 0;
    for await (const { columns, page, total } of pagesOf(from, table)) {
      signal?.throwIfAborted();
      await to.putRows(table, columns, page.map((row) => row.slice(0, columns.length)));
      done += page.length;
      onProgress?.(table, done, total);
    }
  }
  const copied: CopiedTable[] = [];
  for (const table of TABLES) {
    signal?.throwIfAborted();
    const [given, stored] = [await sumOf(from, table), await sumOf(to, table)];
    if (given.sha256 !== stored.sha256) {
      const message =
        `${table} of ${to.name} is not that of ${from.name}: ${stored.rows} rows in ` +
        `place of ${given.rows}, or other values`;
      throw new StoreError("copy_differs", message, to.name, {
        hint: "See to it that nothing writes to either, and make the copy again. Text with NUL " +
          "characters cannot be on a PostgreSQL server.",
      });
    }
    copied.push({ table, ...given });
  }
  return copied;
}
