/**
 * Looking a database over, without writing anything.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { DatabaseError } from "./errors.ts";
import { appliedMigrations, migrate, pendingMigrations } from "./migrate.ts";
import { MIGRATIONS } from "./migrations/mod.ts";
import { Reader } from "./reader.ts";

/** What a check found. `warning` does not make the verification fail. */
export interface Finding {
  readonly check: string;
  readonly level: "error" | "warning";
  /** What is wrong, with the values. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/** The outcome of a verification. */
export interface Verification {
  readonly path: string;
  /** No finding is an error. */
  readonly ok: boolean;
  /** Names of the checks that were made. */
  readonly checks: readonly string[];
  readonly findings: readonly Finding[];
}

/** How to verify. */
export interface VerifyOptions {
  /** SQLite's quick check, and none of the prices. Default false. */
  quick?: boolean;
  /** Whether a ticker's lock is held; without it, `running` rows are not judged. */
  isLocked?: (ticker: string) => boolean;
  /** Last day that is not in the future, `YYYY-MM-DD`. Default today, anywhere on Earth. */
  lastDay?: string;
}

/** Findings of one check before it says only how many more there are. */
const MOST_FINDINGS = 20;

/** A price that changes by more than this factor from one day to the next is doubted. */
export const DOUBTFUL_FACTOR = 10;

type Check = (db: Reader, options: VerifyOptions) => Finding[];

function limited(check: string, findings: Finding[], total: number): Finding[] {
  const shown = findings.slice(0, MOST_FINDINGS);
  const first = shown[0];
  if (first === undefined || total <= shown.length) return shown;
  return [...shown, { ...first, check, message: `… and ${total - shown.length} more` }];
}

const RESTORE = "Keep a copy of the file, then restore the last good backup.";

function integrity(db: Reader, { quick }: VerifyOptions): Finding[] {
  const pragma = quick === true ? "quick_check" : "integrity_check";
  const rows = db.all(`PRAGMA ${pragma}(100)`).map((row) => String(Object.values(row)[0]));
  const problems = rows.length === 1 && rows[0] === "ok" ? [] : rows;
  // SQLite takes what is missing of the last page for zeros.
  const { size } = Deno.statSync(db.path);
  const pageSize = Number(db.get("PRAGMA page_size")?.page_size);
  if (size % pageSize !== 0) {
    problems.push(`the file ends within a page: ${size} bytes with pages of ${pageSize}`);
  }
  return problems.map((message) => ({
    check: "integrity",
    level: "error",
    message,
    hint: RESTORE,
  }));
}

// Damage can be such that SQLite's own check, or the first look at the schema, comes to no end, or that
// what is read there makes no sense.
function damageBehind(error: unknown, path: string): Finding[] {
  if (!(error instanceof DatabaseError)) return [];
  const check = "integrity";
  if (error.code === "db_corrupt") {
    return [{ check, level: "error", message: error.message, hint: RESTORE }];
  }
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true });
    return db.prepare("PRAGMA quick_check(100)").all().map((row) => String(row.quick_check))
      .filter((message) => message !== "ok")
      .map((message) => ({ check, level: "error", message, hint: RESTORE }));
  } catch {
    return [];
  } finally {
    db?.close();
  }
}

function foreignKeys(db: Reader): Finding[] {
  return db.all("PRAGMA foreign_key_check").map((row) => ({
    check: "foreign_keys",
    level: "error",
    message: `${row.table} row ${row.rowid} names a row of ${row.parent} that is not there`,
    hint: "Restore the last good backup, or remove the row.",
  }));
}

function objectsOf(all: readonly Record<string, unknown>[]): Map<string, string> {
  return new Map(all.map(({ type, name, sql }) => [`${type} ${name}`, String(sql)]));
}

const OBJECTS = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL";

function schema(db: Reader): Finding[] {
  const found: Finding[] = [];
  const pending = pendingMigrations(db.raw, db.path);
  const hint = `Bring it up to date with: tickerlock db migrate --db ${db.path}`;
  for (const { version, name } of pending) {
    const message = `migration ${version} (${name}) is not applied`;
    found.push({ check: "schema", level: "warning", message, hint });
  }
  const expected = new DatabaseSync(":memory:");
  try {
    migrate(expected, ":memory:", appliedMigrations(db.raw).at(-1)?.version ?? 0);
    const have = objectsOf(db.all(OBJECTS));
    for (const [object, sql] of objectsOf(expected.prepare(OBJECTS).all())) {
      if (have.get(object) === sql) continue;
      found.push({
        check: "schema",
        level: "error",
        message: `${object} is ${have.has(object) ? "not as it was made" : "missing"}`,
        hint: "Restore the last good backup, or undo what changed the schema.",
      });
    }
  } finally {
    expected.close();
  }
  return found;
}

function runningRows(db: Reader, { isLocked }: VerifyOptions): Finding[] {
  if (isLocked === undefined) return [];
  // A run finishes its row before it lets go of its lock. So a row that still says so after its lock was
  // seen free is of a run that is gone; the first look alone would accuse one that has just ended.
  const stillSo = "SELECT 1 FROM ingest_logs WHERE id = ? AND status = 'running'";
  return db.all(
    "SELECT id, ticker, pid, host, started_at FROM ingest_logs WHERE status = 'running' ORDER BY id",
  ).filter(({ id, ticker }) =>
    ticker === null || (!isLocked(String(ticker)) && db.get(stillSo, Number(id)) !== undefined)
  ).map((row) => ({
    check: "running_rows",
    level: "warning",
    message: `${row.ticker ?? "a job"} is marked as running since ${row.started_at} by pid ` +
      `${row.pid} on ${row.host}, but nobody holds its lock: that run was killed`,
    hint: `The next run of ${row.ticker ?? "it"} marks it as abandoned by itself.`,
  }));
}

const IMPOSSIBLE = `
  high < low OR open < 0 OR high < 0 OR low < 0 OR close <= 0 OR adj_close < 0 OR date > ?1
  OR date(date) IS NOT date`;

function impossiblePrices(db: Reader, options: VerifyOptions): Finding[] {
  const lastDay = options.lastDay ??
    new Date(Date.now() + 14 * 3_600_000).toISOString().slice(0, 10);
  const rows = db.all(
    `SELECT ticker, date, source, open, high, low, close FROM prices WHERE ${IMPOSSIBLE}
     LIMIT ${MOST_FINDINGS + 1}`,
    lastDay,
  );
  const total = rows.length <= MOST_FINDINGS
    ? rows.length
    : Number(db.get(`SELECT count(*) AS n FROM prices WHERE ${IMPOSSIBLE}`, lastDay)?.n);
  return limited(
    "impossible_prices",
    rows.map((row) => ({
      check: "impossible_prices",
      level: "error",
      message: `${row.ticker} ${row.date} (${row.source}) cannot be: open ${row.open}, ` +
        `high ${row.high}, low ${row.low}, close ${row.close}`,
      hint: "Ingest the day again from its source, or remove the row.",
    })),
    total,
  );
}

function hasTable(db: Reader, name: string): boolean {
  return db.get("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", name) !==
    undefined;
}

function doubtfulJumps(db: Reader): Finding[] {
  // A split explains a jump; where splits are not recorded, nothing does.
  const unexplained = hasTable(db, "corporate_actions")
    ? `AND NOT EXISTS (SELECT 1 FROM corporate_actions AS action
         WHERE action.ticker = jumps.ticker AND action.kind = 'split'
           AND action.date > jumps.day_before AND action.date <= jumps.date)`
    : "";
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
  return limited(
    "doubtful_jumps",
    rows.slice(0, MOST_FINDINGS).map((row) => ({
      check: "doubtful_jumps",
      level: "warning",
      message: `${row.ticker} (${row.source}) goes from ${row.close_before} on ${row.day_before} ` +
        `to ${row.close} on ${row.date}: more than a factor of ${DOUBTFUL_FACTOR}`,
      hint: "Look whether it is a split, or a mistake of the source.",
    })),
    rows.length,
  );
}

function fileFindings(path: string): Finding[] {
  const found: Finding[] = [];
  for (const suffix of ["", "-wal", "-shm"]) {
    try {
      const { mode } = Deno.statSync(path + suffix);
      if (mode === null || (mode & 0o077) === 0) continue;
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
  try {
    const { size } = Deno.statSync(`${path}.spill.ndjson`);
    if (size > 0) {
      found.push({
        check: "spill_file",
        level: "warning",
        message: `${path}.spill.ndjson holds log rows that could not be written`,
        hint: "The next run that can write brings them in by itself.",
      });
    }
  } catch {
    // There is none: as it should be.
  }
  return found;
}

const CHECKS: Readonly<Record<string, Check>> = {
  integrity,
  foreign_keys: foreignKeys,
  schema,
  running_rows: runningRows,
  impossible_prices: impossiblePrices,
  doubtful_jumps: doubtfulJumps,
};

const QUICK = new Set(["integrity", "schema", "running_rows"]);

/**
 * Verifies a database: SQLite's own checks, the schema and its checksums, runs that were killed,
 * prices that cannot be, the file's mode, and a spill file that waits. Never writes.
 *
 * @param path The file.
 * @param options Quick or whole, and how to tell whether a lock is held.
 * @throws {DatabaseError} Where the file cannot be read as a database at all.
 */
export function verifyDatabase(path: string, options: VerifyOptions = {}): Verification {
  const findings: Finding[] = [];
  const checks: string[] = [];
  try {
    using db = Reader.open(path, { anySchema: true });
    const complete = pendingMigrations(db.raw, path).length < MIGRATIONS.length;
    for (const [name, check] of Object.entries(CHECKS)) {
      if (options.quick === true && !QUICK.has(name)) continue;
      if (!complete && name !== "integrity" && name !== "schema") continue;
      checks.push(name);
      const look = (): Finding[] => check(db, options);
      // Running rows have to be seen as they are now, not as they were when the snapshot began.
      findings.push(...(name === "running_rows" ? look() : db.snapshot(look)));
      // On a damaged file every further query is a guess.
      if (name === "integrity" && findings.length > 0) break;
    }
  } catch (error) {
    const damage = damageBehind(error, path);
    if (damage.length === 0) throw error;
    if (!checks.includes("integrity")) checks.push("integrity");
    findings.push(...damage);
  }
  checks.push("permissions", "spill_file");
  findings.push(...fileFindings(path));
  return { path, ok: findings.every(({ level }) => level !== "error"), checks, findings };
}
