import { VERSION } from "../../src/base/version.ts";
import { assertEquals, assertHas } from "../assert.ts";
import { runProgram } from "./program.ts";

Deno.test("--version stands alone, or with --json", async () => {
  const text = await runProgram(["--version"]);
  assertHas(text, { code: 0, stdout: `tickerlock ${VERSION}\n`, stderr: "" });
  const json = await runProgram(["--version", "--json"]);
  assertHas(json, { code: 0, stderr: "" });
  assertEquals(JSON.parse(json.stdout).version, VERSION);
});
