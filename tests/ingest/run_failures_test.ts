import { SourceError, UsageError } from "../../src/base/errors.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { Workspace } from "../e2e/workspace.ts";
import { fakeSource, reject } from "./fake_source.ts";
import { logOutline, outline, run } from "./outline.ts";

Deno.test("a source that fails for a ticker fails that ticker alone", async () => {
  await using space = await Workspace.create();
  const failing = (): never => {
    throw new SourceError("file_changed", "the file has changed", { hint: "Start again." });
  };
  const report = await run(space, fakeSource({ A: {}, B: { before: failing }, C: {} }));
  assertEquals(report.exitCode, 3);
  const expected = [["A", "success", null], ["B", "failed", "file_changed"], [
    "C",
    "success",
    null,
  ]];
  assertEquals(outline(report), expected);
  assertEquals(logOutline(space), expected);
  assertEquals(report.results[1]?.error, {
    ...{ code: "file_changed", message: "the file has changed", hint: "Start again." },
  });
  assertEquals(space.logs("B")[0]?.error_message, "the file has changed");
  assertEquals(space.prices().map(({ ticker }) => ticker), ["A", "C"]);
});

Deno.test("a bug in a source fails its ticker alone, and says what it is", async () => {
  await using space = await Workspace.create();
  const buggy = (): never => {
    throw new TypeError("undefined is not a function");
  };
  const report = await run(space, fakeSource({ A: { before: buggy }, B: {} }));
  assertEquals(report.exitCode, 3);
  assertEquals(outline(report), [["A", "failed", "internal_error"], ["B", "success", null]]);
  assertEquals(space.logs("A")[0]?.error_message, "undefined is not a function");
  assert(space.isFree("A"));
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
