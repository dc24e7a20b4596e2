/** Fake services as processes of their own. @module */
import { projectPath } from "../e2e/program.ts";

/** A running fake. Dispose it with `await using`. */
export interface Served extends AsyncDisposable {
  readonly url: string;
}

/**
 * Starts a fake as a process.
 * @param script Prints its address, and ends when its standard input does; from the project's root.
 * @param options What it is given, as JSON.
 */
export async function serve(
  script: string,
  options: Readonly<Record<string, unknown>>,
): Promise<Served> {
  const rights = ["--no-prompt", "--allow-net=127.0.0.1"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...rights, projectPath(script), JSON.stringify(options)],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  if (!value.startsWith("http")) throw new Error("the fake service did not start");
  return {
    url: value.trim(),
    [Symbol.asyncDispose]: async () => {
      await child.stdin.close();
      await reader.cancel();
      await child.status;
    },
  };
}
