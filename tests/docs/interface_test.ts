import { assert, assertEquals } from "../assert.ts";
import { libraryExports } from "../../docs/generate/exports_page.ts";
import { cellsBelow, textOf } from "../pages.ts";

/** Types of valibot, by which a caller hands over a schema: they are documented there. */
const OF_VALIBOT = /references private type '(GenericSchema|InferOutput)'/;

Deno.test("every symbol and member of the library's interface has a doc comment, and no type is hidden", async () => {
  const { stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", "mod.ts"],
    env: { NO_COLOR: "1" },
  }).output();
  const said = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
  const faults = said.split("\n").filter((line) => /^error\[/.test(line));
  // Those of valibot show that the check has run.
  assert(faults.some((line) => OF_VALIBOT.test(line)), said);
  assertEquals(faults.filter((line) => !OF_VALIBOT.test(line)), [], said);
});

Deno.test("each category of docs/library.md has the exports that the page begins with", async () => {
  const exports = await libraryExports();
  assert(exports.every(({ sentence }) => sentence.length > 5), JSON.stringify(exports));
  const table = cellsBelow(textOf("docs/library.md"), "## What there is");
  for (const [name, , begin = ""] of table) {
    const there = exports.filter(({ category }) => category === name).map((each) => each.name);
    const wanted = [...begin.matchAll(/`(\w+)`/g)].map(([, symbol = ""]) => symbol);
    assert(wanted.length > 0, name);
    assertEquals(wanted.filter((symbol) => !there.includes(symbol)), [], name);
  }
});
