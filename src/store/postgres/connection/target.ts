/** The URL of a database on a server: `postgres://user@host:5432/market?schema=tickerlock`. @module */
import { UsageError } from "../../../base/errors.ts";

/** How the connection is protected; the words are those of libpq. */
const SSL_MODES = ["disable", "require", "verify-ca", "verify-full"] as const;

type SslMode = (typeof SSL_MODES)[number];

/** Where a database is, and how to reach it. Holds no password. */
export interface Target {
  /** A host name, an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly schema: string;
  readonly sslMode: SslMode;
  /** File with the certificates of authorities, PEM; undefined for those of the system. */
  readonly sslRootCert: string | undefined;
  readonly name: string;
}

const EXAMPLE = "postgres://user@db.example.org/market";
const DEFAULT_SCHEMA = "tickerlock";

function bad(shown: string, problem: string, hint: string, code = "bad_value"): UsageError {
  return new UsageError(code, `database ${shown}: ${problem}`, { hint, details: { db: shown } });
}

/** Whether a connection to it does not leave the machine. */
export function isLocal(host: string): boolean {
  return host.startsWith("/") || host === "localhost" || host === "::1" ||
    /^127\.\d+\.\d+\.\d+$/.test(host);
}

function parsed(db: string): [url: URL, user: string, database: string] {
  try {
    const url = new URL(db.replace(/^(\w+:\/\/[^/?#]*@)(?=[:/])/, "$1localhost"));
    return [url, decodeURIComponent(url.username), decodeURIComponent(url.pathname.slice(1))];
  } catch {
    // Not the text itself: it can hold a password.
    throw bad("postgres://…", "the URL cannot be read", `Write it as ${EXAMPLE}.`);
  }
}

/** Reads a URL. @throws {UsageError} `bad_value`; `password_in_url`: every user sees command lines. */
export function parseTarget(db: string): Target {
  const [url, user, database] = parsed(db);
  const secrets = [...url.searchParams.keys()].filter((name) => /passw/i.test(name));
  const hadPassword = url.password !== "" || secrets.length > 0;
  url.password = "";
  for (const name of secrets) url.searchParams.delete(name);
  const shown = url.href;
  const fail = (problem: string, hint: string): UsageError => bad(shown, problem, hint);
  if (hadPassword) {
    throw bad(
      shown,
      "a password does not belong into the URL, which lists of processes and logs show",
      "Leave it out and set PGPASSWORD, or name a file of the format of ~/.pgpass in PGPASSFILE.",
      "password_in_url",
    );
  }
  const given = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (!["schema", "sslmode", "sslrootcert", "host"].includes(name) || given.has(name)) {
      const known = "schema, sslmode, sslrootcert, host";
      throw fail(`${name} is not understood, or is there twice`, `Known are: ${known}.`);
    }
    given.set(name, value);
  }
  if (user === "") throw fail("it names no user", `Write it as ${EXAMPLE}.`);
  if (database === "") throw fail("it names no database", `Write it as ${EXAMPLE}.`);
  const host = given.get("host") ?? url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (host === "") throw fail("it names no host", `Write it as ${EXAMPLE}.`);
  const schema = given.get("schema") ?? DEFAULT_SCHEMA;
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema) || schema.startsWith("pg_")) {
    const hint = "Letters a to z, digits and _, for example ?schema=tickerlock.";
    throw fail(`schema ${JSON.stringify(schema)} is not a name`, hint);
  }
  const mode = given.get("sslmode") ?? (isLocal(host) ? "disable" : "verify-full");
  const sslMode = SSL_MODES.find((each) => each === mode);
  if (sslMode === undefined) {
    throw fail(
      `sslmode ${JSON.stringify(mode)} is not known`,
      `Known are: ${SSL_MODES.join(", ")}.`,
    );
  }
  return {
    host,
    port: url.port === "" ? 5432 : Number(url.port),
    user,
    database,
    schema,
    sslMode,
    sslRootCert: given.get("sslrootcert"),
    name: shown,
  };
}
