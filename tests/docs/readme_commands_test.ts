import { assert, assertEquals } from "../assert.ts";
import { programEnvironment, projectPath } from "../e2e/program.ts";
import { startFakeYahoo } from "../fake/yahoo.ts";
import { installed, leaveOut } from "../installed.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";
import { testNeeding } from "../system.ts";

// Runs the commands of the first page, in their order, as a reader would type them: in a copy of the
// checkout without data. With TICKERLOCK_UPDATE_PAGES=1 the outputs on the pages are written anew.

const PAGES = ["README.md", "docs/README.pt-BR.md"];

/** What cannot run here, and what shows it instead. */
const NOT_RUN: readonly (readonly [line: RegExp, why: string])[] = [
  [/^curl .*\/install\.sh \| sh$/, "there is no release; tests/packaging/ runs install.sh"],
  [
    /^deno task compile$/,
    "it fetches Deno's runtime; .ci/run builds, tests/binary/ runs what it built",
  ],
  [/^deno task test( |$)/, "it is what runs this"],
];

/** Programs that a block may call. */
const PROGRAMS = ["sqlite3", "flock"];

/** One block of commands. */
interface Block {
  readonly language: string;
  readonly text: string;
  /** The output that the page shows below it, with its place in the page. */
  readonly output?: { readonly text: string; readonly from: number; readonly to: number };
}

/** The blocks of a page that are run, in order. */
function blocksOf(page: string): Block[] {
  const fences = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  return fences.flatMap((fence, i) => {
    const [, language = "", text = ""] = fence;
    if (!["sh", "python", "ts"].includes(language)) return [];
    const next = fences[i + 1];
    if (next?.[1] !== "text") return [{ language, text }];
    const from = next.index + "```text\n".length;
    const shown = next[2] ?? "";
    return [{ language, text, output: { text: shown, from, to: from + shown.length } }];
  });
}

/** Text without what differs from run to run: lengths of time, and the widths of columns that have them. */
function masked(text: string): string {
  return text.trimEnd().split("\n").map((line) =>
    line.replaceAll(/\b\d+(\.\d+)? (ms|s|min)\b/g, "TIME").replaceAll(/ +/g, " ").trimEnd()
  ).join("\n");
}

/** A copy of what the page supposes: a checkout, with a home folder and a path of its own. */
async function prepare(folder: string): Promise<Record<string, string>> {
  await Deno.mkdir(`${folder}/checkout/docs`, { recursive: true });
  for (const name of ["deno.json", "deno.lock", "mod.ts"]) {
    await Deno.copyFile(projectPath(name), `${folder}/checkout/${name}`);
  }
  for (const name of ["src", "scripts", "docs/examples"]) {
    await copyFolder(projectPath(name), `${folder}/checkout/${name}`);
  }
  await Deno.mkdir(`${folder}/bin`);
  await Deno.symlink(Deno.execPath(), `${folder}/bin/deno`);
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(stdout));
  return programEnvironment({
    HOME: `${folder}/home`,
    DENO_DIR: denoDir,
    NO_COLOR: "1",
    PATH: `${folder}/bin:${folder}/home/.local/bin:${Deno.env.get("PATH") ?? ""}`,
  });
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** The command that runs a block, or undefined where something is missing that it needs. */
async function commandOf(
  { language, text }: Block,
  checkout: string,
): Promise<string[] | undefined> {
  if (language === "python") {
    const python = "/usr/bin/python3";
    if (!await installed("pandas", [python, "-c", "import pandas"])) return undefined;
    return [python, "-c", text];
  }
  if (language === "ts") {
    const path = `${checkout}/example.ts`;
    await Deno.writeTextFile(path, text);
    return [Deno.execPath(), "run", "--no-prompt", "--allow-read", "--allow-write", path];
  }
  for (const program of PROGRAMS) {
    if (!new RegExp(`^${program} `, "m").test(text)) continue;
    if (!await installed(program)) return undefined;
  }
  const lines = text.split("\n").filter((line) => {
    const [, why] = NOT_RUN.find(([pattern]) => pattern.test(line)) ?? [];
    if (why !== undefined) leaveOut(`${line}: ${why}`);
    return why === undefined;
  });
  return ["sh", "-eu", "-c", lines.join("\n")];
}

for (const path of PAGES) {
  testNeeding(
    "shell",
    `every command of ${path} runs, in its order, and prints what it shows`,
    async () => {
      const folder = await makeTempFolder("tickerlock_readme_");
      // History up to one and the same day, so that the numbers on the page stay.
      await using yahoo = await startFakeYahoo({ now: Date.parse("2026-11-20T21:30:00Z") });
      let page = await Deno.readTextFile(projectPath(path));
      try {
        const env = await prepare(folder);
        const checkout = `${folder}/checkout`;
        const blocks = blocksOf(page);
        assert(blocks.length > 6, `${blocks.length} blocks`);
        const outputs: [Block, string][] = [];
        for (const block of blocks) {
          const [first, ...args] = await commandOf(block, checkout) ?? [];
          if (first === undefined) continue;
          const { code, stdout, stderr } = await new Deno.Command(first, {
            args,
            cwd: checkout,
            clearEnv: true,
            env: { ...env, YAHOO_BASE_URL: yahoo.url },
            stdin: "null",
          }).output();
          const decoder = new TextDecoder();
          const said = decoder.decode(stdout);
          assertEquals(code, 0, `${path}:\n${block.text}\n${said}\n${decoder.decode(stderr)}`);
          outputs.push([block, said.trimEnd().replaceAll(/ +$/gm, "") + "\n"]);
        }
        if (Deno.env.get("TICKERLOCK_UPDATE_PAGES") === "1") {
          // From the last to the first, so that the places of the others stay.
          for (const [{ output }, said] of outputs.reverse()) {
            if (output === undefined) continue;
            page = page.slice(0, output.from) + said + page.slice(output.to);
          }
          await Deno.writeTextFile(projectPath(path), page);
          return;
        }
        for (const [{ text, output }, said] of outputs) {
          // A program says in a comment what it prints.
          const [, shown = output?.text] = /^console\.log\(.*\); \/\/ (.*)$/m.exec(text) ?? [];
          if (shown !== undefined) assertEquals(masked(said), masked(shown), text);
        }
      } finally {
        await removeFolder(folder);
      }
    },
  );
}

Deno.test("the first page has the same commands in every language", async () => {
  const [english, ...others] = await Promise.all(PAGES.map(async (path) => {
    const blocks = blocksOf(await Deno.readTextFile(projectPath(path)));
    // Comments are translated, and the library is on the English page alone.
    return blocks.filter(({ language }) => language !== "ts")
      .map(({ text }) => text.replaceAll(/ +# .*$/gm, ""));
  }));
  assert(english !== undefined && english.length > 6);
  for (const other of others) assertEquals(other, english);
  const lines = english.join("").split("\n");
  for (const [pattern] of NOT_RUN) assert(lines.some((line) => pattern.test(line)), `${pattern}`);
});

Deno.test("the version of Deno that the first page names is the one that the tests run on", async () => {
  const ci = await Deno.readTextFile(projectPath(".ci/run"));
  const [, version = "?"] = /^deno_version=(\S+)$/m.exec(ci) ?? [];
  for (const path of PAGES) {
    const page = await Deno.readTextFile(projectPath(path));
    const named = [...page.matchAll(/npx --yes deno@(\S+) task/g)].map(([, each]) => each);
    assertEquals(new Set(named), new Set([version]), path);
    assert(page.split("\n").length <= 251, `${path} has more than 250 lines`);
  }
});
