import {
  acquireJobLock,
  type HolderRecord,
  inspectLock,
  listLocks,
  type LockMode,
  type LockState,
  lockTarget,
  releaseLock,
} from "../../lock/mod.ts";
import { endStopped } from "../../platform/services.ts";
import { StoreError } from "../errors.ts";
import type { AdoptedFolder, HeldLock, HoldOptions, Locks, ReleasedLock } from "../store.ts";

/** Refuses a folder that is not the database's; what cannot be read in its place is not judged. */
async function checkFolder(path: string, lockDir: string): Promise<void> {
  const { TraceFreeReader } = await import("./connection/trace_free_read.ts");
  const { OwnLockFolder } = await import("./tables/lock_folders.ts");
  try {
    using db = TraceFreeReader.open(path, { anySchema: true, mostCopyBytes: 0 });
    new OwnLockFolder(lockDir).check(db);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}

/** A folder of locks, and for whom it is. */
export interface LockPlace {
  readonly lockDir: string;
  readonly lockMode?: LockMode | undefined;
}

/** The locks of a folder, for the runs on one database. Opens the database to revoke a claim only. */
export class FileLocks implements Locks {
  readonly #db: string;
  readonly #place: LockPlace;
  readonly #check: () => void | Promise<void>;

  /** @param check Refuses the folder, by a connection that is open. Default by one of its own. */
  constructor(db: string, place: LockPlace, check?: () => void) {
    this.#db = db;
    this.#place = place;
    this.#check = check ?? (() => checkFolder(db, place.lockDir));
  }

  async checkFolder(): Promise<void> {
    await this.#check();
  }

  list(): Promise<readonly LockState[]> {
    return Promise.try(() => listLocks({ lockDir: this.#place.lockDir }));
  }

  status(name: string): Promise<LockState> {
    return Promise.try(() => inspectLock(name, { lockDir: this.#place.lockDir }));
  }

  async release(name: string, force: boolean): Promise<ReleasedLock> {
    let revokedJobs: readonly string[] | null = null;
    const target = lockTarget(name).name;
    const released = await releaseLock(target, {
      lockDir: this.#place.lockDir,
      force,
      revoke: async (holder) => {
        revokedJobs = await this.#revoke(target, holder);
      },
    });
    return { ...released, revokedJobs };
  }

  async #revoke(name: string, holder: HolderRecord | undefined): Promise<readonly string[] | null> {
    const { revokeClaimsBehind } = await import("./revoke.ts");
    const jobs = await revokeClaimsBehind(this.#db, name, holder);
    // A holder that names no job is no run that could have a claim.
    if (jobs !== null || !holder?.jobId) return jobs;
    const message =
      `there is no database ${this.#db}, so the claim of the run that holds ${name} ` +
      "cannot be revoked: the lock stays with it";
    const end = endStopped(inspectLock(name, { lockDir: this.#place.lockDir }).path);
    throw new StoreError("db_not_found", message, this.#db, {
      hint: `Name the database of that run with --db. Where it has none, ${end}.`,
      details: { lock: name, holder },
    });
  }

  async holdJob(name: string, options: HoldOptions): Promise<HeldLock & AsyncDisposable> {
    const { runId, ...rest } = options;
    await this.#check();
    const guard = await acquireJobLock(name, {
      ...rest,
      ...this.#place,
      // A command that is no run has no claim to revoke.
      jobId: runId,
      // Each run is a task of its own, also where one process has several.
      task: {},
    });
    return {
      name: guard.name,
      action: guard.action,
      waitedSeconds: guard.waitedSeconds,
      isCurrent: () => guard.isCurrent(),
      [Symbol.asyncDispose]: () => Promise.try(() => guard.release()),
    };
  }

  async adopt(): Promise<AdoptedFolder> {
    const { adoptLockFolder } = await import("./adopt.ts");
    return await adoptLockFolder(this.#db, this.#place.lockDir);
  }
}
