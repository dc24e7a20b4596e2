import { assert, assertEquals } from "../assert.ts";
import { cellsBelow, textOf } from "../pages.ts";

/** Types of valibot, by which a caller hands over a schema: they are documented there. */
const OF_VALIBOT = /references private type '(GenericSchema|InferOutput)'/;

/** What `deno doc` says of the library. */
async function documentation(...options: readonly string[]): Promise<[string, string]> {
  const { stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", ...options, "mod.ts"],
    env: { NO_COLOR: "1" },
  }).output();
  return [new TextDecoder().decode(stdout), new TextDecoder().decode(stderr)];
}

Deno.test("every symbol and member of the library's interface has a doc comment, and no type is hidden", async () => {
  const said = (await documentation("--lint")).join("");
  const faults = said.split("\n").filter((line) => /^error\[/.test(line));
  // Those of valibot show that the check has run.
  assert(faults.some((line) => OF_VALIBOT.test(line)), said);
  assertEquals(faults.filter((line) => !OF_VALIBOT.test(line)), [], said);
});

/** The part of the JSON that is looked at. */
interface Documented {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly DocumentedSymbol[] }>>;
}

interface DocumentedSymbol {
  readonly name: string;
  readonly declarations: readonly {
    readonly kind: string;
    readonly jsDoc?: {
      readonly tags?: readonly { readonly kind: string; readonly doc?: string }[];
    };
  }[];
}

Deno.test("every symbol of the library is in a category of docs/library.md, and none of these is empty", async () => {
  const [json] = await documentation("--json");
  const { nodes }: Documented = JSON.parse(json);
  const symbols = Object.values(nodes).flatMap((each) => each.symbols);
  const table = cellsBelow(textOf("docs/library.md"), "## What there is");
  const categories = new Map(table.map(([name = ""]) => [name, new Set<string>()]));
  for (const { name, declarations } of symbols) {
    // A second name of a symbol, and the implementation of overloads, have no comment of their own.
    const documented = declarations.filter(({ kind, jsDoc }) => kind !== "reference" && jsDoc);
    for (const { jsDoc } of documented) {
      const given = jsDoc?.tags?.filter(({ kind }) => kind === "category").map(({ doc }) => doc);
      assertEquals(given?.length, 1, `${name}: @category`);
      const names = categories.get(given?.[0] ?? "");
      assert(names !== undefined, `${name}: no category of the page: ${given}`);
      names.add(name);
    }
  }
  for (const [name, , begin = ""] of table) {
    const there = categories.get(name ?? "");
    const wanted = [...begin.matchAll(/`(\w+)`/g)].map(([, symbol = ""]) => symbol);
    assert(wanted.length > 0, name);
    assertEquals(wanted.filter((symbol) => !there?.has(symbol)), [], name);
  }
});
