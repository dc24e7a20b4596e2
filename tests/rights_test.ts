import config from "../deno.json" with { type: "json" };
import { programFlags } from "../scripts/project.ts";
import { assert, assertEquals } from "./assert.ts";
import { makeTempFolder, pathOf, removeFolder } from "./paths.ts";

// The promise to the program's users: it never starts another program, and it cannot. That the
// variables it may read are those of its settings is in tests/cli/args/settings_test.ts.

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

Deno.test("the tasks that run the program give it the rights of deno.json, and no more", () => {
  const commands = Object.values(config.tasks).map(({ command }) => command)
    .filter((command) => /\bsrc\/main\.ts\b/.test(command));
  // -q: without it, Deno says at each start that sets of rights are an experiment.
  const start = "deno run -q --no-prompt -P=tickerlock src/main.ts";
  assertEquals(commands.sort(), [start, `${start} ingest`]);
});

/** What is asked for, each as a descriptor of Deno's. */
const ASKED = [
  ...["read", "write", "net", "run", "ffi", "env", "sys", "import"].map((name) => ({ name })),
  ...["YAHOO_COOKIE", "TERM", "HOME", "USER", "PATH"].map((variable) => ({
    name: "env",
    variable,
  })),
  ...["hostname", "userInfo", "uid", "gid", "statfs", "getPriority", "osRelease", "cpus"]
    .map((kind) => ({ name: "sys", kind })),
  { name: "import", host: "example.com:443" },
  { name: "run", command: "sh" },
];

/** The state of each right, and what comes of starting a program. */
async function granted(flags: readonly string[]): Promise<string[]> {
  const folder = await makeTempFolder("tickerlock_rights_");
  try {
    const script = `${folder}/script.ts`;
    await Deno.writeTextFile(
      script,
      `for (const asked of ${JSON.stringify(ASKED)}) {
         console.log(JSON.stringify(asked), Deno.permissions.querySync(asked).state);
       }
       for (const start of [
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
    const args = ["run", "-q", "--no-check", "--config", pathOf(new URL("deno.json", root))];
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [...args, ...flags, script],
    }).output();
    return new TextDecoder().decode(stdout).trim().split("\n");
  } finally {
    await removeFolder(folder);
  }
}

Deno.test("under the rights of the tasks, which are those of the executable, nothing can be started", async () => {
  const inTask = await granted(["--no-prompt", "-P=tickerlock"]);
  assertEquals(inTask.slice(-2), ["NotCapable", "NotCapable"]);
  const states = Object.fromEntries(inTask.map((line) => line.split(" ")));
  assertEquals(
    Object.keys(states).filter((asked) => states[asked] === "granted").sort(),
    [
      '{"name":"read"}',
      '{"name":"write"}',
      '{"name":"net"}',
      ...["YAHOO_COOKIE", "TERM", "HOME"].map((variable) =>
        `{"name":"env","variable":"${variable}"}`
      ),
      ...["hostname", "userInfo", "uid", "gid", "statfs", "getPriority"]
        .map((kind) => `{"name":"sys","kind":"${kind}"}`),
    ].sort(),
  );
  assertEquals(await granted(programFlags()), inTask);
});
