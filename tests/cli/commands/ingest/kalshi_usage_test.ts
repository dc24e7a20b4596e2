import { assertEquals, assertStringIncludes } from "../../../assert.ts";
import { Scene } from "../../../e2e/kalshi_scene.ts";
import { inSpace, type Outcome } from "../../in_process.ts";

function run({ space, kalshi }: Scene, args: readonly string[]): Promise<Outcome> {
  return inSpace(space, args, { env: { KALSHI_BASE_URL: kalshi.url } });
}

Deno.test("sources test kalshi: answers, silence, another program in its place", async () => {
  await using scene = await Scene.start();
  const test = (...args: string[]) => run(scene, ["sources", "test", "kalshi", ...args]);
  const good = await test("--json");
  assertEquals(good.code, 0);
  const { ok, status, target } = JSON.parse(good.stdout);
  assertEquals({ ok, status, target }, {
    ok: true,
    status: 200,
    target: `${scene.kalshi.url}/markets`,
  });
  const [ticker = ""] = scene.tickers(() => true);
  assertEquals((await test("--ticker", ticker)).code, 0);
  const unknown = await test("--ticker", "NOPE");
  assertEquals(unknown.code, 1);
  assertStringIncludes(unknown.stdout + unknown.stderr, "NOPE");
  for (const fault of ["error-500", "rate-text", "not-json", "other-json"] as const) {
    scene.kalshi.clearFaults();
    scene.kalshi.addFault(fault);
    assertEquals((await test()).code, 1, fault);
  }
  assertEquals(scene.space.names(), []);
});
