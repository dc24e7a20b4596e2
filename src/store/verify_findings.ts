import { plural, shellWord } from "../base/text.ts";
import type { Verification, VerifyFinding } from "./care.ts";
import type { Migration } from "./migration.ts";
import { StoreError } from "./errors.ts";
import type { RunningRow } from "./reports.ts";
import { sizeOf, spillPathOf } from "./spill.ts";

/** Findings of one check before it says only how many more there are. */
export const MOST_FINDINGS = 20;

/** A price that changes by more than this factor from one day to the next is doubted. */
export const DOUBTFUL_FACTOR = 10;

type Row = Readonly<Record<string, unknown>>;

/** Findings of one check, of its rows. @param total How many there are, beyond the rows. */
function findingsOf(
  { check, level, hint }: Omit<VerifyFinding, "message">,
  rows: readonly Row[],
  messageOf: (row: Row) => string,
  total = rows.length,
): VerifyFinding[] {
  const messages = rows.slice(0, MOST_FINDINGS).map(messageOf);
  const more = total - messages.length;
  if (messages.length > 0 && more > 0) messages.push(`… and ${more} more`);
  // In this order for `db verify --json`.
  return messages.map((message) => ({ check, level, message, hint }));
}

const REMEDY = "Ingest the day again from its source, or remove the row.";

/** Prices that no market can have had. @param total How many there are, beyond the rows. */
export function impossibleFindings(rows: readonly Row[], total = rows.length): VerifyFinding[] {
  const about = { check: "impossible_prices", level: "error", hint: REMEDY } as const;
  return findingsOf(
    about,
    rows,
    (row) =>
      `${row.ticker} ${row.date} (${row.source}) cannot be: open ${row.open}, ` +
      `high ${row.high}, low ${row.low}, close ${row.close}`,
    total,
  );
}

/** Prices below 0, of each ticker and source how many. */
export function negativeFindings(rows: readonly Row[]): VerifyFinding[] {
  const hint = "Futures can have them; of a stock they are a mistake of the source.";
  const about = { check: "negative_prices", level: "warning", hint } as const;
  return findingsOf(about, rows, ({ ticker, source, n, first, last }) => {
    const days = plural(Number(n), "day");
    return `${ticker} (${source}) has prices below 0 on ${days}, ${first} to ${last}`;
  });
}

/** Rows of `price_details` without a price. */
export function detailFindings(rows: readonly Row[]): VerifyFinding[] {
  const about = { check: "details_without_price", level: "warning", hint: REMEDY } as const;
  return findingsOf(
    about,
    rows,
    ({ ticker, date, source }) =>
      `${ticker} ${date} (${source}) has a row in price_details and no price`,
  );
}

/** Prices that change by more than {@linkcode DOUBTFUL_FACTOR} from one day to the next. */
export function jumpFindings(rows: readonly Row[]): VerifyFinding[] {
  const hint = "Look whether it is a split, or a mistake of the source.";
  const about = { check: "doubtful_jumps", level: "warning", hint } as const;
  return findingsOf(
    about,
    rows,
    (row) =>
      `${row.ticker} (${row.source}) goes from ${row.close_before} on ${row.day_before} ` +
      `to ${row.close} on ${row.date}: more than a factor of ${DOUBTFUL_FACTOR}`,
  );
}

/** A row that says that a run is at work, whose lock is free, or cannot be tried. */
export function killedFinding({ ticker, startedAt, pid, host, locked }: RunningRow): VerifyFinding {
  const what = `${ticker ?? "a job"} is marked as running since ${startedAt} by pid ${pid} on ` +
    host;
  return {
    check: "running_rows",
    level: "warning",
    message: locked === null
      ? `${what}, and whether it is cannot be told: its lock cannot be tried`
      : `${what}, but its lock is free: that run was killed`,
    hint: locked === null
      ? `Ask as the user of that run. Why: tickerlock locks status ${shellWord(ticker ?? "NAME")}`
      : `The next run of ${ticker ?? "it"} marks it as abandoned by itself.`,
  };
}

/** Migrations that are not applied: one finding, as there is one remedy. */
export function pendingFindings(pending: readonly Migration[], db: string): VerifyFinding[] {
  const [first, last] = [pending[0], pending.at(-1)]
    .map((each) => each && `${each.version} (${each.name})`);
  if (first === undefined) return [];
  const message = first === last
    ? `migration ${first} is not applied`
    : `${pending.length} migrations are not applied, ${first} to ${last}`;
  const hint = `Bring it up to date with: tickerlock db migrate --db ${db}`;
  return [{ check: "schema", level: "warning", message, hint }];
}

/** What ended a verification is a finding like any other, above all for programs that read the outcome. */
export function endedBy(
  error: unknown,
  checks: string[],
  remedy: (path: string) => string,
): VerifyFinding {
  if (!(error instanceof StoreError)) throw error;
  const { code, message, path, hint = remedy(path) } = error;
  const check = code.startsWith("db_schema_") ? "schema" : checks.at(-1) ?? "open";
  if (!checks.includes(check)) checks.push(check);
  return { check, level: "error", message, hint, code };
}

/** The outcome, with what waits in the spill file of this machine. */
export function verificationOf(
  path: string,
  checks: readonly string[],
  findings: readonly VerifyFinding[],
): Verification {
  const spill = spillPathOf(path);
  const waiting: VerifyFinding[] = sizeOf(spill) === 0 ? [] : [{
    check: "spill_file",
    level: "warning",
    message: `${spill} holds log rows that could not be written`,
    hint: "The next run that can write brings them in by itself.",
  }];
  return {
    path,
    ok: findings.every(({ level }) => level !== "error"),
    checks: [...checks, "spill_file"],
    findings: [...findings, ...waiting],
  };
}
