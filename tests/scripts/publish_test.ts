import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { projectPath } from "../e2e/program.ts";

Deno.test("what would be published as a library passes the registry's checks", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty"],
    cwd: projectPath(""),
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stderr);
  assertEquals(code, 0, said);
  for (const path of ["mod.ts", "src/base/version.ts", "LICENSE", "CHANGELOG.md", "deno.json"]) {
    assertStringIncludes(said, new URL(`../../${path}`, import.meta.url).href);
  }
  assert(!said.includes("/tests/") && !said.includes("/scripts/"), said);
});
