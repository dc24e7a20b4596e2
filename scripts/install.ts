/**
 * Puts the command `tickerlock` of this checkout on the path, or takes it away: `deno task install`,
 * `deno task uninstall`.
 *
 *   install.ts [--root DIR] [--uninstall]
 *
 * `deno install` does not do here: it leaves the set of rights out of what it writes, and copies
 * `deno.json`, so that the command goes on with the old one after an upgrade of the checkout.
 * @module
 */
import { resolve } from "node:path";
import { explain } from "../src/platform/refusals.ts";
import config from "../deno.json" with { type: "json" };
import { ROOT } from "./project.ts";
import { run, script } from "./run.ts";

/** A line by which a file is known as one that this script wrote. */
const MARK = 'Written by "deno task install" of tickerlock; "deno task uninstall" removes it.';

/** What the command is made of. */
export interface Installed {
  readonly windows: boolean;
  /** Path of Deno's executable; where it is gone, the one on the path. */
  readonly deno: string;
  /** Folder of the checkout, with a slash behind it. */
  readonly root: string;
}

function quotedFor(windows: boolean, path: string): string {
  return windows ? `"${path.replaceAll("%", "%%")}"` : `'${path.replaceAll("'", "'\\''")}'`;
}

/** The text of the command: it runs the checkout with the words of the task `tickerlock`. */
export function commandFile({ windows, deno, root }: Installed): string {
  const task = /^deno (run .*) src\/main\.ts$/.exec(config.tasks.tickerlock.command)?.[1];
  if (task === undefined) throw new Error('the task tickerlock is not "deno run ... src/main.ts"');
  const words = `${task} --config`;
  const quoted = (path: string) => quotedFor(windows, path);
  if (windows) {
    return [
      "@echo off",
      `rem ${MARK}`,
      "setlocal",
      `set DENO=${quoted(deno)}`,
      "if not exist %DENO% set DENO=deno",
      `%DENO% ${words} ${quoted(`${root}deno.json`)} ${quoted(`${root}src/main.ts`)} %*`,
      "",
    ].join("\r\n");
  }
  return [
    "#!/bin/sh",
    `# ${MARK}`,
    `deno=${quoted(deno)}`,
    '[ -x "$deno" ] || deno=deno',
    `exec "$deno" ${words} ${quoted(`${root}deno.json`)} ${quoted(`${root}src/main.ts`)} "$@"`,
    "",
  ].join("\n");
}

/** The words of the command line: the folder above `bin`, and whether to take the command away. */
function parse(words: readonly string[]): {
  readonly root: string | undefined;
  readonly uninstall: boolean;
  readonly help: boolean;
} {
  let root: string | undefined;
  let uninstall = false;
  let help = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--uninstall") uninstall = true;
    else if (word === "--help" || word === "-h") help = true;
    else if (word.startsWith("--root=")) root = word.slice("--root=".length);
    else if (word === "--root") root = words[++i] ?? "";
    else throw new Error(`unknown option ${word}; there is only --root DIR`);
  }
  if (root === "") throw new Error("--root needs a folder: the command goes into its folder bin");
  return { root, uninstall, help };
}

function refused(path: string, error: unknown): Error {
  const { why, hint } = explain(error, path, "write", "name another folder with --root");
  return new Error(`${path} cannot be used: ${why}. ${hint}`);
}

/** The text of a file that this script wrote; undefined where there is none. */
async function ownFile(path: string): Promise<string | undefined> {
  const text = await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw refused(path, error);
  });
  if (text !== undefined && !text.includes(MARK)) {
    throw new Error(`${path} is another program: remove it, or name another folder with --root`);
  }
  return text;
}

async function main(): Promise<void> {
  const windows = Deno.build.os === "windows";
  const { root, uninstall, help } = parse(Deno.args);
  const say = (text: string): void => {
    // deno-lint-ignore no-console
    console.log(text);
  };
  if (help) {
    return say(
      "deno task install [--root DIR]: put the command tickerlock of this checkout into DIR/bin\n" +
        "deno task uninstall [--root DIR]: take it away. DIR is ~/.local where it is left out.",
    );
  }
  const home = Deno.env.get(windows ? "USERPROFILE" : "HOME");
  if (root === undefined && !home) {
    throw new Error("there is no home folder: name a folder with --root");
  }
  // A task works in the folder of deno.json; INIT_CWD is where it was called.
  const from = Deno.env.get("INIT_CWD") ?? Deno.cwd();
  const bin = resolve(from, root ?? `${home}/.local`, "bin");
  const suffix = windows ? ".cmd" : "";
  const path = resolve(bin, `tickerlock${suffix}`);
  const old = await ownFile(path);
  if (uninstall) {
    if (old === undefined) return say(`${path} is not there: nothing to remove`);
    if (!old.includes(quotedFor(windows, `${ROOT}src/main.ts`))) {
      throw new Error(
        `${path} runs another checkout: uninstall it there, or remove the file`,
      );
    }
    await Deno.remove(path);
    return say(`Removed ${path}. Databases, locks and the checkout stay where they are.`);
  }
  await Deno.mkdir(bin, { recursive: true }).catch((error) => {
    throw refused(bin, error);
  });
  const made = await Deno.makeTempFile({ dir: bin, prefix: ".tickerlock-", suffix });
  try {
    const command = commandFile({ windows, deno: Deno.execPath(), root: ROOT });
    await Deno.writeTextFile(made, command);
    if (!windows) await Deno.chmod(made, 0o755);
    // This also fetches the packages, which later another user may not be able to.
    const version = await run([made, "--version"]);
    await Deno.rename(made, path);
    say(`Installed ${version} as ${path}; it runs the checkout ${ROOT}`);
  } catch (error) {
    await Deno.remove(made);
    throw error;
  }
  const folders = (Deno.env.get("PATH") ?? "").split(windows ? ";" : ":");
  if (!folders.includes(bin)) say(`${bin} is not on your PATH: add it.`);
}

if (import.meta.main) await script(main);
