import { parseCommandLine } from "../../src/cli/args/parse.ts";
import { collectPartOf, TASK_KEYS } from "../../src/cli/commands/collect/file.ts";
import { readConfiguration } from "../../src/cli/config/config_file.ts";
import { tasksFromFile } from "../../src/cli/commands/collect/tasks.ts";
import { collectSettings } from "../../src/cli/commands/collect/spec.ts";
import { planTurns } from "../../src/collect/turns.ts";
import { assert, assertEquals } from "../assert.ts";
import { projectPath } from "../e2e/program.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";

const PAGE = Deno.readTextFileSync(projectPath("docs/collector.md"));

function block(language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(PAGE)?.[1] ?? "";
}

Deno.test("the configuration of docs/collector.md is one, and its turns are those that it tells", async () => {
  const folder = await makeTempFolder("tickerlock_docs_");
  try {
    const path = `${folder}/tickerlock.json`;
    await Deno.writeTextFile(path, block("json"));
    await Deno.writeTextFile(`${folder}/portfolio.txt`, "ITUB4.SA\n");
    const config = readConfiguration(path, { isNamed: true, home: undefined });
    const { tasks } = collectPartOf(config);
    assertEquals(new Set(tasks.map(({ source }) => source)), new Set(["yahoo", "kalshi"]));
    const { values, origins } = parseCommandLine([], collectSettings, () => undefined);
    const found = await tasksFromFile(config, {
      values,
      origins,
      env: () => undefined,
      config,
      receiver: null,
    });
    // From Sunday evening to Friday evening; Friday is a holiday.
    const from = Date.parse("2026-11-15T23:00:00Z");
    const plans = planTurns(found, from, 5 * 86_400_000);
    const turns = (name: string) => plans.find(({ task }) => task.name === name)?.turns ?? [];
    assertEquals(turns("b3-prices").length, 4 * 34);
    const [first = 0] = turns("b3-prices");
    assertEquals(new Date(first).toISOString(), "2026-11-16T13:00:00.000Z");
    assertEquals(turns("b3-after-close").length, 4);
  } finally {
    await removeFolder(folder);
  }
});

Deno.test("docs/collector.md has every key of the configuration, and no other", () => {
  const [, table = ""] = /### Keys\n([\s\S]*?)\n### /.exec(PAGE) ?? [];
  const named = table.split("\n").flatMap((line) => {
    const [, cell = ""] = /^\| ([^|]+) \|/.exec(line) ?? [];
    return [...cell.matchAll(/`(\w+)`/g)].map(([, key = ""]) => key);
  });
  assertEquals(named.sort(), ["tasks", ...TASK_KEYS].sort());
});

Deno.test("the options on docs/collector.md are options of collect", () => {
  const names: readonly string[] = Object.values(collectSettings).map(({ name }) => name);
  const lines = PAGE.split("\n").filter((line) => line.startsWith("tickerlock collect"));
  assert(lines.length >= 4);
  for (const line of lines) {
    for (const [, name = ""] of line.matchAll(/--([a-z-]+)/g)) assert(names.includes(name), line);
  }
});
