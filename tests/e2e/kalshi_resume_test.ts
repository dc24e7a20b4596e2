import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { gateBefore, Scene } from "./kalshi_scene.ts";
import { assertAllFree, locks } from "./lock_tools.ts";
import { waitFor } from "./wait_for.ts";
import { testNeeding } from "../system.ts";

const isOpen = ({ status }: Readonly<Record<string, unknown>>) => status === "active";
const isSettled = ({ status }: Readonly<Record<string, unknown>>) => status === "finalized";
const MARKETS = ["--dataset", "markets"];

/** What the newest row of the log says of how it ended and what it has written. */
function ending(scene: Scene, name = "KALSHI.MARKETS"): unknown[] {
  const row = scene.last(name);
  return [row.status, row.error_code, row.rows_inserted, row.rows_fetched];
}

Deno.test("a page that fails in the middle loses nothing before it; the next run goes on there", async () => {
  await using scene = await Scene.start({
    pageLimit: 10,
    faults: [
      { fault: "error-500", route: "/events", page: 3, times: 1 },
      { fault: "error-503", route: "/markets", page: 3, times: 1 },
    ],
  });
  const { kalshi } = scene;
  const once = ["--attempts", "1"];
  const failed = await scene.here([...once, "--dataset", "all"]);
  assertEquals(failed.code, 3);
  assertEquals(ending(scene, "KALSHI.EVENTS"), ["failed", "service_failed", 20, 20]);
  assertEquals(ending(scene), ["failed", "service_failed", 20, 20]);
  assertEquals([scene.count("sync_state"), ending(scene, "KALSHI.SETTLEMENTS")[0]], [
    3,
    "success",
  ]);
  const asked = kalshi.requests.length;
  await scene.good("--dataset", "events");
  await scene.good(...MARKETS);
  const again = kalshi.requests.slice(asked);
  // Not one page twice.
  assertEquals(
    ["/events", "/markets"].map((each) => again.filter(({ path }) => path === each).length),
    [3, Math.ceil(scene.tickers(isOpen).length / 10) - 2],
  );
  assert(again.every(({ query }) => query.get("cursor") !== null));
  assertEquals(scene.count("events", "is_placeholder = 0"), 50);
  scene.assertMarkets([...scene.tickers(isOpen), ...scene.tickers(isSettled)]);
  scene.assertSound();
});

for (
  const [where, route, page] of [
    ["live list", "/markets", 2],
    ["cutoff", "/historical/cutoff", undefined],
    ["archive", "/historical/markets", 2],
  ] as const
) {
  Deno.test(`settlements that fail in the ${where} are all there after the next run`, async () => {
    await using scene = await Scene.start({
      pageLimit: 10,
      faults: [{ fault: "error-503", route, times: 1, ...(page === undefined ? {} : { page }) }],
    });
    const args = ["--dataset", "settlements", "--attempts", "1"];
    assertEquals((await scene.here(args)).code, 1);
    const [status, code, inserted] = ending(scene, "KALSHI.SETTLEMENTS");
    assertEquals([status, code], ["failed", "service_failed"]);
    assertEquals(scene.count("settlements") * 2, inserted as number);
    assert(scene.count("settlements") >= 10);
    const { kalshi } = scene;
    const first = new Set(kalshi.requests.map(({ path, query }) => `${path} ${query}`));
    const asked = kalshi.requests.length;
    await scene.good(...args);
    const twice = kalshi.requests.slice(asked).map(({ path, query }) => `${path} ${query}`)
      .filter((each) => first.has(each));
    // The page that failed, and the cutoff, which has no pages.
    assert(twice.every((each) => !each.startsWith("/markets") || where === "live list"));
    assert(twice.length <= 2, twice.join("\n"));
    assertEquals(scene.stored("settlements"), scene.tickers(isSettled));
    scene.assertMarkets(scene.tickers(isSettled));
    const before = kalshi.requests.length;
    await scene.good(...args);
    assertEquals(kalshi.requests.slice(before).map(({ path }) => path), [
      "/markets",
      "/historical/cutoff",
    ]);
  });
}

Deno.test("two questions about one dataset come along each on its own", async () => {
  const fault = { fault: "error-500", route: "/markets", page: 2, times: 2 } as const;
  await using scene = await Scene.start({ pageLimit: 4, faults: [fault] });
  const fed = [...MARKETS, "--series", "KXFED", "--attempts", "1"];
  const rio = [...MARKETS, "--series", "KXRAINRIO", "--attempts", "1"];
  for (const args of [fed, rio]) assertEquals((await scene.here(args)).code, 1);
  const asked = scene.kalshi.requests.length;
  for (const args of [fed, rio]) await scene.good(...args);
  const [first, ...more] = scene.kalshi.requests.slice(asked);
  assert(first?.query.has("cursor"));
  assert(more.every(({ query }) => query.has("cursor")));
  assertEquals(
    scene.stored("markets"),
    scene.tickers((row) => isOpen(row) && /^KX(FED|RAINRIO)-/.test(String(row.ticker))),
  );
});

Deno.test("a cursor that the service knows no more: from the beginning, and it says so", async () => {
  await using scene = await Scene.start({
    pageLimit: 10,
    faults: [{ fault: "error-500", route: "/markets", page: 3, times: 1 }],
  });
  assertEquals((await scene.here([...MARKETS, "--attempts", "1"])).code, 1);
  scene.kalshi.addFault({ fault: "cursor-expired", page: 3, times: 1 });
  const { code, stderr } = await scene.here(MARKETS);
  assertEquals(code, 0);
  assertStringIncludes(stderr, "is read from the beginning");
  assertEquals(scene.stored("markets"), scene.tickers(isOpen));
});

Deno.test("--force-refresh begins anew; so does a sync that came to its end", async () => {
  await using scene = await Scene.start({
    pageLimit: 10,
    faults: [{ fault: "error-500", route: "/markets", page: 3, times: 1 }],
  });
  assertEquals((await scene.here([...MARKETS, "--attempts", "1"])).code, 1);
  for (const args of [["--force-refresh"], []]) {
    const asked = scene.kalshi.requests.length;
    await scene.good(...MARKETS, ...args);
    const cursors = scene.kalshi.requests.slice(asked).map(({ query }) => query.has("cursor"));
    assertEquals(cursors.filter((has) => !has).length, 1);
    assert(!cursors[0]);
  }
  await scene.good("--dataset", "settlements");
  const asked = scene.kalshi.requests.length;
  await scene.good("--dataset", "settlements", "--force-refresh");
  const again = scene.kalshi.requests.slice(asked);
  assert(again.some(({ path }) => path === "/historical/markets"));
  assert(again.every(({ query }) => !query.has("min_settled_ts")));
});

testNeeding(
  "signals",
  "SIGTERM in the middle: interrupted with what is written; the next run goes on",
  async () => {
    const gate = gateBefore("/markets", 3);
    await using scene = await Scene.start({ pageLimit: 10, onRequest: gate.onRequest! });
    await using running = scene.start(MARKETS);
    await gate.came;
    running.kill("SIGTERM");
    const { code } = await running.outcome();
    gate.open();
    assertEquals([code, ...ending(scene)], [143, "interrupted", "interrupted", 20, 20]);
    assertEquals(scene.count("markets"), 20);
    await assertAllFree(scene.space);
    const asked = scene.kalshi.requests.length;
    await scene.good(...MARKETS);
    assert(scene.kalshi.requests.slice(asked).every(({ query }) => query.has("cursor")));
    assertEquals(scene.stored("markets"), scene.tickers(isOpen));
  },
);

Deno.test("SIGKILL in the middle: the next run marks it as abandoned and goes on", async () => {
  const gate = gateBefore("/markets", 3);
  await using scene = await Scene.start({ pageLimit: 10, onRequest: gate.onRequest! });
  {
    await using running = scene.start(MARKETS);
    await gate.came;
    running.kill("SIGKILL");
    await running.outcome();
  }
  gate.open();
  assertEquals(scene.last("KALSHI.MARKETS").status, "running");
  const { code, stderr } = await scene.here(MARKETS);
  assertEquals(code, 0);
  assertStringIncludes(stderr, "KALSHI.MARKETS: marked 1 unfinished run as abandoned");
  assertEquals(
    scene.space.logs("KALSHI.MARKETS").map(({ status }) => status),
    ["abandoned", "success"],
  );
  assertEquals(scene.stored("markets"), scene.tickers(isOpen));
  scene.assertSound();
});

Deno.test("a forced release in the middle: no further page is written", async () => {
  const gate = gateBefore("/markets", 3);
  await using scene = await Scene.start({ pageLimit: 10, onRequest: gate.onRequest! });
  const { space } = scene;
  await using running = scene.start(MARKETS);
  await gate.came;
  await waitFor("two pages", () => scene.count("markets") === 20);
  assertEquals((await locks(space, "release", "KALSHI.MARKETS", "--force")).code, 0);
  const before = scene.state();
  const checkpoint = space.query("SELECT * FROM sync_state");
  gate.open();
  const { code, stderr } = await running.outcome();
  assertEquals(code, 1);
  assertMatch(stderr, /claim on KALSHI\.MARKETS was revoked/);
  assertEquals([scene.state(), space.query("SELECT * FROM sync_state")], [before, checkpoint]);
  const [row] = space.logs("KALSHI.MARKETS");
  assertEquals([row?.status, row?.error_code], ["abandoned", "claim_revoked"]);
  await scene.good(...MARKETS);
  assertEquals(scene.stored("markets"), scene.tickers(isOpen));
});

Deno.test("--dry-run writes nothing, and tells what it would do", async () => {
  const fault = { fault: "no-ticker", route: "/markets", page: 1 } as const;
  await using scene = await Scene.start({ faults: [fault] });
  const { code, report } = await scene.here(["--dry-run"]);
  assertEquals(code, 0);
  const [open, settled] = [scene.tickers(isOpen).length, scene.tickers(isSettled).length];
  // The faulty page of open markets, of live settlements, and of snapshots.
  assertEquals(
    [report.totals.rows_inserted, report.totals.rows_rejected],
    [50 + open - 1 + 2 * (settled - 1) + open - 1, 3],
  );
  assert(!scene.space.hasDatabase());
  await scene.good("--dataset", "events");
  const tables = ["events", "markets", "settlements", "price_snapshots", "sync_state"];
  const before = tables.map((table) => scene.space.query(`SELECT * FROM ${table}`));
  assertEquals((await scene.here(["--dry-run"])).code, 0);
  assertEquals(tables.map((table) => scene.space.query(`SELECT * FROM ${table}`)), before);
  assertEquals(scene.count("ingest_rejects"), 0);
  assertEquals(scene.last("KALSHI.SNAPSHOTS").status, "dry_run");
});

Deno.test("--save-raw keeps every page as it was received", async () => {
  await using scene = await Scene.start({ pageLimit: 20 });
  await scene.good(...MARKETS, "--save-raw", `${scene.space.path}/raw`);
  const pages: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (isDirectory) await walk(`${folder}/${name}`);
      else {
        const bytes = Deno.readFileSync(`${folder}/${name}`);
        const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
        pages.push(await new Response(stream).text());
      }
    }
  };
  await walk(`${scene.space.path}/raw`);
  const rows = pages.flatMap((page) => JSON.parse(page).markets as { ticker: string }[]);
  assertEquals(rows.map(({ ticker }) => ticker).sort(), scene.tickers(isOpen));
});
