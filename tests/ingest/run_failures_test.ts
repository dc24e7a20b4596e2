import { SourceError, UsageError } from "../../src/base/errors.ts";
import { StoreError } from "../../src/store/errors.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { Workspace } from "../e2e/workspace.ts";
import { fakeSource, reject } from "./fake_source.ts";
import { logOutline, outline, run } from "./outline.ts";

Deno.test("a source that fails for a ticker, by a bug even, fails that ticker alone", async () => {
  const changed = new SourceError("file_changed", "it has changed", { hint: "Start again." });
  const bug = new TypeError("undefined is not a function");
  const cases = [[changed, "file_changed", "Start again."], [bug, "internal_error", null]] as const;
  for (const [error, code, hint] of cases) {
    await using space = await Workspace.create();
    const before = (): never => {
      throw error;
    };
    const report = await run(space, fakeSource({ A: {}, B: { before }, C: {} }));
    assertEquals(report.exitCode, 3);
    const expected = [["A", "success", null], ["B", "failed", code], ["C", "success", null]];
    assertEquals([outline(report), logOutline(space)], [expected, expected]);
    const { message } = error;
    assertEquals(report.results[1]?.error, { code, message, hint });
    assertEquals(space.logs("B")[0]?.error_message, message);
    assertEquals(space.prices().map(({ ticker }) => ticker), ["A", "C"]);
    assert(space.isFree("B"));
  }
});

Deno.test("tickers, files and records that are not there or not usable have rows of their own", async () => {
  await using space = await Workspace.create();
  const error = new SourceError("trailer_missing", "x.TXT is cut off");
  const source = fakeSource({ A: {}, B: {} }, {
    unassigned: [reject(7, "bad_length"), reject(8, "bad_length")],
    failures: [{ what: "x.TXT", error }],
  });
  const report = await run(space, source, { tickers: ["Z", "A"] });
  assertEquals(report.exitCode, 3);
  assertEquals(source.fetched, ["A"]);
  assertEquals(outline(report), [
    ["A", "success", null],
    ["Z", "failed", "ticker_not_in_file"],
    [null, "failed", "trailer_missing"],
    [null, "success", null],
  ]);
  assertEquals(logOutline(space), outline(report));
  assertEquals([report.results[3]?.rowsFetched, report.results[3]?.rowsRejected], [2, 2]);
  assertEquals(
    space.query("SELECT ingest_id, ticker, line FROM ingest_rejects").map(Object.values),
    [[4, null, 7], [4, null, 8]],
  );
});

Deno.test("a source that cannot be opened: a failed row for each ticker that was asked for", async () => {
  await using space = await Workspace.create();
  const failing = (error: Error) =>
    fakeSource({}, {
      onOpen: () => {
        throw error;
      },
    });
  const broken = failing(new SourceError("not_a_zip", "x.ZIP is no ZIP"));
  const named = await run(space, broken, { tickers: ["A", "B"] });
  assertEquals(outline(named), [["A", "failed", "not_a_zip"], ["B", "failed", "not_a_zip"]]);
  const all = await run(space, broken);
  assertEquals([all.exitCode, outline(all)], [1, [[null, "failed", "not_a_zip"]]]);
  assertEquals(logOutline(space), [...outline(named), ...outline(all)]);

  await assertRejects(() => run(space, failing(new UsageError("x", "y"))), UsageError);
  await assertRejects(() => run(space, failing(new TypeError("a bug"))), TypeError, "a bug");
});

Deno.test("a database that takes nothing more fails the tickers at work, and no other", async () => {
  const full = new StoreError("db_full", "there is no space left", "x.db", { scope: "store" });
  const before = (): never => {
    throw full;
  };
  for (const tickers of [null, ["A", "B", "C", "D", "Z"]]) {
    await using space = await Workspace.create();
    const source = fakeSource({ A: {}, B: { before }, C: {}, D: {} });
    const report = await run(space, source, { tickers });
    // Z, which the source does not have, was not come to either.
    assertEquals([report.exitCode, report.notStarted], [3, tickers === null ? 2 : 3]);
    assertEquals(outline(report), [
      ["A", "success", null],
      ["B", "failed", "db_full"],
      [null, "failed", "db_full"],
    ]);
    assertEquals(logOutline(space).sort(), outline(report).sort());
  }
});
