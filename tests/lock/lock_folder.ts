/**
 * A temporary folder of lock files, and ways to look at them that are not the library's own.
 *
 * @module
 */
import { type AcquireOptions, acquireTickerLock, LockBusyError } from "../../src/lock/mod.ts";
import { type HolderRecord, RECORD_SIZE } from "../../src/lock/holder.ts";
import { besidePath } from "../../src/lock/record.ts";
import { exists } from "../../src/platform/files.ts";
import { assertRejects, fail } from "../assert.ts";
import { waitFor } from "../e2e/wait_for.ts";
import { has, type Need, testNeeding } from "../system.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";

/** An exclusive kernel lock of the test itself. Dispose it to release it. */
export class TestLock implements Disposable {
  #file: Deno.FsFile | undefined;

  /** @param path The lock file; made where it is missing. Fails where another holds it. */
  constructor(path: string) {
    const file = Deno.openSync(path, { read: true, write: true, create: true });
    if (!file.tryLockSync(true)) {
      file.close();
      fail(`${path} is locked already`);
    }
    this.#file = file;
  }

  /** Releases it. Does nothing the second time. */
  release(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** Whether the lock on a file is free. Takes it for a moment. */
export function isFree(path: string): boolean {
  using file = Deno.openSync(path, { read: true });
  return file.tryLockSync(true);
}

/**
 * Waits until the lock on a file is free: the kernel may drop the lock of a process that was killed
 * a moment after its parent is told of its end.
 */
export async function untilFree(path: string): Promise<void> {
  await waitFor(`the lock on ${path} to be free`, () => isFree(path));
}

/** What the kernel says of the lock on a file: `/proc/locks`, which Deno itself must not read. */
function kernelLocks(path: string): readonly string[] {
  const { ino } = Deno.statSync(path);
  const { stdout } = new Deno.Command("cat", { args: ["/proc/locks"] }).outputSync();
  const lines = new TextDecoder().decode(stdout).split("\n");
  return lines.filter((line) => line.includes(`:${ino} `) && line.includes(" FLOCK "));
}

/**
 * How many wait in the kernel's queue for the lock on a file. The kernel hands `/proc/locks` out page by
 * page: where other processes take locks meanwhile, a wait may be seen twice or not at all. What has to
 * be exact is waited for, see {@linkcode untilQueued}.
 */
export function kernelWaiters(path: string): number {
  return kernelLocks(path).filter((line) => line.includes("->")).length;
}

/** The text of a lock's record, wherever it stands. */
export function recordOf(path: string): string {
  return Deno.readTextFileSync(recordPath(path));
}

/** The file that has the record of a lock: beside it where a locked file cannot be read. */
export function recordPath(path: string): string {
  return has("advisoryLocks") ? path : `${path}.holder`;
}

/** Waits until so many wait in the kernel's queue; at once where no system tells. */
export async function untilQueued(path: string, count = 1): Promise<void> {
  if (!has("kernelQueue")) return;
  await waitFor("the wait in the kernel", () => kernelWaiters(path) === count);
}

/** A record as another program would have left it. */
export function someRecord(over: Partial<HolderRecord> = {}): HolderRecord {
  return {
    pid: 4711,
    processStartedAt: "2024-01-02T03:00:00.000Z",
    host: "elsewhere",
    jobId: null,
    command: "a test",
    acquiredAt: "2024-01-02T03:04:05.678Z",
    heartbeatAt: "2024-01-02T03:04:05.678Z",
    ...over,
  };
}

/** The record as it stands in a file, field by field: not by the code under test. */
export function recordText(record: HolderRecord): string {
  const text = JSON.stringify({
    v: 1,
    pid: record.pid,
    process_started_at: record.processStartedAt,
    host: record.host,
    job_id: record.jobId,
    command: record.command,
    acquired_at: record.acquiredAt,
    heartbeat_at: record.heartbeatAt,
  });
  return `${text.padEnd(RECORD_SIZE - 1)}\n`;
}

/** The holder that a run is told of which does not wait for a lock that is held. */
export async function busyHolder(
  name: string,
  options: AcquireOptions,
): Promise<HolderRecord | undefined> {
  const attempt = () => acquireTickerLock(name, { ...options, wait: false });
  return (await assertRejects(attempt, LockBusyError)).holder;
}

/** What a test is given: the folder, and its paths. */
interface TestFolder {
  readonly folder: LockFolder;
  readonly lockDir: string;
  readonly path: string;
}

/** A folder that is removed at the end of the block. */
export class LockFolder implements AsyncDisposable {
  /** The folder of the temporary folder that holds the locks; missing at first. */
  readonly lockDir: string;
  /** The temporary folder. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
    this.lockDir = `${path}/locks`;
  }

  /** Makes one. */
  static async create(): Promise<LockFolder> {
    return new LockFolder(await makeTempFolder("tickerlock_lock_"));
  }

  /** Path of a lock file. */
  file(name: string): string {
    return `${this.lockDir}/${name}.lock`;
  }

  /** Takes a lock for the test, by a file of its own. */
  hold(name: string): TestLock {
    Deno.mkdirSync(this.lockDir, { recursive: true });
    return new TestLock(this.file(name));
  }

  /** Writes a lock file. @returns Its path. */
  write(name: string, content: string | Uint8Array): string {
    Deno.mkdirSync(this.lockDir, { recursive: true });
    const path = this.file(name);
    if (typeof content === "string") Deno.writeTextFileSync(path, content);
    else Deno.writeFileSync(path, content);
    return path;
  }

  /** Leaves a record as its holder would have. @returns Path of the lock file. */
  writeRecord(name: string, record: string | Uint8Array): string {
    if (has("advisoryLocks")) return this.write(name, record);
    const path = this.file(name);
    Deno.mkdirSync(this.lockDir, { recursive: true });
    // Nothing is written, and nothing cut off: it may be locked.
    Deno.writeTextFileSync(path, "", { append: true });
    const bytes = typeof record === "string" ? new TextEncoder().encode(record) : record;
    Deno.writeFileSync(recordPath(path), bytes);
    return path;
  }

  /** Has a record written so many seconds ago, as if its holder had been stopped since. */
  age(name: string, seconds: number): void {
    const written = new Date(Date.now() - seconds * 1000);
    const file = this.file(name);
    const beside = besidePath(file);
    Deno.utimeSync(exists(beside) ? beside : file, written, written);
  }

  /** Names of the lock files in the lock folder and of whatever else is there, sorted. */
  names(): string[] {
    // The record that stands beside a lock on Windows goes with it.
    return this.allNames().filter((name) => has("advisoryLocks") || !/\.lock\.holder$/.test(name));
  }

  /** Names of everything in the lock folder, sorted. */
  allNames(): string[] {
    return [...Deno.readDirSync(this.lockDir)].map(({ name }) => name).sort();
  }

  /** Whether a lock is free. */
  isFree(name: string): boolean {
    return isFree(this.file(name));
  }

  /** Waits until a lock is free; see {@linkcode untilFree}. */
  async untilFree(name: string): Promise<void> {
    await untilFree(this.file(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.path);
  }
}

/** Registers a test in a folder of its own. */
type Registering = (name: string, work: (folder: TestFolder) => void | Promise<void>) => void;

/** Where the system has what the tests need, {@linkcode test} for them. */
export function needing(needs: Need | readonly Need[]): { test: Registering } {
  return {
    test: (name, work) =>
      testNeeding(needs, name, async () => {
        await using folder = await LockFolder.create();
        const { lockDir, path } = folder;
        await work({ folder, lockDir, path });
      }),
  };
}

/** A test in a folder of its own. */
export const { test } = needing([]);
