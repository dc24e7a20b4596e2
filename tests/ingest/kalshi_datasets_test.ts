import { assert, assertEquals, assertHas, assertMatch } from "../assert.ts";
import type { MarketRow } from "../fake/kalshi_rows.ts";
import { EVENT_COLUMNS, MARKET_COLUMNS, picked, Scene } from "../e2e/kalshi_scene.ts";

const QUOTES = MARKET_COLUMNS.filter((name) => /_(dollars|fp)$/.test(name))
  .filter((name) => name !== "settlement_value_dollars");

const isOpen = ({ status }: Readonly<Record<string, unknown>>) => status === "active";
const isSettled = ({ status }: Readonly<Record<string, unknown>>) => status === "finalized";

Deno.test("all datasets: every row is as the service has it, character by character", async () => {
  await using scene = await Scene.start({ pageLimit: 17 });
  const { kalshi, space } = scene;
  const { report } = await scene.good();
  const [open, settled] = [scene.tickers(isOpen), scene.tickers(isSettled)];
  assert(open.length > 40 && settled.length > 40);
  assertEquals(scene.stored("markets"), [...open, ...settled].sort());
  scene.assertMarkets([...open, ...settled]);

  const events = kalshi.events.filter(({ event_ticker }) => !event_ticker.startsWith("KXMVE"));
  const storedEvents = space.query("SELECT * FROM events ORDER BY rowid");
  assertEquals(
    storedEvents.map((row) => ({
      ...picked(row, EVENT_COLUMNS),
      mutually_exclusive: Number(row.mutually_exclusive),
      is_placeholder: Number(row.is_placeholder),
      raw: String(row.raw),
    })),
    events.map((row) => ({
      ...picked(row, EVENT_COLUMNS),
      mutually_exclusive: Number(row.mutually_exclusive),
      is_placeholder: 0,
      raw: JSON.stringify(row),
    })),
  );

  const settlements = ["ticker", "event_ticker", "status", "result", "settlement_value_dollars"];
  const columns = [...settlements, "settlement_ts", "updated_time"];
  const paid = space.query("SELECT * FROM settlements ORDER BY ticker");
  assertEquals(
    paid.map((row) => ({ ...picked(row, columns), raw: row.raw })),
    settled.map((ticker) => {
      const row = kalshi.market(ticker);
      return { ...picked(row, columns), raw: JSON.stringify(row) };
    }),
  );
  // Whole, half and nothing, and one that was called off.
  assertEquals(
    space.query("SELECT DISTINCT result, settlement_value_dollars AS value FROM settlements")
      .map(({ result, value }) => `${result}:${value}`).sort(),
    [":null", "no:0.0000", "scalar:0.5000", "yes:1.0000"],
  );
  assert(scene.count("settlements", "settlement_ts < '2'") === 0);

  const snapshots = space.query("SELECT * FROM price_snapshots ORDER BY ticker");
  assertEquals(
    snapshots.map((row) => picked(row, ["ticker", ...QUOTES, "status"])),
    open.map((ticker) => picked(kalshi.market(ticker), ["ticker", ...QUOTES, "status"])),
  );
  assertEquals(new Set(snapshots.map((row) => row.taken_at)).size, 1);
  assertMatch(String(snapshots[0]?.taken_at), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  // Prices below a cent, and missing ones, are among them.
  assert(snapshots.some((row) => /^0\.\d{5}[1-9]$/.test(String(row.yes_bid_dollars))));
  assert(snapshots.some((row) => row.volume_24h_fp === null && row.volume_fp !== null));
  assertEquals(scene.count("ingest_rejects"), 0);
  scene.assertSound();

  const names = ["KALSHI.EVENTS", "KALSHI.MARKETS", "KALSHI.SETTLEMENTS", "KALSHI.SNAPSHOTS"];
  assertEquals(
    space.query("SELECT ticker, status, lock_action, query FROM ingest_logs ORDER BY id"),
    names.map((ticker) => ({
      ticker,
      status: "success",
      lock_action: "acquired",
      query: `dataset=${ticker.slice(7).toLowerCase()}`,
    })),
  );
  const { totals } = report;
  assertEquals(
    [totals.rows_inserted, totals.rows_fetched],
    [50 + open.length + 2 * settled.length + open.length, totals.rows_inserted],
  );
});

Deno.test("a second run rewrites nothing, and asks only for what can be new", async () => {
  await using scene = await Scene.start();
  const { kalshi, space } = scene;
  await scene.good();
  const before = scene.state();
  const ids = () =>
    ["events", "markets", "settlements"].map((table) =>
      space.query(`SELECT DISTINCT ingest_id FROM ${table} ORDER BY 1`)
    );
  const idsBefore = ids();
  const asked = kalshi.requests.length;
  const { report } = await scene.good();
  assertEquals(scene.state(), before);
  assertEquals(ids(), idsBefore);
  const { totals } = report;
  const open = scene.tickers(isOpen).length;
  assertEquals([totals.rows_inserted, totals.rows_updated], [open, 0]);
  assertEquals(scene.count("price_snapshots"), 2 * open);
  const again = kalshi.requests.slice(asked);
  assertEquals(
    again.map(({ path, query }) => `${path} ${query.get("status")}`),
    [
      "/events open",
      "/markets open",
      "/markets settled",
      "/historical/cutoff null",
      "/markets open",
    ],
  );
  assertEquals(again.filter(({ query }) => query.has("min_settled_ts")).length, 1);
  scene.assertSound();
});

Deno.test("what changes meanwhile is changed, and nothing else", async () => {
  await using scene = await Scene.start();
  const { kalshi } = scene;
  await scene.good();
  const [first = "", second = "", third = "", fourth = ""] = scene.tickers(isOpen);
  kalshi.trade(first, { price: "0.123456", contracts: "0.01" });
  kalshi.settle(second, "no");
  kalshi.settle(third, "scalar", "0.500000");
  kalshi.settleAndArchive(fourth, "yes");
  kalshi.changeEvent("KXFED-E00002", { title: "Another title" });
  await scene.good();
  scene.assertMarkets([first, second, third, fourth]);
  const wanted = { [second]: "no 0.0000", [third]: "scalar 0.500000", [fourth]: "yes 1.0000" };
  for (const [ticker, value] of Object.entries(wanted)) {
    const sql =
      "SELECT result || ' ' || settlement_value_dollars FROM settlements WHERE ticker = ?";
    assertEquals(scene.space.value(sql, ticker), value, ticker);
  }
  assertEquals(scene.last("KALSHI.MARKETS").rows_updated, 1);
  assertEquals(scene.count("markets", "yes_bid_dollars = '0.113456'"), 1);
  assert(kalshi.requests.some(({ path }) => path === "/historical/markets"));
  scene.assertSound();
});

Deno.test("--status, --series and --event narrow what is asked; the row says what it was", async () => {
  await using scene = await Scene.start();
  const live = (row: MarketRow) => row.status !== "finalized";
  await scene.good("--dataset", "markets", "--series", "kxfed", "--status", "all");
  const fed = scene.stored("markets");
  assert(fed.length > 4 && fed.every((ticker) => ticker.startsWith("KXFED-")));
  assertEquals(scene.last("KALSHI.MARKETS").query, "dataset=markets status=all series=KXFED");
  assertEquals(scene.count("events", "is_placeholder = 1"), scene.count("events"));

  await scene.good("--dataset", "events", "--event", "KXFED-E00002", "--series", "KXFED");
  assertEquals(scene.count("events", "is_placeholder = 0"), 1);
  await scene.good("--dataset", "settlements", "--event", "KXTOKYO-E00003", "--series", "KXTOKYO");
  assertEquals(
    scene.stored("settlements"),
    scene.tickers(({ event_ticker }) => event_ticker === "KXTOKYO-E00003"),
  );
  // The service's events know no such state, and refuse it.
  await scene.good("--dataset", "events", "--status", "paused");
  assert(scene.kalshi.requests.at(-1)?.query.get("status") === "open");
  await scene.good("--dataset", "markets", "--status", "CLOSED");
  const closed = ["closed", "determined", "disputed", "amended"];
  assertEquals(
    scene.stored("markets", "status NOT IN ('finalized') AND ticker NOT LIKE 'KXFED-%'"),
    scene.tickers((row) => closed.includes(String(row.status)) && live(row as MarketRow))
      .filter((ticker) => !ticker.startsWith("KXFED-")),
  );
  scene.assertSound();
});

Deno.test("a market before its event: a placeholder, which the event fills and which never comes back", async () => {
  await using scene = await Scene.start();
  const event = "KXRAINRIO-E00001";
  const hidden = () => scene.space.query("SELECT * FROM events WHERE event_ticker = ?", event);
  scene.kalshi.addFault({ fault: "event-hidden", ticker: event });
  await scene.good("--dataset", "events");
  assertEquals(hidden(), []);
  await scene.good("--dataset", "markets");
  const [placeholder] = hidden();
  assertHas(placeholder, { is_placeholder: 1, raw: null, title: null });
  assertEquals(scene.count("events", "is_placeholder = 1"), 1);
  await scene.good("--dataset", "markets", "--force-refresh");
  scene.kalshi.clearFaults();
  await scene.good("--dataset", "events");
  const [filled] = hidden();
  const row = scene.kalshi.events.find(({ event_ticker }) => event_ticker === event);
  assertEquals([filled?.is_placeholder, filled?.raw], [0, JSON.stringify(row)]);
  assertEquals(scene.last("KALSHI.EVENTS").rows_updated, 1);
  for (const dataset of ["markets", "snapshots", "settlements"]) {
    await scene.good("--dataset", dataset, "--force-refresh");
    assertEquals(hidden(), [filled]);
  }
  scene.assertSound();
});

Deno.test("unknown and missing fields go in; what has no key or no number does not", async () => {
  await using scene = await Scene.start({
    pageLimit: 10,
    faults: [
      { fault: "no-ticker", page: 1 },
      { fault: "bad-decimal", page: 2 },
      { fault: "null-event", page: 3 },
      { fault: "number-decimal", page: 1, ticker: "KXRAINRIO-E00001-T1" },
      { fault: "cents-only", page: 4 },
    ].map((each) => ({ route: "/markets", ...each })) as never,
  });
  const { kalshi } = scene;
  kalshi.changeMarket("KXRAINRIO-E00001-T3", { status: "active", of_tomorrow: { a: [1, null] } });
  await scene.good("--dataset", "markets");
  const rejects = scene.space.query("SELECT code, reason, raw FROM ingest_rejects ORDER BY id");
  assertEquals(rejects.map((each) => each.code), ["bad_field", "bad_field", "bad_field"]);
  assertMatch(String(rejects[0]?.reason), /^ticker is nothing: /);
  assertMatch(String(rejects[1]?.reason), /^last_price_dollars is "abc": is no decimal number$/);
  assertMatch(String(rejects[2]?.reason), /^event_ticker is null: /);
  const last = scene.last("KALSHI.MARKETS");
  assertHas(last, {
    status: "success",
    rows_rejected: 3,
    rows_inserted: scene.count("markets"),
  });
  assertEquals(scene.count("markets"), scene.tickers(isOpen).length - 3);
  assertEquals(scene.count("markets", 'raw LIKE \'%"of_tomorrow":{"a":[1,null]}%\''), 1);
  const [numbers] = scene.space.query("SELECT * FROM markets WHERE ticker = 'KXRAINRIO-E00001-T1'");
  assertEquals(typeof numbers?.volume_fp, "string");
  assertEquals(numbers?.volume_fp, String(JSON.parse(String(numbers?.raw)).volume_fp));
  assertEquals(
    scene.count("markets", "yes_bid_dollars IS NULL AND raw LIKE '%\"yes_bid\":45%'"),
    1,
  );
  scene.assertSound();
});
