import * as fc from "fast-check";
import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import type { EventRow, MarketBatch, MarketRow } from "../../../../src/model/markets.ts";
import { upsertBatch } from "../../../../src/store/sqlite/tables/markets.ts";
import type { UpsertCounts } from "../../../../src/store/store.ts";
import { assert, assertEquals, assertRejects } from "../../../assert.ts";

const AT = "2026-01-02T03:00:00.000Z";

function market(over: Partial<MarketRow> = {}): MarketRow {
  const row = {
    ticker: "A-1-T",
    eventTicker: "A-1",
    marketType: "binary",
    yesSubTitle: null,
    noSubTitle: null,
    createdTime: null,
    updatedTime: "2026-01-02T03:00:00Z",
    openTime: null,
    closeTime: null,
    expectedExpirationTime: null,
    latestExpirationTime: null,
    settlementTs: null,
    yesBidDollars: "0.560000",
    yesAskDollars: "0.5700",
    noBidDollars: null,
    noAskDollars: null,
    lastPriceDollars: "0.5600",
    yesBidSizeFp: "1.00",
    yesAskSizeFp: null,
    volumeFp: "12345678901234567890.10",
    volume24hFp: null,
    openInterestFp: null,
    status: "active",
    result: "",
    settlementValueDollars: null,
    ...over,
  };
  return { ...row, raw: over.raw ?? JSON.stringify(row) };
}

function event(over: Partial<EventRow> = {}): EventRow {
  const row = {
    eventTicker: "A-1",
    seriesTicker: "A",
    title: "Title",
    subTitle: null,
    category: null,
    mutuallyExclusive: null,
    strikeDate: null,
    strikePeriod: null,
    lastUpdatedTs: null,
    ...over,
  };
  return { ...row, raw: over.raw ?? JSON.stringify(row) };
}

const counts = (inserted: number, updated: number, unchanged: number): UpsertCounts => ({
  inserted,
  updated,
  unchanged,
});

interface By {
  readonly source: string;
  readonly ingestId: number;
}

/** Writes one part of a batch; the counts are those of it, of the four parts. */
function upsertPart(db: Database, by: By, part: Partial<MarketBatch>, at: number): UpsertCounts {
  const nothing = { events: [], markets: [], settled: [], snapshots: [], takenAt: null };
  return upsertBatch(db, by, { ...nothing, ...part })[at] ?? counts(0, 0, 0);
}

const upsertEvents = (db: Database, by: By, events: readonly EventRow[]) =>
  upsertPart(db, by, { events }, 0);
const upsertMarkets = (db: Database, by: By, markets: readonly MarketRow[]) =>
  upsertPart(db, by, { markets }, 1);
const upsertSettlements = (db: Database, by: By, settled: readonly MarketRow[]) =>
  upsertPart(db, by, { settled }, 2);
const upsertSnapshots = (
  db: Database,
  by: By,
  takenAt: string,
  snapshots: readonly MarketRow[],
) => upsertPart(db, by, { takenAt, snapshots }, 3);

let ingestId = 0;

async function write(
  db: Database,
  work: (by: By) => UpsertCounts,
): Promise<UpsertCounts> {
  ingestId++;
  return await db.transaction("write to", () => work({ source: "kalshi", ingestId }));
}

const value = (db: Database, sql: string) => Object.values(db.get(sql) ?? {})[0];

Deno.test("a placeholder becomes the event, and an event never a placeholder", async () => {
  using db = await Database.open(":memory:");
  const flag = () => value(db, "SELECT is_placeholder || ifnull(title, '') FROM events");
  await write(db, (by) => upsertMarkets(db, by, [market()]));
  assertEquals(flag(), "1");
  assertEquals(await write(db, (by) => upsertEvents(db, by, [event()])), counts(0, 1, 0));
  assertEquals(flag(), "0Title");
  await write(db, (by) => upsertMarkets(db, by, [market({ status: "closed" })]));
  await write(db, (by) => upsertSnapshots(db, by, AT, [market()]));
  assertEquals(flag(), "0Title");
  assertEquals(await write(db, (by) => upsertEvents(db, by, [event()])), counts(0, 0, 1));
});

Deno.test("counts: new, changed, the same, and twice in one page", async () => {
  using db = await Database.open(":memory:");
  const [one, two] = [market(), market({ ticker: "A-1-U", volumeFp: null })];
  assertEquals(await write(db, (by) => upsertMarkets(db, by, [one, two])), counts(2, 0, 0));
  const id = value(db, "SELECT ingest_id FROM markets WHERE ticker = 'A-1-T'");
  const other = market({ ticker: "A-1-U", yesBidDollars: "0.1" });
  assertEquals(
    await write(db, (by) => upsertMarkets(db, by, [one, other, one])),
    counts(0, 1, 2),
  );
  assertEquals(value(db, "SELECT ingest_id FROM markets WHERE ticker = 'A-1-T'"), id);
  const fresh = market({ ticker: "A-2-T", eventTicker: "A-2" });
  assertEquals(
    await write(db, (by) => upsertMarkets(db, by, [fresh, { ...fresh, raw: "{}" }])),
    counts(1, 1, 0),
  );
  assertEquals(await write(db, (by) => upsertMarkets(db, by, [])), counts(0, 0, 0));
});

Deno.test("decimals are kept character by character", async () => {
  using db = await Database.open(":memory:");
  await fc.assert(fc.asyncProperty(fc.stringMatching(/^-?\d{1,30}(\.\d{1,18})?$/), async (text) => {
    const row = market({ lastPriceDollars: text, volumeFp: text, updatedTime: null });
    await write(db, (by) => upsertMarkets(db, by, [row]));
    await write(db, (by) => upsertSnapshots(db, by, AT, [row]));
    const sql = (table: string) => `SELECT last_price_dollars || ' ' || volume_fp FROM ${table}`;
    assertEquals(value(db, sql("markets")), `${text} ${text}`);
    assertEquals(value(db, sql("price_snapshots")), `${text} ${text}`);
  }));
});

/** Times of two answers, and whether the second may write over the first. */
const TIMES: [string | null, string | null, boolean][] = [
  ["2026-01-02T03:00:00Z", "2026-01-02T03:00:01Z", true],
  ["2026-01-02T03:00:01Z", "2026-01-02T03:00:00Z", false],
  ["2026-01-02T03:00:00Z", "2026-01-02T03:00:00Z", true],
  ["2026-01-02T03:00:00Z", "2026-01-02T03:00:00.000001Z", true],
  ["2026-01-02T03:00:00.000001Z", "2026-01-02T03:00:00Z", false],
  ["2026-01-02T03:00:00.1Z", "2026-01-02T03:00:00.12Z", true],
  // What is no time says nothing.
  ["soon", "2026-01-02T03:00:00Z", true],
  ["2026-01-02T03:00:00Z", "", true],
  [null, "2026-01-02T03:00:00Z", true],
  ["2026-01-02T03:00:00Z", null, true],
];

Deno.test("an answer that was overtaken does not write over a newer one", async () => {
  for (const [first, second, wins] of TIMES) {
    using db = await Database.open(":memory:");
    const text = `${first} then ${second}`;
    const result = (updatedTime: string | null, settlementTs: string, result: string) =>
      market({ updatedTime, settlementTs, result });
    const [one, two] = [result(first, AT, "yes"), result(second, AT, "no")];
    for (const upsert of [upsertMarkets, upsertSettlements]) {
      await write(db, (by) => upsert(db, by, [one]));
      const expected = wins ? counts(0, 1, 0) : counts(0, 0, 1);
      assertEquals(await write(db, (by) => upsert(db, by, [two])), expected, text);
    }
    const events = [event({ lastUpdatedTs: first }), event({ lastUpdatedTs: second, title: "X" })];
    const changed: UpsertCounts[] = [];
    for (const each of events) changed.push(await write(db, (by) => upsertEvents(db, by, [each])));
    assertEquals(changed[1]?.updated, wins ? 1 : 0, text);
  }
});

Deno.test("where times do not tell, a settled market is not open again", async () => {
  for (const updatedTime of [null, "2026-01-02T03:00:00Z"]) {
    using db = await Database.open(":memory:");
    const settled = market({ updatedTime, settlementTs: AT, status: "finalized" });
    await write(db, (by) => upsertMarkets(db, by, [settled]));
    await write(db, (by) => upsertMarkets(db, by, [market({ updatedTime })]));
    assertEquals(value(db, "SELECT status FROM markets"), "finalized");
    // The service may take a settlement back, and says so by its time.
    const later = market({ updatedTime: "2026-01-02T04:00:00Z", status: "disputed" });
    await write(db, (by) => upsertMarkets(db, by, [settled, later]));
    const expected = updatedTime === null ? "finalized" : "disputed";
    assertEquals(value(db, "SELECT status FROM markets"), expected);
  }
});

Deno.test("snapshots: one for each moment and market; a stored market stays as it is", async () => {
  using db = await Database.open(":memory:");
  const now = market({ yesBidDollars: "0.99" });
  await write(db, (by) => upsertMarkets(db, by, [market()]));
  assertEquals(await write(db, (by) => upsertSnapshots(db, by, AT, [now])), counts(1, 0, 0));
  assertEquals(value(db, "SELECT yes_bid_dollars FROM markets"), "0.560000");
  assertEquals(await write(db, (by) => upsertSnapshots(db, by, AT, [now])), counts(0, 0, 1));
  const moved = market({ yesBidDollars: "0.98" });
  assertEquals(await write(db, (by) => upsertSnapshots(db, by, AT, [moved])), counts(0, 1, 0));
  const next = "2026-01-02T03:15:00.000Z";
  assertEquals(await write(db, (by) => upsertSnapshots(db, by, next, [now])), counts(1, 0, 0));
});

Deno.test("keys that are named have to be there", async () => {
  using db = await Database.open(":memory:");
  await assertRejects(
    () => write(db, (by) => upsertSettlements(db, by, [market()])),
    Error,
    "FOREIGN KEY",
  );
  assertEquals(value(db, "SELECT count(*) FROM settlements"), 0);
});

Deno.test("snapshots of many moments go in at the end of the table, and one market's are found", async () => {
  using db = await Database.open(":memory:");
  const moments = 60;
  const at = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 900_000).toISOString();
  const tickers = Array.from({ length: 200 }, (_, n) => `A-${n >> 2}-T${n % 4}`);
  const pages: number[] = [];
  for (let n = 0; n < moments; n++) {
    const rows = tickers.map((ticker) =>
      market({ ticker, eventTicker: "A", lastPriceDollars: `0.${n}`, raw: "{}" })
    );
    const before = Number(value(db, "PRAGMA page_count"));
    assertEquals(await write(db, (by) => upsertSnapshots(db, by, at(n), rows)), counts(200, 0, 0));
    pages.push(Number(value(db, "PRAGMA page_count")) - before);
  }
  // A snapshot takes as much room at the end as at the beginning: pages are full, none is split.
  const room = (from: number) => pages.slice(from, from + 20).reduce((sum, each) => sum + each);
  assert(Math.abs(room(moments - 20) - room(1)) <= 4, pages.join());
  assertEquals(
    db.all("SELECT taken_at FROM snapshot_times").map((row) => row.taken_at),
    Array.from({ length: moments }, (_, n) => at(n)),
  );
  const history = `SELECT s.taken_at, s.last_price_dollars FROM snapshot_times
    CROSS JOIN price_snapshots AS s USING (taken_at) WHERE s.ticker = 'A-7-T3'`;
  assertEquals(
    db.all(history).map((row) => row.last_price_dollars),
    Array.from({ length: moments }, (_, n) => `0.${n}`),
  );
  const plan = db.all(`EXPLAIN QUERY PLAN ${history}`).map(({ detail }) => String(detail));
  assert(plan.some((each) => /SEARCH s USING .*\(taken_at=\? AND ticker=\?\)/.test(each)));
  assert(plan.every((each) => !/^SCAN (s|price_snapshots)\b/.test(each)), plan.join("\n"));
});

Deno.test("no snapshot at all: no moments", async () => {
  using db = await Database.open(":memory:");
  assertEquals(db.all("SELECT * FROM snapshot_times"), []);
});
