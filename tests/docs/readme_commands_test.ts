import { assert, assertEquals } from "../assert.ts";
import { startFakeYahoo } from "../fake/yahoo.ts";
import { blocksOf, copyCheckout, type NotRun, runPage } from "./page_commands.ts";
import { makeTempFolder, projectPath, removeFolder } from "../paths.ts";
import { testNeeding } from "../system.ts";

// Runs the commands of the first page, in their order, as a reader would type them: in a copy of the
// checkout without data.

const PAGES = ["README.md", "docs/README.pt-BR.md"];

/** What cannot run here, and what shows it instead. */
const NOT_RUN: readonly NotRun[] = [
  [/^curl .*\/install\.sh \| sh$/, "it downloads; tests/packaging/ runs install.sh"],
  [/^deno task test( |$)/, "it is what runs this"],
];

for (const path of PAGES) {
  testNeeding(
    "shell",
    `every command of ${path} runs, in its order, and prints what it shows`,
    async () => {
      const folder = await makeTempFolder("tickerlock_readme_");
      // History up to one and the same day, so that the numbers on the page stay.
      await using yahoo = await startFakeYahoo({ now: Date.parse("2026-11-20T21:30:00Z") });
      try {
        const env = { ...await copyCheckout(folder), YAHOO_BASE_URL: yahoo.url };
        await runPage(path, { folder: `${folder}/checkout`, env, notRun: NOT_RUN });
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
  assert(english !== undefined && english.length > 5);
  for (const other of others) assertEquals(other, english);
});

Deno.test("the version of Deno that the first page names is the one that the tests run on", async () => {
  const ci = await Deno.readTextFile(projectPath(".ci/run"));
  const [, version = "?"] = /^deno_version=(\S+)$/m.exec(ci) ?? [];
  for (const path of PAGES) {
    const page = await Deno.readTextFile(projectPath(path));
    const named = [...page.matchAll(/npx --yes deno@(\S+) task/g)].map(([, each]) => each);
    assertEquals(new Set(named), new Set([version]), path);
    assert(page.split("\n").length <= 201, `${path} has more than 200 lines`);
  }
});
