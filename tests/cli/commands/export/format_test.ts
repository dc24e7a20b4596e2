import { assertEquals, assertMatch, assertStringIncludes } from "../../../assert.ts";
import { inSpace, type Outcome } from "../../in_process.ts";
import { prepared } from "../../../e2e/prepared.ts";
import { logLines } from "../../../e2e/program.ts";
import type { Workspace } from "../../../e2e/workspace.ts";
import { has } from "../../../system.ts";

function run(space: Workspace, args: readonly string[]): Promise<Outcome> {
  return inSpace(space, ["export", ...args]);
}

Deno.test("the ending of --out is the format where --format says nothing", async () => {
  await using space = await prepared();
  for (const [file, format] of [["P.CSV", "csv"], ["p.jsonl", "ndjson"], ["p.x.json", "json"]]) {
    const { code, stdout, stderr } = await run(space, ["--out", file ?? "", "--json"]);
    assertEquals([code, stderr], [0, ""], file);
    assertEquals(JSON.parse(stdout).format, format);
  }
  for (
    const file of [
      "p.feather",
      "p.csv.gz",
      "p",
      ...has("names") ? ["p."] : [],
      "sub.csv/p",
      "P.XLSX",
    ]
  ) {
    const { code, stdout, stderr } = await run(space, ["--out", file]);
    assertEquals([code, stdout], [2, ""], file);
    assertMatch(stderr, /^Error: --out ".*": .*\nTry: .*--format/);
    assertStringIncludes(stderr, `--out ${JSON.stringify(file)}: `);
    assertEquals(space.names().includes(file), false);
    // Who says the format may call the file what he likes.
    const said = await run(space, ["--out", file, "--format", "ndjson", "--json"]);
    assertEquals([said.code, said.stderr], [0, ""], file);
    assertEquals(JSON.parse(said.stdout).format, "ndjson");
  }
});

Deno.test("an ending that contradicts --format is warned of, and --format is obeyed", async () => {
  await using space = await prepared();
  const { code, stdout, stderr } = await run(space, ["--out", "p.json", "--format", "csv"]);
  assertEquals([code, stdout], [0, ""]);
  const [warning, summary] = logLines(stderr);
  assertEquals([warning?.level, summary?.level], ["WARN", "INFO"]);
  assertMatch(String(warning?.message), /p\.json.*csv.*--format/);
  assertMatch(Deno.readTextFileSync(`${space.path}/p.json`), /^ticker,date,/);
  const same = await run(space, ["--out", "p.jsonl", "--format", "ndjson"]);
  assertEquals(logLines(same.stderr).length, 1);
});

Deno.test("a decimal comma: only numbers change, verify holds, and ingest reads it", async () => {
  await using space = await prepared();
  const styled = ["--separator", ";", "--decimal", ","];
  const usual = (await run(space, [])).stdout.trimEnd().split("\n");
  const other = (await run(space, styled)).stdout.trimEnd().split("\n");
  // The sample has no text with a comma, a point or a semicolon.
  const expected = usual.map((line, at) =>
    at === 0
      ? line.replaceAll(",", ";")
      : line.split(",").map((field, column) =>
        column >= 3 && column <= 7 ? field.replace(".", ",") : field
      ).join(";")
  );
  assertEquals(other, expected);
  assertMatch(other[1] ?? "", /^EXMA3\.SA;2024-01-02;cotahist;\d+,\d+;/);
  assertEquals(
    (await run(space, ["--separator=semicolon", "--decimal=comma"])).stdout,
    `${expected.join("\n")}\n`,
  );
  const tab = (await run(space, ["--separator", "tab"])).stdout.trimEnd().split("\n");
  assertEquals(tab, usual.map((line) => line.replaceAll(",", "\t")));

  assertEquals((await run(space, [...styled, "--out", "p.csv"])).code, 0);
  assertEquals((await run(space, ["verify", "p.csv"])).code, 0);
  const [query] = space.query("SELECT query FROM snapshots");
  assertStringIncludes(String(query?.query), '"separator":";","decimal":","');
  const read = await inSpace(
    space,
    ["ingest", "--source", "csv", "--file", "p.csv", "--db", "other.db"],
  );
  assertEquals(read.code, 0, read.stderr);
  const again = await run(space, ["--db", "other.db", "--columns", "ticker,date,close"]);
  const before = await run(space, ["--columns", "ticker,date,close"]);
  assertEquals(again.stdout, before.stdout);
});

Deno.test("CSV that could not be read back is refused, and its options with another format", async () => {
  await using space = await prepared();
  const cases: [args: string[], message: RegExp, hint: RegExp][] = [
    [["--decimal", ","], /--separator and --decimal are both ","/, /--separator semicolon/],
    [
      ["--decimal", ",", "--separator", ","],
      /--separator and --decimal are both/,
      /--separator tab/,
    ],
    [["--separator", "|"], /--separator "\|": is not one/, /semicolon or ';', tab/],
    [["--decimal", ";"], /--decimal ";": is not one/, /point or '\.', comma or ','/],
    // What is left of `--separator ;` once a shell has taken the semicolon.
    [["--separator"], /--separator needs a value/, /one of comma, semicolon, tab/],
    [["--separator", "tab", "--out", "p.json"], /--separator is for CSV.*json/, /--format csv/],
    [["--decimal", "comma", "--format", "ndjson"], /--decimal is for CSV.*ndjson/, /--format csv/],
  ];
  for (const [args, message, hint] of cases) {
    const { code, stdout, stderr } = await run(space, args);
    const [error = "", remedy = ""] = stderr.split("\n");
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertMatch(error, message);
    assertMatch(remedy, hint);
  }
  assertEquals(space.names().includes("p.json"), false);
});
