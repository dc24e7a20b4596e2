import { assert, assertEquals } from "../assert.ts";
import { remedyOf } from "../../src/report/remedies.ts";
import { projectPath } from "../e2e/program.ts";

const PAGE = Deno.readTextFileSync(projectPath("docs/sources.md"));

Deno.test("docs/sources.md names every code that an online source gives", async () => {
  const codes = new Set<string>();
  for (const folder of ["src/sources/yahoo", "src/sources/http"]) {
    for await (const { name } of Deno.readDir(projectPath(folder))) {
      const text = await Deno.readTextFile(projectPath(`${folder}/${name}`));
      const [, ...given] = text.split(
        /new SourceError\(|problem\(|because\(|(?:return|[?:]) \[|\bcode: (?:cut \? )?/,
      );
      for (const each of given) {
        const [, code] = /^\s*"([a-z_]+)"/.exec(each) ?? [];
        if (code !== undefined) codes.add(code);
      }
    }
  }
  assert(codes.size > 18, `${codes.size} codes`);
  assertEquals([...codes].filter((code) => !PAGE.includes(`\`${code}\``)), []);
});

Deno.test("the report has a remedy for every error code of docs/sources.md", () => {
  const rows = [...PAGE.matchAll(/^\| `error_code`.*\n\|[- |]+\n((?:\|.*\n)+)/gm)];
  const codes = rows.flatMap(([, body = ""]) => [...body.matchAll(/^\|([^|]*)\|/gm)])
    .flatMap(([, cell = ""]) => [...cell.matchAll(/`([a-z_0-9]+)`/g)].map(([, code = ""]) => code));
  assert(codes.length > 60, `${codes.length} codes`);
  // That one tells of a forced release, which is no failure.
  const failures = codes.filter((code) => code !== "lock_released");
  const unknown = failures.filter((code) => remedyOf(code, "job").includes("logs show job"));
  assertEquals(unknown, []);
});

Deno.test("links of docs/sources.md lead to a heading of it", () => {
  const headings = [...PAGE.matchAll(/^#+ (.+)$/gm)]
    .map(([, text = ""]) => text.toLowerCase().replaceAll(/[^a-z0-9 -]/g, "").replaceAll(" ", "-"));
  const links = [...PAGE.matchAll(/\]\(#([^)]+)\)/g)].map(([, target = ""]) => target);
  assert(links.length > 0);
  assertEquals(links.filter((target) => !headings.includes(target)), []);
});
