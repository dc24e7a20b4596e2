import { lineOf } from "../../../src/cli/args/typed.ts";
import { assert, assertEquals } from "../../assert.ts";
import { Workspace } from "../../e2e/workspace.ts";
import { inSpace } from "../in_process.ts";

Deno.test("a command line is kept as it was typed, quoted where a shell needs it", () => {
  const kept = (...args: string[]): string => lineOf(["tickerlock", "ingest", ...args]);
  assertEquals(kept("PETR4.SA", "--from=2024-01"), "tickerlock ingest PETR4.SA --from=2024-01");
  assertEquals(
    kept("--file", "a b.csv", "it's", ""),
    "tickerlock ingest --file 'a b.csv' 'it'\\''s' ''",
  );
  assertEquals(kept("--user-agent", "me/1.0"), "tickerlock ingest --user-agent me/1.0");
  assertEquals(kept("a\nb\u001b[2J"), "tickerlock ingest 'a b\ufffd[2J'");
});

Deno.test("secrets of URLs are left out", () => {
  const cases: [string[], string][] = [
    [["--db", "postgres://me:SECRET@host/db"], "--db postgres://***@host/db"],
    [["--db=postgres://me:p@SECRET@host/db"], "--db=postgres://***@host/db"],
    [["https://host/x?token=SECRET&y=SECRET"], "'https://host/x?***'"],
  ];
  for (const [args, expected] of cases) {
    const line = lineOf(["tickerlock", "ingest", ...args]);
    assert(!line.includes("SECRET"), line);
    assertEquals(line.replaceAll("'", ""), `tickerlock ingest ${expected.replaceAll("'", "")}`);
  }
});

Deno.test("a very long command line is cut, between whole characters as well", () => {
  const line = lineOf(["tickerlock", ...Array.from({ length: 400 }, () => "a.csv")]);
  assertEquals([line.length, line.at(-1)], [500, "…"]);
  assert(lineOf(["x".repeat(498) + "👩👩"]).isWellFormed());
});

Deno.test("the log has the command line of an ingest", async () => {
  await using space = await Workspace.create();
  space.write("a.csv", "ticker,date,close\nA,2024-01-02,5\nB,2024-01-02,5\n");
  const args = ["ingest", "B", "--source", "csv", "--file", "a.csv", "--job-lock"];
  assertEquals((await inSpace(space, args)).code, 0);
  assertEquals(space.logs().map(({ command }) => command), [
    "tickerlock ingest B --source csv --file a.csv --job-lock",
  ]);
});
