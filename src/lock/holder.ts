/**
 * The holder's record in a lock file, for people. It is a hint: the kernel's lock decides, and a record that
 * cannot be read is "unknown holder", never an error.
 * @module
 */
import { visibleLines } from "../base/text.ts";
import { timestamp } from "../base/time.ts";
import { hostName } from "../platform/host.ts";

/** Size of a record in bytes. Overwriting in place costs ext4 a 250th of truncating and writing. */
export const RECORD_SIZE = 512;

/**
 * Who holds a lock. Times are ISO 8601 in UTC with milliseconds.
 * @category Locks
 */
export interface HolderRecord {
  /** The holder's process, on {@linkcode HolderRecord.host}. */
  readonly pid: number;
  /** When the process started: tells a reused pid from the holder's. */
  readonly processStartedAt: string;
  /** Name of the machine. */
  readonly host: string;
  /** The job's UUID, as in `ingest_logs.job_id`; null where the lock is used as a library. */
  readonly jobId: string | null;
  /** What the holder runs, for people. */
  readonly command: string;
  /** When the lock was obtained. */
  readonly acquiredAt: string;
  /** Rewritten every few seconds while the holder runs and is not stopped. */
  readonly heartbeatAt: string;
}

const PROCESS_STARTED_AT = new Date(performance.timeOrigin).toISOString();

let host: string | undefined;
let program: string | undefined;

function programName(): string {
  try {
    const { pathname } = new URL(Deno.mainModule);
    return decodeURIComponent(pathname.slice(pathname.lastIndexOf("/") + 1)) || "library";
  } catch {
    return "library";
  }
}

/** The record of a lock that this process acquires now. */
export function selfRecord(
  work: { readonly command?: string; readonly jobId?: string | undefined },
): HolderRecord {
  const now = timestamp();
  return {
    pid: Deno.pid,
    processStartedAt: PROCESS_STARTED_AT,
    host: host ??= hostName(),
    jobId: work.jobId ?? null,
    command: work.command ?? (program ??= programName()),
    acquiredAt: now,
    heartbeatAt: now,
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The block that names no holder: what is left when a lock is released. Do not write into it. */
export const BLANK_RECORD: Uint8Array<ArrayBuffer> = encoder.encode(
  `${" ".repeat(RECORD_SIZE - 1)}\n`,
);

// Making a block takes as long as filling it.
const block = new Uint8Array(RECORD_SIZE);

/** Encodes a record as padded JSON, cut where it is too long, into a block that the next call uses again. */
export function encodeRecord(record: HolderRecord): Uint8Array {
  for (const keep of [RECORD_SIZE, 160, 80, 40, 20, 10, 5, 2, 1, 0]) {
    const line = JSON.stringify({
      v: 1,
      pid: record.pid,
      process_started_at: record.processStartedAt,
      host: record.host.slice(0, keep),
      job_id: keep > 0 ? record.jobId : null,
      command: record.command.slice(0, keep),
      acquired_at: record.acquiredAt,
      heartbeat_at: record.heartbeatAt,
    });
    block.set(BLANK_RECORD);
    if (encoder.encodeInto(line, block.subarray(0, -1)).read === line.length) return block;
  }
  return BLANK_RECORD;
}

// Any process that can write the file can put there what a terminal would obey.
function text(value: unknown): string | undefined {
  return typeof value === "string" ? visibleLines(value).replace(/[\n\t]/g, "\ufffd") : undefined;
}

/** Decodes what a lock file holds; undefined where it is no record. */
export function decodeRecord(block: Uint8Array): HolderRecord | undefined {
  const line = decoder.decode(block).trim();
  if (!line.startsWith("{")) return undefined;
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { pid } = fields;
  const acquiredAt = text(fields.acquired_at);
  if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (acquiredAt === undefined) return undefined;
  return {
    pid,
    processStartedAt: text(fields.process_started_at) ?? "",
    host: text(fields.host) ?? "",
    jobId: text(fields.job_id) ?? null,
    command: text(fields.command) ?? "",
    acquiredAt,
    heartbeatAt: text(fields.heartbeat_at) ?? acquiredAt,
  };
}

/**
 * One phrase for messages: `pid 4711 (tickerlock ingest) on web1 since 2026-11-01T03:00:00.000Z`.
 * @category Locks
 */
export function describeHolder(holder: HolderRecord | undefined): string {
  if (holder === undefined) return "an unknown holder";
  const command = holder.command === "" ? "" : ` (${holder.command})`;
  const host = holder.host === "" ? "" : ` on ${holder.host}`;
  return `pid ${holder.pid}${command}${host} since ${holder.acquiredAt}`;
}

/** Who holds each of some locks, of many the first, and why that of one cannot be told. */
export function describeHolders(
  held: readonly {
    readonly name: string;
    readonly holder: HolderRecord | null;
    readonly problem: string | null;
  }[],
): string {
  return held.slice(0, 5).map(({ name, holder, problem }) =>
    problem === null
      ? `${name} by ${describeHolder(holder ?? undefined)}`
      : `${name}, which cannot be tried: ${problem}`
  ).join("; ");
}
