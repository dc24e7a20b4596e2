import { assert, assertEquals } from "../assert.ts";
import { projectPath } from "../e2e/program.ts";
import { cellsBelow, filesBelow, textOf } from "../pages.ts";

// The table of rooms is read by tests/structure_test.ts, links by readme_test.ts.

const PAGES = ["CONTRIBUTING.md", "docs/architecture.md"];

const ALL = ["src/", "tests/", "scripts/", "docs/"].flatMap(filesBelow);

/** Words in backquotes. */
function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, word = ""]) => word);
}

/** Whether a path, or the end of one, is that of a file or folder. NAME stands for any. */
function isThere(path: string): boolean {
  const whole = path.replace(/\/$/, "").replaceAll(".", "\\.").replaceAll("NAME", "\\w+");
  return ALL.some((file) => new RegExp(`(^|/)${whole}(/|$)`).test(file));
}

Deno.test("every path that the pages for contributors name is there", () => {
  for (const page of PAGES) {
    const paths = quoted(textOf(page)).filter((word) =>
      /^(src|tests|scripts|docs)\/[\w./-]*$|^[\w/-]+\.ts$/.test(word) && !/\/\d{4}_/.test(word) &&
      word !== "mod.ts"
    );
    assert(paths.length > 40, `${page}: ${paths.length} paths`);
    assertEquals(paths.filter((path) => !isThere(path)), [], page);
  }
});

Deno.test("what the architecture says to look for is in the file that it names", () => {
  const rows = cellsBelow(textOf("docs/architecture.md"), "## Where to find what");
  assert(rows.length > 25, `${rows.length} rows`);
  for (const [question = "", files = "", wanted = ""] of rows) {
    const text = quoted(files).map(textOf).join("\n");
    assert(quoted(wanted).length > 0, question);
    const missing = quoted(wanted).filter((word) => !new RegExp(`\\b${word}\\b`).test(text));
    assertEquals(missing, [], question);
  }
});

Deno.test("the tasks and the variables that the guide for contributors names are there", () => {
  const guide = textOf("CONTRIBUTING.md");
  const { tasks } = JSON.parse(textOf("deno.json"));
  const named = [...guide.matchAll(/deno task ([\w:]+)|`(test:\w+)`/g)].map(([, a, b]) => a ?? b);
  assert(named.length > 10, `${named.length} tasks`);
  assertEquals(named.filter((name) => !Object.hasOwn(tasks, name ?? "")), []);
  const tests = ALL.filter((file) => file.startsWith("tests/") && file.endsWith(".ts"));
  const read = tests.map(textOf).join("\n");
  const variables = [...guide.matchAll(/\b(TICKERLOCK_[A-Z_]+|STRESS_SEED)=/g)].map(([, n]) => n);
  assert(variables.length > 2);
  assertEquals(variables.filter((name) => !read.includes(`"${name}"`)), []);
  assert(Deno.statSync(projectPath(".ci/run")).isFile);
});
