/**
 * The leases of a process: a connection beside that of the transactions renews them, has the advisory lock
 * that shows the process alive, and hears of releases.
 * @module
 */
import { debug } from "../../../base/debug.ts";
import { InterruptedError, messageOf } from "../../../base/errors.ts";
import { selfRecord } from "../../../lock/holder.ts";
import { type HolderRecord, LockBusyError, LockTimeoutError } from "../../../lock/mod.ts";
import type { HeldLock } from "../../store.ts";
import { Connection, type Transaction, type TransactionOptions } from "../connection/connection.ts";
import type { Client } from "../connection/driver.ts";
import { LOCK_SPACE } from "../connection/migrate.ts";
import type { Target } from "../connection/target.ts";
import { acquire, beat, GRACE_SECONDS, letGo, want, type Wanted } from "./rows.ts";

const BEAT_MS = 5000;

/** Milliseconds between two tries, at random: notifications only shorten them. */
const [POLL_FROM_MS, POLL_TO_MS] = [125, 375];

interface LeaseOptions {
  readonly wait: boolean;
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((name: string, holder: HolderRecord | undefined) => void) | undefined;
  /** Runs in the transaction in which leases of names are taken. */
  readonly taken?:
    | ((db: Transaction, names: ReadonlySet<string>, waitedMs: number | undefined) => Promise<void>)
    | undefined;
  readonly onRetry?: (() => void) | undefined;
}

/** A lease that is held. */
export class Lease implements HeldLock {
  readonly name: string;
  readonly owner: string;
  readonly action: "acquired" | "waited";
  readonly waitedSeconds: number;
  isHeld = true;

  constructor(name: string, owner: string, waitedMs: number | undefined) {
    this.name = name;
    this.owner = owner;
    this.action = waitedMs === undefined ? "acquired" : "waited";
    this.waitedSeconds = Math.round(waitedMs ?? 0) / 1000;
  }

  // Without a word of the server for longer than it lasts, it may be another's, or no one's and be
  // renewed: the server decides when it is back.
  isCurrent(): boolean {
    return this.isHeld;
  }
}

/** All leases of a store or a command, and what keeps them. */
export class Leases implements AsyncDisposable {
  readonly #main: Connection;
  readonly #side: Connection;
  readonly #held = new Map<string, Lease>();
  readonly #session = 1 + crypto.getRandomValues(new Uint32Array(1))[0]! % 0x7ffffffe;
  readonly #wakes = new Set<(name: string) => void>();
  #present: Client | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #beating: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(target: Target, main: Connection) {
    this.#main = main;
    this.#side = new Connection(
      target,
      { lockMs: 2000, totalMs: 0, queryMs: 10_000 },
      () => this.#lost(),
    );
  }

  #lost(): void {
    this.#present = undefined;
    if (!this.#isClosed && this.#held.size > 0) void this.#beat();
  }

  /** Makes the process seen: by an advisory lock of its session, unless that is a pooler's. */
  async #appear(options: TransactionOptions = {}): Promise<void> {
    await this.#side.session("connect for locks to", async (client) => {
      if (this.#present === client) return;
      if (!this.#side.isPooled) {
        // Shared with this process's connection of before: where the network was away, the server may
        // take it for alive for hours.
        await client.query({
          text: "SELECT pg_advisory_lock_shared($1, $2)",
          values: [LOCK_SPACE, this.#session],
        });
        client.on("notification", ({ payload = "" }) => this.#heard(payload));
        await client.query("LISTEN tickerlock");
      }
      this.#present = client;
    }, options);
  }

  #heard(payload: string): void {
    const [schema, name] = payload.split(" ", 2);
    if (schema !== this.#main.target.schema || name === undefined) return;
    for (const wake of this.#wakes) wake(name);
    // Taken away by force.
    if ([...this.#held.values()].some((lease) => lease.name === name)) void this.#beat();
  }

  #beat(): Promise<void> {
    return this.#beating = this.#beating.then(async () => {
      const leases = [...this.#held.values()];
      if (leases.length === 0 || this.#isClosed) return;
      try {
        await this.#appear();
        const gone = await this.#side.transaction("renew locks in", (db) => beat(db, leases));
        for (const lease of leases) {
          if (gone.has(lease.owner)) this.#forget(lease);
        }
      } catch (error) {
        debug("lock", () => [`locks could not be renewed: ${messageOf(error)}`, {}]);
      }
    });
  }

  #forget(lease: Lease): void {
    lease.isHeld = false;
    this.#held.delete(lease.owner);
    if (this.#held.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #keep(lease: Lease): Lease {
    this.#held.set(lease.owner, lease);
    this.#timer ??= setInterval(() => void this.#beat(), BEAT_MS);
    Deno.unrefTimer(Number(this.#timer));
    return lease;
  }

  released(owners: Iterable<string>): void {
    for (const owner of owners) {
      const lease = this.#held.get(owner);
      if (lease !== undefined) this.#forget(lease);
    }
  }

  /**
   * Takes leases, all that are free at once; with `wait` by name: two processes never wait for each other.
   */
  async take(
    wanted: readonly Wanted[],
    options: LeaseOptions,
  ): Promise<Map<string, Lease | Error>> {
    const { onRetry, signal } = options;
    await this.#appear({ onRetry, signal, totalMs: this.#main.totalMs });
    const found = new Map<string, Lease | Error>();
    if (!options.wait) await this.#try(wanted, options, found);
    else {
      for (const each of wanted.toSorted((a, b) => a.name < b.name ? -1 : 1)) {
        await this.#wait(each, options, found);
      }
    }
    return found;
  }

  async #once(
    wanted: readonly Wanted[],
    { taken, onRetry, signal }: LeaseOptions,
    waitedMs: number | undefined,
    found: Map<string, Lease | Error>,
  ) {
    const session = this.#side.isPooled ? null : this.#session;
    const { got, refused } = await this.#main.transaction("take locks in", async (db) => {
      const got = await acquire(db, wanted, session, selfRecord({}));
      if (got.size > 0) await taken?.(db, got, waitedMs);
      const rest = wanted.map(({ name }) => name).filter((name) => !got.has(name));
      return { got, refused: rest.length === 0 ? [] : await want(db, rest) };
    }, { onRetry, signal });
    for (const { name, owner } of wanted) {
      if (got.has(name)) found.set(name, this.#keep(new Lease(name, owner, waitedMs)));
    }
    return refused;
  }

  async #try(
    wanted: readonly Wanted[],
    options: LeaseOptions,
    found: Map<string, Lease | Error>,
  ): Promise<void> {
    // A holder that is suspected, or a row that was being written, is looked at once more.
    const until = performance.now() + GRACE_SECONDS * 1000 + 200;
    for (let left = wanted;;) {
      const refused = await this.#once(left, options, undefined, found);
      const unsure = refused.filter(({ holder, isSuspected }) =>
        isSuspected || holder === undefined
      );
      for (const { name, holder } of refused) found.set(name, new LockBusyError(name, holder));
      if (unsure.length === 0 || performance.now() > until) return;
      left = left.filter(({ name }) => unsure.some((each) => each.name === name));
      await this.#pause(left.map(({ name }) => name), until - performance.now(), options.signal);
    }
  }

  async #wait(
    wanted: Wanted,
    options: LeaseOptions,
    found: Map<string, Lease | Error>,
  ): Promise<void> {
    const { timeoutSeconds, signal, onWait } = options;
    const started = performance.now();
    const elapsed = (): number => performance.now() - started;
    for (let tries = 0;; tries++) {
      try {
        signal?.throwIfAborted();
        const waitedMs = tries === 0 ? undefined : elapsed();
        const [refused] = await this.#once([wanted], options, waitedMs, found);
        if (refused === undefined) return;
        if (tries === 0) onWait?.(wanted.name, refused.holder);
        const left = timeoutSeconds * 1000 - elapsed();
        if (left <= 0) {
          throw new LockTimeoutError(wanted.name, Math.round(elapsed()) / 1000, refused.holder);
        }
        await this.#pause([wanted.name], left, signal);
      } catch (error) {
        found.set(wanted.name, error as Error);
        return;
      }
    }
  }

  /** Waits for a release of one of the names, or a while. @throws The reason of the signal. */
  async #pause(
    names: readonly string[],
    mostMs: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (name: string): void => {
      if (names.includes(name)) resolve();
    };
    const pause = POLL_FROM_MS + Math.random() * (POLL_TO_MS - POLL_FROM_MS);
    const timer = setTimeout(resolve, Math.max(0, Math.min(mostMs, pause)));
    const stop = (): void => resolve();
    this.#wakes.add(wake);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#wakes.delete(wake);
      signal?.removeEventListener("abort", stop);
    }
    signal?.throwIfAborted();
  }

  /** Lets leases go that are still held; what fails is left to the end of the leases. */
  async release(leases: readonly Lease[]): Promise<void> {
    const held = leases.filter(({ isHeld }) => isHeld);
    if (held.length === 0) return;
    for (const lease of held) this.#forget(lease);
    try {
      await this.#main.transaction("release locks in", (db) => letGo(db, held));
    } catch (error) {
      if (error instanceof InterruptedError) throw error;
      debug("lock", () => [`locks could not be released: ${messageOf(error)}`, {}]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release([...this.#held.values()]);
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#beating;
    await this.#side[Symbol.asyncDispose]();
  }
}
