/**
 * The folder in which a build works, 100 MB of it. A build that was killed leaves it behind; the next
 * one takes it away. Whether its build is running tells a lock, which the kernel frees with the process.
 * @module
 */

const PREFIX = ".build-";
const LOCK = "lock";

/** A build's folder. It is removed at the end of the block. */
export class WorkFolder implements AsyncDisposable {
  /** Its path. */
  readonly path: string;
  readonly #lock: Deno.FsFile;

  private constructor(path: string, lock: Deno.FsFile) {
    this.path = path;
    this.#lock = lock;
  }

  /** Makes one, and removes those of builds that are no more. */
  static async create(parent: string): Promise<WorkFolder> {
    await Deno.mkdir(parent, { recursive: true });
    for await (const { name, isDirectory } of Deno.readDir(parent)) {
      if (isDirectory && name.startsWith(PREFIX)) await removeDead(`${parent}/${name}`);
    }
    const path = await Deno.makeTempDir({ dir: parent, prefix: PREFIX });
    const lock = await Deno.open(`${path}/${LOCK}.new`, { createNew: true, write: true });
    await lock.lock(true);
    // Held before it has its name: another build that finds it never finds it free.
    await Deno.rename(`${path}/${LOCK}.new`, `${path}/${LOCK}`);
    return new WorkFolder(path, lock);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lock.close();
    await Deno.remove(this.path, { recursive: true });
  }
}

async function removeDead(folder: string): Promise<void> {
  try {
    {
      using lock = await Deno.open(`${folder}/${LOCK}`, { write: true });
      if (!await lock.tryLock(true)) return;
    }
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    // Just being made, or removed by its own build or by another one.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
