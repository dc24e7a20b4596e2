import { parseCommandLine, refuseUnused } from "../../../src/cli/args/parse.ts";
import { dbSettings } from "../../../src/cli/args/config.ts";
import { UsageError } from "../../../src/base/errors.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

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
