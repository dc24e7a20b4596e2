/** The server of a database: version, protection, clock, rights, room. @module */
import { lengthOf, plural, shellWord } from "../base/text.ts";
import { describeHolder } from "../lock/mod.ts";
import type { ServerHealth } from "../store/reports.ts";
import type { Locks } from "../store/store.ts";
import { failed, type Finding, ok, wrong } from "./finding.ts";

const CHECK = "server";
/** The oldest version that has all that is used. */
const OLDEST_MAJOR = 13;
/** Clocks that differ by more show times of other machines wrong. */
const CLOCK_MS = 5000;
/** A statement of a large export or of `gaps` takes longer. */
const SHORT_TIMEOUT_MS = 60_000;
/** Connections of a collector and of two runs. */
const FEW_CONNECTIONS = 8;

/** What a server says of itself and of the connection. */
export function checkServer(server: ServerHealth | null): Finding[] {
  if (server === null) return [];
  const { version, major, encrypted, pooled, aheadMs, notWritable } = server;
  const protection = encrypted ? "protected by TLS" : "not protected";
  const way = pooled ? "through a pooler" : "direct";
  const found = [ok(CHECK, `PostgreSQL ${version}, ${protection}, ${way}`)];
  const add = (...args: Parameters<typeof wrong>): number => found.push(wrong(...args));
  if (major < OLDEST_MAJOR) {
    const message = `PostgreSQL ${version} is older than ${OLDEST_MAJOR}`;
    add("server_old", message, "Upgrade the server.");
  }
  if (server.remote && !encrypted) {
    const message = "passwords and data go over the network unprotected";
    add("server_unprotected", message, "Set up TLS on the server, and leave sslmode out.");
  }
  if (pooled) {
    const message = "a pooler is between: a run that is killed is noticed after 60 seconds";
    found.push(ok(CHECK, `${message}, and a release within 375 ms`));
  }
  if (Math.abs(aheadMs) > CLOCK_MS) {
    const where = `${lengthOf(Math.abs(aheadMs))} ${aheadMs > 0 ? "ahead of" : "behind"}`;
    const hint =
      "Set both clocks (timedatectl). Locks go by the server's alone; days by this machine's.";
    add("server_clock_other", `the server's clock is ${where} this machine's`, hint);
  }
  if (server.readOnly) {
    const hint = "Name the one that does: a standby does not.";
    add("server_read_only", "the server takes no writes", hint);
  } else if (notWritable.length > 0) {
    const hint =
      "Let the owner of the schema grant it: tickerlock db migrate --print has the statements.";
    add("server_no_right", `the user may not write ${notWritable.join(", ")}: no run can`, hint);
  } else {
    const migrates = server.canMigrate ? ", and migrate" : "; another one migrates";
    found.push(ok(CHECK, `the user may write every table${migrates}`));
  }
  if (server.statementTimeoutMs > 0 && server.statementTimeoutMs < SHORT_TIMEOUT_MS) {
    const message = `statements of the role end after ${lengthOf(server.statementTimeoutMs)}`;
    const hint = "Raise it for exports and gaps: ALTER ROLE … SET statement_timeout = 0.";
    add("server_short_timeout", message, hint);
  }
  if (server.freeConnections < FEW_CONNECTIONS) {
    const message = `the server has ${plural(server.freeConnections, "free connection")}`;
    const hint = "A run takes 2, a collector up to 6: raise max_connections, or use a pooler.";
    add("server_few_connections", message, hint);
  }
  return found;
}

/** Locks that are rows: how many are held, and those whose holder gives no sign of life. */
export async function checkServerLocks(from: Pick<Locks, "list">): Promise<Finding[]> {
  try {
    const held = (await from.list()).filter(({ state }) => state === "held");
    const silent = held.filter((each) => each.silent);
    if (silent.length === 0) return [ok("locks", `${plural(held.length, "lock")} held`)];
    return silent.map(({ name, holder }) => {
      const release = `tickerlock locks release ${shellWord(name)} --force`;
      const who = describeHolder(holder ?? undefined);
      const hint = `It is free 60 seconds after its last one; at once: ${release}`;
      return wrong("lock_silent", `${name} is held by ${who}, which gives no sign of life`, hint);
    });
  } catch (reason) {
    return [failed("locks_unreadable", reason)];
  }
}
