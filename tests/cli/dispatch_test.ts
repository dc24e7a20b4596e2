import { UsageError } from "../../src/base/errors.ts";
import { parseCommandLine } from "../../src/cli/args/parse.ts";
import { dbSettings } from "../../src/cli/commands/db/spec.ts";
import { refuseUnused, unknownSubcommand } from "../../src/cli/dispatch.ts";
import { descriptionOf } from "../../src/cli/registry.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

Deno.test("an option of another subcommand is refused by name; a variable never is", () => {
  const check = (subcommand: string, args: string[], env: Record<string, string> = {}): void => {
    const { origins } = parseCommandLine(args, dbSettings, (name) => env[name]);
    refuseUnused("db", subcommand, dbSettings, origins);
  };
  const error = assertThrows(() => check("info", ["--keep", "3"]), UsageError);
  assertEquals([error.code, error.exitCode], ["unused_option", 2]);
  assertEquals(error.message, "db info does not use --keep");
  assertEquals(error.hint, "Leave it out; --keep is for tickerlock db backup.");
  assertEquals({ ...error.details }, {
    option: "--keep",
    subcommand: "info",
    subcommands: ["backup"],
  });
  // Said, though it changes nothing.
  assertThrows(() => check("info", ["--quick=false"]), UsageError, "--quick");
  check("backup", ["--keep", "3", "--to", "x", "--db", "y", "--json"]);
  check("info", [], { INGEST_LOCK_MODE: "exit", LOCK_DIR: "x", JOB_LOCK_TIMEOUT_SEC: "1" });
});

Deno.test("a subcommand that there is none of is told with the nearest, or with all", async () => {
  const rows: [string, string, string][] = [
    [
      "logs",
      "frobnicate",
      "Use one of: list, runs, show, prune. One job is shown by: tickerlock logs show frobnicate; one ticker by: tickerlock logs --ticker frobnicate.",
    ],
    ["logs", "shwo", "Did you mean show?"],
    ["sources", "tset", "Did you mean test?"],
    ["completions", "tcsh", "Use one of: bash, zsh, fish, powershell."],
    ["ingest", "x", "Write tickerlock help ingest; it has no subcommands."],
  ];
  for (const [name, given, hint] of rows) {
    const spec = await descriptionOf(name);
    assert(spec !== undefined);
    const error = unknownSubcommand(spec, given);
    assertEquals(
      [error.code, error.message, error.hint],
      ["unknown_command", `unknown command "${name} ${given}"`, hint],
    );
  }
});
