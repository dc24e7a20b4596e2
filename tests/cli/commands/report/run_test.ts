import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../../assert.ts";
import { prepared } from "../../../e2e/prepared.ts";
import { modeOf, wantedMode } from "../../../system.ts";
import { inSpace } from "../../in_process.ts";

Deno.test("the page is a file for its owner, and is replaced; or goes to standard output", async () => {
  await using space = await prepared();
  const file = `${space.path}/tickerlock-report.html`;
  for (const size of [/^\d+ fresh, .*\ntickerlock-report\.html: \d+\.\d kB\n$/, /kB/]) {
    const { code, stdout, stderr } = await inSpace(space, ["report"]);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, size);
    assertEquals(modeOf(file), wantedMode(0o600));
  }
  const { code, stdout } = await inSpace(space, ["report", "--out", "-"]);
  assertEquals(code, 0);
  const body = (page: string) => page.slice(page.indexOf("<table"), page.indexOf("<footer"));
  assertEquals(body(stdout), body(Deno.readTextFileSync(file)));
  assertStringIncludes(stdout, '<th scope="row">EXMA3.SA<td>cotahist');
  assert(!stdout.includes("uPlot"));
});

Deno.test("with tickers there are charts, and with --json the same as data", async () => {
  await using space = await prepared();
  const { code, stdout } = await inSpace(space, ["report", "EXMA3.SA", "--out", "-"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "uPlot");
  const json = await inSpace(space, ["report", "EXMA3.SA", "--json", "--title", "Mine"]);
  const data = JSON.parse(json.stdout);
  assertEquals([data.title, data.charts.length, data.charts[0].ticker], ["Mine", 1, "EXMA3.SA"]);
});

Deno.test("what cannot be is refused, and nothing is written over", async () => {
  await using space = await prepared();
  const unknown = await inSpace(space, ["report", "NOPE.SA"]);
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.stderr, "--ticker NOPE.SA: there are no prices of it");
  for (const args of [["--json", "--out", "x.html"], ["--out", space.db], ["--max-behind", "-1"]]) {
    assertEquals((await inSpace(space, ["report", ...args])).code, 2, `${args}`);
  }
  assert(space.names().every((name) => !name.endsWith(".html")));
});
