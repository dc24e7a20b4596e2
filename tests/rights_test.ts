import config from "../deno.json" with { type: "json" };
import { assert, assertEquals } from "./assert.ts";
import { makeTempFolder, removeFolder } from "./paths.ts";

// The promise to the program's users: it never starts another program, and it cannot. What the tasks
// allow is checked with the settings, in tests/cli/args/settings_test.ts.

const root = new URL("../", import.meta.url);

/** All files below a folder of the project whose name ends like that. */
async function filesBelow(folder: string, end: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    if (isDirectory) found.push(...await filesBelow(`${folder}${name}/`, end));
    else if (name.endsWith(end)) found.push(`${folder}${name}`);
  }
  return found.sort();
}

/** Ways to start a program, to load a library, and to ask for the right to do so. */
const FORBIDDEN =
  /\bDeno\s*\.\s*(Command|run|spawn\w*|dlopen|kill)\b|child_process|node:(cluster|worker_threads\/)|\bprocess\s*\.\s*(kill|dlopen|binding)\b|permissions\s*\.\s*request|\beval\s*\(|new Function\b/;

Deno.test("no source file starts a program, loads a library, or asks for the right to", async () => {
  const files = [...await filesBelow("src/", ".ts"), "mod.ts"];
  assert(files.length > 50 && files.includes("src/main.ts"), `${files.length} files`);
  for (const file of files) {
    const text = await Deno.readTextFile(new URL(file, root));
    assertEquals(FORBIDDEN.exec(text)?.[0], undefined, file);
  }
});

Deno.test("no command line that starts or builds the program gives it the right to", async () => {
  const pages = [...await filesBelow("docs/", ".md"), "README.md"];
  const texts = await Promise.all(pages.map(async (page) => {
    return [page, await Deno.readTextFile(new URL(page, root))] as const;
  }));
  const tasks: readonly { readonly command: string }[] = Object.values(config.tasks);
  texts.push(["deno.json", tasks.map(({ command }) => command).join("\n")]);
  let seen = 0;
  for (const [name, text] of texts) {
    // A line that goes on with a backslash is one line.
    for (const line of text.replaceAll(/\\\n/g, " ").split("\n")) {
      if (!/\bdeno (run|compile|install|serve)\b.*\bsrc\/main\.ts\b/.test(line)) continue;
      seen++;
      assert(!/(^|\s)(-A|--allow-all|--allow-run|--allow-ffi)\b/.test(line), `${name}: ${line}`);
    }
  }
  assert(seen >= 2, `${seen} command lines`);
});

Deno.test("under the rights of the tasks nothing can be started", async () => {
  const [deno, ...words] = config.tasks.tickerlock.command.split(" ");
  assertEquals([deno, words.pop()], ["deno", "src/main.ts"]);
  const folder = await makeTempFolder("tickerlock_rights_");
  try {
    const script = `${folder}/script.ts`;
    await Deno.writeTextFile(
      script,
      `for (const start of [
         () => new Deno.Command(Deno.execPath()).outputSync(),
         async () => (await import("node:child_process")).execFileSync(Deno.execPath()),
       ]) {
         try {
           await start();
           console.log("done");
         } catch (error) {
           console.log(error.name);
         }
       }`,
    );
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: [...words, script] })
      .output();
    assertEquals(new TextDecoder().decode(stdout), "NotCapable\n".repeat(2));
  } finally {
    await removeFolder(folder);
  }
});
