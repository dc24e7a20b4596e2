/** What receivers have been told of jobs, so that each thing is told once by one process. @module */

/** A job that a receiver may have to be told of. */
export interface NoticeSubject {
  /** SHA-256, in lower-case hex, of job and receiver, on a server with the host. */
  readonly key: string;
  readonly job: string;
  readonly host: string;
}

/** The turn to tell a receiver; others leave it alone until it is ended, or for a minute. */
export interface NoticeTurn {
  readonly subject: NoticeSubject;
  readonly token: string;
  /** When the receiver was first told of the failure, ISO 8601 in UTC; null where it was not yet. */
  readonly since: string | null;
}

/** Milliseconds after which a turn that was not ended is that of a process that is gone. */
export const TURN_MS = 60_000;

/** What is stored of a subject. */
export interface StoredNotice {
  readonly since: string | null;
  readonly reasons: readonly string[];
  readonly isTaken: boolean;
}

/** Reasons of a row. */
export function reasonsIn(text: unknown): string[] {
  return JSON.parse(String(text)) as string[];
}

/** All that a receiver has been told of. @param told As for `Care.endNotice`. */
export function reasonsAfter(before: readonly string[], told: readonly string[] | null): string[] {
  return told?.length === 0 ? [] : [...new Set([...before, ...told ?? []])];
}

/** Whether there is something to tell: a failure for a new reason, or the end of one that was told. */
export function isNews(stored: StoredNotice | undefined, reasons: readonly string[]): boolean {
  if (stored?.isTaken === true) return false;
  const told = stored?.reasons ?? [];
  if (reasons.length === 0) return (stored?.since ?? null) !== null;
  return reasons.some((each) => !told.includes(each));
}
