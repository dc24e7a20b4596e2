import { processLives } from "../../src/platform/host.ts";
import { endStopped } from "../../src/platform/services.ts";
import { assertEquals, assertMatch } from "../assert.ts";

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
  assertMatch(endStopped("l.lock", "linux"), /fuser -v l\.lock.*kill -CONT .*kill -9$/);
  assertMatch(
    endStopped("l.lock", "windows"),
    /openfiles .*taskkill \/F \/PID and the number shown$/,
  );
});
