import { Io, type Sink } from "../../src/cli/output/io.ts";
import { runProgram } from "../../src/cli/program.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";

/** Runs a command in which something throws that no place foresees: the environment, as it is asked. */
async function throwing(error: unknown): Promise<{ code: number; told: string }> {
  let told = "";
  const sink: Sink = {
    writeSync: (bytes) => {
      told += new TextDecoder().decode(bytes);
      return bytes.length;
    },
    write: (bytes) => Promise.resolve(bytes.length),
    isTerminal: () => true,
  };
  const env = (name: string): undefined => {
    if (name === "TICKERLOCK_DB") throw error;
  };
  const code = await runProgram(
    ["stats"],
    new Io({ stdout: sink, stderr: sink, env, columns: () => 80 }),
  );
  return { code, told: told.replaceAll(/\s+/g, " ") };
}

Deno.test("what the system refuses is no bug, wherever it is met", async () => {
  const words = "Permission denied (os error 13): mkdir '/data/x'";
  const denied = await throwing(Object.assign(new Error(words), { code: "EACCES" }));
  assertEquals(denied, {
    code: 1,
    told:
      'Error: cannot write "/data/x": permission denied Try: Give this user the right to write ' +
      "it, and to write in its folder. ",
  });
  const none = await throwing(new Error("Too many open files (os error 24)"));
  assertMatch(
    none.told,
    /^Error: a file could not be used: too many files are open Try: .*ulimit -n/,
  );
});

Deno.test("anything else that was not thrown on purpose is one", async () => {
  const { code, told } = await throwing(new TypeError("x is not a function"));
  assertEquals(code, 1);
  assertStringIncludes(told, "this is a bug in tickerlock: TypeError: x is not a function");
});
