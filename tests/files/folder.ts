/**
 * A temporary folder that is removed at the end of the block.
 *
 * @module
 */
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

  /** Names of everything in it, sorted. */
  names(): string[] {
    return [...Deno.readDirSync(this.path)].map(({ name }) => name).sort();
  }

  /** Names of everything in it but lock files, sorted. */
  dataNames(): string[] {
    return this.names().filter((name) => !name.endsWith(".lock"));
  }

  /** Permission bits of a file in it. */
  mode(name: string): number {
    return (Deno.lstatSync(this.at(name)).mode ?? 0) & 0o777;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.path);
  }
}
