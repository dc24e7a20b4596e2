import config from "../../deno.json" with { type: "json" };
import { stamp, withoutPlaces, withRequire } from "../../scripts/bundle.ts";
import { compileArguments } from "../../scripts/compile.ts";
import { programFlags } from "../../scripts/project.ts";
import { executableName, type Target, TARGETS } from "../../scripts/targets.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

/** What the bundler makes of the same program on a machine with such folders. */
function made(cache: string, hash: string): Map<string, string> {
  return new Map([
    ["main.js", `import {\n  a\n} from "./chunk-${hash}.js";\nawait import("./db-${hash}.js");\n`],
    [`db-${hash}.js`, `import "./chunk-${hash}.js";\n// src/x.ts\nx("./db-none.js")\n`],
    [
      `chunk-${hash}.js`,
      `// ${cache}/npm/a.host/@a/b/1.2.3/x.js\ny({"${cache}/npm/a.host/c/1.0.0/i.js"(z) {}})`,
    ],
    [`unused-${hash}.js`, "never()"],
  ]);
}

Deno.test("a bundle is the same wherever it was made", () => {
  const here = withoutPlaces(made("../../root/.cache/deno", "AAAA1111"));
  const there = withoutPlaces(made("../../../home/some one/deno", "BBBB2222"));
  assertEquals([...here], [...there]);
  assertEquals([...here.keys()], ["main.js", "chunk.js", "db.js"]);
  assertEquals(here.get("chunk.js"), '// npm:@a/b/1.2.3/x.js\ny({"npm:c/1.0.0/i.js"(z) {}})');
  assertEquals(here.get("db.js"), 'import "./chunk.js";\n// src/x.ts\nx("./db-none.js")\n');
});

Deno.test("files of one name are told apart", () => {
  const files = new Map([
    ["main.js", 'import "./source-AAAAAAAA.js"; import "./source-BBBBBBBB.js";'],
    ["source-AAAAAAAA.js", "a"],
    ["source-BBBBBBBB.js", "b"],
  ]);
  assertEquals([...withoutPlaces(files)], [
    ["main.js", 'import "./source.js"; import "./source-2.js";'],
    ["source.js", "a"],
    ["source-2.js", "b"],
  ]);
});

Deno.test("commit and time go in once each, and nowhere is an error", () => {
  const files = new Map([["a.js", 'x = "@m@"'], ["b.js", "y"]]);
  assertEquals([...stamp(files, { "@m@": "$&" })], [["a.js", 'x = "$&"'], ["b.js", "y"]]);
  assertThrows(() => stamp(files, { "@n@": "1" }), Error, "@n@");
  const twice = new Map([["a.js", "@m@"], ["b.js", "@m@"]]);
  assertThrows(() => stamp(twice, { "@m@": "1" }), Error, "exactly once");
  assertThrows(() => stamp(new Map([["a.js", "@m@@m@"]]), { "@m@": "1" }), Error, "exactly once");
});

Deno.test("a package of the older form gets modules of the runtime, and no others", async () => {
  const shim =
    'export const ask=typeof require<"u"?require:()=>{throw Error("Dynamic require of")};';
  const text = withRequire(new Map([["a.js", shim], ["b.js", "1"]]));
  assertEquals(text.get("b.js"), "1");
  const module: { ask(id: string): { inflateRawSync?: unknown } } = await import(
    `data:text/javascript,${encodeURIComponent(text.get("a.js") ?? "")}`
  );
  assertEquals(typeof module.ask("node:zlib").inflateRawSync, "function");
  // What the bundler writes where it does not minify would load node:module at each start.
  const eager = 'import { createRequire as _r } from "node:module";\n' +
    "var __require = _r(import.meta.url);\nexport {\n  __require\n};";
  const lazy = withRequire(new Map([["a.js", eager]])).get("a.js") ?? "";
  assert(!lazy.includes("createRequire"), lazy);
  const { __require } = await import(`data:text/javascript,${encodeURIComponent(lazy)}`);
  assertEquals(typeof __require("node:zlib").inflateRawSync, "function");
  assertThrows(() => module.ask("./x.js"), Error, "no module ./x.js");
});

Deno.test("five platforms, each with a name of its own", () => {
  assertEquals(TARGETS.length, 5);
  assertEquals(new Set(TARGETS.map(executableName)).size, 5);
  assertEquals(new Set(TARGETS.map(({ triple }) => triple)).size, 5);
  for (const { name, triple, suffix } of TARGETS) {
    const [os, arch] = name.split("-");
    assert(triple.startsWith(arch ?? "?"), name);
    assertEquals(triple.includes(os === "macos" ? "darwin" : os ?? "?"), true, name);
    assertEquals(suffix, os === "windows" ? ".exe" : "");
  }
});

Deno.test("the executable has the rights of the task, and fewer", () => {
  const flags = programFlags();
  const [target] = TARGETS as [Target];
  const words = compileArguments("b", target, "out", false);
  for (const flag of flags) assert(words.includes(flag), flag);
  const rights = words.filter((word) => /^(--(allow|deny|no-prompt|unstable)|-)/.test(word));
  const added = rights.filter((word) => !flags.includes(word) && /allow|deny/.test(word));
  assertEquals(added, ["--deny-import"]);
  for (const name of config.unstable) assert(words.includes(`--unstable-${name}`), name);
  assertEquals(words.slice(-3), ["--target", target.triple, "b/main.js"]);
  assert(!compileArguments("b", target, "out", true).includes("--target"));
});

Deno.test("a right that the program never has is refused where it is built", () => {
  for (
    const bad of [
      { all: true },
      { run: true },
      { run: ["sh"] },
      { ffi: ["x.so"] },
      { import: true },
      { env: true },
      { env: [] },
      { sys: true },
      { read: false },
      { read: ["data"] },
    ] as Record<string, boolean | string[]>[]
  ) {
    assertThrows(() => programFlags({ write: true, ...bad }), Error, Object.keys(bad)[0]);
  }
  assertEquals(programFlags({ net: true, env: ["A", "B"] }), [
    "--no-prompt",
    "--allow-net",
    "--allow-env=A,B",
  ]);
});
