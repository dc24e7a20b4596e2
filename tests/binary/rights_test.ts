import { ENVIRONMENT } from "../../src/config.ts";
import { programFlags } from "../../scripts/project.ts";
import { assert, assertEquals } from "../assert.ts";
import { binary, Place, runBare } from "./binary.ts";

// What the executable may not do, whatever becomes of the code in it. Each is tried, and what comes of
// it is printed: the name of the error, or that it went.
const TRIES: readonly [what: string, code: string, expected: string][] = [
  ["start a program", 'new Deno.Command("/bin/sh").outputSync()', "NotCapable"],
  ["load a library", 'Deno.dlopen("libc.so.6",{})', "NotCapable"],
  ["send a signal", "Deno.kill(1)", "NotCapable"],
  ["read a variable", 'Deno.env.get("HOME")', "NotCapable"],
  ["ask for the kernel", "Deno.osRelease()", "NotCapable"],
  ["import from a site", 'import("https://deno.land/x.js")', "TypeError"],
  ["read its own variable", 'Deno.env.get("LOCK_DIR")', "went"],
];

const PROBE = `const r=[];for(const f of[${TRIES.map(([, code]) => `()=>${code}`).join()}])` +
  'try{await f();r.push("went")}catch(e){r.push(e.name)}console.log(r.join())';

/** Where one text is in an executable, which has its modules inside as they are. */
function find(bytes: Uint8Array, text: string): number {
  const wanted = new TextEncoder().encode(text);
  let from = 0;
  for (;;) {
    const at = bytes.indexOf(wanted[0] ?? 0, from);
    if (at < 0) return -1;
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
    from = at + 1;
  }
}

Deno.test("with other code in it, the executable can start, load and ask for nothing", async () => {
  const path = binary();
  if (path === undefined) return;
  await using place = await Place.create();
  const bytes = await Deno.readFile(path);
  // The code lies behind the runtime: its end is looked at, where a search is quick.
  const tail = bytes.subarray(bytes.length - 20_000_000);
  const begin = find(tail, "// src/main.ts\n");
  const end = find(tail.subarray(begin), "runProgram(Deno.args));\n}");
  assert(begin > 0 && end > 0, "the first module was not found");
  // One expression statement in the place of the module, as long as it; import lines above stay.
  const code = new TextEncoder().encode(PROBE);
  const room = end + "runProgram(Deno.args));\n}".length;
  assert(code.length <= room, `${code.length} bytes of code, room for ${room}`);
  tail.fill(" ".charCodeAt(0), begin, begin + room);
  tail.set(code, begin);
  const program = `${place.path}/changed`;
  await Deno.writeFile(program, bytes, { mode: 0o755 });
  const { code: exit, stdout, stderr } = await runBare([program], place.path, { HOME: "/root" });
  assertEquals([exit, stderr], [0, ""]);
  assertEquals(
    stdout.trim().split(",").map((result, i) => `${TRIES[i]?.[0]}: ${result}`),
    TRIES.map(([what, , expected]) => `${what}: ${expected}`),
  );
});

Deno.test("the executable's rights are those of the task", () => {
  const flags = programFlags();
  assert(flags.includes("--no-prompt"));
  const env = flags.find((flag) => flag.startsWith("--allow-env="));
  assertEquals(env?.slice("--allow-env=".length).split(",").sort(), [...ENVIRONMENT].sort());
});
