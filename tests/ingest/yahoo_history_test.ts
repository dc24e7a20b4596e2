import { assert, assertEquals, assertHas, assertMatch } from "../assert.ts";
import { EVERYTHING, Scene, secondsOf, TODAY } from "../e2e/yahoo_scene.ts";

const PETR4 = ["--ticker", "PETR4.SA"];

Deno.test("the first run stores the whole history, the second asks for the last days only", async () => {
  await using scene = await Scene.create();
  const { space, yahoo } = scene;
  const first = await scene.good(PETR4);
  assertEquals(first.report.source, "yahoo");
  await scene.assertSame("PETR4.SA");
  assertEquals(scene.actions("PETR4.SA").map(({ kind }) => kind), ["dividend", "dividend"]);
  const days = space.prices().length;
  assert(days > 250, `${days} days`);
  const [log, ...more] = space.logs();
  assertEquals(more, []);
  assertHas(log, {
    status: "success",
    window_from: null,
    requests: 1,
    attempts: 1,
    rows_inserted: days,
  });
  // The last day that has begun anywhere when it ran.
  assert((log?.window_to ?? "") >= (log?.started_at ?? "").slice(0, 10), `${log?.window_to}`);
  assertMatch(log?.payload_sha256 ?? "", /^[0-9a-f]{64}$/);
  const [asked] = scene.asked();
  assertEquals(asked?.period1, EVERYTHING);
  assertEquals(asked?.headers.get("cookie"), null);

  const before = space.prices();
  const second = await scene.good(PETR4);
  // Five days, and one on the safe side of time zones.
  assertEquals(scene.asked().map(({ period1 }) => period1), [EVERYTHING, secondsOf("2024-05-29")]);
  assertEquals(space.prices(), before);
  assertEquals(
    second.report.tickers.map((each) => [
      ...[each.status, each.window_from, each.requests, each.rows_fetched, each.rows_inserted],
      ...[each.rows_updated, each.rows_unchanged, each.rows_rejected],
    ]),
    [["success", "2024-05-30", 1, 4, 0, 0, 4, 0]],
  );
  assertEquals(space.logs()[1]?.window_from, "2024-05-30");

  yahoo.setToday("2024-06-06");
  const third = await scene.good(PETR4);
  assertEquals([third.report.totals.rows_inserted, third.report.totals.rows_updated], [2, 0]);
  await scene.assertSame("PETR4.SA");
});

Deno.test("--from and --to limit what is stored, and an earlier --from is fetched", async () => {
  await using scene = await Scene.create();
  const { space } = scene;
  const last = () => [scene.asked().at(-1)?.period1, space.logs().at(-1)?.window_from];
  const days = () => {
    const dates = space.prices().map(({ date }) => date);
    return [dates[0], dates.at(-1)];
  };
  await scene.good([...PETR4, "--from", "2024-05-02", "--to", "2024-05-10"]);
  assertEquals(last(), [secondsOf("2024-05-01"), "2024-05-02"]);
  assertEquals([...days(), space.logs()[0]?.window_to], ["2024-05-02", "2024-05-10", "2024-05-10"]);
  assertEquals(space.prices().length, 7);

  await scene.good([...PETR4, "--from", "2024-05-02"]);
  assertEquals(days(), ["2024-05-02", TODAY]);
  await scene.good([...PETR4, "--from", "2024-03-04"]);
  assertEquals(last(), [secondsOf("2024-03-03"), "2024-03-04"]);
  assertEquals(days(), ["2024-03-04", TODAY]);
  // All of that is there now: only the last days are asked for.
  await scene.good([...PETR4, "--from", "2024-03-04"]);
  assertEquals(last(), [secondsOf("2024-05-29"), "2024-05-30"]);
  await scene.good([...PETR4, "--from", "2024-04-01"]);
  assertEquals(last(), [secondsOf("2024-05-29"), "2024-05-30"]);
  const { prices } = await scene.truth("PETR4.SA");
  assertEquals(scene.stored("PETR4.SA"), prices.filter(({ date }) => date >= "2024-03-04"));
  assertEquals(scene.asked().length, 5);
});

Deno.test("the latest bar behind the end of the window is left out", async () => {
  await using scene = await Scene.create();
  await scene.good(["--ticker", "LATEST.SA", "--to", "2024-05-10"]);
  const { prices } = await scene.truth("LATEST.SA");
  assertEquals(prices.at(-1)?.date, TODAY);
  assertEquals(scene.stored("LATEST.SA"), prices.filter(({ date }) => date <= "2024-05-10"));
});

Deno.test("--force-refresh fetches everything again, and what is the same stays", async () => {
  await using scene = await Scene.create();
  await scene.good(PETR4);
  const before = scene.space.prices();
  const { report } = await scene.good([...PETR4, "--force-refresh"]);
  assertEquals(scene.asked().map(({ period1 }) => period1), [EVERYTHING, EVERYTHING]);
  assertEquals(scene.space.prices(), before);
  assertEquals(report.totals.rows_unchanged, before.length);
  assertEquals(scene.space.logs()[1]?.window_from, null);
});

Deno.test("a bar of the last days that was corrected is corrected here, and it alone", async () => {
  await using scene = await Scene.create();
  await scene.good(PETR4);
  const before = scene.space.prices();
  const [old] = before.slice(-1);
  scene.yahoo.setClose("PETR4.SA", TODAY, (old?.close ?? NaN) + 1);
  const { report } = await scene.good(PETR4);
  assertEquals([report.totals.rows_updated, report.totals.rows_unchanged], [1, 3]);
  const after = scene.space.prices();
  assertEquals(after.slice(0, -1), before.slice(0, -1));
  assertEquals([old?.ingest_id, after.at(-1)?.ingest_id], [1, 2]);
  await scene.assertSame("PETR4.SA");
});

Deno.test("after a split the whole history is fetched and rewritten in the same run", async () => {
  await using scene = await Scene.create();
  const { space, yahoo } = scene;
  await scene.good(PETR4);
  const before = space.prices();
  yahoo.addSplit("PETR4.SA", "2024-06-05", 4, 1);
  yahoo.setToday("2024-06-06");
  const { report } = await scene.good(PETR4);
  await scene.assertSame("PETR4.SA");
  const { totals, tickers: [result] } = report;
  assertHas(totals, { rows_inserted: 2, rows_updated: before.length, rows_unchanged: 0 });
  assertEquals(result?.requests, 2);
  const [log] = space.logs().slice(-1);
  assertHas(log, { requests: 2, attempts: 1, rows_inserted: 2, rows_updated: before.length });
  // By the sizes, not only by the fake's own word.
  const after = space.prices();
  for (const [i, { close, date }] of before.entries()) {
    assert(Math.abs((after[i]?.close ?? NaN) / close - 0.25) < 1e-6, date);
  }
  assertEquals(scene.actions("PETR4.SA").at(-1), {
    ...{ date: "2024-06-05", kind: "split", amount: null, numerator: 4, denominator: 1 },
  });

  // It is among the last days still, and known.
  const again = await scene.good(PETR4);
  assertEquals([again.report.tickers[0]?.requests, again.report.totals.rows_updated], [1, 0]);
  assertEquals(space.prices(), after);
});

Deno.test("a split is found where days were missed, and where --from limits the history", async () => {
  await using scene = await Scene.create();
  const from = ["--from", "2024-01-02"];
  await scene.good([...PETR4, ...from]);
  scene.yahoo.addSplit("PETR4.SA", "2024-06-05", 1, 10);
  scene.yahoo.setToday("2024-08-01");
  const { report } = await scene.good([...PETR4, ...from]);
  assertEquals(report.tickers[0]?.requests, 2);
  const { prices } = await scene.truth("PETR4.SA");
  assertEquals(scene.stored("PETR4.SA"), prices.filter(({ date }) => date >= "2024-01-02"));
});

Deno.test("after a dividend every earlier adjusted close is rewritten in the same run", async () => {
  await using scene = await Scene.create();
  const { space, yahoo } = scene;
  await scene.good(PETR4);
  const before = space.prices();
  yahoo.addDividend("PETR4.SA", "2024-06-05", 1.25);
  yahoo.setToday("2024-06-05");
  const { report } = await scene.good(PETR4);
  const { totals, tickers: [result] } = report;
  assertHas(totals, { rows_inserted: 1, rows_updated: before.length });
  assertEquals(result?.requests, 2);
  await scene.assertSame("PETR4.SA");
  const after = space.prices();
  for (const [i, { close, adj_close }] of before.entries()) {
    assertEquals(after[i]?.close, close);
    assert((after[i]?.adj_close ?? NaN) < (adj_close ?? NaN));
  }
  await scene.good(PETR4);
  assertEquals(space.logs().map(({ requests }) => requests), [1, 2, 1]);
  assertEquals(space.prices(), after);
});

Deno.test("a dividend in the future does no harm, and counts when its day has come", async () => {
  await using scene = await Scene.create();
  const { space, yahoo } = scene;
  await scene.good(PETR4);
  const before = space.prices();
  yahoo.setFault("PETR4.SA", "FUTUREDIV");
  for (const _ of [1, 2]) await scene.good(PETR4);
  assertEquals(space.prices(), before);
  assertEquals(scene.actions("PETR4.SA").at(-1), {
    ...{ date: "2024-07-04", kind: "dividend", amount: 0.5, numerator: null, denominator: null },
  });
  yahoo.setFault("PETR4.SA", undefined);
  yahoo.addDividend("PETR4.SA", "2024-07-04", 0.5);
  yahoo.setToday("2024-07-03");
  await scene.good(PETR4);
  yahoo.setToday("2024-07-04");
  const { report } = await scene.good(PETR4);
  assertEquals(space.logs().map(({ requests }) => requests), [1, 1, 1, 1, 2]);
  const old = space.prices().length - 1;
  assertEquals([report.totals.rows_inserted, report.totals.rows_updated], [1, old]);
  await scene.assertSame("PETR4.SA");
});

Deno.test("indices, currencies, coins and other exchanges have their own days", async () => {
  await using scene = await Scene.create();
  const lastDays: Readonly<Record<string, readonly string[]>> = {
    AAPL: ["2024-06-03", "2024-06-04"],
    "^BVSP": ["2024-06-03", "2024-06-04"],
    "VOD.L": ["2024-06-03", "2024-06-04"],
    // Stamped at midnight in London, which is 23:00 in UTC in summer.
    "EURBRL=X": ["2024-06-03", "2024-06-04"],
    // The weekend too.
    "BTC-USD": ["2024-06-01", "2024-06-02", "2024-06-03", "2024-06-04"],
  };
  const tickers = Object.keys(lastDays);
  await scene.good(tickers.flatMap((ticker) => ["--ticker", ticker, "--from", "2024-06-01"]));
  for (const ticker of tickers) {
    assertEquals(scene.stored(ticker).map(({ date }) => date), lastDays[ticker]);
  }
});

Deno.test("a --from behind the last stored day leaves no gap before it", async () => {
  for (const window of [["--from", "2024-07-01"], ["--from", "2024-07-01", "--to", "2024-07-05"]]) {
    await using scene = await Scene.create();
    await scene.good(PETR4);
    scene.yahoo.setToday("2024-07-10");
    await scene.good([...PETR4, ...window]);
    // Runs that follow look back a few days only: a gap would stay for ever.
    await scene.good(PETR4);
    await scene.assertSame("PETR4.SA");
  }
});

Deno.test("where the history after a split cannot be fetched, nothing of the run is stored", async () => {
  let fails = false;
  await using scene = await Scene.create({
    onRequest: ({ symbol }) => {
      if (fails) scene.yahoo.setFault(symbol, "ERR500");
      fails = false;
    },
  });
  const { space, yahoo } = scene;
  await scene.good(PETR4);
  const before = [space.prices(), scene.actions("PETR4.SA")];
  yahoo.addSplit("PETR4.SA", "2024-06-05", 4, 1);
  yahoo.setToday("2024-06-06");
  fails = true;
  const { code, report } = await scene.here([...PETR4, "--attempts", "1"]);
  const [result] = report.tickers;
  assertEquals([code, result?.error?.code, result?.requests], [1, "service_failed", 2]);
  assertEquals([space.prices(), scene.actions("PETR4.SA")], before);
  yahoo.setFault("PETR4.SA", undefined);
  await scene.good(PETR4);
  await scene.assertSame("PETR4.SA");
});

Deno.test("a window without trading fails and says why, and what is stored stays", async () => {
  await using scene = await Scene.create();
  await scene.good(PETR4);
  const before = scene.space.prices();
  const weekend = ["--from", "2023-12-30", "--to", "2023-12-31", "--force-refresh"];
  const { code, report } = await scene.here([...PETR4, ...weekend]);
  assertEquals([code, report.tickers[0]?.error?.code], [1, "no_rows_in_window"]);
  assertMatch(
    report.tickers[0]?.error?.message ?? "",
    /^PETR4\.SA: there is no day with prices from 2023-12-30 to 2023-12-31$/,
  );
  assertEquals(scene.space.prices(), before);
});

Deno.test("days of before a split, asked for after it, are never stored beside others in old terms", async () => {
  for (const window of [["2023-12-01", "2023-12-29"], ["2023-01-02", "2023-03-31"]]) {
    await using scene = await Scene.create({ years: 3 });
    await scene.good([...PETR4, "--from", "2023-06-01"]);
    scene.yahoo.setToday("2024-06-10");
    scene.yahoo.addSplit("PETR4.SA", "2024-06-05", 20, 1);
    const [from = "", to = ""] = window;
    await scene.good([...PETR4, "--from", from, "--to", to]);
    const rows = scene.stored("PETR4.SA");
    for (const [index, row] of rows.entries()) {
      const before = Number(rows[index - 1]?.close ?? row.close);
      const ratio = Number(row.close) / before;
      const split = row.date >= "2024-06-05" && String(rows[index - 1]?.date) < "2024-06-05";
      if (!split) assert(ratio > 0.2 && ratio < 5, `${row.date}: ${before} then ${row.close}`);
    }
  }
});
