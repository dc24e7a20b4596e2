/**
 * Who may hold a database that stays busy.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { whoHasOpen } from "../../../platform/services.ts";
import { DatabaseError } from "../../errors.ts";
import { isBusy } from "./errors.ts";

/** Runs that are named before the text becomes too long for a person. */
const MOST_NAMED = 5;

function runningRows(db: DatabaseSync): Record<string, unknown>[] {
  try {
    return db.prepare(
      `SELECT ticker, pid, host, started_at FROM ingest_logs
       WHERE status = 'running' AND pid <> ? ORDER BY id DESC LIMIT ${MOST_NAMED}`,
    ).all(Deno.pid);
  } catch {
    // There is no log yet, or whoever holds the file lets nobody read either.
    return [];
  }
}

/**
 * Adds to the error of a database that stayed busy who may hold it: the runs that say that they are
 * at work. Every other error comes back as it is.
 *
 * @param db The connection that met it.
 */
export function withHolders(error: unknown, db: DatabaseSync): unknown {
  if (!(error instanceof DatabaseError) || !isBusy(error)) return error;
  const running = runningRows(db);
  const who = running.map(({ ticker, pid, host, started_at }) =>
    `pid ${pid} on ${host} (${ticker ?? "no ticker"}, since ${started_at})`
  );
  const hint = who.length === 0
    ? "No run of tickerlock is at work: look for another program that has the file open " +
      `(${whoHasOpen(error.path)}), then try again.`
    : `It may be held by ${who.join("; ")}. Let that finish, then try again.`;
  return new DatabaseError(error.code, error.message, error.path, {
    hint,
    retryable: true,
    scope: error.scope,
    cause: error.cause,
    details: { ...error.details, running },
  });
}
