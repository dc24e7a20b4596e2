import { DatabaseSync } from "node:sqlite";
import * as fc from "fast-check";
import { reader } from "../../../src/store/sqlite/connection/reader.ts";
import { ingest } from "../../../src/ingest/run.ts";
import type { IngestOptions, IngestReport } from "../../../src/ingest/types.ts";
import { kalshi as source } from "../../../src/sources/kalshi/source.ts";
import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";
import { startHttpServer } from "../../fake/http_server.ts";
import { type FakeKalshi, type FakeKalshiOptions, startFakeKalshi } from "../../fake/kalshi.ts";
import { FAULTS, type KalshiFaultName } from "../../fake/kalshi_faults.ts";
import { captureLog } from "../../store/sqlite/leaks.ts";
import { makeTempFolderSync, removeFolder } from "../../paths.ts";

/** A folder, and ingest into a database in it. */
class Folder implements AsyncDisposable {
  readonly path = makeTempFolderSync("tickerlock_kalshi_");

  async run(baseUrl: string, over: Partial<IngestOptions> = {}): Promise<IngestReport> {
    const { network, ...rest } = over;
    return await ingest({
      source,
      selection: { dataset: "markets" },
      db: `${this.path}/markets.db`,
      lockDir: `${this.path}/locks`,
      network: { baseUrl, rate: null, backoffMs: 1, attempts: 1, ...network },
      ...rest,
    });
  }

  query(sql: string): Record<string, unknown>[] {
    using db = reader(`${this.path}/markets.db`);
    return db.all(sql);
  }

  tickers(): string[] {
    return this.query("SELECT ticker FROM markets ORDER BY ticker").map((row) =>
      String(row.ticker)
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.path);
  }
}

function open(kalshi: FakeKalshi): string[] {
  return kalshi.markets.filter(({ status, ticker }) =>
    status === "active" && !/^KXMVE/.test(ticker)
  )
    .map(({ ticker }) => ticker).sort();
}

/** How a scan of open markets in pages of ten ends: an error's code, or markets that are not there. */
const ENDS: Record<KalshiFaultName, string | number> = {
  "error-500": "service_failed",
  "error-503": "service_failed",
  "rate-json": "rate_limited",
  "rate-text": "rate_limited",
  "fresh-404": "not_found",
  "cursor-expired": "service_refused",
  "conn-reset": "connection_failed",
  "reset-body": "truncated_body",
  "cut-length": "truncated_body",
  "stall-answer": "timeout",
  "cut-json": "not_json",
  "not-json": "not_json",
  "other-json": "bad_answer",
  "same-cursor": "cursor_repeated",
  "cursor-circle": "cursor_repeated",
  "empty-page": 0,
  "late-end": 0,
  "null-cursor": 0,
  "no-cursor": 0,
  "over-limit": 0,
  "row-twice": 0,
  "traded-between": 0,
  "closed-between": 1,
  "event-hidden": 0,
  "market-hidden": 1,
  "no-ticker": 1,
  "null-event": 1,
  "bad-decimal": 1,
  "long-decimal": 0,
  "number-decimal": 0,
  "cents-only": 0,
  "bad-time": 0,
  "new-status": 0,
};

Deno.test("every fault that the fake knows: a SourceError, or all markets but those it takes", async (t) => {
  for (const fault of Object.keys(FAULTS) as KalshiFaultName[]) {
    await t.step(fault, async () => {
      const faults: FakeKalshiOptions["faults"] = "page" in FAULTS[fault] ? [fault] : [
        { fault, route: "/markets", ...("run" in FAULTS[fault] ? { page: 3 } : { page: 1 }) },
      ];
      await using kalshi = await startFakeKalshi({
        pageLimit: 10,
        faults: fault === "event-hidden" ? [{ fault, ticker: "KXRAINRIO-E00001" }] : faults,
      });
      await using folder = new Folder();
      const before = open(kalshi);
      const expected = ENDS[fault];
      const patience = fault === "stall-answer" ? { network: { timeoutSeconds: 3 } } : {};
      const { results: [result], exitCode } = await folder.run(kalshi.url, patience);
      if (typeof expected === "number") {
        assertEquals([result?.error, exitCode], [null, 0]);
        assertEquals(folder.tickers().length, before.length - expected);
        return;
      }
      assertEquals([result?.error?.code, exitCode], [expected, 1]);
      assert((result?.error?.hint ?? "") !== "");
      // Pages before it are kept, and tomorrow, without the fault, the rest comes.
      const kept = ["same-cursor", "cursor-expired"].includes(fault) ? 10 : 20;
      assertEquals([folder.tickers().length, result?.rowsInserted], [kept, kept]);
      kalshi.clearFaults();
      assertEquals((await folder.run(kalshi.url)).exitCode, 0);
      assertEquals(folder.tickers(), before);
    });
  }
});

Deno.test("a 429 without Retry-After: the service is left alone for a while, then all goes in", async () => {
  await using kalshi = await startFakeKalshi({
    pageLimit: 10,
    faults: [{ fault: "rate-json", route: "/markets", page: 2, times: 1 }],
  });
  await using folder = new Folder();
  const { exitCode } = await folder.run(kalshi.url, { network: { attempts: 3 } });
  assertEquals([exitCode, folder.tickers()], [0, open(kalshi)]);
  const times = kalshi.requests.map(({ atMs }) => atMs);
  assert(times[2]! - times[1]! >= 1900, times.join());
});

Deno.test("a dataset of which nothing can be read fails, and is asked for again", async () => {
  await using kalshi = await startFakeKalshi({ events: 0, multivariate: 0 });
  kalshi.addMarket({ ticker: "A-1-T", event_ticker: "A-1", last_price_dollars: "much" });
  kalshi.settle("A-1-T", "yes");
  await using folder = new Folder();
  const selection = { dataset: "settlements" };
  for (let round = 0; round < 2; round++) {
    const { results: [result] } = await folder.run(kalshi.url, { selection });
    assertEquals([result?.error?.code, result?.rowsRejected], ["no_valid_rows", 1]);
    assertEquals(folder.query("SELECT * FROM sync_state"), []);
  }
  assertEquals(folder.query("SELECT count(*) AS rows FROM ingest_rejects")[0]?.rows, 2);
});

Deno.test("the page with which too many objects are refused is not written, those before it are", async () => {
  await using kalshi = await startFakeKalshi({ events: 0, multivariate: 0, pageLimit: 4 });
  for (let i = 0; i < 12; i++) {
    const bad = i < 4 ? {} : { last_price_dollars: "much" };
    kalshi.addMarket({ ticker: `A-1-T${i}`, event_ticker: "A-1", ...bad });
  }
  kalshi.addMarket({ ticker: "A-1-U", event_ticker: "A-1" });
  await using folder = new Folder();
  const { results: [result], exitCode } = await folder.run(kalshi.url);
  // Half of two pages is accepted, two thirds of three are not.
  assertEquals([result?.error?.code, exitCode], ["too_many_rejected", 1]);
  assertStringIncludes(result?.error?.message ?? "", "8 of 12 rows are refused");
  assertEquals([folder.tickers().length, result?.rowsInserted, result?.rowsRejected], [4, 4, 8]);
  const count = () => folder.query("SELECT count(*) AS n FROM ingest_rejects")[0]?.n;
  assertEquals(count(), 8);
  // It goes on at that page.
  const any = await folder.run(kalshi.url, { maxRejected: 1 });
  assertEquals([any.exitCode, folder.tickers().length, any.results[0]?.rowsRejected], [0, 5, 4]);
});

Deno.test("an empty service: nothing new, and no failure", async () => {
  await using kalshi = await startFakeKalshi({ events: 0, multivariate: 0 });
  await using folder = new Folder();
  const { exitCode, results } = await folder.run(kalshi.url, { selection: {} });
  assertEquals([exitCode, results.length], [0, 4]);
  assert(results.every(({ status, rowsFetched }) => status === "success" && rowsFetched === 0));
});

Deno.test("property: any JSON in the place of a page: rows, rejects or a SourceError", async () => {
  let body = "";
  await using server = await startHttpServer((_request, reply) => reply.send({ body }));
  await using folder = new Folder();
  const object = fc.dictionary(
    fc.constantFrom("ticker", "event_ticker", "last_price_dollars", "raw"),
    fc.oneof(fc.jsonValue(), fc.constantFrom("A", "0.5", 1e-7, null)),
  );
  const objects = fc.oneof(fc.jsonValue(), fc.array(fc.oneof(object, fc.jsonValue())));
  const page = fc.oneof(
    fc.jsonValue(),
    fc.record({ markets: objects, events: objects, cursor: fc.constantFrom("", null, 5, {}) }, {
      requiredKeys: [],
    }),
    fc.record({ event: fc.oneof(object, fc.jsonValue()) }),
  );
  const asked = fc.constantFrom<Partial<IngestOptions>>(
    { selection: { dataset: "markets" } },
    { selection: { dataset: "events" } },
    { selection: { dataset: "snapshots" } },
    { selection: { dataset: "events", event: "A" } },
    { tickers: ["A"], selection: {} },
  );
  const codes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(page, asked, async (json, over) => {
      body = JSON.stringify(json);
      const { results: [result] } = await folder.run(server.url, { ...over, forceRefresh: true });
      assert(result !== undefined);
      codes.add(result.error?.code ?? "none");
      if (result.error === null) {
        const { rowsFetched, rowsInserted, rowsUpdated, rowsUnchanged, rowsRejected } = result;
        assertEquals(rowsFetched, rowsInserted + rowsUpdated + rowsUnchanged + rowsRejected);
      }
    }),
    { numRuns: 100 },
  );
  const ours = ["none", "bad_answer", "no_valid_rows", "too_many_rejected", "ticker_unknown"];
  assertEquals([...codes].filter((code) => !ours.includes(code)), []);
  assertEquals(folder.query("PRAGMA foreign_key_check"), []);
});

/** A list of two pages, of which the first leads to the second with a cursor. */
async function pagesOf(
  answers: Readonly<Record<string, object>>,
): Promise<{ readonly url: string; readonly asked: string[] } & AsyncDisposable> {
  const asked: string[] = [];
  const server = await startHttpServer(({ target }, reply) => {
    const cursor = new URL(target, "http://h").searchParams.get("cursor") ?? "";
    asked.push(cursor.slice(0, 20));
    const body = answers[cursor];
    return reply.send(body === undefined ? { status: 400 } : { body: JSON.stringify(body) });
  });
  return { url: server.url, asked, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const page = (ticker: string, cursor: string) => ({
  markets: [{ ticker, event_ticker: "E" }],
  cursor,
});

Deno.test("a cursor that is none is not kept: the next run goes on from the last good one", async () => {
  for (const bad of ["x".repeat(100_000), "a b", "a\n", "\u202e", "é"]) {
    await using folder = new Folder();
    {
      await using service = await pagesOf({ "": page("A", "c1"), c1: page("B", bad) });
      const { results: [result], exitCode } = await folder.run(service.url);
      assertEquals([result?.error?.code, exitCode], ["bad_answer", 1]);
      assert((result?.error?.message ?? "").length < 500);
    }
    assertEquals(folder.tickers(), ["A"]);
    await using service = await pagesOf({ "": page("A", "c1"), c1: page("B", "") });
    assertEquals((await folder.run(service.url)).exitCode, 0);
    assertEquals([folder.tickers(), service.asked], [["A", "B"], ["c1"]]);
  }
});

/** The lines of the log that warn, with what a run asked for. */
async function resumed(
  stored: string | null,
  answers: Readonly<Record<string, object>>,
): Promise<{ readonly asked: readonly string[]; readonly warnings: readonly string[] }> {
  await using folder = new Folder();
  {
    await using first = await pagesOf({ "": page("A", "c1") });
    assertEquals((await folder.run(first.url)).exitCode, 1);
  }
  if (stored !== null) {
    using db = new DatabaseSync(`${folder.path}/markets.db`);
    db.prepare("UPDATE sync_state SET checkpoint = ?").run(stored);
  }
  await using service = await pagesOf(answers);
  using log = captureLog();
  assertEquals((await folder.run(service.url)).exitCode, 0);
  assertEquals(folder.tickers(), ["A", "B"]);
  return { asked: service.asked, warnings: log.lines() };
}

Deno.test("a stored cursor that cannot be used, or that leads nowhere, is dropped, once and told", async () => {
  const good = { "": page("A", "c2"), c2: page("B", "") };
  const withCursor = (cursor: string) =>
    JSON.stringify({
      ...{ version: 1, query: "dataset=markets", list: "live", cursor },
      ...{ began: 1, doneBefore: null, savedAtMs: Date.now() },
    });
  for (const stored of ["{", "", "[".repeat(9999), ...["x".repeat(2000), "a\n"].map(withCursor)]) {
    const { asked, warnings } = await resumed(stored, good);
    assertEquals(asked, ["", "c2"]);
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0] ?? "", "(checkpoint_unusable)");
  }
  for (const [code, c1] of Object.entries({ service_refused: undefined, bad_answer: { x: 1 } })) {
    const { asked, warnings } = await resumed(null, c1 === undefined ? good : { ...good, c1 });
    assertEquals(asked, ["c1", "", "c2"]);
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0] ?? "", `(cursor_refused, by ${code})`);
  }
});

Deno.test("a list without an end stops at the deadline of the dataset, and goes on at the next run", async () => {
  const asked: string[] = [];
  await using service = await startHttpServer(({ target }, reply) => {
    const cursor = new URL(target, "http://h").searchParams.get("cursor") ?? "c0";
    asked.push(cursor);
    const number = Number(cursor.slice(1)) + 1;
    return reply.send({ body: JSON.stringify(page(`A${number}`, `c${number}`)) });
  });
  await using folder = new Folder();
  for (let round = 0; round < 2; round++) {
    const before = round === 0 ? 0 : folder.tickers().length;
    const first = asked.length;
    const { results: [result], exitCode } = await folder.run(service.url, {
      network: { deadlineSeconds: 0.5 },
    });
    assert(["deadline_passed", "timeout"].includes(result?.error?.code ?? ""), result?.error?.code);
    assertEquals([exitCode, asked[first]], [1, `c${before}`]);
    assertEquals(folder.tickers().length, before + (result?.rowsInserted ?? NaN));
  }
});
