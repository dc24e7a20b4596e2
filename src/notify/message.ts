/** What a receiver is told: the JSON of a webhook, and the text for people. @module */
import { clipped, oneLine } from "../base/text.ts";
import { timestamp } from "../base/time.ts";
import { VERSION } from "../base/version.ts";
import { hostName } from "../platform/host.ts";

const MOST_ERRORS = 20;
const MOST_OF_ERROR = 300;
/** Characters of the text for people: an ntfy server turns what is longer into a file. */
const MOST_OF_TEXT = 3000;
/** Characters of a job where it is shown: a pattern may stand for very many files. */
const MOST_OF_JOB = 500;
const MOST_REASONS = 50;

/** One thing that failed. */
export interface ToldError {
  readonly ticker: string | null;
  readonly code: string;
  readonly message: string;
}

/** How a job ended. */
export interface Verdict {
  /** `silent`: nothing failed, but what should be there is not. */
  readonly state: "ok" | "failed" | "silent";
  /** `ingest`, `db backup`, `collect NAME`. */
  readonly command: string;
  /** What tells the job from others: its whole command line without secrets, or a name. */
  readonly job: string;
  readonly db: string;
  readonly exitCode: number;
  readonly runId: string | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly errors: readonly ToldError[];
}

/** What is told: that it fails, that nothing comes, or that either is over. */
export type NoticeEvent = "failed" | "silent" | "recovered";

/** A message. */
export interface Message {
  readonly event: NoticeEvent;
  /** When the receiver was first told of it; null where this is the first time. ISO 8601 in UTC. */
  readonly since: string | null;
  readonly verdict: Verdict;
}

/** What is told once: the same failure again is the same reasons. Empty where all is well. */
export function reasonsOf({ state, exitCode, errors }: Verdict): string[] {
  if (state === "ok") return [];
  const how = state === "silent" ? state : String(exitCode);
  const codes = errors.length === 0 ? [""] : errors.map(({ code }) => code);
  return [...new Set(codes.map((code) => `${how}:${code}`))].sort().slice(0, MOST_REASONS);
}

/** A job as it is shown. */
export function shownJob(job: string): string {
  return clipped(job, MOST_OF_JOB);
}

/** The body of a webhook. Its fields are a contract, see docs/notify.md. */
export function webhookJson({ event, since, verdict }: Message): Record<string, unknown> {
  const { command, job, db, exitCode, runId, counts, errors } = verdict;
  return {
    schema: 1,
    event,
    command,
    job: shownJob(job),
    db,
    host: hostName(),
    version: VERSION,
    at: timestamp(),
    since,
    exit_code: exitCode,
    run_id: runId,
    counts,
    errors: errors.slice(0, MOST_ERRORS).map(({ ticker, code, message }) => ({
      ticker,
      code,
      message: clipped(oneLine(message), MOST_OF_ERROR),
    })),
    errors_left_out: Math.max(0, errors.length - MOST_ERRORS),
  };
}

/** One line in ASCII, as a header can have it. */
export function titleOf({ event, verdict }: Message): string {
  const said = { failed: "failed", silent: "data are missing", recovered: "works again" };
  return `tickerlock ${verdict.command}: ${said[event]}`;
}

/** The text for people. */
export function textOf({ since, verdict }: Message): string {
  const { job, db, counts, errors } = verdict;
  const counted = Object.entries(counts).map(([what, n]) => `${n} ${what.replaceAll("_", " ")}`);
  const lines = [
    ...counted.length === 0 ? [] : [counted.join(", ")],
    ...errors.slice(0, MOST_ERRORS).map(({ ticker, code, message }) => {
      // Messages of some sources begin with it.
      const named = ticker === null || message.startsWith(`${ticker}: `) ? "" : `${ticker}: `;
      return `${named}${clipped(oneLine(message), MOST_OF_ERROR)} (${code})`;
    }),
    ...errors.length > MOST_ERRORS ? [`and ${errors.length - MOST_ERRORS} more`] : [],
    ...since === null ? [] : [`first told ${since}`],
    `${shownJob(job)} on ${hostName()}, database ${db}`,
  ];
  return clipped(lines.join("\n"), MOST_OF_TEXT);
}
