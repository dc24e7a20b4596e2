/** The connections that are open. @module */
import { getLogger } from "@logtape/logtape";

const log = getLogger(["tickerlock", "db"]);

/** More open connections than this are a leak, or about to be one. */
export const WARN_ABOVE = 5;

/**
 * An open connection.
 * @category Database
 */
export interface ConnectionInfo {
  /** Path of the database, as it was given. */
  readonly path: string;
  /** Whether it can only read. */
  readonly kind: "reader" | "writer";
  /** ISO 8601 in UTC. */
  readonly openedAt: string;
}

const open = new Set<ConnectionInfo>();

/**
 * The connections of this process that are open, oldest first: for tests that look for leaks, and for
 * diagnosis.
 * @category Database
 */
export function openConnections(): readonly ConnectionInfo[] {
  return [...open];
}

/**
 * Notes a connection, and warns where there are more than {@linkcode WARN_ABOVE}.
 * @returns Call it when the connection is closed.
 */
export function noteConnection(path: string, kind: ConnectionInfo["kind"]): () => void {
  const info: ConnectionInfo = { path, kind, openedAt: new Date().toISOString() };
  open.add(info);
  if (open.size > WARN_ABOVE) {
    log.warn(`${open.size} database connections are open; is one not disposed?`, {
      connections: [...open],
    });
  }
  return () => {
    open.delete(info);
  };
}
