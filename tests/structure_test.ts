import { assert, assertEquals } from "./assert.ts";
import { cellsBelow, filesBelow, textOf } from "./pages.ts";

// Rules of docs/architecture.md that a compiler does not know.

/** No file is longer: then it has more than one reason to change. */
const MOST_LINES = 500;

/**
 * The folders of `src`, lowest first, and what each may import beside `base`: never one that is above
 * it. The table of the page is the rule.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  cellsBelow(textOf("docs/architecture.md"), "## Rooms")
    .filter(([room]) => room !== "all")
    .map(([room = "", , , , below = ""]) => [
      room.replaceAll("`", ""),
      below.split(", ").filter(Boolean),
    ]),
);

/** Engines of the store: they know nothing of each other, and only this file names them. */
const ENGINES = /^src\/store\/(sqlite|postgres)\//;
const NAMES_ENGINES = "src/store/open.ts";

/** What a file imports of the project, types and what it loads later included. */
function importsOf(file: string, text: string): string[] {
  const found = text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g);
  return [...found].map(([, path]) => new URL(path!, `file:///${file}`).pathname.slice(1));
}

/** All files of `src` with what they import. */
function importsOfAll(): Map<string, string[]> {
  const files = filesBelow("src/").filter((file) => file.endsWith(".ts"));
  return new Map(files.map((file) => [file, importsOf(file, textOf(file))]));
}

/** All imports of `src`, as pairs. */
function pairs(): [from: string, to: string][] {
  return [...importsOfAll()].flatMap(([from, all]) =>
    all.map((to): [string, string] => [from, to])
  );
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

/** The folder of `src` that a file is in; `main.ts` and what is outside are none. */
function roomOf(file: string): string | undefined {
  return /^src\/([^/]+)\//.exec(file)?.[1];
}

Deno.test(`no file of src and tests has more than ${MOST_LINES} lines`, () => {
  const files = ["src/", "tests/"].flatMap(filesBelow).filter((file) => /\.(ts|py|sh)$/.test(file));
  assert(files.length > 400 && files.includes("src/main.ts"), `${files.length} files`);
  const long = files.filter((file) => textOf(file).split("\n").length - 1 > MOST_LINES);
  assertEquals(long, []);
});

Deno.test("there is no import cycle in src, by what is loaded later neither", () => {
  const graph = importsOfAll();
  for (const [file, imports] of graph) {
    for (const each of imports) {
      // Data of the project, such as its version, import nothing.
      assert(graph.has(each) || each.endsWith(".json"), `${file} imports ${each}`);
    }
  }
  assert([...graph.values()].flat().length > graph.size);
  assertEquals(cycleIn(graph), undefined);
});

Deno.test("imports only go down between the folders of src", () => {
  const names = Object.keys(ROOMS);
  const folders = new Set(filesBelow("src/").flatMap((file) => roomOf(file) ?? []));
  assertEquals([...names].sort(), [...folders].sort());
  for (const [index, [name, below]] of Object.entries(ROOMS).entries()) {
    for (const each of below) {
      assert(names.slice(0, index).includes(each), `${name} is not above ${each}`);
    }
  }
  const up = pairs().filter(([from, to]) => {
    const [room, other] = [roomOf(from), roomOf(to)];
    if (room === undefined || room === other || !to.startsWith("src/")) return false;
    assert(room in ROOMS, `${from} is in no folder that is known`);
    return other !== "base" && !ROOMS[room]?.includes(other ?? "");
  });
  assertEquals(up.map(([from, to]) => `${from} -> ${to}`), []);
});

Deno.test("what src exports is used by another file", () => {
  const folders = ["src/", "tests/", "docs/", "scripts/"];
  const files = [...folders.flatMap(filesBelow), "mod.ts"]
    .filter((file) => file.endsWith(".ts") && file !== "tests/structure_test.ts");
  const usedIn = new Map<string, Set<string>>();
  for (const file of files) {
    const code = textOf(file).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    for (const [name] of code.matchAll(/\w+/g)) {
      usedIn.set(name, (usedIn.get(name) ?? new Set()).add(file));
    }
  }
  const exported =
    /^export (?:abstract |async )?(?:const|class|function\*?|interface|type|enum) (\w+)/gm;
  const unused = files.filter((file) => file.startsWith("src/")).flatMap((file) =>
    [...textOf(file).matchAll(exported)].map(([, name = ""]) => name)
      .filter((name) => usedIn.get(name)?.size === 1)
      .map((name) => `${file}: ${name}`)
  );
  assert(usedIn.size > 5000, `${usedIn.size} names`);
  // A parameter of the constructor of a public class.
  assertEquals(unused, ["src/lock/guard.ts: GuardParts"]);
});

/** Most lines of `src` as a whole: a feature that needs more lines takes them elsewhere. */
const MOST_LINES_OF_SRC = 61_000;

Deno.test(`src has at most ${MOST_LINES_OF_SRC} lines`, () => {
  const lines = filesBelow("src/").reduce(
    (sum, file) => sum + textOf(file).split("\n").length - 1,
    0,
  );
  assert(lines <= MOST_LINES_OF_SRC && lines > MOST_LINES_OF_SRC * 0.9, `${lines} lines`);
});

Deno.test("SQL is in src/store alone", () => {
  const sql =
    /node:sqlite|\b(SELECT [\w*(]|INSERT (OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|PRAGMA \w|CREATE TABLE|BEGIN IMMEDIATE)/;
  const files = filesBelow("src/").filter((file) => file.endsWith(".ts"));
  const found = files.filter((file) => sql.test(textOf(file)));
  assert(found.some((file) => file.startsWith("src/store/")));
  assertEquals(found.filter((file) => !file.startsWith("src/store/")), []);
});

Deno.test(`the engines of the store are named by ${NAMES_ENGINES} alone`, () => {
  const engineOf = (file: string) => ENGINES.exec(file)?.[1];
  const named = pairs().filter(([from, to]) => {
    const engine = engineOf(to);
    return engine !== undefined && engineOf(from) !== engine && from !== NAMES_ENGINES;
  });
  assertEquals(named.map(([from]) => from), []);
});

Deno.test("an import in any form is seen, and so is a cycle of any length", () => {
  const text = `import { a } from "./a.ts";
import type { B } from "../b.ts";
import {
  c,
} from "./c/c.ts";
export * from "./d.ts";
import "./e.ts";
const f = await import("./f.ts");
const g = () => import(
  "./g.ts"
);
import * as g from "valibot";`;
  assertEquals(
    importsOf("src/x/y.ts", text),
    ["x/a", "b", "x/c/c", "x/d", "x/e", "x/f", "x/g"].map((name) => `src/${name}.ts`),
  );
  const graph = new Map([["a", ["b", "c"]], ["b", ["c"]], ["c", ["d"]], ["d", []]]);
  assertEquals(cycleIn(graph), undefined);
  assertEquals(cycleIn(new Map([...graph, ["d", ["b"]]])), ["b", "c", "d", "b"]);
  assertEquals(cycleIn(new Map([["a", ["a"]]])), ["a", "a"]);
});
