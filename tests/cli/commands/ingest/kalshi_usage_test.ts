import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../../assert.ts";
import { Scene } from "../../../e2e/kalshi_scene.ts";
import { inSpace, type Outcome } from "../../in_process.ts";

function run({ space, kalshi }: Scene, args: readonly string[]): Promise<Outcome> {
  return inSpace(space, args, { env: { KALSHI_BASE_URL: kalshi.url } });
}

Deno.test("bad values are refused by name, with the nearest match, before anything is touched", async () => {
  await using scene = await Scene.start();
  const cases: [readonly string[], RegExp][] = [
    [["--dataset", "market"], /--dataset "market"[^]*Did you mean markets\?/],
    [
      ["--dataset", "stocks"],
      /--dataset "stocks"[^]*events, markets, settlements, snapshots, all/,
    ],
    [["--status", "opne"], /--status "opne"[^]*Did you mean open\?/],
    [
      ["--status", "active"],
      /--status "active"[^]*unopened, open, paused, closed, settled, all/,
    ],
    [["--series", "KX FED"], /--series.*"KX FED"/],
    [["--event", ""], /--event/],
    [["--datset", "markets"], /--datset[^]*--dataset/],
    [["--file", "x.csv"], /--file/],
    [["--all"], /--all/],
    [["--from", "2024-01-01"], /--from/],
    [["--to", "2024-01-01"], /--to/],
    [["--markets", "010"], /--markets/],
    [["--ticker", "../x"], /\.\.\/x/i],
  ];
  for (const [args, expected] of cases) {
    const { code, stdout, stderr } = await run(scene, ["ingest", "--source", "kalshi", ...args]);
    assertEquals([code, stdout], [2, ""], `${args}: ${stderr}`);
    assertMatch(stderr.replaceAll('\\"', '"'), expected, args.join(" "));
    assert(/Try: /.test(stderr), stderr);
  }
  assertEquals([scene.space.names(), scene.kalshi.requests.length], [[], 0]);
});

Deno.test("--dataset and its kind are refused where the source has none", async () => {
  await using scene = await Scene.start();
  for (const option of ["dataset", "status", "series", "event"]) {
    const { code, stderr } = await inSpace(scene.space, [
      "ingest",
      "--source",
      "yahoo",
      "--ticker",
      "PETR4.SA",
      `--${option}`,
      "open",
    ]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, `--${option}`);
  }
});

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
