import { parseCommandLine, parseScanned } from "../../../src/cli/args/parse.ts";
import { scan } from "../../../src/cli/args/scan.ts";
import { processEnvironment } from "../../../src/cli/args/environment.ts";
import { ingestSettings as allSettings } from "../../../src/cli/commands/ingest/spec.ts";
import type { Setting } from "../../../src/cli/args/setting.ts";
import { allDescriptions } from "../../../src/cli/registry.ts";
import { shared } from "../../../src/cli/args/shared.ts";
import { UsageError } from "../../../src/base/errors.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";

/** Those of a command that takes no words without an option; `lists_test.ts` has the others. */
const ingestSettings = { ...allSettings, ticker: shared.ticker };

function parsed(...args: string[]) {
  return parseCommandLine(args, ingestSettings, () => undefined);
}

function refusal(...args: string[]): UsageError {
  return assertThrows(() => parsed(...args), UsageError);
}

Deno.test("an unknown option is refused by name, with the nearest there is", () => {
  const cases: [given: string, shown: string, near: string | undefined][] = [
    ["--tikcer=PETR4.SA", "--tikcer", "--ticker"],
    ["--lock_timeout=5", "--lock_timeout", "--lock-timeout"],
    ["--DB=x", "--DB", "--db"],
    ["--hepl", "--hepl", "--help"],
    ["--ticker.x=1", "--ticker.x", "--ticker"],
    ["-ticker", "-ticker", "--ticker"],
    ["-json", "-json", "--json"],
    ["--frobnicate", "--frobnicate", undefined],
    ["-x", "-x", undefined],
    ["-5", "-5", undefined],
    ["---", "---", undefined],
    ["--=x", "--", undefined],
    ["--__proto__=x", "--__proto__", undefined],
    ["--constructor", "--constructor", undefined],
    ["--_=x", "--_", undefined],
  ];
  for (const [given, shown, near] of cases) {
    const error = refusal(given);
    assertEquals([error.code, error.exitCode], ["unknown_option", 2], given);
    assertEquals(error.message, `unknown option ${shown}`);
    assertEquals(error.details.option, shown);
    assertEquals(
      error.hint,
      near === undefined ? "See the options with --help." : `Did you mean ${near}?`,
    );
  }
});

Deno.test("a hint names what fits: no opposite, and the long name of a letter", () => {
  const cases: [given: string[], hint: string][] = [
    [["--no-json"], "Leave --json out, or write --json=false."],
    [["--no-json=1"], "Leave --json out, or write --json=false."],
    [["--no-ticker"], "See the options with --help."],
    [["-f", "x"], "It has no short form: write --file, --from, --full-every or --files-dir."],
    [["-f"], "It has no short form: write --force-refresh or --fill-gaps."],
    [
      ["-S=csv"],
      "It has no short form: write --source, --since, --suffix, --status, --series or --save-raw.",
    ],
    [["-tPETR4.SA"], "Leave a blank after it: -t PETR4.SA."],
    [["-V"], "Write tickerlock --version, or tickerlock -V."],
    [["--version"], "Write tickerlock --version, or tickerlock -V."],
  ];
  for (const [given, hint] of cases) {
    assertEquals(refusal(...given).hint, hint, given.join(" "));
  }
});

Deno.test("-t is --ticker, with its value behind a blank or the sign =", () => {
  assertEquals(parsed("-t", "a", "-t=b,c", "--ticker", "d").values.ticker, ["A", "B", "C", "D"]);
  assertEquals(parsed("-qt", "a").values.ticker, ["A"]);
  assertEquals(refusal("-t").message, "--ticker needs a value");
  assertEquals(refusal("-tq").message, "--ticker needs a value");
});

Deno.test("a short form is the same in every command", async () => {
  const meant = new Map<string, string>([["h", "help"]]);
  for (const { settings } of await allDescriptions()) {
    for (const { name, short } of Object.values<Setting<unknown>>(settings)) {
      assertEquals(name === "ticker", short === "t", name);
      if (short === undefined) continue;
      assertEquals(meant.get(short) ?? name, name);
      meant.set(short, name);
    }
  }
  assertEquals([...meant.keys()].sort(), ["h", "q", "t", "v"]);
});

Deno.test("the first of several mistakes is the one that is told", () => {
  assertEquals(refusal("--bogus", "--other", "extra").message, "unknown option --bogus");
  assertEquals(refusal("extra", "--bogus").code, "unexpected_argument");
  assertEquals(refusal("--bogus", "--", "extra").code, "unknown_option");
});

Deno.test("an option without its value is refused, and so is an empty one", () => {
  for (
    const args of [
      ["--ticker"],
      ["--ticker="],
      ["--ticker", ""],
      ["--ticker", "PETR4.SA", "--ticker="],
      ["--ticker", "--json"],
      ["--ticker", "--file", "x"],
      ["--ticker", "--"],
    ]
  ) {
    const error = refusal(...args);
    assertEquals([error.code, error.exitCode], ["missing_value", 2], args.join(" "));
    assertEquals(error.message, "--ticker needs a value");
    assertEquals(error.hint, "Write --ticker TICKER.");
    assertEquals(error.details.option, "--ticker");
  }
  for (const setting of Object.values(ingestSettings)) {
    if (!("value" in setting) || "optionalValue" in setting) continue;
    const choices = "choices" in setting ? `: one of ${setting.choices.join(", ")}` : "";
    const hint = `Write --${setting.name} ${setting.value}${choices}.`;
    assertEquals(refusal(`--${setting.name}`).hint, hint);
  }
});

Deno.test("an option whose value may be left out has one without it", () => {
  assertEquals(parsed("--json").values.jobLock, null);
  assertEquals(parsed("--job-lock").values.jobLock, ".job_running");
  assertEquals(parsed("--job-lock", "--json").values.jobLock, ".job_running");
  assertEquals(parsed("--job-lock", "nightly").values.jobLock, "nightly");
  assertEquals(parsed("--job-lock=nightly").values.jobLock, "nightly");
});

Deno.test("operands are taken up to their number, and the next one is refused", () => {
  const two = parseCommandLine(
    ["status", "--json", "PETR4.SA"],
    ingestSettings,
    () => undefined,
    { mostOperands: 2 },
  );
  assertEquals(two.operands, ["status", "PETR4.SA"]);
  assertEquals(two.values.json, true);
  assertThrows(
    () => parseCommandLine(["a", "b", "c"], ingestSettings, () => undefined, { mostOperands: 2 }),
    UsageError,
    'unexpected argument "c"',
  );
});

Deno.test("a negative number is a value, however it is written, and is refused as one", () => {
  for (const args of [["--lock-timeout", "-5"], ["--lock-timeout=-5"], ["--lock-timeout", "-.5"]]) {
    const error = refusal(...args);
    assertEquals(error.code, "bad_value");
    assertStringIncludes(error.message, "--lock-timeout");
  }
  assertStringIncludes(refusal("--lock-timeout", "-5").message, '"-5": is negative');
  assertEquals(parsed("--ticker", "-5", "--json").values.ticker, ["-5"]);
  assertEquals(refusal("--json", "-5").message, "unknown option -5");
});

Deno.test("of a repeated option the last one counts; a repeatable one keeps them all", () => {
  assertEquals(parsed("--db", "a.db", "--db=b.db").values.db, "b.db");
  assertEquals(parsed("--lock-timeout=1", "--lock-timeout", "2").values.lockTimeout, 2);
  assertEquals(parsed("--from=2024-01-01", "--from=2024-01-02").values.from, "2024-01-02");
  assertEquals(parsed("--ticker", "b", "--ticker=a").values.ticker, ["B", "A"]);
  assertEquals(parsed("--file", "1.csv", "--file", "1.csv").values.file, ["1.csv", "1.csv"]);
});

Deno.test("values stay text: equals signs, numbers and other scripts come through", () => {
  const { values } = parsed(
    "--db=a=b==",
    "--file",
    "007",
    "--file=1e3",
    "--lock-dir",
    "açúcar 東京",
  );
  assertEquals(values.db, "a=b==");
  assertEquals(values.file, ["007", "1e3"]);
  assertEquals(values.lockDir, "açúcar 東京");
});

Deno.test("a flag is on by its name, and may be told so or the contrary", () => {
  const cases: [string[], boolean][] = [
    [["--json"], true],
    [["--json=true"], true],
    [["--json=TRUE"], true],
    [["--json=1"], true],
    [["--json=yes"], true],
    [["--json", "true"], true],
    [["--json=false"], false],
    [["--json=0"], false],
    [["--json=No"], false],
    [["--json", "false"], false],
    [["--json", "--json=false"], false],
    [["--json=false", "--json"], true],
  ];
  for (const [args, expected] of cases) {
    const { values, origins } = parsed(...args);
    assertEquals([values.json, origins.json], [expected, "option"], args.join(" "));
    assertEquals(values.dryRun, false);
  }
});

Deno.test("a flag is never guessed: any other value is refused", () => {
  for (const value of ["maybe", "", "truefalse", " true", "null", "=", "2"]) {
    const error = refusal(`--json=${value}`);
    assertEquals(error.code, "bad_value");
    assertEquals({ ...error.details }, { option: "--json", value });
    assertEquals(error.hint, "Write --json without a value.");
  }
  assertEquals(refusal("--json", "maybe").code, "unexpected_argument");
});

Deno.test("an argument that belongs to no option is refused, behind -- as well", () => {
  for (
    const args of [["PETR4.SA"], ["--json", "PETR4.SA"], ["--", "PETR4.SA"], [
      "--json=true",
      "PETR4.SA",
    ]]
  ) {
    const error = refusal(...args);
    assertEquals([error.code, error.exitCode], ["unexpected_argument", 2], args.join(" "));
    assertEquals(error.message, 'unexpected argument "PETR4.SA"');
    assertEquals(error.details.argument, "PETR4.SA");
    assertEquals(error.hint, "Every value belongs to an option; see --help.");
  }
  assertEquals(refusal("--file", "a.csv", "b.csv").details.argument, "b.csv");
  assertEquals(refusal("--db=a", "true").details.argument, "true");
  assertEquals(refusal("-").details.argument, "-");
  assertEquals(refusal("--", "--json").details.argument, "--json");
  assertEquals(refusal("ticker").hint, "Did you mean --ticker?");
  assertEquals(parsed("--json", "--").values.json, true);
});

Deno.test("help goes before every complaint, and nothing else is said or checked", () => {
  const mistakes = [
    [],
    ["--bogus"],
    ["extra"],
    ["--lock-timeout", "-5"],
    ["--from", "2024-02-30"],
    ["--json=maybe"],
    ["--ticker"],
    ["--ticker=/"],
  ];
  for (const mistake of mistakes) {
    for (const help of ["--help", "-h"]) {
      const first = parsed(help, ...mistake);
      assertEquals([first.help, first.values as unknown], [true, {}], mistake.join(" "));
      const last = parsed(...mistake, help);
      assertEquals([last.help, last.origins as unknown], [true, {}], mistake.join(" "));
    }
  }
  const env = (): string => "soon";
  assertEquals(parseCommandLine(["--help"], ingestSettings, env).help, true);
  assertEquals(parsed("--json").help, false);
  assertEquals(refusal("--", "--help").code, "unexpected_argument");
});

Deno.test("the environment is asked for what is needed, and by name only", () => {
  const asked: string[] = [];
  parseCommandLine(["--db", "x.db"], ingestSettings, (name) => {
    asked.push(name);
    return undefined;
  });
  assert(asked.includes("LOCK_DIR"));
  assert(!asked.includes("TICKERLOCK_DB"));
});

Deno.test("a variable of the process that is not there, or may not be read, is not set", () => {
  const name = "TICKERLOCK_TEST_VARIABLE_THAT_IS_NOT_SET";
  assertEquals(processEnvironment(name), undefined);
  // Deno refuses this name with a TypeError, where permission is missing with NotCapable.
  assertEquals(processEnvironment("NOT=A\0NAME"), undefined);
});

Deno.test("a lone dash is a value: standard output, where an option takes a path", () => {
  assertEquals(parsed("--file", "-", "--json").values.file, ["-"]);
  assertEquals(parsed("--file=-").values.file, ["-"]);
});

Deno.test("a word that begins with a dash is never taken for the value, nor for a call for help", () => {
  const cases: [string[], hint: string][] = [
    [["--db", "-dash2.csv"], "If it is the value, write --db=./-dash2.csv"],
    [["--db", "-oh"], "If it is the value, write --db=./-oh"],
    [["--db", "--dash.csv", "--json"], "If it is the value, write --db=./--dash.csv"],
    [["--ticker", "-PETR4h"], "If it is the value, write --ticker=-PETR4h"],
    [["--file=a", "--file", "-x=h"], "If it is the value, write --file=./-x=h"],
  ];
  for (const [args, hint] of cases) {
    const error = refusal(...args);
    assertEquals([error.code, error.exitCode, error.hint], ["missing_value", 2, hint]);
    assertStringIncludes(error.message, " needs a value");
  }
  for (const setting of Object.values(ingestSettings)) {
    if (!("value" in setting)) continue;
    assertEquals(refusal(`--${setting.name}`, "-dash2.csv").code, "missing_value", setting.name);
    assertEquals(parsed(`--${setting.name}=-dash2.csv`, "--help").help, true);
  }
  assertEquals(refusal("-dash2.csv").message, "unknown option -dash2.csv");
  assertEquals(parsed("-qh").help, true);
  assertEquals(parsed("--db=-dash2.csv").values.db, "-dash2.csv");
});

Deno.test("an argument too many is no misspelt option", () => {
  const hintOf = (...args: string[]): string =>
    assertThrows(
      () => parseCommandLine(args, ingestSettings, () => undefined, { mostOperands: 2 }),
      UsageError,
    )
      .hint ?? "";
  assertStringIncludes(hintOf("show", "a", "b"), "one more than the command takes");
  assertStringIncludes(hintOf("verify", "--", "-x.csv", "--db", "d"), "before it");
  assertStringIncludes(refusal("tickr").hint ?? "", "Did you mean --ticker?");
});

Deno.test("a lenient command ends at a fault of a variable that does not name it", () => {
  const setting = {
    name: "db",
    value: "PATH",
    help: "",
    env: "DB",
    parse: (): never => {
      throw new UsageError("bad_value", "no path", { hint: "Write one." });
    },
  };
  const file = { get: () => ({ name: "config.json: db", text: "x" }) };
  const error = assertThrows(
    () => parseScanned(scan([], [setting], 0), { db: setting }, () => "x", { file, problems: [] }),
    UsageError,
  );
  assertEquals(error.message, "no path");
});
