import { processLives } from "../../src/platform/processes.ts";
import { endStopped } from "../../src/platform/services.ts";
import { assertEquals } from "../assert.ts";

Deno.test("this process lives, one that has ended does not, and number 0 is none", async () => {
  assertEquals(processLives(Deno.pid), true);
  const child = new Deno.Command(Deno.execPath(), { args: ["--version"], stdout: "null" }).spawn();
  await child.status;
  assertEquals(processLives(child.pid), false);
  for (const pid of [0, -1, 1.5, NaN]) assertEquals(processLives(pid), null, String(pid));
});

Deno.test("without the right to ask, nothing is said", () => {
  const refused = (): number => {
    throw new Deno.errors.NotCapable("Requires sys access");
  };
  assertEquals(processLives(Deno.pid, refused), null);
});

Deno.test("what is stopped does not hear of SIGTERM, so that is not what is named", () => {
  assertEquals(
    endStopped(7, "linux"),
    "let it go on with kill -CONT 7 where it is stopped, or end it with kill -9 7",
  );
  assertEquals(endStopped(7, "windows"), "end it with taskkill /F /PID 7");
});
