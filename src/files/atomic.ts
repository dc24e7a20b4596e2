/**
 * Writing files so that no reader sees half of one: the content goes into a hidden file of the same folder,
 * which is synced, and renamed when it is whole. Only a lock's file at a forced release is replaced in
 * another way (`lock/release.ts`); what is changed where it is, as a log, is opened by
 * `platform/in_place.ts`.
 * @module
 */
import { hasFileModes, removeQuietly, sameFile } from "../platform/files.ts";
import {
  heirOf,
  keepOwner,
  keptMode,
  NEW_FILE_MODE,
  type Owner,
  refuseAsRoot,
} from "../platform/owners.ts";
import { joinPath, splitPath } from "../platform/paths.ts";
import { fs, type OpenFile } from "./file_system.ts";

interface AtomicOptions {
  /** Permission bits. Default those of the file that is replaced, or 0600. */
  readonly mode?: number | undefined;
  /** Never replaces a file: where there is one, `AlreadyExists` is thrown. Default false. */
  readonly exclusive?: boolean;
  /** Path of the hidden file, in the same folder. Default one with a random name. */
  readonly temporary?: string;
}

/** What a file gets: all of it, or a function that writes it in pieces. */
type Content = Uint8Array | ((write: (bytes: Uint8Array) => Promise<void>) => Promise<void>);

interface Replacement extends Pick<AtomicOptions, "mode"> {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const PERMISSIONS = 0o777;

const RANDOM_BYTES = 4;

/** A name for a temporary file that will become `name`: `.prices.json.9f86d081.tmp`. */
export function temporaryName(name: string): string {
  const random = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES));
  return `.${name}.${random.toHex()}.tmp`;
}

/** Whether a name is a temporary one of `name`: `.a.b.9f86d081.tmp` belongs to `a.b`, not to `a`. */
export function isTemporaryNameOf(name: string, candidate: string): boolean {
  if (!candidate.startsWith(`.${name}.`)) return false;
  return /^[0-9a-f]{8}\.tmp$/.test(candidate.slice(name.length + 2));
}

/** Writes all of the bytes, however few a single write takes. */
export async function writeAll(file: OpenFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const written = await fs.write(file, bytes.subarray(done));
    if (written <= 0) throw new Error("a write took no bytes");
    done += written;
  }
}

interface Wanted {
  readonly mode: number;
  readonly exclusive: boolean | undefined;
  /** Of the file that is replaced, or of what root makes in another user's folder. */
  readonly owner: Owner | undefined;
}

/** A file under a hidden name: write, finish, place. Disposing of it before leaves all as it was. */
export class PendingFile implements AsyncDisposable {
  /** The path that the file will have. */
  readonly path: string;
  readonly temporary: string;
  readonly #file: OpenFile;
  readonly #wanted: Wanted;
  #made: Deno.FileInfo | undefined;
  #open = true;
  #placed = false;

  private constructor(path: string, temporary: string, file: OpenFile, wanted: Wanted) {
    this.path = path;
    this.temporary = temporary;
    this.#file = file;
    this.#wanted = wanted;
  }

  /** Creates the hidden file; as root, not where others could put another in its place. */
  static async create(path: string, options: AtomicOptions = {}): Promise<PendingFile> {
    const { folder, name } = splitPath(path);
    const temporary = options.temporary ?? joinPath(folder, temporaryName(name));
    const found = fs.look(path);
    // A link has a mode too, which says nothing.
    const old = found?.isFile ? found : undefined;
    const mode = (options.mode ?? old?.mode ?? NEW_FILE_MODE) & PERMISSIONS;
    const file = await fs.open(temporary, {
      write: true,
      createNew: true,
      // It may be given another owner: until then it is for this user alone.
      mode: old === undefined ? mode | NEW_FILE_MODE : NEW_FILE_MODE,
    });
    let kept = false;
    try {
      const made = await file.stat();
      refuseAsRoot(path, made, old);
      const owner = old ?? (hasFileModes() ? heirOf(made, Deno.statSync(folder)) : undefined);
      kept = true;
      return new PendingFile(path, temporary, file, { mode, owner, exclusive: options.exclusive });
    } finally {
      if (!kept) {
        file.close();
        removeQuietly(temporary);
      }
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    return writeAll(this.#file, bytes);
  }

  /** Gives the file its owner and mode, and syncs it, unless it need not outlast a power cut. */
  async finish(lasts = true): Promise<void> {
    const made = this.#made = await this.#file.stat();
    if (hasFileModes()) {
      const { owner, mode } = this.#wanted;
      const isKept = owner === undefined ||
        keepOwner(made, owner, (each) => fs.chown(this.temporary, made, each));
      const wanted = keptMode(mode, isKept);
      if (((made.mode ?? wanted) & PERMISSIONS) !== wanted) {
        fs.chmod(this.temporary, made, wanted);
      }
    }
    if (lasts) await fs.sync(this.#file);
    this.#close();
  }

  /** Gives the file its name, in place of the old one. The folder is still to be synced. */
  async place(): Promise<void> {
    const found = fs.look(this.temporary);
    if (found === undefined || this.#made === undefined || !sameFile(found, this.#made)) {
      throw new Error(`${this.temporary} was replaced while it was written`);
    }
    if (this.#wanted.exclusive) {
      await fs.link(this.temporary, this.path);
      return;
    }
    await fs.rename(this.temporary, this.path);
    this.#placed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    if (this.#placed) return;
    this.#placed = true;
    try {
      await fs.remove(this.temporary);
    } catch {
      // The next write removes it.
    }
  }

  #close(): void {
    if (this.#open) this.#file.close();
    this.#open = false;
  }
}

/**
 * Replaces a file, a link not followed, or makes it; the content outlasts a power cut then.
 * @throws What the file system or the function threw; the old content stays, unless syncing the folder failed.
 */
export async function replaceFile(
  path: string,
  content: Content,
  options: AtomicOptions = {},
): Promise<void> {
  {
    await using file = await PendingFile.create(path, options);
    if (typeof content === "function") await content((bytes) => file.write(bytes));
    else await file.write(content);
    await file.finish();
    await file.place();
  }
  await fs.syncFolder(splitPath(path).folder);
}

/** Removes what killed writers of some files have left, as far as that is possible. */
export async function removeLeftOvers(folder: string, files: readonly string[]): Promise<void> {
  try {
    for (const candidate of fs.names(folder)) {
      if (files.some((name) => isTemporaryNameOf(name, candidate))) {
        await fs.remove(joinPath(folder, candidate));
      }
    }
  } catch {
    // What is to be written matters more.
  }
}

/**
 * Replaces files of one folder, in order, under their lock, and removes what killed writers have left. What
 * takes room or time comes before the first rename, so that a full disk changes nothing.
 * @param beforeRenames Called when all is ready; what it throws ends it, with nothing changed.
 * @throws What the file system threw. Files before a failed rename are new, and all where syncing failed.
 */
export async function replaceFiles(
  folder: string,
  files: readonly Replacement[],
  beforeRenames: () => void,
): Promise<void> {
  await removeLeftOvers(folder, files.map(({ name }) => name));
  {
    await using pending = new AsyncDisposableStack();
    const ready: PendingFile[] = [];
    for (const { name, bytes, mode } of files) {
      const file = await PendingFile.create(joinPath(folder, name), { mode });
      ready.push(pending.use(file));
      await file.write(bytes);
      await file.finish();
    }
    beforeRenames();
    for (const file of ready) await file.place();
  }
  await fs.syncFolder(folder);
}
