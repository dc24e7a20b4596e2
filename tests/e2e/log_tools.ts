/**
 * For tests of `tickerlock logs` and `tickerlock stats`.
 *
 * @module
 */
import { makeLogged } from "../store/sqlite/logged.ts";
import { Workspace } from "./workspace.ts";

/** The newest rows of {@linkcode loggedSpace} began then. */
export const NEWEST = "2026-11-05T12:34:56.000Z";

/** A workspace whose log has one row of nearly every kind, and texts of every kind. */
export async function loggedSpace(): Promise<Workspace> {
  const space = await Workspace.create();
  const startedAt = "2026-11-01T10:00:00.000Z";
  await makeLogged(space.db, [
    { startedAt, rowsFetched: 10, rowsInserted: 10, windowFrom: null, windowTo: "2026-11-01" },
    { startedAt, ticker: "VALE3.SA", status: "skipped" },
    {
      startedAt,
      ticker: null,
      status: "failed",
      errorCode: "file_not_found",
      errorMessage:
        "東京証券取引所.csv\nis \x1b[31mnot\x1b[0m there, and that is a long story to tell",
    },
    { startedAt, source: "yahoo", status: "lock_busy", lockAction: "busy" },
    { startedAt, source: "yahoo", status: "running" },
    {
      startedAt: NEWEST,
      source: "yahoo",
      lockAction: "waited",
      lockWaitedSeconds: 3.2,
      rejects: 25,
      attempts: 2,
      requests: 3,
    },
  ]);
  return space;
}
