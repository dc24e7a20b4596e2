import { assertEquals } from "../assert.ts";
import { assertAllFree } from "./lock_tools.ts";
import { logLines, problemAndRemedy } from "./program.ts";
import { reportOf } from "./report_json.ts";
import { waitFor } from "./wait_for.ts";
import { EVERYTHING, naming, Scene, tickersTo } from "./yahoo_scene.ts";
import { testNeeding } from "../system.ts";

for (const [name, exitCode] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
  testNeeding(
    "signals",
    `${name} in the middle of 100 tickers: what is done is in whole, the rest not at all`,
    async () => {
      const tickers = Array.from({ length: 100 }, (_, i) => `S${i + 100}.SA`);
      const done = tickers.slice(0, 40);
      const never = Promise.withResolvers<void>();
      let isHeld = true;
      await using scene = await Scene.create({
        years: 0.25,
        onRequest: ({ symbol }) => isHeld && !done.includes(symbol) ? never.promise : undefined,
      });
      const { space } = scene;
      const args = [...naming(tickers), "--timeout", "100"];
      await using running = scene.start([...args, "--json"]);
      await waitFor(
        "40 tickers done and 4 in flight",
        () =>
          scene.asked().length === 44 &&
          space.logs().filter(({ status }) => status === "success").length === 40,
      );
      running.kill(name);
      const { code, stdout, stderr } = await running.outcome();
      assertEquals(code, exitCode);
      const report = reportOf(stdout);
      assertEquals(report.totals.by_status, { interrupted: 4, success: 40 });
      assertEquals([report.not_started, report.exit_code], [56, exitCode]);
      assertEquals(
        logLines(stderr).map(problemAndRemedy),
        [
          `stopped by ${name} (4 times) Try: Start it again when you like: what was done is ` +
          "kept, and the rest is done then.",
        ],
      );
      const inFlight = tickers.slice(40, 44);
      assertEquals(
        space.logs().map(({ ticker, status, error_code, requests }) =>
          [ticker, status, error_code, requests].join(" ")
        ).sort(),
        [
          ...done.map((ticker) => `${ticker} success  1`),
          ...inFlight.map((ticker) => `${ticker} interrupted interrupted 1`),
        ],
      );
      for (const ticker of done) await scene.assertSame(ticker);
      assertEquals(new Set(space.prices().map(({ ticker }) => ticker)).size, 40);
      assertEquals(space.value("PRAGMA integrity_check"), "ok");
      await assertAllFree(space);

      isHeld = false;
      const before = scene.asked().length;
      await scene.good(args);
      const asked = scene.asked().slice(before);
      assertEquals(asked.length, 100);
      assertEquals(asked.filter(({ period1 }) => period1 === EVERYTHING).length, 60);
      for (const ticker of tickers) await scene.assertSame(ticker);
    },
  );
}

testNeeding(
  "signals",
  "SIGTERM while the service wants silence ends the wait at once",
  async () => {
    await using scene = await Scene.create({ retryAfterSeconds: 100 });
    await using running = scene.start(["--ticker", "RTEXTSEC.SA", "--deadline", "1000"]);
    await running.says(": retry 2 of ");
    running.kill("SIGTERM");
    assertEquals((await running.outcome()).code, 143);
    const [log] = scene.space.logs();
    assertEquals([log?.status, log?.requests], ["interrupted", 1]);
    assertEquals(scene.yahoo.count("RTEXTSEC.SA"), 1);
  },
);

testNeeding(
  "signals",
  "SIGTERM while tickers wait for their turn ends the wait at once",
  async () => {
    await using scene = await Scene.create();
    const { space } = scene;
    const args = [...naming(tickersTo(8)), "--rate", "1/h", "--json"];
    await using running = scene.start(args);
    await waitFor("a request", () => scene.asked().length === 1);
    const inState = (status: string) => space.logs().filter((row) => row.status === status);
    // The other three of four at once, and one in the place of the first.
    await waitFor(
      "the others",
      () => inState("success").length === 1 && inState("running").length === 4,
    );
    running.kill("SIGTERM");
    const { code, stdout } = await running.outcome();
    const { totals, not_started } = reportOf(stdout);
    assertEquals({ code, by_status: totals.by_status, not_started }, {
      code: 143,
      by_status: { interrupted: 4, success: 1 },
      not_started: 3,
    });
    assertEquals(inState("interrupted").map(({ requests }) => requests), [0, 0, 0, 0]);
    assertEquals(scene.asked().length, 1);
    await assertAllFree(space);
  },
);
