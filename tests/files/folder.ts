/**
 * A temporary folder that is removed at the end of the block.
 *
 * @module
 */
import { modeOf, type Need, testNeeding } from "../system.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";

/** The folder. */
export class Folder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes one. */
  static async create(): Promise<Folder> {
    return new Folder(await makeTempFolder("tickerlock_files_"));
  }

  /** A path in it. */
  at(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Writes a file by plain means. @returns Its path. */
  put(name: string, content: string | Uint8Array): string {
    const path = this.at(name);
    if (typeof content === "string") Deno.writeTextFileSync(path, content);
    else Deno.writeFileSync(path, content);
    return path;
  }

  /** The text of a file in it. */
  text(name: string): string {
    return Deno.readTextFileSync(this.at(name));
  }

  /** Names of everything in it but the record that stands beside a lock on Windows, sorted. */
  names(): string[] {
    return [...Deno.readDirSync(this.path)].map(({ name }) => name)
      .filter((name) => !name.endsWith(".lock.holder")).sort();
  }

  /** Names of everything in it but lock files, sorted. */
  dataNames(): string[] {
    return this.names().filter((name) => !/\.lock(\.holder)?$/.test(name));
  }

  /** Permission bits of a file in it, to compare with {@linkcode wantedMode}. */
  mode(name: string): number | null {
    return modeOf(this.at(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.path);
  }
}

/** Registers a test in a folder of its own. */
type Registering = (name: string, work: (folder: Folder) => void | Promise<void>) => void;

/** Where the system has what the tests need, {@linkcode test} for them. */
export function needing(needs: Need | readonly Need[]): { test: Registering } {
  return {
    test: (name, work) =>
      testNeeding(needs, name, async () => {
        await using folder = await Folder.create();
        await work(folder);
      }),
  };
}

/** A test in a folder of its own. */
export const { test } = needing([]);
