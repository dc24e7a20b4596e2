/**
 * Many processes that open one database at the same moment.
 *
 * @module
 */
import { projectPath } from "./program.ts";

class Opener implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(path: string, number: number, rounds: number) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--allow-read",
        "--allow-write",
        projectPath("tests/e2e/opener_main.ts"),
        path,
        String(number),
        String(rounds),
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** What it says next. */
  async says(): Promise<unknown> {
    while (!this.#text.includes("\n")) {
      const { value, done } = await this.#lines.read();
      if (done) return "it has ended";
      this.#text += value;
    }
    const [line = "", ...rest] = this.#text.split("\n");
    this.#text = rest.join("\n");
    return JSON.parse(line);
  }

  /** Lets it begin. */
  async go(): Promise<void> {
    const input = this.#child.stdin.getWriter();
    await input.write(new Uint8Array([10]));
    await input.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#lines.cancel();
    await this.#child.status;
  }
}

/**
 * Starts processes that open a database, all at the same moment, and write the same 28 keys.
 *
 * @returns How each ended: "done", or the error's code and message.
 */
export async function openAtOnce(
  path: string,
  processes: number,
  rounds: number,
): Promise<unknown[]> {
  await using stack = new AsyncDisposableStack();
  const openers = Array.from(
    { length: processes },
    (_, number) => stack.use(new Opener(path, number, rounds)),
  );
  for (const opener of openers) await opener.says();
  await Promise.all(openers.map((opener) => opener.go()));
  return await Promise.all(openers.map((opener) => opener.says()));
}
