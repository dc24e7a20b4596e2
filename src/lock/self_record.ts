/**
 * What this process writes of itself into a lock file.
 *
 * @module
 */
import { timestamp } from "../base/time.ts";
import { hostName } from "../platform/host.ts";
import type { HolderRecord } from "./record.ts";
import type { AcquireOptions } from "./target.ts";

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

/**
 * The record of a lock that this process acquires now.
 *
 * @param options What the caller says of its work.
 */
export function selfRecord(options: AcquireOptions): HolderRecord {
  const now = timestamp();
  return {
    pid: Deno.pid,
    processStartedAt: PROCESS_STARTED_AT,
    host: host ??= hostName(),
    jobId: options.jobId ?? null,
    command: options.command ?? (program ??= programName()),
    acquiredAt: now,
    heartbeatAt: now,
  };
}
