import { VERSION } from "../../src/base/version.ts";
import { assertEquals, assertHas, assertMatch } from "../assert.ts";
import { runProgram } from "./program.ts";

Deno.test("--version stands alone, or with --json", async () => {
  const text = await runProgram(["--version"]);
  assertHas(text, { code: 0, stdout: `tickerlock ${VERSION}\n`, stderr: "" });
  const json = await runProgram(["--version", "--json"]);
  assertHas(json, { code: 0, stderr: "" });
  assertEquals(JSON.parse(json.stdout).version, VERSION);
});

Deno.test("what is wrong behind --version is refused by name", async () => {
  for (
    const [args, error] of [
      [["--version", "extra"], /^Error: unexpected argument "extra"/],
      [["--version", "--json", "--bogus"], /^Error: unknown option --bogus/],
      [["--version", "--bogus", "--json"], /^Error: unknown option --bogus/],
      [["--version", "--json", "--json"], /^Error: unexpected argument "--json"/],
      [["--version", ""], /^Error: unexpected argument ""/],
    ] as const
  ) {
    const { code, stdout, stderr } = await runProgram(args, {
      env: { TICKERLOCK_LOG_FORMAT: "pretty" },
    });
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertMatch(stderr, error);
    assertMatch(stderr, /^Try: .*--version/m);
  }
});
