import { assert, assertEquals } from "../assert.ts";
import { duckdb } from "../duckdb/ask.ts";
import { installed, leaveOut, succeeds } from "../installed.ts";
import { textOf } from "../pages.ts";
import { makeTempFolder, projectPath, removeFolder } from "../paths.ts";
import { testNeeding } from "../system.ts";
import { prepareFolder } from "./page_commands.ts";

const PAGE = "docs/notebook.md";

/** Another one, with polars and the like, can be named to try what Debian's Python cannot. */
const PYTHON = Deno.env.get("TICKERLOCK_TEST_PYTHON") ?? "/usr/bin/python3";

/** Modules that a block of Python needs. */
function modulesOf(code: string): string[] {
  const [, named = ""] = /^import (.*)$/m.exec(code) ?? [];
  return [...named.split(", "), ...code.includes("pandas.read_parquet") ? ["pyarrow"] : []];
}

testNeeding("shell", "what can run of docs/notebook.md prints what the page shows", async () => {
  const folder = await makeTempFolder("tickerlock_notebook_");
  try {
    const env = await prepareFolder(folder);
    let page = textOf(PAGE);
    const output = async (command: string, ...args: string[]): Promise<string> => {
      const { success, stdout, stderr } = await new Deno.Command(command, {
        args,
        cwd: folder,
        clearEnv: true,
        env: { ...env, PYTHONUTF8: "1" },
        stdin: "null",
      }).output();
      assert(success, new TextDecoder().decode(stderr));
      return new TextDecoder().decode(stdout);
    };
    const ran: string[] = [];
    const blocks = /^```(sh|python|sql)\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```\n)?/gm;
    for (const [whole, language = "", code = "", shown] of textOf(PAGE).matchAll(blocks)) {
      let said: string;
      if (language === "sh") {
        said = await output("sh", "-eu", "-c", code);
      } else if (language === "sql") {
        const [rows] = await duckdb(code.replace("'prices/", `'${folder}/prices/`));
        said = rows?.map((row) => `${Object.values(row).join("  ")}\n`).join("") ?? "";
      } else {
        const modules = modulesOf(code);
        const probe = [PYTHON, "-c", `import ${modules.join(", ")}`];
        const isDebians = !modules.some((each) => ["pyarrow", "polars", "duckdb"].includes(each));
        if (isDebians ? !await installed("pandas", probe) : !await succeeds(probe)) {
          leaveOut(`a block with ${modules.join(", ")}`);
          continue;
        }
        if (code.includes("INSTALL")) {
          leaveOut("what DuckDB fetches from the network");
          continue;
        }
        said = await output(PYTHON, "-c", code);
      }
      ran.push(language);
      const told = said.replaceAll(/ +$/gm, "");
      if (shown === undefined) continue;
      const before = whole.slice(0, whole.lastIndexOf(shown));
      page = page.replace(whole, () => `${before}${told}\`\`\`\n`);
      if (Deno.env.get("TICKERLOCK_UPDATE_PAGES") !== "1") assertEquals(told, shown, code);
    }
    if (page !== textOf(PAGE)) await Deno.writeTextFile(projectPath(PAGE), page);
    assert(["sh", "python", "sql"].every((language) => ran.includes(language)), `${ran}`);
  } finally {
    await removeFolder(folder);
  }
});
