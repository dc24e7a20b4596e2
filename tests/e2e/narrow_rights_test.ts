import { assert, assertEquals } from "../assert.ts";
import { startFakeYahoo } from "../fake/yahoo.ts";
import { copyFolder, makeTempFolder, projectPath, removeFolder } from "../paths.ts";
import { textOf } from "../pages.ts";

const LINES = textOf("docs/configuration.md").split("\n")
  .filter((line) => /^deno run .*src\/main\.ts /.test(line));

/** Runs a line of the page in another folder, with the project's packages; returns its code and words. */
async function runLine(line: string, cwd: string): Promise<[code: number, told: string]> {
  const [, ...words] = line.replace("src/main.ts", projectPath("src/main.ts")).split(" ");
  const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: words.toSpliced(1, 0, "-q", "--config", projectPath("deno.json")),
    cwd,
    stdin: "null",
  }).output();
  return [code, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)];
}

Deno.test("the narrow rights of the page are enough for what it starts with them, and no more", async () => {
  const folder = await makeTempFolder("tickerlock_narrow_");
  await using yahoo = await startFakeYahoo({ years: 1 });
  try {
    const [fromFiles = "", fromService = ""] = LINES;
    assertEquals(LINES.length, 2);
    await Deno.mkdir(`${folder}/docs`);
    await copyFolder(projectPath("docs/examples"), `${folder}/docs/examples`);
    const [code, told] = await runLine(fromFiles, folder);
    assertEquals([code, told.includes("8 tickers (8 success)")], [0, true], told);

    // The hosts of the page are not asked: another takes their place in the flag and in a file.
    const base = yahoo.url.replace(/\/$/, "");
    const config = { sources: { yahoo: { base_url: base } } };
    await Deno.writeTextFile(`${folder}/data/c.json`, JSON.stringify(config));
    const { host } = new URL(base);
    const asked = fromService.replace(/--allow-net=\S+/, `--allow-net=${host}`);
    assert(asked !== fromService);
    const [done, words] = await runLine(`${asked} --config data/c.json`, folder);
    assertEquals([done, words.includes("1 success")], [0, true], words);

    const elsewhere = `${fromFiles} --db others.db`;
    const [refused, why] = await runLine(elsewhere, folder);
    assertEquals([refused, why.includes("--allow-write")], [1, true], why);
  } finally {
    await removeFolder(folder);
  }
});
