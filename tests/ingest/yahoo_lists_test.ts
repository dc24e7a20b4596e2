import { assertEquals, assertHas, assertMatch } from "../assert.ts";
import { naming, Scene, tickersTo } from "../e2e/yahoo_scene.ts";

Deno.test("--all asks for every stored ticker of the source, and leaves an unknown one alone longer and longer", async () => {
  await using scene = await Scene.create();
  const { space, yahoo } = scene;
  const tickers = tickersTo(3);
  const [first = "", second = "", gone = ""] = tickers;
  await scene.good(naming(tickers));
  // Of another source: not asked for.
  const file = space.write("other.csv", "date,close\n2024-01-02,1\n");
  await space.ingest(["--source", "csv", "--file", file, "--ticker", "OTHER.SA"]);
  const before = space.prices();
  const seen = () => tickers.map((ticker) => yahoo.count(ticker));
  const outcome = ({ report }: Awaited<ReturnType<typeof scene.here>>) =>
    report.tickers.map((each) => [each.ticker, each.error?.code ?? each.status, each.requests]);

  const good = await scene.good(["--all"]);
  assertEquals(outcome(good), tickers.map((ticker) => [ticker, "success", 1]));
  yahoo.setFault(gone, "NOPE");
  const failing = await scene.here(["--all"]);
  assertEquals(failing.code, 3);
  assertEquals(outcome(failing), [
    [first, "success", 1],
    [second, "success", 1],
    [gone, "ticker_unknown", 1],
  ]);
  assertEquals(seen(), [3, 3, 3]);

  const skipping = await scene.good(["--all"]);
  assertEquals(outcome(skipping).at(-1), [gone, "skipped", 0]);
  assertEquals(seen(), [4, 4, 3]);
  const reason = /^yahoo said at 20.*Z that it does not know it; it is asked again at 20.*Z$/;
  assertMatch(skipping.report.tickers.at(-1)?.note ?? "", reason);
  const [log] = space.logs(gone).slice(-1);
  assertHas(log, { status: "skipped", requests: 0, error_code: null });
  assertMatch(log?.error_message ?? "", reason);
  // And again: that it was skipped makes no difference.
  assertEquals(outcome(await scene.good(["--all"])).at(-1), [gone, "skipped", 0]);

  const named = await scene.here(["--ticker", gone]);
  assertEquals([named.code, outcome(named)], [1, [[gone, "ticker_unknown", 1]]]);
  assertEquals(seen(), [5, 5, 4]);
  assertEquals(space.prices(), before);

  // Its prices ended forty days before: it is left alone for ten.
  const dayMs = 86_400_000;
  const refusedAgo = (days: number) =>
    space.execute(
      `UPDATE ingest_logs SET finished_at = '${new Date(Date.now() - days * dayMs).toISOString()}'
       WHERE error_code = 'ticker_unknown'`,
    );
  const lastDay = new Date(Date.now() - 49 * dayMs).toISOString().slice(0, 10);
  space.execute(`DELETE FROM prices WHERE ticker = '${gone}'`);
  space.execute(
    `INSERT INTO prices (ticker, date, source, close, ingest_id)
     SELECT '${gone}', '${lastDay}', 'yahoo', 1, max(id) FROM ingest_logs`,
  );
  refusedAgo(9);
  assertEquals(outcome(await scene.good(["--all"])).at(-1), [gone, "skipped", 0]);
  refusedAgo(11);
  assertEquals(outcome(await scene.here(["--all"])).at(-1), [gone, "ticker_unknown", 1]);
  // It is back.
  space.execute(`UPDATE prices SET date = '2024-06-03' WHERE ticker = '${gone}'`);
  refusedAgo(31);
  yahoo.setFault(gone, undefined);
  assertEquals(outcome(await scene.good(["--all"])).at(-1), [gone, "success", 1]);
});

Deno.test("--tickers-file: comments, a byte order mark, CRLF, and no ticker twice", async () => {
  await using scene = await Scene.create();
  const lines = [
    "\uFEFF# what we hold",
    "t01.sa",
    "  T02.SA  # sold in May",
    "",
    "T01.SA",
    "^BVSP",
  ];
  const file = scene.space.write("mine.txt", lines.join("\r\n"));
  const args = ["--tickers-file", file, "--ticker", "T03.SA", "--ticker", "T02.SA"];
  assertEquals((await scene.run(args)).code, 0);
  const asked = scene.asked().map(({ symbol }) => symbol).sort();
  assertEquals(asked, ["T01.SA", "T02.SA", "T03.SA", "^BVSP"]);
  assertEquals(scene.space.logs().map(({ ticker }) => ticker).sort(), asked);
});
