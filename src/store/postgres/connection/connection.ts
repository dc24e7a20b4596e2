/**
 * One connection to a server: transactions one at a time, tried again where that can help. Behind a pooler
 * each sets what its statements need.
 * @module
 */
import { debug, msSince } from "../../../base/debug.ts";
import { Fifo } from "../../../base/fifo.ts";
import { sleep } from "../../../base/sleep.ts";
import { StoreError } from "../../errors.ts";
import {
  type Client,
  copyIn,
  copyOut,
  type Lines,
  makeClient,
  type Query,
  type Result,
  type SqlRow,
  type SqlValue,
} from "./driver.ts";
import { isLost, toStoreError } from "./errors.ts";
import type { Target } from "./target.ts";

/** Patience with a server that is busy or away. */
export interface Patience {
  /** Milliseconds that a statement waits for a lock of the server. Default 5,000. */
  readonly lockMs?: number | undefined;
  /** Milliseconds in all, from the first try. Default 30,000. */
  readonly totalMs?: number | undefined;
  /** Milliseconds after which a statement without an answer fails; 0 for never. Default 0. */
  readonly queryMs?: number | undefined;
  /** Milliseconds until a host that does not answer is given up. Default 10,000. */
  readonly connectMs?: number | undefined;
}

/** The statements of a transaction. Several may be begun before the first is awaited. */
export interface Transaction {
  readonly target: Target;
  all(sql: string, ...values: readonly SqlValue[]): Promise<SqlRow[]>;
  get(sql: string, ...values: readonly SqlValue[]): Promise<SqlRow | undefined>;
  /** @returns How many rows were changed. Without values the text may have several statements. */
  run(sql: string, ...values: readonly SqlValue[]): Promise<number>;
  arrays(sql: string, ...values: readonly SqlValue[]): Promise<unknown[][]>;
  copy(sql: string, text: Uint8Array): Promise<void>;
  lines(sql: string, ...values: readonly SqlValue[]): AsyncIterable<Lines>;
}

/** How a transaction runs. */
export interface TransactionOptions {
  /** Default `write`. `snapshot` reads, and sees one state. */
  readonly mode?: "write" | "snapshot" | "rehearse";
  readonly onRetry?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly totalMs?: number | undefined;
}

const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [100, 2000];

const FATE_MS = 10_000;

/** Names of the statements that a session has seen before: the server parses and plans them no more. */
class Names {
  readonly #seen = new Map<string, string>();

  of(text: string): { readonly name?: string } {
    const name = this.#seen.get(text);
    if (name !== undefined) return { name };
    this.#seen.set(text, `s${this.#seen.size}`);
    return {};
  }
}

class Statements implements Transaction {
  readonly target: Target;
  readonly #client: Client;
  readonly #names: Names | undefined;

  constructor(target: Target, client: Client, names: Names | undefined) {
    this.target = target;
    this.#client = client;
    this.#names = names;
  }

  // Of several statements that were begun one can fail while another is awaited.
  #query<T>(query: Query | string, of: (result: Result) => T): Promise<T> {
    const answer = this.#client.query(query).then(of);
    answer.catch(() => {});
    return answer;
  }

  all(text: string, ...values: readonly SqlValue[]): Promise<SqlRow[]> {
    const query = { text, values, ...this.#names?.of(text) };
    return this.#query(query, ({ rows }) => rows as SqlRow[]);
  }

  get(text: string, ...values: readonly SqlValue[]): Promise<SqlRow | undefined> {
    const query = { text, values, ...this.#names?.of(text) };
    return this.#query(query, ({ rows }) => rows[0] as SqlRow | undefined);
  }

  run(text: string, ...values: readonly SqlValue[]): Promise<number> {
    const query = values.length === 0 ? text : { text, values };
    return this.#query(query, ({ rowCount }) => rowCount ?? 0);
  }

  arrays(text: string, ...values: readonly SqlValue[]): Promise<unknown[][]> {
    return this.#query({ text, values, rowMode: "array" }, ({ rows }) => rows as unknown[][]);
  }

  copy(sql: string, text: Uint8Array): Promise<void> {
    const done = copyIn(this.#client, sql, text);
    done.catch(() => {});
    return done;
  }

  lines(sql: string, ...values: readonly SqlValue[]): AsyncIterable<Lines> {
    return copyOut(this.#client, sql, values);
  }
}

/** A connection that is made when it is needed, and made anew where it was lost. */
export class Connection implements AsyncDisposable {
  readonly target: Target;
  readonly #patience: Required<{ [Key in keyof Patience]: number }>;
  readonly #turns = new Fifo(1);
  readonly #onLost: () => void;
  #client: Client | undefined;
  /** Undefined behind a pooler, where the next transaction is another session's. */
  #names: Names | undefined;
  #isClosed = false;
  #isPooled = false;

  constructor(
    target: Target,
    { lockMs = 5000, totalMs = 30_000, queryMs = 0, connectMs = 10_000 }: Patience = {},
    onLost: () => void = () => {},
  ) {
    this.target = target;
    this.#onLost = onLost;
    this.#patience = { lockMs, totalMs, queryMs, connectMs };
  }

  /** What statements need. @param how Of the session, or `LOCAL` to a transaction. */
  #settings(how: "SESSION" | "LOCAL"): string {
    const settings = {
      search_path: `"${this.target.schema}", pg_temp`,
      timezone: "'UTC'",
      datestyle: "'ISO, YMD'",
      extra_float_digits: "1",
      client_min_messages: "'warning'",
      lock_timeout: String(Math.max(50, this.#patience.lockMs)),
      idle_in_transaction_session_timeout: "60000",
    };
    return Object.entries(settings).map(([name, value]) => `SET ${how} ${name} TO ${value}`)
      .join("; ");
  }

  #begin(mode: TransactionOptions["mode"]): string {
    const begin = mode === "snapshot"
      ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
      : "BEGIN ISOLATION LEVEL READ COMMITTED";
    const patient = "SET LOCAL idle_in_transaction_session_timeout TO 0";
    return [
      begin,
      ...this.#isPooled ? [this.#settings("LOCAL")] : [],
      ...mode === "snapshot" ? [patient] : [],
    ].join("; ");
  }

  /** Whether a pooler is between, which hands out a process id of its own and keeps no settings. */
  async #settle(client: Client): Promise<void> {
    const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
    this.#isPooled = (rows[0] as { pid: number }).pid !== client.processID;
    if (!this.#isPooled) await client.query(this.#settings("SESSION"));
  }

  get isPooled(): boolean {
    return this.#isPooled;
  }

  async #connected(): Promise<Client> {
    if (this.#client !== undefined) return this.#client;
    const started = performance.now();
    const client = await makeClient(this.target, this.#patience);
    client.on("error", () => this.#drop(client));
    client.on("end", () => this.#drop(client));
    try {
      await client.connect();
      await this.#settle(client);
    } catch (error) {
      client.connection.stream.destroy();
      throw error;
    }
    this.#client = client;
    this.#names = this.#isPooled ? undefined : new Names();
    debug("db", () => {
      const ms = msSince(started);
      return [`database ${this.target.name}: connected after ${ms} ms`, { ms }];
    });
    return client;
  }

  get totalMs(): number {
    return this.#patience.totalMs;
  }

  #drop(client: Client): void {
    client.connection.stream.destroy();
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#onLost();
  }

  /**
   * Whether a transaction of a connection that was lost in its commit has been committed. It may still go
   * on; where the server does not say, nothing may be tried again.
   */
  async #isCommitted(xid: string): Promise<boolean> {
    const end = performance.now() + FATE_MS;
    for (;;) {
      let cause: unknown;
      try {
        const client = await this.#connected();
        const text = "SELECT txid_status($1::bigint) AS fate";
        const { rows } = await client.query({ text, values: [xid] });
        const { fate } = rows[0] as { fate: string | null };
        if (fate !== "in progress") return fate === "committed";
      } catch (error) {
        if (this.#client !== undefined) this.#drop(this.#client);
        cause = error;
      }
      if (performance.now() > end) {
        const { name } = this.target;
        const message =
          `the server of ${name} was lost in a commit, and does not say what came of it`;
        throw new StoreError("db_unreachable", message, name, {
          hint: "See what the log has of the run: tickerlock logs",
          scope: "store",
          cause,
        });
      }
      await sleep(50);
    }
  }

  async #attempt<T>(
    work: (statements: Transaction) => Promise<T>,
    mode: TransactionOptions["mode"],
  ): Promise<T> {
    const client = await this.#connected();
    try {
      const begun = client.query(this.#begin(mode));
      begun.catch(() => {});
      const id = mode === undefined || mode === "write"
        ? client.query("SELECT txid_current()::text AS xid")
        : undefined;
      id?.catch(() => {});
      const done = await work(new Statements(this.target, client, this.#names));
      await begun;
      const xid = (await id)?.rows[0] as { xid: string } | undefined;
      if (mode === "snapshot" && !this.#isPooled) {
        // Of a read there is nothing to learn, and the next transaction comes behind it. A pooler would
        // hand the connection to another client in between.
        client.query("COMMIT").catch(() => this.#drop(client));
        return done;
      }
      try {
        await client.query(mode === "rehearse" ? "ROLLBACK" : "COMMIT");
      } catch (error) {
        if (xid === undefined || !isLost(error)) throw error;
        this.#drop(client);
        if (!await this.#isCommitted(xid.xid)) throw error;
      }
      return done;
    } catch (error) {
      if (this.#client === client) {
        if (isLost(error)) this.#drop(client);
        else await client.query("ROLLBACK").catch(() => this.#drop(client));
      }
      throw error;
    }
  }

  async #again<T>(
    attempted: string,
    once: () => Promise<T>,
    { onRetry, signal, totalMs = this.#patience.totalMs }: TransactionOptions,
  ): Promise<T> {
    const end = performance.now() + totalMs;
    for (let pause = FIRST_PAUSE_MS;; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
      try {
        using _turn = await this.#turns.take();
        if (this.#isClosed) throw new Error("the connection is closed");
        return await once();
      } catch (cause) {
        const error = toStoreError(cause, this.target, attempted);
        const left = end - performance.now();
        if (!(error instanceof StoreError && error.retryable) || left <= 0) throw error;
        signal?.throwIfAborted();
        onRetry?.();
        debug("db", () => [`${error.message}: again`, { left_ms: Math.round(left) }]);
        await sleep(Math.min(left, pause * (1 - Math.random() / 2)), signal);
      }
    }
  }

  /** Runs a transaction, again where it failed for a reason that can pass; `work` may run several times. */
  transaction<T>(
    attempted: string,
    work: (statements: Transaction) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    return this.#again(attempted, () => this.#attempt(work, options.mode), options);
  }

  async free(): Promise<void> {
    using _turn = await this.#turns.take();
  }

  read<T>(attempted: string, work: (statements: Transaction) => Promise<T>): Promise<T> {
    return this.transaction(attempted, work, { mode: "snapshot" });
  }

  /** The client itself, for what is of a session: presence and notifications. */
  session<T>(
    attempted: string,
    work: (client: Client) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    return this.#again(attempted, async () => {
      const client = await this.#connected();
      try {
        return await work(client);
      } catch (error) {
        if (isLost(error)) this.#drop(client);
        throw error;
      }
    }, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    using _turn = await this.#turns.take();
    const client = this.#client;
    this.#isClosed = true;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }
}
