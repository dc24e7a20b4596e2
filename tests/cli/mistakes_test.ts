import { DatabaseSync } from "node:sqlite";
import { COMMANDS } from "../../src/cli/registry.ts";
import { assert, assertEquals } from "../assert.ts";
import { inProcess } from "./in_process.ts";
import { CONFIGURATIONS, MISTAKES } from "./mistakes.ts";
import { logLines, SAMPLE } from "../e2e/program.ts";
import { unprivileged } from "../e2e/unprivileged.ts";
import { Workspace } from "../e2e/workspace.ts";
import { testNeeding } from "../system.ts";

/**
 * Every path below a folder, with what would change if it were touched. Lock files are left out: a
 * command that has to look at a file under the job lock makes the lock's file, which is never removed.
 */
function everything(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    if (name === "locks") return [];
    const path = `${folder}/${name}`;
    const { size, mode, mtime } = Deno.lstatSync(path);
    // Making and removing a file changes the time of its folder.
    return [
      `${path} ${isDirectory ? "folder" : size} ${mode} ${mtime?.getTime()}`,
      ...isDirectory ? everything(path) : [],
    ];
  }).sort();
}

async function prepare(space: Workspace): Promise<void> {
  assertEquals((await space.cotahist(SAMPLE)).code, 0);
  const other = new DatabaseSync(`${space.path}/other.db`);
  other.exec("CREATE TABLE theirs (x)");
  other.close();
  Deno.mkdirSync(`${space.path}/folder`);
  space.write("text.txt", "no database, no list of tickers of any kind: / / /\n");
  space.write("empty.txt", "# nothing\n");
  space.write("secret", "date,close\n2024-01-02,1\n");
  Deno.chmodSync(`${space.path}/secret`, 0);
  for (const [name, text] of Object.entries(CONFIGURATIONS)) space.write(name, text);
}

testNeeding(
  "modes",
  "every common mistake is one error with its value and a remedy, and changes nothing",
  async () => {
    const prefix = await unprivileged() ?? [];
    const problems: string[] = [];
    await using space = await Workspace.create();
    await prepare(space);
    const before = everything(space.path);
    for (const { args, env, code, error, hint } of MISTAKES) {
      const options = {
        cwd: space.path,
        env: {
          TICKERLOCK_DB: "prices.db",
          LOCK_DIR: "locks",
          TICKERLOCK_LOG_FORMAT: "pretty",
          ...env,
        },
      };
      // What may not be read needs a user who may not.
      const outcome = args.includes("secret")
        ? await space.program(args, { ...options, prefix })
        : await inProcess(args, options);
      const asJson = args.includes("secret") ? undefined : await inProcess(args, {
        ...options,
        env: { ...options.env, TICKERLOCK_LOG_FORMAT: "json" },
      });
      const errors = logLines(asJson?.stderr ?? '{"level":"ERROR"}')
        .filter(({ level }) => level === "ERROR");
      const lines = outcome.stderr.split("\n").filter((line) => line !== "");
      const [first = "", second = "", ...more] = lines;
      const good = outcome.code === code && (code !== 2 || outcome.stdout === "") &&
        errors.length === 1 && /^Error: /.test(first) && error.test(first) &&
        /^Try: \S/.test(second) && hint.test(second) && more.length === 0 &&
        !outcome.stderr.includes("a bug in tickerlock");
      if (!good) {
        problems.push(`${args.join(" ")}: ${outcome.code}\n${outcome.stderr}${outcome.stdout}`);
      }
    }
    assertEquals(everything(space.path), before);
    assertEquals(problems.join("\n"), "");
  },
);

Deno.test("the table of mistakes has some of every command, and enough", () => {
  assert(MISTAKES.length >= 250, `${MISTAKES.length}`);
  for (const name of Object.keys(COMMANDS)) {
    const count = MISTAKES.filter(({ args }) => args[0] === name).length;
    assert(count >= 2, `${name}: ${count}`);
  }
});
