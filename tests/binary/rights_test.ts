import { assert, assertEquals } from "../assert.ts";
import { binary, Place, runBare } from "./binary.ts";

// What the executable may not do, whatever becomes of the code in it. Each is tried, and what comes of
// it is printed: the name of the error, or that it went.
const TRIES: readonly [what: string, code: string, expected: string][] = [
  ["start a program", 'new Deno.Command("/bin/sh").outputSync()', "NotCapable"],
  ["load a library", 'Deno.dlopen("libc.so.6",{})', "NotCapable"],
  ["send a signal", "Deno.kill(1)", "NotCapable"],
  ["read a variable", 'Deno.env.get("USER")', "NotCapable"],
  ["ask for the kernel", "Deno.osRelease()", "NotCapable"],
  ["import from a site", 'import("https://raw.githubusercontent.com/a/b/c/x.js")', "TypeError"],
  ["read its own variable", 'Deno.env.get("LOCK_DIR")', "went"],
];

const PROBE = `const r=[];for(const f of[${TRIES.map(([, code]) => `()=>${code}`).join()}])` +
  'try{await f();r.push("went")}catch(e){r.push(e.name)}console.log(r.join());export const runProgram=()=>0';

/** Start and length of an embedded file, as the executable's own list has it. */
function fileAt(bytes: Uint8Array, name: string): [start: number, length: number] {
  const listed = find(bytes, `{"File":{"n":"${name}"`);
  const entry = new TextDecoder().decode(bytes.subarray(listed, listed + 200));
  const [, offset, length] = /"o":\[(\d+),(\d+)\]/.exec(entry) ?? [];
  // The first of them is the text of the licences.
  const first = find(bytes, "tickerlock\n\nMIT License");
  assert(listed >= 0 && first >= 0 && offset !== undefined, `${name} was not found`);
  return [first + Number(offset), Number(length)];
}

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
  // The files lie behind the runtime, one after the other, and a list of them tells where.
  const tail = bytes.subarray(bytes.length - 20_000_000);
  const [start, length] = fileAt(tail, "program.js");
  const code = new TextEncoder().encode(PROBE);
  assert(code.length <= length, `${code.length} bytes of code, room for ${length}`);
  tail.fill(" ".charCodeAt(0), start, start + length);
  tail.set(code, start);
  const program = `${place.path}/changed`;
  await Deno.writeFile(program, bytes, { mode: 0o755 });
  const { code: exit, stdout, stderr } = await runBare([program, "x"], place.path, {
    HOME: "/root",
  });
  assertEquals([exit, stderr], [0, ""]);
  assertEquals(
    stdout.trim().split(",").map((result, i) => `${TRIES[i]?.[0]}: ${result}`),
    TRIES.map(([what, , expected]) => `${what}: ${expected}`),
  );
});
