import type { Setting } from "../../src/cli/args/setting.ts";
import { COMMANDS } from "../../src/cli/registry.ts";
import { assert, assertEquals } from "../assert.ts";
import { filesBelow, textOf } from "../pages.ts";

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "tests/fake/README.md",
  ...filesBelow("docs/").filter((path) => /^docs\/[^/]+\.md$/.test(path)),
];

/** What a page shows of commands: lines of its blocks, and texts in backquotes, where the name can lack. */
function codeOf(page: string): string[] {
  const blocks = [...page.matchAll(/^```(?:sh|text|ini|xml)\n([\s\S]*?)^```$/gm)];
  const prose = page.replaceAll(/^```[\s\S]*?^```$/gm, "");
  const quoted = [...prose.matchAll(/`([^`]+)`/g)].map(([, code = ""]) =>
    code.replace(/^(?=([a-z]+) )/, (_, name) => name in COMMANDS ? "tickerlock " : "")
  );
  return [...blocks.flatMap(([, text = ""]) => text.split("\n")), ...quoted];
}

/** What is wrong with a command line: what it begins with, and the names of its options. */
async function faultOf(line: string): Promise<string | undefined> {
  // Up to what the shell begins something else with, and what is handed to another command.
  const [own = ""] = line.split(/ -- | [|&;>#]|\)/);
  const [command = "", ...words] = own.trim().split(/\s+/);
  const entry = COMMANDS[command];
  if (entry === undefined) return undefined;
  const { spec: { settings, subcommands, operand } } = await entry.spec();
  const [first = ""] = words;
  const subcommand = subcommands?.find(({ name }) => name === first)?.name;
  if (
    subcommands !== undefined && operand === undefined && subcommand === undefined &&
    /^[a-z]+$/.test(first)
  ) return `no subcommand ${first}`;
  for (const [, name] of own.matchAll(/ --([a-z][a-z-]+)/g)) {
    const setting = Object.values<Setting<unknown>>(settings).find((each) => each.name === name);
    if (setting === undefined && name !== "help") return `no option --${name}`;
    if (subcommand === undefined || setting?.subcommands === undefined) continue;
    if (!setting.subcommands.includes(subcommand)) return `${subcommand} does not use --${name}`;
  }
  return undefined;
}

Deno.test("every command line on a page has a command, a subcommand and options that there are", async () => {
  let seen = 0;
  for (const page of PAGES) {
    for (const code of codeOf(textOf(page))) {
      for (const [, line = ""] of code.matchAll(/(?:^|[\s/(])tickerlock ([a-z]+ ?.*)/g)) {
        assertEquals(await faultOf(line), undefined, `${page}: ${code}`);
        seen++;
      }
    }
  }
  assert(seen > 300, `${seen} command lines`);
});
