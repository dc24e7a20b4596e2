import { assertEquals, assertHas, assertMatch } from "../assert.ts";
import { Workspace } from "../e2e/workspace.ts";
import { shortId } from "../../src/model/job.ts";
import type { Reject } from "../../src/model/prices.ts";
import { fakeSource, price, reject } from "./fake_source.ts";
import { logOutline, outline, run } from "./outline.ts";

const GOOD = [price("2024-01-02", 1), price("2024-01-03", 2)];

function rejects(count: number, over: Partial<Reject> = {}): Reject[] {
  return Array.from({ length: count }, (_, i) => ({ ...reject(i + 2, "bad_number"), ...over }));
}

Deno.test("a ticker with more refused rows than accepted is not written, its rejects are kept", async () => {
  await using space = await Workspace.create();
  const source = fakeSource({
    A: { prices: GOOD, rejects: [...rejects(3), reject(9, "bad_date")] },
    B: { prices: GOOD, rejects: rejects(2) },
  });
  const report = await run(space, source);
  assertEquals([report.exitCode, outline(report)], [3, [
    ["A", "failed", "too_many_rejected"],
    ["B", "success", null],
  ]]);
  assertEquals(logOutline(space), outline(report));
  const [a] = report.results;
  assertHas(a, { rowsFetched: 6, rowsInserted: 0, rowsRejected: 4 });
  assertEquals(
    a?.error?.message,
    "A: 4 of 6 rows are refused (66.7 %), more than the 50.0 % that are accepted: line 2 is refused " +
      "because of bad_number (bad_number); line 9 is refused because of bad_date (bad_date)",
  );
  assertMatch(
    a?.error?.hint ?? "",
    new RegExp(`logs show ${shortId(a?.jobId ?? "")}.*--max-rejected 100%`),
  );
  assertEquals(space.prices().map(({ ticker }) => ticker), ["B", "B"]);
  const kept = "SELECT ticker, count(*) FROM ingest_rejects GROUP BY ticker";
  assertEquals(space.query(kept).map(Object.values), [["A", 4], ["B", 2]]);
});

Deno.test("the share is the caller's: 0 accepts none, 1 any but a ticker without a good row", async () => {
  const cases: [maxRejected: number, refused: number, code: string | null][] = [
    [0, 0, null],
    [0, 1, "too_many_rejected"],
    [0.1, 1, "too_many_rejected"],
    [0.34, 1, null],
    [1, 1000, null],
  ];
  for (const [maxRejected, refused, code] of cases) {
    await using space = await Workspace.create();
    const source = fakeSource({ A: { prices: GOOD, rejects: rejects(refused) } });
    const report = await run(space, source, { maxRejected });
    assertEquals(report.results[0]?.error?.code ?? null, code, `${maxRejected} ${refused}`);
    assertEquals(space.prices().length, code === null ? 2 : 0);
  }
  await using space = await Workspace.create();
  const none = fakeSource({ A: { prices: [], rejects: rejects(1) } });
  assertEquals(outline(await run(space, none, { maxRejected: 1 })), [
    ["A", "failed", "no_valid_rows"],
  ]);
});

Deno.test("what the judge refuses counts, what a service sends empty does not, equal rows are good", async () => {
  await using space = await Workspace.create();
  const low = price("2024-01-04", 1, { high: 1, low: 2 });
  const source = fakeSource({
    EMPTY: { prices: GOOD, rejects: rejects(50, { isEmpty: true }) },
    EQUAL: { prices: [...GOOD, ...GOOD], rejects: rejects(4) },
    JUDGED: { prices: [GOOD[0]!, low, { ...low, date: "2024-01-05" }] },
  });
  const report = await run(space, source);
  assertEquals(outline(report), [
    ["EMPTY", "success", null],
    ["EQUAL", "success", null],
    ["JUDGED", "failed", "too_many_rejected"],
  ]);
  assertHas(report.results[0], { rowsInserted: 2, rowsRejected: 50 });
});

Deno.test("a dry run says the same, and keeps nothing", async () => {
  await using space = await Workspace.create();
  const source = fakeSource({ A: { prices: GOOD, rejects: rejects(3) } });
  const report = await run(space, source, { dryRun: true });
  assertEquals([report.exitCode, outline(report)], [1, [["A", "failed", "too_many_rejected"]]]);
  assertEquals(space.names(), ["locks"]);
});

Deno.test("rows of no ticker are judged by what else the input has, where that is known", async () => {
  const refused = rejects(3);
  type Case = [good: number, options: Parameters<typeof run>[2], code: string | null];
  const cases: Case[] = [
    [0, {}, "no_valid_rows"],
    [0, { dryRun: true }, "no_valid_rows"],
    [2, {}, "too_many_rejected"],
    [2, { maxRejected: 0.6 }, null],
    [4, {}, null],
    // Other rows were not asked for.
    [2, { from: "2024-01-01" }, null],
    [2, { tickers: ["A"] }, null],
  ];
  for (const [good, options, code] of cases) {
    await using space = await Workspace.create();
    const prices = Array.from({ length: good }, (_, i) => price(`2024-01-0${i + 1}`, 1));
    const source = fakeSource(good === 0 ? {} : { A: { prices } }, { unassigned: refused });
    const report = await run(space, source, options);
    const own = report.results.at(-1);
    assertHas(own, { ticker: null, rowsFetched: 3, rowsRejected: 3 });
    assertEquals(own?.error?.code ?? null, code, JSON.stringify([good, options]));
    assertEquals(report.exitCode, code === null ? 0 : good === 0 ? 1 : 3);
    if (options?.dryRun === true) continue;
    assertEquals(space.prices().length, good);
    assertEquals(space.value("SELECT count(*) FROM ingest_rejects"), 3);
    assertEquals(logOutline(space), outline(report));
  }
});

Deno.test("an input without a row for what was asked has failed", async () => {
  await using space = await Workspace.create();
  const report = await run(space, fakeSource({}, { details: { days: "2024" } }));
  assertEquals([report.exitCode, outline(report)], [1, [[null, "failed", "no_rows_in_window"]]]);
  assertMatch(
    report.results[0]?.error?.message ?? "",
    /no rows for what was asked; it has days \(2024\)/,
  );
});

Deno.test("one file that has unreadable names only fails alone", async () => {
  await using space = await Workspace.create();
  const good = space.write("good.csv", "date,ticker,close\n2024-01-02,A,1\n");
  const bad = space.write("bad.csv", "date,ticker,close\n2024-01-02,???,1\n2024-01-03,,1\n");
  const alone = await space.here(["--source", "csv", "--file", bad]);
  assertEquals(alone.code, 1);
  const both = await space.here(["--source", "csv", "--file", bad, "--file", good]);
  assertEquals(both.code, 3);
  assertEquals(logOutline(space), [
    [null, "failed", "no_valid_rows"],
    ["A", "success", null],
    [null, "failed", "no_valid_rows"],
  ]);
  assertEquals(
    space.query("SELECT ingest_id, origin, line FROM ingest_rejects").map(Object.values),
    [[1, "bad.csv", 2], [1, "bad.csv", 3], [3, "bad.csv", 2], [3, "bad.csv", 3]],
  );
});

Deno.test("names of other markets go in, and an odd one stops no list", async () => {
  await using space = await Workspace.create();
  const names = ["M&M.NS", "BTC/USDT", "BVMF:PETR4", "BRK B", "CON.DE"];
  const rows = names.map((name, i) => `2024-01-0${i + 1},${name},${i + 1}\n`);
  const file = space.write("x.csv", `date,symbol,close\n${rows.join("")}`);
  const input = ["--source", "csv", "--file", file];
  assertEquals((await space.here(input)).code, 0);
  const sorted = names.toSorted();
  assertEquals(space.prices().map(({ ticker }) => ticker), sorted);

  const list = space.write("list.txt", "???\nbrk b\nA;B\nm&m.ns # the second\n");
  const { code, report } = await space.here([...input, "--tickers-file", list]);
  assertEquals(code, 3);
  assertEquals(report.tickers.map(({ ticker, error }) => [ticker, error?.code ?? null]), [
    ["BRK B", null],
    ["M&M.NS", null],
    [null, "bad_ticker"],
    [null, "bad_ticker"],
  ]);
  const one = await space.here([...input, "--ticker", "con.de", "--ticker", "???"]);
  assertEquals([one.code, one.report.tickers.map(({ ticker }) => ticker)], [3, ["CON.DE", null]]);
  // None of them is a ticker: a usage error, and no row of the log.
  const before = space.logs().length;
  const none = await space.ingest([...input, "--ticker", "???"]);
  assertEquals([none.code, space.logs().length], [2, before]);
  assertMatch(none.stderr, /ticker "\?\?\?" is invalid: it has no letter or digit/);
});
