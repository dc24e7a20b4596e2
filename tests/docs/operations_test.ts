import { assert, assertEquals } from "../assert.ts";
import { BY_PATH, CODES } from "../cli/refused_paths.ts";
import { projectPath } from "../e2e/program.ts";
import { cellsBelow } from "../pages.ts";
import { installed } from "../installed.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";
import { prepareFolder } from "./page_commands.ts";
import { testNeeding } from "../system.ts";

const PAGE = Deno.readTextFileSync(projectPath("docs/operations.md"));

/** The blocks of the page in one language, in order, with the line that each begins on. */
function blocks(language: string): { line: number; text: string }[] {
  const found: { line: number; text: string }[] = [];
  for (const match of PAGE.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)) {
    const [, name, text = ""] = match;
    const line = PAGE.slice(0, match.index).split("\n").length + 1;
    if (name === language) found.push({ line, text });
  }
  return found;
}

testNeeding("utilLinux", "every command of docs/operations.md runs, in its order", async () => {
  for (const tool of ["sqlite3", "flock", "fuser", "sha256sum"]) {
    // Without the tools that the page names there is nothing to try it with.
    if (!(await installed(tool, ["sh", "-c", 'command -v "$0"', tool]))) return;
  }
  const folder = await makeTempFolder("tickerlock_docs_");
  try {
    const env = await prepareFolder(folder);
    const commands = blocks("sh");
    assert(commands.length > 20);
    for (const { line, text } of commands) {
      const { code, stdout, stderr } = await new Deno.Command("sh", {
        args: ["-eu", "-c", text],
        cwd: folder,
        clearEnv: true,
        env,
        stdin: "null",
      }).output();
      const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      assertEquals(code, 0, `docs/operations.md, line ${line}:\n${text}\n${said}`);
      // A run that fails on the way does not show in the code of a block that goes on.
      assert(!/internal_error|"level":"ERROR"(?!.*lock)|Traceback|not found$/m.test(said), said);
    }
  } finally {
    await removeFolder(folder);
  }
});

Deno.test("the program of docs/operations.md runs", async () => {
  assertEquals(blocks("ts").length, 1);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--no-prompt",
      "--no-check",
      "--doc",
      "--allow-read",
      "--allow-write",
      "docs/operations.md",
    ],
    cwd: projectPath("."),
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert(success && /1 passed/.test(said), said);
});

/** All files below a folder. */
function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`) : [`${folder}/${name}`]
  );
}

Deno.test("docs/operations.md names every code that the database layer throws", async () => {
  const codes = new Set<string>(["claim_lost"]);
  for (const path of filesBelow(projectPath("src/store"))) {
    const text = await Deno.readTextFile(path);
    const [, ...thrown] = text.split(/new (?:Database|Store)Error\(|\bcode:/);
    for (const each of thrown) {
      const [, code] = /^\s*"([a-z_]+)"/.exec(each) ?? [];
      if (code !== undefined) codes.add(code);
    }
  }
  assert(codes.size > 25, `${codes.size} codes`);
  assertEquals([...codes].filter((code) => !PAGE.includes(`\`${code}\``)), []);
});

Deno.test("docs/operations.md has the codes of refused paths as they are tried", () => {
  const rows = cellsBelow(PAGE, "## Paths that cannot be used");
  const told = rows.flatMap(([roles = "", codes = ""]) =>
    roles.split(", ").map((role) => [role, codes.replaceAll("`", "").split(", ").sort()])
  );
  for (const [role, codes] of Object.entries(CODES)) {
    const tried = [...BY_PATH, "EACCES" as const].map((fault) => codes[fault] ?? "").filter(
      Boolean,
    );
    const [, listed] = told.find(([each]) => each === role) ?? [];
    assertEquals(listed, [...new Set(tried)].sort(), role);
  }
});

Deno.test("docs/operations.md names every subcommand of db", () => {
  for (const name of ["migrate", "verify", "backup", "restore", "info"]) {
    assert(PAGE.includes(`tickerlock db ${name}`), name);
  }
});
