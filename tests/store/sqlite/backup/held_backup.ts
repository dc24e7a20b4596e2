/**
 * Backups of other processes that stop in the middle.
 *
 * @module
 */
import { assertEquals, fail } from "../../../assert.ts";

/** What a process can be told. */
export interface HeldOptions {
  readonly to?: string;
  readonly keep?: number;
}

/** A process that is in the middle of a backup. Dispose it to end it. */
export class HeldBackup implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #text = "";

  private constructor(path: string, options: HeldOptions) {
    const main = new URL("held_backup_main.ts", import.meta.url).href;
    const rights = ["--no-prompt", "--allow-read", "--allow-write"];
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", ...rights, main, path, JSON.stringify(options)],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Starts a backup of a database of more than one step, and returns when the first is done. */
  static async start(path: string, options: HeldOptions = {}): Promise<HeldBackup> {
    const backup = new HeldBackup(path, options);
    assertEquals(await backup.#says(), "held");
    return backup;
  }

  async #says(): Promise<unknown> {
    while (!this.#text.includes("\n")) {
      const { value, done } = await this.#lines.read();
      if (done) fail("the backup has ended without a word");
      this.#text += value;
    }
    const [line = "", ...rest] = this.#text.split("\n");
    this.#text = rest.join("\n");
    return JSON.parse(line);
  }

  /** Lets it go on to its end. @returns What it has made, or the code of its error. */
  async finish(): Promise<unknown> {
    const input = this.#child.stdin.getWriter();
    await input.write(new Uint8Array([10]));
    const made = await this.#says();
    await this.#child.status;
    return made;
  }

  /** Ends it with SIGKILL, and returns when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#lines.cancel();
    await this.#child.stdin.close().catch(() => {});
    await this.#child.status;
  }
}
