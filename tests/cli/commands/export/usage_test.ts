import { assert, assertEquals, assertMatch } from "../../../assert.ts";
import { errorOf, prepared } from "../../../e2e/prepared.ts";
import { inSpace } from "../../in_process.ts";

Deno.test("what makes no sense is refused by name, and nothing is made", async () => {
  await using space = await prepared();
  const cases: [string[], string, RegExp][] = [
    [["price"], "unknown_table", /Did you mean prices\?/],
    [["sync_state", "--ticker", "A"], "filter_not_possible", /Leave --ticker out/],
    [["--columns", "dte"], "unknown_column", /Did you mean date\?/],
    [["--columns", "date,date"], "bad_value", /once/],
    [["--format", "ndjsn"], "bad_value", /Did you mean ndjson\?/],
    [["--from", "2024-02-01", "--to", "2024-01-01"], "bad_window", /Swap/],
    [["--json"], "unused_option", /--format json/],
    [["verify"], "missing_file", /export verify FILE/],
    [["verify", "x.csv", "--ticker", "A"], "unused_option", /Leave it out/],
    [["prices", "x.csv"], "unexpected_argument", /--out x\.csv/],
  ];
  for (const [args, code, hint] of cases) {
    const out = code === "unused_option" || args[1] === "x.csv" ? [] : ["--out", "no/x.csv"];
    const given = args[0] === "verify" ? args : [...args, ...out];
    const outcome = await inSpace(space, ["export", ...given, "--log-format", "json"]);
    const error = errorOf(outcome);
    assertEquals([outcome.code, error.code], [2, code], given.join(" "));
    assertMatch(error.hint, hint);
  }
  assert(!space.names().includes("no"));
  const missing = await inSpace(space, ["export", "verify", "none.csv"]);
  assertEquals([missing.code, errorOf(missing).code], [1, "file_not_found"]);
});
