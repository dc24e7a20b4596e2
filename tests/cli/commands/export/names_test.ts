import { assertEquals, assertMatch } from "../../../assert.ts";
import { type CaptureOptions, inSpace, type Outcome } from "../../in_process.ts";
import { prepared } from "../../../e2e/prepared.ts";
import { logLines } from "../../../e2e/program.ts";
import type { Workspace } from "../../../e2e/workspace.ts";

function run(
  space: Workspace,
  args: readonly string[],
  options: CaptureOptions = {},
): Promise<Outcome> {
  return inSpace(space, ["export", ...args], options);
}

Deno.test("a name that no row has is warned of, with the nearest, and is no failure", async () => {
  await using space = await prepared();
  const cases: [string[], RegExp[]][] = [
    [["--ticker", "EXMA4.SA"], [/no row of prices has the ticker EXMA4\.SA; did you mean EXM/]],
    [["--source", "cotahst"], [/the source cotahst; did you mean cotahist\?/]],
    [["--ticker", "EXMA3.SA", "--ticker", "Q"], [/the ticker Q$/]],
    [["prices_latest", "--ticker", "EXMA4.SA"], [/no row of prices_latest has the ticker/]],
    [["--ticker", "EXMA3.SA", "--from", "2999-01-01"], []],
    [["--ticker", "EXMA3.SA"], []],
  ];
  for (const [args, expected] of cases) {
    const { code, stderr } = await run(space, args);
    const warnings = logLines(stderr).filter(({ level }) => level === "WARN");
    assertEquals([code, warnings.length], [0, expected.length], args.join(" ") + stderr);
    for (const [at, pattern] of expected.entries()) {
      assertMatch(String(warnings[at]?.message), pattern);
    }
  }
});

Deno.test("verify refuses a database that was named and is not there", async () => {
  await using space = await prepared();
  assertEquals((await run(space, ["--out", "p.csv"])).code, 0);
  const named = await run(space, ["verify", "p.csv", "--db", "none.db"]);
  assertEquals([named.code, named.stdout], [1, ""]);
  assertMatch(named.stderr, /none\.db does not exist/);
  const variable = await run(space, ["verify", "p.csv"], { env: { TICKERLOCK_DB: "none.db" } });
  assertEquals(variable.code, 1);
  const fallback = await run(space, ["verify", "p.csv"], { env: { TICKERLOCK_DB: "" } });
  assertEquals(fallback.code, 0);
  assertMatch(
    fallback.stdout,
    /there is no database .*, and so no manifest: only the \.sha256 counts/,
  );
});
