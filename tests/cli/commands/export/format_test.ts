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
      "p.parquet",
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
