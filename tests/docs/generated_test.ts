import { generated } from "../../docs/generate/main.ts";
import { isCommon } from "../../src/cli/log/settings.ts";
import { allDescriptions } from "../../src/cli/registry.ts";
import { pageDate } from "../../docs/generate/man_page.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { projectPath } from "../e2e/program.ts";
import { installed } from "../installed.ts";

/** Text as `deno fmt` leaves it. */
async function formatted(text: string, extension: string): Promise<string> {
  const config = projectPath("deno.json");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--config", config, "--ext", extension, "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  return new TextDecoder().decode((await child.output()).stdout);
}

Deno.test("what is generated from the commands is not stale: deno task docs writes it anew", async () => {
  const files = Object.entries(await generated());
  assertEquals(files.length, 5);
  for (const [path, text] of files) {
    const extension = path.slice(path.lastIndexOf(".") + 1);
    const wanted = extension === "1" ? text : await formatted(text, extension);
    assertEquals(await Deno.readTextFile(projectPath(path)), wanted, `stale: ${path}`);
  }
});

Deno.test("the reference has every command, subcommand and option, and an example of each", async () => {
  const page = await Deno.readTextFile(projectPath("docs/cli.md"));
  const sections = new Map(
    page.split(/^## /m).map((section) => [section.split("\n")[0] ?? "", section]),
  );
  for (const command of await allDescriptions()) {
    const section = sections.get(command.name);
    assert(section !== undefined, command.name);
    const examples = Object.entries(command.examples);
    assert(examples.length > 0, `${command.name} has no example`);
    for (const [line, what] of examples) {
      assertStringIncludes(section, `# ${what}\n${line}\n`);
    }
    const common = sections.get("Common options") ?? "";
    for (const setting of Object.values(command.settings)) {
      const { name } = setting;
      if (isCommon(setting)) {
        assert(new RegExp(`\`--${name}[ \`]`).test(common), `common --${name}`);
        assert(!new RegExp(`^\\|.*\`--${name}[ \`]`, "m").test(section), `twice --${name}`);
        continue;
      }
      assert(new RegExp(`\`--${name}[ \`]`).test(section), `${command.name} --${name}`);
    }
    for (const { name, summary } of command.subcommands ?? []) {
      assert(new RegExp(`^tickerlock ${command.name} ${name}\\b`, "m").test(section), name);
      assertStringIncludes(section, `| \`${name}\``);
      assert(summary !== "", name);
    }
  }
});

Deno.test("a command's list of subcommands and its forms name the same", async () => {
  for (const command of await allDescriptions()) {
    const forms = command.usage.flatMap((form) => /^[a-z][a-z-]*(?= |$)/.exec(form)?.[0] ?? []);
    const names = (command.subcommands ?? []).map(({ name }) => name);
    assertEquals(names, [...new Set(forms)], command.name);
  }
});

Deno.test("the manual page is one that mandoc and man can read", async () => {
  const path = projectPath("docs/tickerlock.1");
  if (!await installed("mandoc", ["mandoc", "-T", "lint", "-W", "warning", path])) return;
  const { code, stdout } = await new Deno.Command("mandoc", { args: ["-T", "ascii", path] })
    .output();
  assertEquals(code, 0);
  // deno-lint-ignore no-control-regex
  const text = new TextDecoder().decode(stdout).replaceAll(/.\x08/g, "");
  for (const { name, settings } of await allDescriptions()) {
    assertStringIncludes(text, `tickerlock ${name}`);
    for (const option of Object.values(settings)) assertStringIncludes(text, `--${option.name}`);
  }
  assertStringIncludes(text, "source <(tickerlock completions bash)");
  assertStringIncludes(text, "PETR4.SA");
});

Deno.test("the manual page has the day of its release, and a day of its own before that", () => {
  const changelog =
    "## [0.2.0] - Unreleased\n\n## [0.1.0] - 2031-02-03\n\n## [0.1.0-rc.1] - 2030-01-01\n";
  assertEquals(pageDate(changelog, "0.1.0"), "2031-02-03");
  assertEquals(pageDate(changelog, "0.1.0-rc.1"), "2030-01-01");
  for (const version of ["0.2.0", "0.3.0", "0.1"]) {
    assertMatch(pageDate(changelog, version), /^2026-\d\d-\d\d$/);
  }
});
