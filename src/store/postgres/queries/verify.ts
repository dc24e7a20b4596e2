import { lastPossibleDay } from "../../../base/day.ts";
import type { Verification, VerifyFinding } from "../../care.ts";
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
import type { Connection, Transaction } from "../connection/connection.ts";
import { pendingMigrations, tablesOf } from "../connection/migrate.ts";
import { MIGRATIONS } from "../migrations/mod.ts";
import { expectedOf, runningRows } from "./health.ts";

type Check = (db: Transaction) => Promise<VerifyFinding[]>;

const RESTORE = "Restore the last good dump (pg_restore), or undo what changed the schema.";

async function schema(db: Transaction): Promise<VerifyFinding[]> {
  const pending = await pendingMigrations(db);
  const found = pendingFindings(pending, JSON.stringify(db.target.name));
  const rows = await db.all(
    `SELECT c.relname AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1`,
    db.target.schema,
  );
  const there = new Set(rows.map(({ name }) => String(name)));
  for (const name of expectedOf(MIGRATIONS.length - pending.length)) {
    if (there.has(name)) continue;
    found.push({ check: "schema", level: "error", message: `${name} is missing`, hint: RESTORE });
  }
  return found;
}

async function constraints(db: Transaction): Promise<VerifyFinding[]> {
  const rows = await db.all(
    `SELECT conname AS name, conrelid::regclass::text AS table FROM pg_constraint AS c
       JOIN pg_namespace AS n ON n.oid = c.connamespace
     WHERE n.nspname = $1 AND NOT convalidated
     UNION ALL
     SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text FROM pg_index AS i
       JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND NOT i.indisvalid`,
    db.target.schema,
  );
  return rows.map(({ name, table }) => ({
    check: "constraints",
    level: "error",
    message: `${name} of ${table} is not valid`,
    hint: "Make the index anew (REINDEX), or validate the constraint.",
  }));
}

async function running(db: Transaction): Promise<VerifyFinding[]> {
  return (await runningRows(db)).filter(({ locked }) => !locked).map(killedFinding);
}

const IMPOSSIBLE = "high < low OR close = 0 OR date > $1::date";

async function impossible(db: Transaction): Promise<VerifyFinding[]> {
  const lastDay = lastPossibleDay(Date.now());
  const rows = await db.all(
    `SELECT ticker, date, source, open, high, low, close FROM prices WHERE ${IMPOSSIBLE}
     ORDER BY ticker, date, source LIMIT ${MOST_FINDINGS + 1}`,
    lastDay,
  );
  if (rows.length <= MOST_FINDINGS) return impossibleFindings(rows);
  const all = await db.get(`SELECT count(*) AS n FROM prices WHERE ${IMPOSSIBLE}`, lastDay);
  return impossibleFindings(rows, Number(all?.n));
}

async function negative(db: Transaction): Promise<VerifyFinding[]> {
  return negativeFindings(
    await db.all(
      `SELECT ticker, source, count(*) AS n, min(date) AS first, max(date) AS last FROM prices
       WHERE open < 0 OR high < 0 OR low < 0 OR close < 0 OR adj_close < 0
       GROUP BY ticker, source ORDER BY ticker, source`,
    ),
  );
}

async function jumps(db: Transaction): Promise<VerifyFinding[]> {
  return jumpFindings(
    await db.all(
      `SELECT * FROM (
         SELECT ticker, date, source, close,
           lag(close) OVER days AS close_before, lag(date) OVER days AS day_before
         FROM prices WINDOW days AS (PARTITION BY ticker, source ORDER BY date)) AS jumps
       WHERE close_before > 0
         AND (close > ${DOUBTFUL_FACTOR} * close_before OR close_before > ${DOUBTFUL_FACTOR} * close)
         AND NOT EXISTS (SELECT FROM corporate_actions AS action
           WHERE action.ticker = jumps.ticker AND action.kind = 'split'
             AND action.date > jumps.day_before AND action.date <= jumps.date)
         AND NOT EXISTS (SELECT FROM price_details AS a JOIN price_details AS b
           ON b.ticker = a.ticker AND b.source = a.source AND b.currency <> a.currency
           WHERE a.ticker = jumps.ticker AND a.source = jumps.source
             AND a.date = jumps.day_before AND b.date = jumps.date)
       ORDER BY ticker, source, date`,
    ),
  );
}

async function details(db: Transaction): Promise<VerifyFinding[]> {
  return detailFindings(
    await db.all(
      `SELECT ticker, date, source FROM price_details AS details
       WHERE NOT EXISTS (SELECT FROM prices WHERE prices.ticker = details.ticker
         AND prices.date = details.date AND prices.source = details.source)
       ORDER BY ticker, date, source`,
    ),
  );
}

const CHECKS: Readonly<Record<string, Check>> = {
  schema,
  constraints,
  running_rows: running,
  impossible_prices: impossible,
  negative_prices: negative,
  doubtful_jumps: jumps,
  details_without_price: details,
};

const QUICK = new Set(["schema", "constraints", "running_rows"]);

async function look(db: Transaction, quick: boolean, checks: string[]): Promise<VerifyFinding[]> {
  const found: VerifyFinding[] = [];
  const tables = await tablesOf(db);
  for (const [name, check] of Object.entries(CHECKS)) {
    if (quick && !QUICK.has(name)) continue;
    if (name !== "schema" && !tables.includes("prices")) continue;
    checks.push(name);
    found.push(...await check(db));
    // What is missing cannot be asked.
    if (found.some(({ level, check }) => level === "error" && check === "schema")) break;
  }
  return found;
}

/** Verifies a database as `Care.verify` says, the spill file of this machine included. */
export async function verifyDatabase(
  connection: Connection,
  quick: boolean,
): Promise<Verification> {
  const { name } = connection.target;
  const checks: string[] = [];
  let findings: readonly VerifyFinding[];
  try {
    findings = await connection.read("verify", (db) => {
      checks.length = 0;
      return look(db, quick, checks);
    });
  } catch (error) {
    findings = [endedBy(error, checks, () => RESTORE)];
  }
  return verificationOf(name, checks, findings);
}
