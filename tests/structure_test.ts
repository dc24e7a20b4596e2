import { assert, assertEquals } from "./assert.ts";

// Rules of docs/architecture.md that a compiler does not know.

const root = new URL("../", import.meta.url);

/** No file is longer: then it has more than one reason to change. */
const MOST_LINES = 500;

/** Written by `deno task docs`. */
const GENERATED: readonly string[] = ["src/cli/commands/completions/table.ts"];

/** All files below a folder of the project, as paths from its root. */
function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, root))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}${name}/`) : [`${folder}${name}`]
  ).sort();
}

function textOf(file: string): string {
  return Deno.readTextFileSync(new URL(file, root));
}

/**
 * What a file imports of ours, types included. Not what it loads when that is called for, as the table
 * of the commands does: help and commands know each other by that.
 */
function importsOf(file: string, text: string): string[] {
  const found = text.matchAll(/\b(?:from|import)\s*"(\.{1,2}\/[^"]+)"/g);
  return [...found].map(([, path]) => new URL(path!, `file:///${file}`).pathname.slice(1));
}

/** The first cycle of a graph, its first file again at its end; undefined where there is none. */
function cycleIn(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] | undefined => {
    const at = way.indexOf(file);
    if (at >= 0) return [...way.slice(at), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...way, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

Deno.test(`no file of src and tests has more than ${MOST_LINES} lines, but for what is generated`, () => {
  const files = ["src/", "tests/"].flatMap(filesBelow).filter((file) => /\.(ts|py|sh)$/.test(file));
  assert(files.length > 400 && files.includes("src/main.ts"), `${files.length} files`);
  const long = files.filter((file) => textOf(file).split("\n").length - 1 > MOST_LINES);
  assertEquals(long, GENERATED, "split these by subject");
});

Deno.test("there is no import cycle in src", () => {
  const files = filesBelow("src/").filter((file) => file.endsWith(".ts"));
  const graph = new Map(files.map((file) => [file, importsOf(file, textOf(file))]));
  for (const [file, imports] of graph) {
    for (const each of imports) {
      // Data of the project, such as its version, import nothing.
      assert(graph.has(each) || each.endsWith(".json"), `${file} imports ${each}`);
    }
  }
  assert([...graph.values()].flat().length > files.length);
  assertEquals(cycleIn(graph), undefined);
});

Deno.test("a static import in any form is seen, and so is a cycle of any length", () => {
  const text = `import { a } from "./a.ts";
import type { B } from "../b.ts";
import {
  c,
} from "./c/c.ts";
export * from "./d.ts";
import "./e.ts";
const f = await import("./f.ts");
import * as g from "valibot";`;
  const seen = importsOf("src/x/y.ts", text);
  assertEquals(
    seen,
    ["a", "../b", "c/c", "d", "e"].map((name) =>
      new URL(`${name}.ts`, "file:///src/x/").pathname.slice(1)
    ),
  );
  const graph = new Map([["a", ["b", "c"]], ["b", ["c"]], ["c", ["d"]], ["d", []]]);
  assertEquals(cycleIn(graph), undefined);
  assertEquals(cycleIn(new Map([...graph, ["d", ["b"]]])), ["b", "c", "d", "b"]);
  assertEquals(cycleIn(new Map([["a", ["a"]]])), ["a", "a"]);
});
