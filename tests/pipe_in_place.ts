/** A pipe in the place of a file, whose writer writes nothing: who reads it waits for five seconds. */
export class PipeInPlace implements AsyncDisposable {
  readonly #writer: Deno.ChildProcess;

  /** Makes it, in the place of what is there. */
  constructor(path: string) {
    const shell = (script: string) =>
      new Deno.Command("sh", { args: ["-c", script, "sh", path], stdin: "null" });
    const { success } = shell('rm -f "$1" && mkfifo "$1"').outputSync();
    if (!success) throw new Error(`no pipe could be made at ${path}`);
    this.#writer = shell('exec sleep 5 > "$1"').spawn();
  }

  /** Ends the writer; the pipe stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#writer.kill("SIGKILL");
    await this.#writer.status;
  }
}
