/**
 * Runs the commands of a page in their order, and compares what they print with what the page shows.
 *
 * Blocks in `sh`, `python` and `ts` are run; a block in `text` that follows one is its output; one in
 * `csv` is a file, `prices.csv`. With `TICKERLOCK_UPDATE_PAGES=1` the outputs are written anew instead.
 *
 * @module
 */
import { assert, assertEquals } from "../assert.ts";
import { programCommand, programEnvironment, SAMPLE } from "../e2e/program.ts";
import { installed, leaveOut } from "../installed.ts";
import { textOf } from "../pages.ts";
import { copyFolder, denoFolder, projectPath } from "../paths.ts";

/** A line of a page that cannot run in a test, and what shows it instead. */
export type NotRun = readonly [line: RegExp, why: string];

/** What a page supposes. */
export interface Place {
  /** Working folder. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly notRun: readonly NotRun[];
}

/** One block of a page. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** The output that the page shows below it, with its place in the page. */
  readonly output?: { readonly text: string; readonly from: number; readonly to: number };
}

/** Programs that a page may call beside this one. */
const PROGRAMS = ["sqlite3", "flock"];

/** The blocks of a page that are run or written, in order. */
export function blocksOf(page: string): Block[] {
  const fences = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  return fences.flatMap((fence, i) => {
    const [, language = "", text = ""] = fence;
    if (!["sh", "python", "ts", "csv"].includes(language)) return [];
    const next = fences[i + 1];
    if (next?.[1] !== "text" || language === "csv") return [{ language, text }];
    const from = next.index + "```text\n".length;
    const shown = next[2] ?? "";
    return [{ language, text, output: { text: shown, from, to: from + shown.length } }];
  });
}

/** Text without what differs from run to run: times, ids, ports, and so the widths of columns. */
function masked(text: string): string {
  return text.trimEnd().split("\n").map((line) =>
    line.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "MOMENT")
      .replaceAll(/\b\d+(\.\d+)? (ms|s|min|h)\b/g, "TIME")
      .replaceAll(/\b[0-9a-f]{8}\b/g, "ID")
      .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
      .replaceAll(/\bfresh\b|\b\d+ days? behind\b/g, "FRESHNESS")
      .replaceAll(/ +/g, " ").trimEnd()
  ).join("\n");
}

/** The command that runs a block, or undefined where something is missing that it needs. */
async function commandOf(
  { language, text }: Block,
  { folder, notRun }: Place,
): Promise<readonly string[] | undefined> {
  if (language === "python") {
    const python = "/usr/bin/python3";
    if (!await installed("pandas", [python, "-c", "import pandas"])) return undefined;
    return [python, "-c", text];
  }
  if (language === "ts") {
    await Deno.writeTextFile(`${folder}/example.ts`, text);
    const rights = ["--no-prompt", "--allow-read", "--allow-write"];
    return [Deno.execPath(), "run", ...rights, `${folder}/example.ts`];
  }
  for (const program of PROGRAMS) {
    if (!new RegExp(`^${program} `, "m").test(text)) continue;
    if (!await installed(program)) return undefined;
  }
  const lines = text.split("\n").filter((line) => {
    const [, why] = notRun.find(([pattern]) => pattern.test(line)) ?? [];
    if (why !== undefined) leaveOut(`${line}: ${why}`);
    return why === undefined;
  });
  return ["sh", "-eu", "-c", lines.join("\n")];
}

/** Runs a block and answers with its standard output. Fails where the block does. */
async function run(block: Block, command: readonly string[], place: Place): Promise<string> {
  const [first = "", ...args] = command;
  const { code, stdout, stderr } = await new Deno.Command(first, {
    args,
    cwd: place.folder,
    clearEnv: true,
    env: place.env,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const said = decoder.decode(stdout);
  assertEquals(code, 0, `${block.text}\n${said}\n${decoder.decode(stderr)}`);
  return said.trimEnd().replaceAll(/ +$/gm, "") + "\n";
}

/**
 * Makes a folder what the pages for users suppose: with the sample, and `tickerlock` in the PATH.
 *
 * @returns The environment.
 */
export async function prepareFolder(folder: string): Promise<Record<string, string>> {
  await Deno.mkdir(`${folder}/docs/examples`, { recursive: true });
  await Deno.copyFile(SAMPLE, `${folder}/docs/examples/cotahist-sample.txt`);
  const words = programCommand().map((word) => `'${word}'`).join(" ");
  await Deno.mkdir(`${folder}/bin`);
  await Deno.writeTextFile(`${folder}/bin/tickerlock`, `#!/bin/sh\nexec ${words} "$@"\n`, {
    mode: 0o755,
  });
  return programEnvironment({ PATH: `${folder}/bin:${Deno.env.get("PATH") ?? ""}` });
}

/**
 * Makes a folder what the first page supposes: with a `checkout` without data, a home folder and a path of
 * its own.
 *
 * @returns The environment.
 */
export async function copyCheckout(folder: string): Promise<Record<string, string>> {
  await Deno.mkdir(`${folder}/checkout/docs`, { recursive: true });
  for (const name of ["deno.json", "deno.lock", "mod.ts"]) {
    await Deno.copyFile(projectPath(name), `${folder}/checkout/${name}`);
  }
  for (const name of ["src", "scripts", "docs/examples"]) {
    await copyFolder(projectPath(name), `${folder}/checkout/${name}`);
  }
  await Deno.mkdir(`${folder}/bin`);
  await Deno.symlink(Deno.execPath(), `${folder}/bin/deno`);
  return programEnvironment({
    HOME: `${folder}/home`,
    DENO_DIR: await denoFolder(),
    NO_COLOR: "1",
    PATH: `${folder}/bin:${folder}/home/.local/bin:${Deno.env.get("PATH") ?? ""}`,
  });
}

/**
 * Runs a page.
 *
 * @param path Its path in the project.
 * @param place Where, and how.
 */
export async function runPage(path: string, place: Place): Promise<void> {
  let page = textOf(path);
  const blocks = blocksOf(page);
  assert(blocks.length > 3, `${blocks.length} blocks`);
  for (const [pattern] of place.notRun) {
    const has = blocks.some(({ text }) => text.split("\n").some((line) => pattern.test(line)));
    assert(has, `no line of ${path} is ${pattern}`);
  }
  const outputs: [Block, string][] = [];
  for (const block of blocks) {
    if (block.language === "csv") {
      await Deno.writeTextFile(`${place.folder}/prices.csv`, block.text);
      continue;
    }
    const command = await commandOf(block, place);
    if (command !== undefined) outputs.push([block, await run(block, command, place)]);
  }
  if (Deno.env.get("TICKERLOCK_UPDATE_PAGES") === "1") {
    // From the last to the first, so that the places of the others stay.
    for (const [{ output }, said] of outputs.reverse()) {
      if (output !== undefined) page = page.slice(0, output.from) + said + page.slice(output.to);
    }
    return await Deno.writeTextFile(projectPath(path), page);
  }
  for (const [{ text, output }, said] of outputs) {
    // A program says in a comment what it prints.
    const [, shown = output?.text] = /^console\.log\(.*\); \/\/ (.*)$/m.exec(text) ?? [];
    if (shown !== undefined) assertEquals(masked(said), masked(shown), `${path}:\n${text}`);
  }
}
