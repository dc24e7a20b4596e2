import { assert, assertEquals } from "../assert.ts";
import { REMEDIES } from "../../src/report/remedies.ts";
import { filesBelow, textOf } from "../pages.ts";

const PAGE = textOf("docs/sources.md");

Deno.test("every code of a source has a remedy, or its line in docs/sources.md", () => {
  const codes = new Set<string>();
  for (const path of filesBelow("src/sources/")) {
    // Names of options stand in brackets, too.
    const text = textOf(path).replaceAll(/^ *(?:selects|options|follows): .*$/gm, "");
    const [, ...given] = text.split(
      /new SourceError\(|problem\(|because\(|badFile\(path,|(?:return|[?:]) \[|\bcode: (?:cut \? )?/,
    );
    for (const each of given) {
      const [, code] = /^\s*"([a-z_]+)"/.exec(each) ?? [];
      if (code !== undefined) codes.add(code);
    }
  }
  assert(codes.size > 50, `${codes.size} codes`);
  const told = (code: string) => code in REMEDIES || PAGE.includes(`\`${code}\``);
  assertEquals([...codes].filter((code) => !told(code)), []);
});

Deno.test("links of docs/sources.md lead to a heading of it", () => {
  const headings = [...PAGE.matchAll(/^#+ (.+)$/gm)]
    .map(([, text = ""]) => text.toLowerCase().replaceAll(/[^a-z0-9 -]/g, "").replaceAll(" ", "-"));
  const links = [...PAGE.matchAll(/\]\(#([^)]+)\)/g)].map(([, target = ""]) => target);
  assert(links.length > 0);
  assertEquals(links.filter((target) => !headings.includes(target)), []);
});
