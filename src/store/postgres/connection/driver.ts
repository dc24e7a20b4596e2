/** The driver, loaded when a database on a server is opened: what of `pg` is used here. @module */
import { readFile } from "node:fs/promises";
import { StoreError } from "../../errors.ts";
import { noPassword } from "./errors.ts";
import { passwordOf } from "./password.ts";
import type { Target } from "./target.ts";

/** A value of a statement. Arrays are written as text, by {@linkcode arrayText}. */
export type SqlValue = string | number | bigint | boolean | null;

/** A row of a result. */
export type SqlRow = Record<string, unknown>;

export function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** A statement with its values. */
export interface Query {
  readonly text: string;
  readonly values?: readonly SqlValue[];
  readonly rowMode?: "array";
  readonly name?: string;
}

/** What a statement answers. */
export interface Result {
  readonly rows: unknown[];
  readonly rowCount: number | null;
}

interface Wire {
  query(text: string): void;
  sendCopyFromChunk(chunk: Uint8Array): void;
  endCopyFrom(): void;
  readonly stream: { cork(): void; uncork(): void; pause(): void; resume(): void };
}

interface Submittable {
  submit: (wire: Wire) => null;
  handleCopyInResponse: () => void;
  handleCopyData: (message: { readonly chunk: Uint8Array }, wire: Wire) => void;
}

/** The parts of a `pg` client that are used; the package has no types. */
export interface Client {
  readonly processID: number | null;
  connect(): Promise<unknown>;
  query(query: Query | string): Promise<Result>;
  query(query: Submittable): void;
  end(): Promise<void>;
  escapeLiteral(text: string): string;
  on(event: "error", listener: (error: unknown) => void): void;
  on(event: "end", listener: () => void): void;
  on(event: "notification", listener: (message: { readonly payload?: string }) => void): void;
  readonly connection: { readonly stream: { destroy(): void } };
}

interface ClientClass {
  new (config: Record<string, unknown>): Client;
  readonly Query: new (
    text: string,
    values: undefined,
    callback: (error: unknown) => void,
  ) => Submittable;
}

const [INT8, DATE, TIMESTAMPTZ] = [20, 1082, 1184];

/** `2026-11-30 14:24:43.12+00`, as the server writes it in UTC, as ISO 8601 with milliseconds. */
function isoTime(text: string): string {
  const [, date = "", time = "", fraction = ""] =
    /^(\S+) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(text) ?? [];
  return date === "" ? text : `${date}T${time}.${fraction.padEnd(3, "0").slice(0, 3)}Z`;
}

function integer(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

function parserOf(oid: number, types: { getTypeParser(oid: number): unknown }): unknown {
  if (oid === INT8) return integer;
  if (oid === DATE) return String;
  if (oid === TIMESTAMPTZ) return isoTime;
  return types.getTypeParser(oid);
}

/** Runs work that reads variables of the environment, to which the program has no right; none decides. */
async function withoutEnvironment<T>(work: () => T | Promise<T>): Promise<T> {
  const { env } = process;
  Object.defineProperty(process, "env", { value: {}, configurable: true, writable: true });
  try {
    return await work();
  } finally {
    Object.defineProperty(process, "env", { value: env, configurable: true, writable: true });
  }
}

interface Driver {
  readonly Client: ClientClass;
  readonly types: { getTypeParser(oid: number): unknown };
}

let driver: Promise<Driver> | undefined;

function load(): Promise<Driver> {
  return driver ??= withoutEnvironment(async () => {
    const { default: pg } = await import("pg");
    return pg as unknown as Driver;
  });
}

async function protection({ sslMode, sslRootCert, name }: Target): Promise<unknown> {
  if (sslMode === "disable") return false;
  const verifies = sslMode !== "require" || sslRootCert !== undefined;
  const options: Record<string, unknown> = { rejectUnauthorized: verifies };
  if (verifies && sslMode !== "verify-full") options.checkServerIdentity = () => undefined;
  if (sslRootCert === undefined) return options;
  try {
    return { ...options, ca: await readFile(sslRootCert, "utf8") };
  } catch (cause) {
    throw new StoreError(
      "db_tls_refused",
      `database ${name}: the certificates ${sslRootCert} cannot be read`,
      name,
      { hint: "Check the path in sslrootcert.", scope: "store", cause },
    );
  }
}

/** Makes a client that is not connected yet. @param limits Milliseconds. */
export async function makeClient(
  target: Target,
  { queryMs, connectMs }: { readonly queryMs: number; readonly connectMs: number },
): Promise<Client> {
  const { Client, types } = await load();
  const [password, ssl] = await Promise.all([passwordOf(target), protection(target)]);
  return await withoutEnvironment(() =>
    new Client({
      host: target.host,
      port: target.port,
      user: target.user,
      database: target.database,
      // Asked where the server wants one. Without a function the driver looks for a file of its own.
      password: () => {
        if (password === undefined) throw noPassword(target);
        return password;
      },
      ssl,
      application_name: "tickerlock",
      connectionTimeoutMillis: connectMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      pipeline: true,
      ...queryMs > 0 ? { query_timeout: queryMs } : {},
      types: { getTypeParser: (oid: number) => parserOf(oid, types) },
    })
  );
}

/** Runs a `COPY … FROM STDIN`. Its rows are sent at once: where it fails, the server passes over them. */
export function copyIn(client: Client, sql: string, text: Uint8Array): Promise<void> {
  const { Query } = client.constructor as ClientClass;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const query = new Query(sql, undefined, (error) => error === null ? resolve() : reject(error));
  query.submit = (wire) => {
    wire.stream.cork();
    wire.query(sql);
    wire.sendCopyFromChunk(text);
    wire.endCopyFrom();
    wire.stream.uncork();
    return null;
  };
  query.handleCopyInResponse = () => {};
  client.query(query);
  return promise;
}

/** Bytes of a `COPY … TO STDOUT` that are told at once, and that wait at most: then the server does. */
const [PIECE_BYTES, MOST_BYTES] = [128 * 1024, 1024 * 1024];

/** Whole lines of a `COPY … TO STDOUT`, one a row unless a value has several. */
export interface Lines {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/** The lines of a `COPY … TO STDOUT`; the connection is lost where it is not read to its end. */
export async function* copyOut(
  client: Client,
  sql: string,
  values: readonly SqlValue[],
): AsyncGenerator<Lines> {
  const text = sql.replaceAll(/\$(\d+)/g, (_place, number) => {
    const value = values[Number(number) - 1] ?? null;
    return value === null ? "NULL" : client.escapeLiteral(String(value));
  });
  const { Query } = client.constructor as ClientClass;
  let [bytes, length, rows] = [new Uint8Array(2 * PIECE_BYTES), 0, 0];
  let more = Promise.withResolvers<void>();
  let resume = (): void => {};
  let isDone = false;
  let failure: unknown = null;
  const query = new Query(text, undefined, (error) => {
    [isDone, failure] = [true, error];
    more.resolve();
  });
  query.handleCopyData = ({ chunk }, { stream }) => {
    if (length + chunk.length > bytes.length) {
      const larger = new Uint8Array(2 * (length + chunk.length));
      larger.set(bytes);
      bytes = larger;
    }
    // The driver uses the chunk's memory again.
    bytes.set(chunk, length);
    length += chunk.length;
    rows++;
    if (length < PIECE_BYTES) return;
    more.resolve();
    if (length < MOST_BYTES) return;
    resume = () => stream.resume();
    stream.pause();
  };
  client.query(query);
  try {
    do {
      await more.promise;
      const taken = { bytes: bytes.subarray(0, length), rows };
      [bytes, length, rows] = [new Uint8Array(2 * PIECE_BYTES), 0, 0];
      if (!isDone) more = Promise.withResolvers();
      resume();
      if (taken.rows > 0) yield taken;
    } while (!isDone || rows > 0);
  } finally {
    if (!isDone) {
      client.connection.stream.destroy();
      await new Promise<void>((resolve) => client.on("end", resolve));
    }
  }
  if (failure !== null) throw failure;
}

const SPECIAL = /^$|[\s"\\{},]|^null$/i;

/** Values as the text of an array. Numbers that are none are NULL, as SQLite has it. */
export function arrayText(values: Iterable<SqlValue | undefined>): string {
  let text = "{";
  for (const value of values) {
    if (text.length > 1) text += ",";
    if (value === null || value === undefined || Number.isNaN(value)) text += "NULL";
    else if (typeof value !== "string") text += String(value);
    else if (SPECIAL.test(value)) {
      text += `"${value.replaceAll("\0", "\u2400").replaceAll(/["\\]/g, "\\$&")}"`;
    } else text += value.replaceAll("\0", "\u2400");
  }
  return `${text}}`;
}
