import { UsageError } from "../../../base/errors.ts";
import { timestamp } from "../../../base/time.ts";
import { uuidV7 } from "../../../base/uuid.ts";
import { jobTarget, LockBusyError, type LockState, lockTarget } from "../../../lock/mod.ts";
import { revocationOf } from "../../revocation.ts";
import type { AdoptedFolder, HeldLock, HoldOptions, Locks, ReleasedLock } from "../../store.ts";
import { Connection, type Transaction } from "../connection/connection.ts";
import { checkSchema, migrate, pendingMigrations } from "../connection/migrate.ts";
import type { Target } from "../connection/target.ts";
import { insertEnded, revokeClaims } from "../tables/jobs.ts";
import { Leases } from "./leases.ts";
import { letGo, lockLease, states } from "./rows.ts";

const FREE = {
  state: "free",
  holder: null,
  stale: false,
  silent: false,
  clockAheadMs: 0,
  problem: null,
  hint: null,
} as const;

async function releaseLease(
  db: Transaction,
  name: string,
  force: boolean,
): Promise<ReleasedLock & { readonly owner?: string }> {
  const lease = await lockLease(db, name);
  if (lease === undefined) return { outcome: "free", holder: undefined, revokedJobs: null };
  const { owner, holder, isDead } = lease;
  if (isDead) {
    await letGo(db, [{ name, owner }]);
    return { outcome: "cleared", holder, revokedJobs: null, owner };
  }
  if (!force) throw new LockBusyError(name, holder);
  const { why, job, end } = revocationOf(name, holder, timestamp());
  const revokedJobs = !name.startsWith(".")
    ? await revokeClaims(db, "ticker", name, why)
    : lease.runId === null
    ? []
    : await revokeClaims(db, "run_id", lease.runId, why);
  await insertEnded(db, { job, sinceStartMs: 0 }, end(revokedJobs));
  await letGo(db, [{ name, owner }], true);
  return { outcome: "revoked", holder, revokedJobs, owner };
}

/** The locks of a database. */
export class PostgresLocks implements Locks {
  readonly #target: Target;
  readonly #open: { readonly main: Connection; readonly leases: Leases } | undefined;

  /** @param open Connections of a store; default some of their own, for each operation. */
  constructor(target: Target, open?: { readonly main: Connection; readonly leases: Leases }) {
    this.#target = target;
    this.#open = open;
  }

  checkFolder(): Promise<void> {
    return Promise.resolve();
  }

  async #with<T>(work: (main: Connection) => Promise<T>): Promise<T> {
    if (this.#open !== undefined) return await work(this.#open.main);
    await using main = new Connection(this.#target, { totalMs: 5000 });
    return await work(main);
  }

  list(names?: readonly string[]): Promise<readonly LockState[]> {
    return this.#with((main) =>
      main.read("look at the locks of", async (db) => {
        const pending = await pendingMigrations(db);
        // Where there are no tables, no run has been.
        return pending[0]?.version === 1 ? [] : await states(db, names);
      })
    );
  }

  async status(name: string): Promise<LockState> {
    const target = lockTarget(name).name;
    const [state] = await this.list([target]);
    return state ?? { ...FREE, name: target, path: this.#target.name };
  }

  async release(name: string, force: boolean): Promise<ReleasedLock> {
    const target = lockTarget(name).name;
    const { owner, ...released } = await this.#with((main) =>
      main.transaction("release a lock in", async (db) => {
        await checkSchema(db);
        return await releaseLease(db, target, force);
      })
    );
    if (owner !== undefined) this.#open?.leases.released([owner]);
    return released;
  }

  async holdJob(name: string, options: HoldOptions): Promise<HeldLock & AsyncDisposable> {
    const target = jobTarget(name).name;
    await using opening = new AsyncDisposableStack();
    let leases = this.#open?.leases;
    if (leases === undefined) {
      const main = opening.use(new Connection(this.#target));
      await migrate(main);
      leases = opening.use(new Leases(this.#target, main));
    }
    const { command, runId = null, wait, timeoutSeconds, signal, onWait } = options;
    const owner = uuidV7();
    const found = await leases.take([{ name: target, owner, command, runId }], {
      wait,
      timeoutSeconds,
      signal,
      onWait: (_name, holder) => onWait?.(holder),
    });
    const lease = found.get(target);
    if (lease === undefined || lease instanceof Error) throw lease;
    const closing = opening.move();
    const own = leases;
    return {
      name: target,
      action: lease.action,
      waitedSeconds: lease.waitedSeconds,
      isCurrent: () => lease.isCurrent(),
      async [Symbol.asyncDispose]() {
        await own.release([lease]);
        await closing[Symbol.asyncDispose]();
      },
    };
  }

  adopt(): Promise<AdoptedFolder> {
    const { name } = this.#target;
    throw new UsageError("no_lock_folder", `the locks of ${name} are rows of the database`, {
      hint: "There is no folder to adopt: every machine has the same locks.",
      details: { db: name },
    });
  }
}
