import { messageOf, TickerlockError } from "../../../base/errors.ts";
import { StoreError, type StoreErrorScope } from "../../errors.ts";
import type { Target } from "./target.ts";

/** What is told of an SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
interface Told {
  readonly code: string;
  readonly why: string;
  readonly hint: string;
  readonly scope?: StoreErrorScope;
  readonly passes?: boolean;
}

const UNREACHABLE: Told = {
  code: "db_unreachable",
  why: "the server cannot be reached",
  hint: "Check host and port, and that the server runs and lets this machine in (pg_hba.conf).",
  scope: "store",
  passes: true,
};

const OTHERS_WROTE: Told = {
  code: "db_locked",
  why: "others wrote the same rows",
  hint: "Try again.",
  passes: true,
};

// The longest state or class that fits counts.
const STATES: ReadonlyMap<string, Told> = new Map<string, Told>([
  ["08", UNREACHABLE],
  ["57P01", { ...UNREACHABLE, why: "the server ended the connection" }],
  ["57P02", { ...UNREACHABLE, why: "the server ended the connection" }],
  ["57P03", { ...UNREACHABLE, why: "the server is starting or stopping" }],
  ["57P05", { ...UNREACHABLE, why: "the server ended the idle connection" }],
  ["25P03", { ...UNREACHABLE, why: "the server ended a transaction that paused too long" }],
  ["28", {
    code: "db_login_refused",
    why: "the server refuses the login",
    hint: "Check the user in the URL, and PGPASSWORD or the line of the password file.",
    scope: "store",
  }],
  ["3D000", {
    code: "db_not_found",
    why: "the server has no such database",
    hint: "Make it with createdb, or name another one.",
    scope: "store",
  }],
  ["42501", {
    code: "db_no_right",
    why: "the user has no right to that",
    hint: "Let the owner of the schema grant it: tickerlock db migrate --print has the statements.",
    scope: "store",
  }],
  ["25006", {
    code: "db_read_only",
    why: "the server is read-only",
    hint:
      "Name the server that takes writes: a standby does not, and a full disk can have stopped it.",
    scope: "store",
  }],
  ["53100", {
    code: "db_full",
    why: "the server's disk is full",
    hint: "Free space on the server, then try again.",
    scope: "store",
  }],
  ["53300", {
    code: "db_too_many_connections",
    why: "the server has no connection left",
    hint: "Close others, raise max_connections, or use a pooler such as PgBouncer.",
    scope: "store",
    passes: true,
  }],
  ["53", {
    code: "db_failed",
    why: "the server lacks memory or another resource",
    hint: "See the server's log.",
    passes: true,
  }],
  ["55P03", {
    code: "db_locked",
    why: "another program keeps it busy",
    hint: "Find it in pg_stat_activity and pg_locks, or try again later.",
    passes: true,
  }],
  ["57014", {
    code: "db_timeout",
    why: "the server ended the statement",
    hint: "Raise statement_timeout of the role: ALTER ROLE … SET statement_timeout = 0.",
  }],
  ["40001", OTHERS_WROTE],
  // A row that was not there when it was looked for.
  ["23505", OTHERS_WROTE],
  ["40P01", OTHERS_WROTE],
  ["3F000", {
    code: "db_empty",
    why: "it has no such schema",
    hint: "Make its tables: tickerlock db migrate, as a user who may create the schema.",
  }],
  ["42P01", {
    code: "db_bad_query",
    why: "a table is not there",
    hint: "See what is wrong with the schema: tickerlock db verify.",
  }],
  ["XX001", {
    code: "db_corrupt",
    why: "the server says that data are damaged",
    hint: "See the server's log, and restore the last good dump.",
    scope: "store",
  }],
]);

const OTHER: Told = { code: "db_failed", why: "it refused", hint: "See the server's log." };

function stateOf(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as {
    readonly code?: unknown;
    readonly severity?: unknown;
  };
  return typeof code === "string" && typeof severity === "string" ? code : undefined;
}

/** Whether the connection is gone, so that what a commit came to is not known. */
export function isLost(error: unknown): boolean {
  const state = stateOf(error);
  return state === undefined
    ? !(error instanceof TickerlockError)
    : state.startsWith("08") || /^(57P0[1235]|25P03)$/.test(state);
}

function tlsHint(message: string): string {
  if (/altnames|not ?valid ?for/i.test(message)) {
    return "Name the server as its certificate does; ?sslmode=verify-ca does not compare the names.";
  }
  return message.includes("not support")
    ? "Set up TLS on the server; ?sslmode=disable does without, and protects nothing."
    : "Name the file of the server's authority: ?sslrootcert=FILE; ?sslmode=require verifies nothing.";
}

function toldOf(error: unknown): Told {
  const state = stateOf(error);
  if (state !== undefined) return STATES.get(state) ?? STATES.get(state.slice(0, 2)) ?? OTHER;
  const message = messageOf(error);
  if (/certificate|CERT|altnames|self.signed|SSL|TLS|UnknownIssuer|verif/i.test(message)) {
    return {
      code: "db_tls_refused",
      why: "the connection cannot be protected as wanted",
      hint: tlsHint(message),
      scope: "store",
    };
  }
  if (/SASL|SCRAM|password/i.test(message)) {
    return STATES.get("28") ?? OTHER;
  }
  return UNREACHABLE;
}

/** An error of the driver as one of the store. Others stay what they are. */
export function toStoreError(error: unknown, target: Target, attempted: string): unknown {
  if (error instanceof TickerlockError || !(error instanceof Error)) return error;
  const isDriver = stateOf(error) !== undefined || error.constructor === Error ||
    "code" in error || Object.hasOwn(Deno.errors, error.name) || error instanceof AggregateError;
  if (!isDriver) return error;
  const { code, why, hint, scope, passes = false } = toldOf(error);
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const state = stateOf(error);
  return new StoreError(
    code,
    `cannot ${attempted} the database ${target.name}: ${why} (${messageOf(first)})`,
    target.name,
    {
      hint,
      scope: scope ?? "row",
      retryable: passes,
      cause: error,
      ...state === undefined ? {} : { details: { sqlstate: state } },
    },
  );
}

/** The server wants a password, and there is none. */
export function noPassword({ name, user }: Target): StoreError {
  const message = `the server of ${name} wants a password of ${user}, and none is set`;
  return new StoreError("db_login_refused", message, name, {
    hint: "Set PGPASSWORD, or name a file with a line for it in PGPASSFILE, or make ~/.pgpass.",
    scope: "store",
  });
}

/** There is no table in the schema. */
export function emptyDatabase({ name, schema }: Target): StoreError {
  return new StoreError(
    "db_empty",
    `database ${name} has no tables in the schema ${schema}`,
    name,
    {
      hint: `Make them: tickerlock db migrate --db ${JSON.stringify(name)}`,
    },
  );
}

/** The schema is older than this program wants it. */
export function oldSchema({ name }: Target): StoreError {
  return new StoreError("db_schema_old", `database ${name} has an older schema`, name, {
    hint: `Bring it up to date: tickerlock db migrate --db ${JSON.stringify(name)}`,
  });
}
