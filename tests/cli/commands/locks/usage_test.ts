import { assertEquals } from "../../../assert.ts";
import { Workspace } from "../../../e2e/workspace.ts";
import { assertRefused } from "../../bad_usage.ts";
import { inSpace } from "../../in_process.ts";

Deno.test("what makes no sense is refused by name, with 2, before anything is touched", async () => {
  await using space = await Workspace.create();
  const cases: readonly (readonly [readonly string[], error: RegExp, hint: RegExp])[] = [
    [["sttus", "A"], /unknown command "locks sttus"/, /Did you mean status\?/],
    [["xyzzy"], /unknown command "locks xyzzy"/, /Use one of: list, status, release\./],
    [["status"], /locks status needs the name of a lock/, /Name a ticker, or a job/],
    [["release", "--force"], /locks release needs the name of a lock/, /./],
    [
      ["list", "PETR4.SA"],
      /locks list takes no argument: PETR4\.SA/,
      /.* locks status PETR4\.SA/,
    ],
    [["status", "PETR4.SA", "VALE3.SA"], /unexpected argument "VALE3\.SA"/, /./],
    [["status", "PETR/4"], /ticker "PETR\/4" .*/, /./],
    [["release", "../../etc/passwd"], /job name "\.\.\/\.\.\/etc\/passwd" is invalid/, /./],
    [["status", ".Nightly"], /job name "\.Nightly" is invalid/, /.*lower-case/],
    [["status", "."], /job name "\." is invalid/, /./],
    [["list", "--hold"], /unknown option --hold/, /Did you mean --held\?/],
    [["release", "PETR4.SA", "--force=maybe"], /--force "maybe": is neither true nor false/, /./],
    [["list", "--lock-dir", ""], /--lock-dir needs a value/, /./],
    [["--force"], /locks list does not use --force/, /.*tickerlock locks release\./],
    [
      ["status", "A", "--held"],
      /locks status does not use --held/,
      /.*tickerlock locks list\./,
    ],
    [
      ["status", "A", "--db", "x"],
      /locks status does not use --db/,
      /.*tickerlock locks release\./,
    ],
  ];
  await assertRefused(
    cases.map(([args, error, hint]) => ({ args, error, hint })),
    (args) => inSpace(space, ["locks", ...args]),
  );
  assertEquals(space.names(), []);
});
