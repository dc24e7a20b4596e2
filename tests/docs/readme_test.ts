import { pathToFileURL } from "node:url";
import { COMMANDS } from "../../src/cli/registry.ts";
import { ENVIRONMENT } from "../../scripts/project.ts";
import { ingestSettings } from "../../src/cli/commands/ingest/spec.ts";
import { type Setting } from "../../src/cli/args/setting.ts";
import { SOURCE_NAMES } from "../../src/sources/registry.ts";
import { assert, assertEquals } from "../assert.ts";
import { projectPath } from "../e2e/program.ts";

const PAGE = Deno.readTextFileSync(projectPath("README.md"));

/** The text below a heading of the page, up to the next heading. */
function section(heading: string): string {
  const [, text = ""] = PAGE.split(`\n${heading}\n`);
  return text.split(/^#{1,3} /m)[0] ?? "";
}

/** The words in backquotes in the first column of a table. */
function firstColumn(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const [, cell = ""] = /^\| ([^|]+) \|/.exec(line) ?? [];
    return [...cell.matchAll(/`([^` ]+)[^`]*`/g)].map(([, word = ""]) => word);
  });
}

Deno.test("the README has every option of ingest, and no other", () => {
  const names = (Object.values(ingestSettings) as Setting<unknown>[]).flatMap(({ name, short }) =>
    short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`]
  );
  const written = firstColumn(section("## Options of ingest"));
  assertEquals(written.sort(), [...new Set([...names, "--help", "-h", "-q", "-v"])].sort());
});

Deno.test("the README has every variable, and no other", () => {
  assertEquals(firstColumn(section("## Variables")).sort(), [...ENVIRONMENT].sort());
});

Deno.test("the README has every source and every command", () => {
  assertEquals(firstColumn(section("### sources")).sort(), [...SOURCE_NAMES].sort());
  const names = Object.keys(COMMANDS);
  assertEquals(firstColumn(section("## Commands")).sort(), names.sort());
  for (const name of names) {
    assert(new RegExp(`^deno task .*\\b${name}\\b`, "m").test(PAGE), `an example of ${name}`);
  }
});

Deno.test("every program of the README is one", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--doc-only", "README.md"],
    cwd: projectPath("."),
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert(success, said);
});

/** The anchors that a page's headings have. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replaceAll(/[^a-z0-9 _-]/g, "").replaceAll(" ", "-")
  );
}

Deno.test("every relative link of the README and the pages leads somewhere", async () => {
  const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "tests/fake/README.md"];
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
