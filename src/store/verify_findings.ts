/**
 * What a verification finds in prices, of the rows that an engine has found.
 *
 * @module
 */
import { plural, shellWord } from "../base/text.ts";
import type { VerifyFinding } from "./care.ts";
import type { RunningRow } from "./reports.ts";

/** Findings of one check before it says only how many more there are. */
export const MOST_FINDINGS = 20;

/** A price that changes by more than this factor from one day to the next is doubted. */
export const DOUBTFUL_FACTOR = 10;

type Row = Readonly<Record<string, unknown>>;

function limited(findings: VerifyFinding[], total: number): VerifyFinding[] {
  const shown = findings.slice(0, MOST_FINDINGS);
  const first = shown[0];
  if (first === undefined || total <= shown.length) return shown;
  return [...shown, { ...first, message: `… and ${total - shown.length} more` }];
}

/** Prices that no market can have had. @param total How many there are, beyond the rows. */
export function impossibleFindings(rows: readonly Row[], total = rows.length): VerifyFinding[] {
  return limited(
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

/** Prices below 0, of each ticker and source how many. */
export function negativeFindings(rows: readonly Row[]): VerifyFinding[] {
  return limited(
    rows.map(({ ticker, source, n, first, last }) => ({
      check: "negative_prices",
      level: "warning",
      message: `${ticker} (${source}) has prices below 0 on ${
        plural(Number(n), "day")
      }, ${first} to ${last}`,
      hint: "Futures can have them; of a stock they are a mistake of the source.",
    })),
    rows.length,
  );
}

/** Rows of `price_details` without a price. */
export function detailFindings(rows: readonly Row[]): VerifyFinding[] {
  return limited(
    rows.map((row) => ({
      check: "details_without_price",
      level: "warning",
      message: `${row.ticker} ${row.date} (${row.source}) has a row in price_details and no price`,
      hint: "Ingest the day again from its source, or remove the row.",
    })),
    rows.length,
  );
}

/** Prices that change by more than {@linkcode DOUBTFUL_FACTOR} from one day to the next. */
export function jumpFindings(rows: readonly Row[]): VerifyFinding[] {
  return limited(
    rows.map((row) => ({
      check: "doubtful_jumps",
      level: "warning",
      message: `${row.ticker} (${row.source}) goes from ${row.close_before} on ${row.day_before} ` +
        `to ${row.close} on ${row.date}: more than a factor of ${DOUBTFUL_FACTOR}`,
      hint: "Look whether it is a split, or a mistake of the source.",
    })),
    rows.length,
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

/** Log rows that wait for a run that can write. */
export function spillFinding(path: string): VerifyFinding {
  return {
    check: "spill_file",
    level: "warning",
    message: `${path} holds log rows that could not be written`,
    hint: "The next run that can write brings them in by itself.",
  };
}
