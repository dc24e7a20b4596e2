import { commandHelp, programHelp } from "../../../src/cli/args/help.ts";
import { parseCommandLine } from "../../../src/cli/args/parse.ts";
import type { Setting } from "../../../src/cli/args/setting.ts";
import type { Described } from "../../../src/cli/command.ts";
import { ingestSettings, JOB_LOCK_NAME } from "../../../src/cli/commands/ingest/spec.ts";
import { allDescriptions, COMMANDS } from "../../../src/cli/registry.ts";
import { commonSettings } from "../../../src/cli/log/settings.ts";
import { networkSettings } from "../../../src/cli/args/network.ts";
import { EXIT } from "../../../src/base/errors.ts";
import { DEFAULT_JOB_NAME, jobTarget } from "../../../src/lock/mod.ts";
import { loadSource, SOURCE_NAMES } from "../../../src/sources/registry.ts";
import { VERSION } from "../../../src/base/version.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";

const SPECS = await allDescriptions();

/** Text with its line breaks and indents gone, so that wrapping does not matter. */
function flat(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

/** The entry of an option: from its name to the next entry. */
function entryOf(help: string, name: string): string {
  const lines = help.split("\n");
  const start = lines.findIndex((line) => new RegExp(`^  (-\\w, )?--${name}( |$)`).test(line));
  assert(start >= 0, `--${name} is not in the help`);
  const next = lines.findIndex((line, index) => index > start && !/^ {4}/.test(line));
  return flat(lines.slice(start, next).join("\n")).trim();
}

Deno.test("the program's help names every command with its own summary", () => {
  assertEquals(SPECS.map(({ name }) => name), Object.keys(COMMANDS));
  const help = programHelp(SPECS);
  assert(help.startsWith(`tickerlock ${VERSION}: `));
  for (const command of SPECS) {
    const { name } = command;
    assertMatch(help, new RegExp(`^  ${name} {2,}\\S`, "m"));
    assertStringIncludes(flat(help), `${name} ${command.summary}`);
  }
  assertStringIncludes(help, "-h, --help");
  assertStringIncludes(help, "--version");
});

Deno.test("a command's help has every setting, with placeholder, choices, default, variable", () => {
  for (const command of SPECS) {
    const { name } = command;
    const help = commandHelp(command);
    assert(help.startsWith(`tickerlock ${name}: ${command.summary}\n`));
    for (const form of command.usage) assertStringIncludes(help, `  tickerlock ${name} ${form}\n`);
    assertStringIncludes(flat(help), command.description);
    assertStringIncludes(help, "-h, --help");
    const settings = Object.values(command.settings) as Setting<unknown>[];
    assert(settings.length > 0);
    for (const setting of settings) {
      const entry = entryOf(help, setting.name);
      assertStringIncludes(entry, setting.help);
      if (setting.value !== undefined) {
        const short = setting.short === undefined ? "" : `-${setting.short}, `;
        assert(entry.startsWith(`${short}--${setting.name} ${setting.value} `), entry);
      }
      const whose = setting.subcommands === undefined ? "" : `${setting.subcommands.join(", ")}: `;
      assertStringIncludes(entry, ` ${whose}${setting.help}`);
      if (setting.choices !== undefined) {
        assertStringIncludes(entry, `one of ${setting.choices.join(", ")}`);
      }
      assertEquals(entry.includes("default "), setting.fallback !== undefined, entry);
      if (setting.fallback !== undefined) {
        assertStringIncludes(entry, `default ${setting.fallback}`);
      }
      assertEquals(entry.includes("environment "), setting.env !== undefined, entry);
      if (setting.env !== undefined) assertStringIncludes(entry, `environment ${setting.env}`);
    }
    const shown = [...help.matchAll(/^ {2}(?:-\w, )?--([a-z-]+)/gm)].map(([, option]) => option);
    assertEquals(shown.sort(), [...settings.map((setting) => setting.name), "help"].sort());
  }
});

Deno.test("what a setting says of subcommands and what their usage says is the same", () => {
  let seen = 0;
  for (const { name, usage, settings } of SPECS) {
    const forms = new Map(usage.map((form) => [form.split(" ")[0] ?? "", form]));
    for (const setting of Object.values(settings) as Setting<unknown>[]) {
      if (setting.subcommands === undefined) continue;
      for (const each of setting.subcommands) assert(forms.has(each), `${name} ${each}`);
      for (const [subcommand, form] of forms) {
        if (!new RegExp(`\\[--${setting.name}[ \\]]`).test(form)) continue;
        assert(setting.subcommands.includes(subcommand), `${name} ${subcommand} --${setting.name}`);
        seen++;
      }
    }
  }
  assert(seen >= 10, `${seen}`);
});

function toy(settings: Record<string, Setting<unknown>>): Described {
  return {
    name: "toy",
    usage: ["[OPTION]..."],
    summary: "Play",
    description: "Plays a little.",
    settings: { ...settings, ...commonSettings },
    examples: { "tickerlock toy --size 3": "A small one" },
  };
}

Deno.test("help comes from the table that parses: a setting added there is in both", () => {
  const size: Setting<number> = {
    name: "size",
    value: "N",
    env: "TOY_SIZE",
    fallback: "2",
    choices: ["1", "2", "3"],
    help: "How big it is",
    parse: (texts) => Number(texts[0]),
  };
  const loud: Setting<boolean> = {
    name: "loud",
    absent: false,
    help: "With noise",
    parse: () => true,
  };
  const help = commandHelp(toy({ size, loud }));
  assertEquals(
    help.match(/Options:\n([\s\S]*?)\n\n/)?.[1],
    `  --size N    How big it is (one of 1, 2, 3; default 2; environment TOY_SIZE)
  --loud      With noise
  -h, --help  Show this`,
  );
  assertStringIncludes(help, "Examples:\n  # A small one\n  tickerlock toy --size 3\n");
  const { values } = parseCommandLine(["--size", "3", "--loud"], { size, loud }, () => undefined);
  assertEquals(values, { size: 3, loud: true });
});

Deno.test("help fits in 100 columns, wrapped under its own column", () => {
  const words = "word ".repeat(60).trim();
  const long: Setting<boolean> = { name: "long", absent: false, help: words, parse: () => true };
  const texts = [programHelp(SPECS), commandHelp(toy({ long }))];
  for (const command of SPECS) texts.push(commandHelp(command));
  for (const text of texts) {
    for (const line of text.split("\n")) {
      assert(line.length <= 100, line);
      assertEquals(line, line.trimEnd());
    }
  }
  const entry = texts[1]?.split("\n").filter((line) => line.includes("word")) ?? [];
  assertEquals(entry.length, 4);
  for (const line of entry.slice(1)) assertMatch(line, /^ {14}word/);
});

Deno.test("help tells every exit code that there is", () => {
  const texts = [programHelp(SPECS)];
  for (const command of SPECS) texts.push(commandHelp(command));
  for (const text of texts) {
    const part = text.match(/Exit codes:\n((?: {2}.*\n)+)/)?.[1] ?? "";
    const shown = part.split("\n").flatMap((line) =>
      (/^ {2}(\d+(?:, \d+)*) /.exec(line)?.[1] ?? "").split(", ").filter((code) => code !== "")
    );
    assertEquals(shown.map(Number), Object.values(EXIT).map(Number));
  }
});

Deno.test("the examples in the help are lines that the command accepts", () => {
  for (const command of SPECS) {
    const { name } = command;
    const examples = Object.entries(command.examples);
    assert(examples.length > 0);
    for (const [line, what] of examples) {
      assert(what !== "");
      const words = line.split(" ");
      const at = words.indexOf("tickerlock");
      assert(words.slice(0, at).every((word) => /^[A-Z_]+=\S+$/.test(word)), line);
      assertEquals(words[at + 1], name);
      const set = new Map(words.slice(0, at).map((word) => word.split("=") as [string, string]));
      const { help } = parseCommandLine(
        words.slice(at + 2),
        command.settings,
        (variable) => set.get(variable),
        { mostOperands: 3 },
      );
      assertEquals(help, false);
    }
  }
});

Deno.test("the common options are the same in every command's help, apart from its own", () => {
  const parts = new Set<string>();
  for (const command of SPECS) {
    const { name } = command;
    const [own = "", common = ""] = commandHelp(command).split("\nCommon options:\n");
    assert(common !== "", name);
    parts.add(common.split("\n\n")[0] ?? "");
    for (const { name: option } of Object.values(commonSettings)) {
      const [, options = ""] = own.split("\nOptions:\n");
      assert(!options.includes(`--${option} `), `${name} --${option}`);
    }
  }
  assertEquals(parts.size, 1);
  const [part = ""] = parts;
  for (const { name } of Object.values(commonSettings)) assertStringIncludes(part, `--${name}`);
  assertStringIncludes(programHelp(SPECS), part);
});

Deno.test("every subcommand has a line in its parent's help and a help of its own", () => {
  let count = 0;
  for (const command of SPECS) {
    const { name } = command;
    const whole = commandHelp(command);
    for (const { name: subcommand, summary } of command.subcommands ?? []) {
      count++;
      assert(summary !== "", `${name} ${subcommand}`);
      assertMatch(whole, new RegExp(`^  ${subcommand} {2,}\\S`, "m"));
      const help = commandHelp(command, subcommand);
      assert(help.startsWith(`tickerlock ${name} ${subcommand}: ${summary}\n`), help);
      const settings = Object.values(command.settings) as Setting<unknown>[];
      for (const setting of settings) {
        const used = setting.subcommands?.includes(subcommand) ?? true;
        const shown = new RegExp(`^  (-\\w, )?--${setting.name}( |$)`, "m").test(help);
        assertEquals(shown, used, `${name} ${subcommand} --${setting.name}`);
      }
      for (const line of help.split("\n")) assert(line.length <= 120, line);
    }
  }
  assert(count >= 18, `${count}`);
});

Deno.test("the help of --rate names the rate of every source that has one", async () => {
  const help = networkSettings.rate.help;
  const units = new Map([[1000, "s"], [60_000, "min"], [3_600_000, "h"]]);
  let seen = 0;
  for (const source of await Promise.all(SOURCE_NAMES.map(loadSource))) {
    if (source.network === undefined) continue;
    const { count, perMs } = source.network.rate;
    assertStringIncludes(help, `${count}/${units.get(perMs)} to ${source.name}`);
    seen++;
  }
  assertEquals(seen, 5);
});

Deno.test("the job lock has one name in the help, the library and the default", () => {
  assertEquals(JOB_LOCK_NAME, DEFAULT_JOB_NAME);
  assertEquals(jobTarget(DEFAULT_JOB_NAME).name, DEFAULT_JOB_NAME);
  assertStringIncludes(ingestSettings.jobLock.help, ` ${DEFAULT_JOB_NAME} `);
});
