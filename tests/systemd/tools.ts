/**
 * systemd's own tools, which work without a running systemd.
 *
 * @module
 */
import type { UnitOptions } from "../../src/systemd/units.ts";
import { assertEquals } from "../assert.ts";
import { installed } from "../installed.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";

/** What a test of units starts from. The program is one that is there, as systemd asks. */
export const OPTIONS: UnitOptions = {
  kind: "ingest",
  name: "tickerlock",
  scope: "system",
  user: null,
  onCalendar: "Mon..Fri 18:30",
  exec: "/usr/bin/env",
  source: "yahoo",
  network: true,
  tickers: [],
  tickersFile: null,
  config: null,
  datasets: false,
  lists: true,
  extra: [],
  memoryMax: "1G",
  timeLimit: "1h",
  timeLimitMs: 3_600_000,
  restarts: 4,
  onFailure: null,
};

/** Whether systemd is installed; under `CI` it has to be. */
export function hasSystemd(): Promise<boolean> {
  return installed("systemd", ["systemd-analyze", "--version"]);
}

/** A folder that is removed at the end of the block, and that every user can read. */
export async function openFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await makeTempFolder("tickerlock_units_");
  await Deno.chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => removeFolder(path) };
}

/** What a command says. */
export interface Said {
  readonly code: number;
  readonly text: string;
}

/** Runs a command to its end; both outputs as one text. */
export async function say(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const [first = "", ...args] = command;
  const { code, stdout, stderr } = await new Deno.Command(first, { args, env, stdin: "null" })
    .output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** `systemd-analyze`; a user's manager wants a folder for its sockets, if only to look. */
export async function analyze(folder: string, args: readonly string[]): Promise<Said> {
  const runtime = `${folder}/runtime`;
  await Deno.mkdir(runtime, { recursive: true, mode: 0o700 });
  return await say(["systemd-analyze", ...args], { XDG_RUNTIME_DIR: runtime });
}

/**
 * The command lines of services as systemd itself has read them, in its own quoting: the manager of a
 * user, asked only to load.
 *
 * @param folder Folder of the unit files.
 * @param unit The service.
 */
export async function loadedCommand(folder: string, unit: string): Promise<string> {
  const runtime = await makeTempFolder("tickerlock_runtime_");
  try {
    // The manager refuses to be looked at as root.
    const asRoot = Deno.uid() === 0;
    if (asRoot) await Deno.chown(runtime, 65534, 65534);
    const { text } = await say([
      ...asRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [],
      "/lib/systemd/systemd",
      "--user",
      "--test",
      `--unit=${unit}`,
    ], {
      XDG_RUNTIME_DIR: runtime,
      HOME: runtime,
      SYSTEMD_UNIT_PATH: `${folder}:/usr/lib/systemd/user`,
      LC_ALL: "C.UTF-8",
    });
    const [, about = ""] = text.split(`-> Unit ${unit}:`);
    const line = /ExecStart:\s+Command Line: (.*)/.exec(about)?.[1];
    assertEquals(typeof line, "string", text.slice(-2000));
    return line ?? "";
  } finally {
    await removeFolder(runtime);
  }
}
