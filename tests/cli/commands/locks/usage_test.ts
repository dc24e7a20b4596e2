import { assertEquals, assertMatch } from "../../../assert.ts";
import { Workspace } from "../../../e2e/workspace.ts";
import { inSpace } from "../../in_process.ts";

Deno.test("what makes no sense is refused by name, with 2, before anything is touched", async () => {
  await using space = await Workspace.create();
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["sttus", "A"], /unknown command "locks sttus"\nTry: Did you mean status\?/],
    [["xyzzy"], /unknown command "locks xyzzy"\nTry: Use one of: list, status, release\./],
    [["status"], /locks status needs the name of a lock\nTry: Name a ticker, or a job/],
    [["release", "--force"], /locks release needs the name of a lock\nTry: /],
    [
      ["list", "PETR4.SA"],
      /locks list takes no argument: PETR4\.SA\nTry: .* locks status PETR4\.SA/,
    ],
    [["status", "PETR4.SA", "VALE3.SA"], /unexpected argument "VALE3\.SA"\nTry: /],
    [["status", "PETR/4"], /ticker "PETR\/4" .*\nTry: /],
    [["release", "../../etc/passwd"], /job name "\.\.\/\.\.\/etc\/passwd" is invalid\nTry: /],
    [["status", ".Nightly"], /job name "\.Nightly" is invalid\nTry: .*lower-case/],
    [["status", "."], /job name "\." is invalid\nTry: /],
    [["list", "--hold"], /unknown option --hold\nTry: Did you mean --held\?/],
    [["release", "PETR4.SA", "--force=maybe"], /--force "maybe": is neither true nor false\nTry: /],
    [["list", "--lock-dir", ""], /--lock-dir needs a value\nTry: /],
    [["--force"], /locks list does not use --force\nTry: .*tickerlock locks release\./],
    [
      ["status", "A", "--held"],
      /locks status does not use --held\nTry: .*tickerlock locks list\./,
    ],
    [
      ["status", "A", "--db", "x"],
      /locks status does not use --db\nTry: .*tickerlock locks release\./,
    ],
  ];
  for (const [args, said] of cases) {
    const { code, stdout, stderr } = await inSpace(space, ["locks", ...args]);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertMatch(stderr, new RegExp(`^Error: ${said.source}`));
    assertEquals(stderr.trim().split("\n").length, 2, stderr);
  }
  assertEquals(space.names(), []);
});
