import { allDescriptions, COMMANDS, descriptionOf } from "../../src/cli/registry.ts";
import { assert, assertEquals } from "../assert.ts";
import { filesBelow, textOf } from "../pages.ts";
import { projectPath } from "../paths.ts";

/** What a file loads, types left out, and what that loads. */
function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = Deno.readTextFileSync(projectPath(file));
  for (
    const [, path = ""] of text.matchAll(/^(?:import|export)(?! type)[^;]*? from "(\.[^"]+)"/gm)
  ) {
    loadedBy(new URL(path, `file:///${file}`).pathname.slice(1), seen);
  }
  return seen;
}

Deno.test("every command is found by its name, and has an action for each of its forms", async () => {
  const specs = await allDescriptions();
  assertEquals(specs.map(({ name }) => name), Object.keys(COMMANDS));
  for (const spec of specs) {
    assertEquals(await descriptionOf(spec.name), spec);
    const { actions = {} } = await COMMANDS[spec.name]?.run() ?? {};
    const forms = (spec.subcommands ?? []).map(({ name }) => name);
    const itself = spec.subcommands === undefined || spec.operand !== undefined ? ["itself"] : [];
    assertEquals(Object.keys(actions).sort(), [...forms, ...itself].sort(), spec.name);
  }
  for (const name of ["nosuch", "constructor", "__proto__", ""]) {
    assertEquals(await descriptionOf(name), undefined);
  }
});

Deno.test("every option stands in a test", async () => {
  const tests = filesBelow("tests/").filter((file) => file.endsWith("_test.ts")).map(textOf).join();
  const named = new Set(tests.match(/--[a-z][a-z-]+/g));
  const settings = (await allDescriptions()).flatMap(({ settings }) => Object.values(settings));
  const options = new Set(settings.map(({ name }) => `--${name}`));
  assert(options.size > 80);
  assertEquals([...options].filter((option) => !named.has(option)), []);
});

Deno.test("a specification loads no code that does the work: help and the Tab key wait for it", () => {
  const heavy =
    /^src\/(store|ingest|lock|files|doctor|report|cli\/(output|process)|sources\/\w+\/)/;
  assert([...loadedBy("src/cli/commands/db/run.ts")].some((file) => heavy.test(file)));
  for (const name of Object.keys(COMMANDS)) {
    const loaded = [...loadedBy(`src/cli/commands/${name}/spec.ts`)];
    assert(loaded.includes("src/cli/log/settings.ts"), loaded.join(" "));
    assertEquals(loaded.filter((file) => heavy.test(file)), [], name);
    assert(loaded.length < 40, `${name}: ${loaded.length}`);
  }
});

Deno.test("a receiver that has nothing to be told loads nothing that sends", () => {
  const needless = /^src\/(files\/mod|sources\/http\/|notify\/(send|aside))/;
  assert([...loadedBy("src/notify/aside.ts")].some((file) => needless.test(file)));
  const loaded = [...loadedBy("src/cli/notify.ts")];
  assert(loaded.includes("src/notify/tell.ts"), loaded.join(" "));
  assertEquals(loaded.filter((file) => needless.test(file)), []);
});
