import { pathToFileURL } from "node:url";
import { COMMANDS } from "../../src/cli/registry.ts";
import { SOURCE_NAMES } from "../../src/sources/registry.ts";
import { assert, assertEquals } from "../assert.ts";
import { textOf } from "../pages.ts";
import { projectPath } from "../paths.ts";

const PAGE = textOf("README.md");

/** The words in backquotes in the first column of the tables below a heading. */
function names(page: string, heading: string): string[] {
  const [, text = ""] = page.split(`\n${heading}\n`);
  return (text.split(/^#{1,3} /m)[0] ?? "").split("\n").flatMap((line) => {
    const [, cell = ""] = /^\| ([^|]+) \|/.exec(line) ?? [];
    return [...cell.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
  });
}

Deno.test("the first page has every source and every command, and each command has its example", () => {
  const commands = Object.keys(COMMANDS);
  const english = names(PAGE, "## Commands");
  for (const name of [...commands, ...SOURCE_NAMES]) assert(english.includes(name), name);
  const portuguese = names(textOf("docs/README.pt-BR.md"), "## Comandos");
  assertEquals(portuguese.sort(), commands.sort());
  const page = textOf("docs/commands.md");
  for (const name of commands) {
    assert(new RegExp(`^tickerlock ${name}\\b`, "m").test(page), `an example of ${name}`);
  }
});

Deno.test("the programs of the README, docs/concurrency.md and tests/fake/README.md have the right types", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--doc-only", "README.md", "docs/concurrency.md", "tests/fake/README.md"],
    cwd: projectPath("."),
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert(success, said);
});

/** The anchors that a page's headings have. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
}

Deno.test("every relative link of the README and the pages leads somewhere", async () => {
  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "tests/fake/README.md",
  ];
  for await (const { name, isFile } of Deno.readDir(projectPath("docs"))) {
    if (isFile && name.endsWith(".md")) pages.push(`docs/${name}`);
  }
  let seen = 0;
  for (const page of pages) {
    const text = await Deno.readTextFile(projectPath(page));
    for (const [, link = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [path = "", anchor] = link.split("#");
      const target = path === ""
        ? pathToFileURL(projectPath(page))
        : new URL(path, pathToFileURL(projectPath(page)));
      const found = await Deno.stat(target).then(() => true, () => false);
      assert(found, `${page}: ${link}`);
      if (anchor !== undefined) {
        assert(anchors(await Deno.readTextFile(target)).includes(anchor), `${page}: ${link}`);
      }
      seen++;
    }
  }
  assert(seen > 40, `${seen} links`);
});
