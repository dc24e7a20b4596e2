import { lastPossibleDay } from "../../../base/day.ts";
import { bytesText } from "../../../base/text.ts";
import { DatabaseSync } from "node:sqlite";
import { hasFileModes } from "../../../platform/files.ts";
import type { Verification, VerifyFinding } from "../../care.ts";
import { newestBackup } from "../backup/companion_files.ts";
import { sizeOf } from "../../spill.ts";
import {
  detailFindings,
  DOUBTFUL_FACTOR,
  endedBy,
  impossibleFindings,
  jumpFindings,
  killedFinding,
  MOST_FINDINGS,
  negativeFindings,
  pendingFindings,
  verificationOf,
} from "../../verify_findings.ts";
import { StoreError } from "../../errors.ts";
import { damagedHint } from "../connection/errors.ts";
import { pendingMigrations } from "../connection/migrate.ts";
import { MIGRATIONS } from "../migrations/mod.ts";
import { traceFreePlace } from "../connection/trace_free_read.ts";
import { Reader } from "../connection/reader.ts";
import { type IsLocked, ofItsRuns, runningRows } from "./health.ts";
import { schemaDifferences } from "./schema_objects.ts";

interface CheckOptions {
  readonly quick?: boolean | undefined;
  /** Whether a ticker's lock is held; without it, `running` rows are not judged. */
  readonly isLocked?: IsLocked | undefined;
  /** The folder that it looks into. Default that of the database's runs. */
  readonly lockDir?: string;
}

type Check = (db: Reader, options: CheckOptions) => VerifyFinding[];

function broken(message: string, path: string): VerifyFinding {
  const hint = damagedHint("db_corrupt", path);
  return { check: "integrity", level: "error", message, hint };
}

function integrity(db: Reader, { quick }: CheckOptions): VerifyFinding[] {
  const pragma = quick === true ? "quick_check" : "integrity_check";
  const rows = db.all(`PRAGMA ${pragma}(100)`).map((row) => String(Object.values(row)[0]));
  const problems = rows.length === 1 && rows[0] === "ok" ? [] : rows;
  // SQLite takes what is missing of the last page for zeros.
  const { size } = Deno.statSync(db.path);
  const pageSize = Number(db.get("PRAGMA page_size")?.page_size);
  if (size % pageSize !== 0) {
    problems.push(`the file ends within a page: ${size} bytes with pages of ${pageSize}`);
  }
  return problems.map((message) => broken(message, db.path));
}

// Damage can be such that SQLite's own check, or the first look at the schema, never ends, or that
// what is read there makes no sense.
function damageBehind(error: unknown, path: string, file: string): VerifyFinding[] {
  if (!(error instanceof StoreError)) return [];
  if (error.code === "db_corrupt") return [broken(error.message, path)];
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly: true });
    return db.prepare("PRAGMA quick_check(100)").all().map((row) => String(row.quick_check))
      .filter((message) => message !== "ok").map((message) => broken(message, path));
  } catch {
    return [];
  } finally {
    db?.close();
  }
}

function foreignKeys(db: Reader): VerifyFinding[] {
  return db.all("PRAGMA foreign_key_check").map((row) => ({
    check: "foreign_keys",
    level: "error",
    message: `${row.table} row ${row.rowid} names a row of ${row.parent} that is not there`,
    hint: "Restore the last good backup, or remove the row.",
  }));
}

const TRIGGER_HINT =
  "Find out who made it. To remove it: DROP TRIGGER, with another program; then " +
  "compare prices with those of a backup from before.";
const FOREIGN_HINT =
  "If it is not yours, find out who made it; tables of your own are safer in a " +
  "database of their own, to which this one is attached.";

function schema(db: Reader): VerifyFinding[] {
  const found = pendingFindings(pendingMigrations(db.raw, db.path), db.path);
  const { missing, changed, triggers, foreign } = schemaDifferences(db);
  const add = (
    level: VerifyFinding["level"],
    objects: readonly string[],
    what: string,
    hint: string,
  ): void => {
    for (const object of objects) {
      found.push({ check: "schema", level, message: `${object} ${what}`, hint });
    }
  };
  const undo = "Restore the last good backup, or undo what changed the schema.";
  add("error", changed, "is not as it was made", undo);
  add("error", missing, "is missing", undo);
  add(
    "error",
    triggers,
    "was not made by tickerlock, and may change what is written",
    TRIGGER_HINT,
  );
  add("warning", foreign, "was not made by tickerlock", FOREIGN_HINT);
  return found;
}

function runningFindings(db: Reader, { isLocked }: CheckOptions): VerifyFinding[] {
  if (isLocked === undefined) return [];
  return runningRows(db, isLocked).filter(({ locked }) => locked !== true).map(killedFinding);
}

function fileFindings(path: string): VerifyFinding[] {
  const found: VerifyFinding[] = [];
  for (const suffix of hasFileModes() ? ["", "-wal", "-shm"] : []) {
    try {
      const { mode, isFile } = Deno.statSync(path + suffix);
      if (!isFile || mode === null || (mode & 0o077) === 0) continue;
      found.push({
        check: "permissions",
        level: "warning",
        message: `${path + suffix} can be used by others than its owner ` +
          `(mode ${(mode & 0o777).toString(8).padStart(4, "0")})`,
        hint: `If that is not meant: chmod 600 ${path + suffix}`,
      });
    } catch {
      // Companions come and go; the database itself was opened a moment ago.
    }
  }
  return found;
}

const IMPOSSIBLE = `
  high < low OR close = 0 OR date > ?1 OR date(date) IS NOT date`;

const NEGATIVE = "open < 0 OR high < 0 OR low < 0 OR close < 0 OR adj_close < 0";

function impossiblePrices(db: Reader): VerifyFinding[] {
  const lastDay = lastPossibleDay(Date.now());
  const rows = db.all(
    `SELECT ticker, date, source, open, high, low, close FROM prices WHERE ${IMPOSSIBLE}
     LIMIT ${MOST_FINDINGS + 1}`,
    lastDay,
  );
  const total = rows.length <= MOST_FINDINGS
    ? rows.length
    : Number(db.get(`SELECT count(*) AS n FROM prices WHERE ${IMPOSSIBLE}`, lastDay)?.n);
  return impossibleFindings(rows, total);
}

function negativePrices(db: Reader): VerifyFinding[] {
  const rows = db.all(
    `SELECT ticker, source, count(*) AS n, min(date) AS first, max(date) AS last FROM prices
     WHERE ${NEGATIVE} GROUP BY ticker, source ORDER BY ticker, source`,
  );
  return negativeFindings(rows);
}

function hasTable(db: Reader, name: string): boolean {
  const sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?";
  return db.get(sql, name) !== undefined;
}

function detailsWithoutPrice(db: Reader): VerifyFinding[] {
  if (!hasTable(db, "price_details")) return [];
  const rows = db.all(
    `SELECT ticker, date, source FROM price_details AS details
     WHERE NOT EXISTS (SELECT 1 FROM prices WHERE prices.ticker = details.ticker
       AND prices.date = details.date AND prices.source = details.source)`,
  );
  return detailFindings(rows);
}

function doubtfulJumps(db: Reader): VerifyFinding[] {
  // A split explains a jump, and so does another currency; where they are not recorded, nothing does.
  const unexplained =
    (hasTable(db, "corporate_actions")
      ? `AND NOT EXISTS (SELECT 1 FROM corporate_actions AS action
         WHERE action.ticker = jumps.ticker AND action.kind = 'split'
           AND action.date > jumps.day_before AND action.date <= jumps.date)`
      : "") +
    (hasTable(db, "price_details")
      ? `AND NOT EXISTS (SELECT 1 FROM price_details AS a JOIN price_details AS b
         ON b.ticker = a.ticker AND b.source = a.source AND b.currency <> a.currency
         WHERE a.ticker = jumps.ticker AND a.source = jumps.source
           AND a.date = jumps.day_before AND b.date = jumps.date)`
      : "");
  const rows = db.all(
    `SELECT * FROM (
       SELECT ticker, date, source, close,
         lag(close) OVER days AS close_before, lag(date) OVER days AS day_before
       FROM prices WINDOW days AS (PARTITION BY ticker, source ORDER BY date)
     ) AS jumps
     WHERE close_before > 0
       AND (close > ?1 * close_before OR close_before > ?1 * close) ${unexplained}`,
    DOUBTFUL_FACTOR,
  );
  return jumpFindings(rows);
}

const CHECKS: Readonly<Record<string, Check>> = {
  integrity,
  foreign_keys: foreignKeys,
  schema,
  running_rows: runningFindings,
  impossible_prices: impossiblePrices,
  negative_prices: negativePrices,
  doubtful_jumps: doubtfulJumps,
  details_without_price: detailsWithoutPrice,
};

const QUICK = new Set(["integrity", "schema", "running_rows"]);

function isEmptyFile(path: string): boolean {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile && size === 0;
  } catch {
    return false;
  }
}

// To SQLite an empty file is a database without tables, and in the best of order.
function emptiness(path: string): VerifyFinding[] {
  if (!isEmptyFile(path)) return [];
  const walBytes = sizeOf(`${path}-wal`);
  const restore = `tickerlock db restore FILE --db ${path}`;
  const isNew = walBytes === 0;
  return [{
    check: "integrity",
    level: "error",
    message: `${path} is an empty file (0 bytes), ` +
      (isNew
        ? "no database of tickerlock yet"
        : `though its -wal has ${bytesText(walBytes)}: it was a database, and was emptied`),
    hint: newestBackup(path) !== undefined
      ? damagedHint("db_corrupt", path)
      : isNew
      ? `If data should be in it, bring back a backup: ${restore}. ` +
        `Otherwise the first run makes it one: tickerlock ingest --db ${path} …`
      : `Keep copies of both, then bring back a backup: ${restore}.`,
  }];
}

interface Looked {
  readonly checks: string[];
  readonly findings: VerifyFinding[];
}

function look(db: Reader, options: CheckOptions, { checks, findings }: Looked): void {
  const hasTables = pendingMigrations(db.raw, db.path).length < MIGRATIONS.length;
  for (const [name, check] of Object.entries(CHECKS)) {
    if (options.quick === true && !QUICK.has(name)) continue;
    if (!hasTables && name !== "integrity" && name !== "schema") continue;
    const run = (): VerifyFinding[] => check(db, options);
    try {
      // Running rows have to be seen as they are now, not as they were when the snapshot began.
      findings.push(...(name === "running_rows" ? run() : db.snapshot(run)));
    } catch (error) {
      const toldAlready = findings.some(({ check, level }) =>
        check === "schema" && level === "error"
      );
      // What the schema lacks cannot be asked.
      if (toldAlready && error instanceof StoreError && error.code === "db_bad_query") continue;
      checks.push(name);
      throw error;
    }
    checks.push(name);
    // On a damaged file every further query is a guess.
    if (name === "integrity" && findings.length > 0) break;
  }
}

function lookOver(path: string, options: CheckOptions, looked: Looked): void {
  using place = traceFreePlace(path);
  try {
    using db = Reader.open(path, { anySchema: true }, place.file);
    const isLocked = options.isLocked && ofItsRuns(options.isLocked, db, place, options.lockDir);
    look(db, { ...options, isLocked }, looked);
  } catch (error) {
    const damage = damageBehind(error, path, place.file);
    if (damage.length === 0) throw error;
    if (!looked.checks.includes("integrity")) looked.checks.push("integrity");
    looked.findings.push(...damage);
  }
}

/** Verifies a database as `Care.verify` says; what makes it unreadable is a finding with its code. */
export function verifyDatabase(path: string, options: CheckOptions = {}): Verification {
  const empty = emptiness(path);
  const looked: Looked = { checks: [], findings: [] };
  const { checks, findings } = looked;
  if (empty.length > 0) {
    checks.push("integrity");
    findings.push(...empty);
  } else {
    try {
      lookOver(path, options, looked);
    } catch (error) {
      findings.push(endedBy(error, checks, (named) => damagedHint("db_corrupt", named)));
    }
  }
  checks.push("permissions");
  return verificationOf(path, checks, [...findings, ...fileFindings(path)]);
}
