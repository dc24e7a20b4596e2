import { parseCommandLine } from "../../../src/cli/args/parse.ts";
import type { Setting, Settings } from "../../../src/cli/args/setting.ts";
import { ingestSettings } from "../../../src/cli/commands/ingest/spec.ts";
import { UsageError } from "../../../src/base/errors.ts";
import { allDescriptions } from "../../../src/cli/registry.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";
import { Workspace } from "../../e2e/workspace.ts";
import { inSpace } from "../in_process.ts";

function parsed<S extends Settings>(settings: S, ...args: string[]) {
  return parseCommandLine(args, settings, () => undefined).values;
}

function tickers(...args: string[]): readonly string[] {
  return parsed(ingestSettings, ...args).ticker;
}

Deno.test("tickers are words, with commas, behind --ticker, or all of that, each once", () => {
  const cases: [string[], string[]][] = [
    [["PETR4.SA", "VALE3.SA"], ["PETR4.SA", "VALE3.SA"]],
    [["petr4.sa,vale3.sa"], ["PETR4.SA", "VALE3.SA"]],
    [["PETR4.SA,", "VALE3.SA"], ["PETR4.SA", "VALE3.SA"]],
    [["--ticker", "A, B,,C"], ["A", "B", "C"]],
    [["--ticker=A,B", "--ticker", "B,D", "C"], ["A", "B", "D", "C"]],
    [["A", "--json", "B", "--ticker", "C", "D"], ["A", "B", "C", "D"]],
    [["A", "--", "-B", "json"], ["A", "-B", "JSON"]],
    [["ALL", "DB"], ["ALL", "DB"]],
  ];
  for (const [args, expected] of cases) assertEquals(tickers(...args), expected, args.join(" "));
  const { origins } = parseCommandLine(["A"], ingestSettings, () => undefined);
  assertEquals([origins.ticker, origins.json], ["option", "default"]);
});

Deno.test("a word that names an option is not taken for a ticker", () => {
  for (const word of ["all", "ticker", "json", "db", "help"]) {
    const error = assertThrows(() => tickers("PETR4.SA", word), UsageError);
    assertEquals([error.code, error.details.argument], ["ambiguous_argument", word]);
    assertEquals(
      error.hint,
      `Write --${word} for the option, or ${word.toUpperCase()} in capitals for a ticker.`,
    );
  }
  for (const list of [",", " , "]) {
    const error = assertThrows(() => tickers("--ticker", list), UsageError);
    assertEquals([error.code, error.details.value], ["bad_value", list]);
  }
});

Deno.test("a word after --job-lock that may be its name or a ticker is refused", () => {
  const error = assertThrows(() => tickers("--job-lock", "aapl", "msft"), UsageError);
  assertEquals([error.code, error.details.argument], ["ambiguous_argument", "aapl"]);
  assertEquals(
    error.hint,
    "Write --job-lock=aapl for its value; else name each ticker before --job-lock.",
  );
  assertEquals(tickers("msft", "--job-lock", "nightly"), ["MSFT"]);
  assertEquals(tickers("--job-lock=nightly", "msft"), ["MSFT"]);
  assertEquals(tickers("--job-lock", "--ticker", "aapl", "msft"), ["AAPL", "MSFT"]);
});

Deno.test("every list of names takes commas in every command", async () => {
  let seen = 0;
  for (const { name: command, settings } of await allDescriptions()) {
    for (const setting of Object.values<Setting<unknown>>(settings)) {
      const { name, repeatable, value = "" } = setting;
      if (repeatable !== true || /PATH|DIR/.test(value)) continue;
      const text = name === "status"
        ? ["failed", "skipped"]
        : name === "holiday"
        ? ["b3", "2026-12-25"]
        : ["0190f000-0001", "0190f000-0002"];
      const at = `${command} --${name}`;
      assertEquals(setting.parse([text.join(",")], `--${name}`), setting.parse(text, ""), at);
      assertEquals((setting.parse([text.join(",")], "") as unknown[]).length, 2, at);
      seen++;
    }
  }
  assert(seen >= 11, `${seen}`);
});

Deno.test("what a shell makes of --file *.csv is a list of files, up to the next option", async () => {
  await using space = await Workspace.create();
  for (const name of ["a.csv", "b.csv", "c.csv"]) {
    space.write(name, `ticker,date,close\n${name[0]},2024-01-02,5\nX,2024-01-0${name.length},5\n`);
  }
  const ingested = async (...args: string[]) => {
    const all = ["ingest", "--source", "csv", "--dry-run", "--json", ...args];
    const { code, stdout, stderr } = await inSpace(space, all);
    if (code !== 0) return stderr;
    const report = JSON.parse(stdout) as { readonly tickers: { readonly ticker: string }[] };
    return report.tickers.map(({ ticker }) => ticker).join(" ");
  };
  assertEquals(await ingested("--file", "a.csv", "b.csv", "c.csv"), "A B C X");
  assertEquals(await ingested("--file", "a.csv", "b.csv", "--ticker", "B,A"), "A B");
  assertEquals(await ingested("--file", "a.csv", "b.csv", "--", "B"), "B");
  assertEquals(await ingested("A", "--file", "a.csv", "b.csv"), "A");
  assertEquals(await ingested("--file=a.csv", "X", "--file", "b*.csv", "c.csv"), "X");
  const refused = await ingested("--file", "a.csv", "PETR4.SA");
  assertStringIncludes(refused, '"PETR4.SA" follows the files of --file, and no such file exists');
  assertStringIncludes(refused, "write --ticker PETR4.SA for a ticker");
  assertEquals(space.names().filter((name) => name.endsWith(".db")), []);
});
