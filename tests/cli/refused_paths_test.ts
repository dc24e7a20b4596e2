import { allDescriptions } from "../../src/cli/registry.ts";
import type { Settings } from "../../src/cli/args/setting.ts";
import type { Described, Subcommand } from "../../src/cli/command.ts";
import { assertEquals } from "../assert.ts";
import { projectPath } from "../paths.ts";
import { testNeeding } from "../system.ts";
import { bound } from "../e2e/unprivileged.ts";
import { Workspace } from "../e2e/workspace.ts";
import { BY_PATH, type Fault, LINES, Scene } from "./refused_paths.ts";

/**
 * Paths that no command opens: units name them for later, one `--to` of two is a number, backups are
 * listed beside the database, db copy opens its files by the words that it takes, the locks of a file
 * are in a folder, and of a receiver's certificates a failed run tells in its log. Without a log file a
 * server goes on.
 */
const NEVER_OPENED =
  /^(systemd \w+ --(exec|unit)|db migrate --to|db backups --db|db copy --(lock-dir|log-file|config)|locks (list|status) --db|(stats|db (verify|backup)) --ca-file|serve --log-file|config \w+ --(db|lock-dir|save-raw|files-dir|ca-file|calendar))$/;

/** The forms of a command: its subcommands, and what it does without one. */
function formsOf({ subcommands = [], operand }: Described): readonly Partial<Subcommand>[] {
  const forms: readonly Partial<Subcommand>[] = subcommands;
  return operand === undefined && forms.length > 0 ? forms : [...forms, { operand }];
}

Deno.test("each path that a command takes is in the table", async () => {
  const missing: string[] = [];
  for (const command of await allDescriptions()) {
    for (const form of formsOf(command)) {
      const lines = LINES.filter(({ words: [name, first = ""] }) => {
        const named = command.subcommands?.find((each) => each.name === first)?.name;
        return name === command.name && named === form.name;
      });
      const label = [command.name, ...form.name === undefined ? [] : [form.name]].join(" ");
      const settings: Settings = command.settings;
      const paths = Object.values(settings)
        .filter(({ value = "", subcommands }) =>
          /PATH|DIR|FILE/.test(value) &&
          (subcommands?.includes(form.name ?? `[${form.operand?.name}]`) ?? true)
        ).map(({ name }) => `--${name}`);
      if (form.operand?.name === "FILE") paths.push(form.name ?? command.name);
      for (const path of paths) {
        const isThere = lines.some(({ words }) => words[words.indexOf("@") - 1] === path);
        if (!isThere && !NEVER_OPENED.test(`${label} ${path}`)) missing.push(`${label} ${path}`);
      }
    }
  }
  assertEquals(missing, []);
});

testNeeding("links", "no command takes a path that the system refuses for a bug", async () => {
  await using space = await Workspace.create();
  using scene = new Scene(space.path);
  await scene.prepare();
  assertEquals(await scene.walk(BY_PATH), []);
});

/** The problems that a process of its own finds. */
async function walkApart(fault: Fault, prefix: readonly string[]): Promise<unknown> {
  await using space = await Workspace.create();
  const main = projectPath("tests/cli/refused_paths_main.ts");
  const [program = "", ...args] = [
    ...prefix,
    ...[Deno.execPath(), "run", "--no-check", "--allow-all", main, fault, space.path],
  ];
  const { stdout, stderr } = await new Deno.Command(program, { args }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assertEquals(err, "");
  return JSON.parse(out ?? "");
}

testNeeding(["links", "modes"], "nor one that its user has no right to", async () => {
  const prefix = await bound();
  if (prefix !== undefined) assertEquals(await walkApart("EACCES", prefix), []);
});

testNeeding(["links", "shell"], "nor one where no descriptor is left", async () => {
  // The runtime warns on standard error where it cannot read the certificates of that variable.
  const limited = ["sh", "-c", 'unset NODE_EXTRA_CA_CERTS; ulimit -n 100; exec "$0" "$@"'];
  assertEquals(await walkApart("EMFILE", limited), []);
});
