import { assertEquals, assertRejects } from "./assert.ts";
import { canMount, installed, succeeds } from "./installed.ts";
import { has } from "./system.ts";

Deno.test("a program that is missing fails under CI, and is told otherwise", async () => {
  const missing = "tickerlock-has-no-such-program";
  await assertRejects(
    () => installed(missing, undefined, "true"),
    Error,
    `${missing} is not installed: these tests have to run`,
  );
  assertEquals(await installed(missing, undefined, ""), false);
  assertEquals(await installed("deno", [Deno.execPath(), "--version"], "true"), true);
  await assertRejects(() => installed("sh", ["sh", "-c", "exit 1"], "true", "linux"), Error);
});

Deno.test("a mount that is refused is no failure", async () => {
  assertEquals(await succeeds(["false"]), false);
  if (has("mounts")) assertEquals(await canMount(["false"]), false);
});
