/** Keeping runs away while a command changes the database as a whole. @module */
import { getLogger } from "@logtape/logtape";
import { openLocks } from "../../../store/open.ts";
import { StoreError } from "../../../store/errors.ts";
import { describeHolders } from "../../../lock/holder.ts";
import { DEFAULT_JOB_NAME, describeHolder } from "../../../lock/mod.ts";
import { literal } from "../../../base/log.ts";
import type { DbValues } from "./spec.ts";

const log = getLogger(["tickerlock", "db"]);

/** Takes the job lock. @throws {StoreError} `db_in_use`: a ticker is locked. @throws {LockError} */
export async function keepRunsAway(values: DbValues, command: string): Promise<AsyncDisposable> {
  const locks = await openLocks(values.db, values.lockDir, values.lockMode);
  const job = await locks.holdJob(DEFAULT_JOB_NAME, {
    wait: values.onLocked === "wait",
    timeoutSeconds: values.jobLockTimeout,
    command,
    // This is no run.
    onWait: (holder) =>
      log.info(literal(`waiting for the job lock, held by ${describeHolder(holder)}`), {
        job_lock: DEFAULT_JOB_NAME,
        holder: holder ?? null,
      }),
  });
  try {
    const held = (await locks.list()).filter(({ name, state }) =>
      state !== "free" && !name.startsWith(".")
    );
    if (held.length === 0) return job;
    const are = held.every(({ state }) => state === "held") ? "are" : "may be";
    const message = `runs ${are} at work on ${values.db}: ${describeHolders(held)}`;
    throw new StoreError("db_in_use", message, values.db, {
      hint: "Let them finish or stop them, then try again; nothing was changed.",
    });
  } catch (error) {
    await job[Symbol.asyncDispose]();
    throw error;
  }
}
