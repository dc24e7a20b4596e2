import { InterruptedError } from "../../src/base/errors.ts";
import type { PriceDetails } from "../../src/model/prices.ts";
import { openStore } from "../../src/store/open.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { locks } from "../e2e/lock_tools.ts";
import { Workspace } from "../e2e/workspace.ts";
import { fakeSource, type FakeTicker, price } from "./fake_source.ts";
import { logOutline, outline, run } from "./outline.ts";

// Enough for tickers to be taken and written in groups of 64.
const TICKERS = Array.from({ length: 300 }, (_, index) => `T${100 + index}`);

const DAYS = [price("2024-01-02", 1), price("2024-01-03", 2)];

const DETAILS: PriceDetails = {
  ...{ currency: null, isin: null, specification: null, distribution: null, market: null },
  ...{
    term: null,
    strike: null,
    expiry: null,
    turnover: null,
    average: null,
    bid: null,
    ask: null,
  },
  trades: 1,
};

function many(over: Readonly<Record<string, FakeTicker>>): Readonly<Record<string, FakeTicker>> {
  const each: FakeTicker = { prices: DAYS, payloadSha256: "5a".repeat(32) };
  return Object.fromEntries(TICKERS.map((ticker) => [ticker, { ...each, ...over[ticker] }]));
}

function stored(space: Workspace): unknown[] {
  return space.query("SELECT ticker FROM prices GROUP BY ticker HAVING count(*) = 2")
    .map(({ ticker }) => ticker);
}

Deno.test("a forced release in the middle of a group leaves out that ticker alone", async () => {
  await using space = await Workspace.create();
  const revoked: string[] = [];
  // T110 is judged by then and waits for its group; T130 is locked and claimed, and not begun.
  const before = async (): Promise<void> => {
    await using store = await openStore(space.db, { lockDir: space.lockDir });
    for (const ticker of ["T110", "T130"]) {
      revoked.push(...(await store.locks.release(ticker, true)).revokedJobs ?? []);
    }
  };
  const report = await run(space, fakeSource(many({ T120: { before } })));
  assertEquals(outline(report).filter(([, status]) => status !== "success"), [
    ["T110", "abandoned", "claim_revoked"],
    ["T130", "abandoned", "claim_revoked"],
  ]);
  assertEquals(revoked.length, 2);
  assertEquals(stored(space), TICKERS.filter((ticker) => !["T110", "T130"].includes(ticker)));
  const open = space.logs().filter(({ status }) => status === "running");
  assertEquals(open, []);
});

Deno.test("a forced release of the job in the middle of a group leaves out all of the group", async () => {
  await using space = await Workspace.create();
  let said = "";
  const before = async (): Promise<void> => {
    said = (await locks(space, "release", ".job_running", "--force")).stdout;
  };
  const report = await run(space, fakeSource(many({ T170: { before } })), {
    jobLock: ".job_running",
  });
  // Of 64 jobs the first are named.
  const id = "[0-9a-f-]{36}";
  assertMatch(
    said,
    new RegExp(`its 64 jobs can no longer write: ${id}, ${id}, ${id} and 61 more\\s*$`),
  );
  const ended = Map.groupBy(outline(report), ([, status, code]) => `${status} ${code}`);
  assertEquals(ended.get("abandoned claim_revoked")?.length, 64);
  assertEquals(stored(space), TICKERS.slice(0, 64));
  assertEquals(report.notStarted, 172);
});

Deno.test("two runs over the same tickers at once, in groups: each is stored once", async () => {
  await using space = await Workspace.create();
  // The second run begins while the first is in the middle of a group.
  let second: ReturnType<typeof run> | undefined;
  const before = async (): Promise<void> => {
    const begun = Promise.withResolvers<void>();
    second ??= run(space, fakeSource(many({ T164: { before: () => begun.resolve() } })));
    await begun.promise;
  };
  const first = await run(space, fakeSource(many({ T120: { before } })));
  const reports = [first, await second];
  assertEquals(reports.map((report) => report?.exitCode), [0, 0]);
  assertEquals(stored(space), TICKERS);
  const ends = space.query(
    `SELECT count(DISTINCT ticker) AS tickers, sum(rows_inserted) AS inserted, count(*) AS ends
     FROM ingest_logs WHERE status IN ('success', 'skipped')`,
  );
  assertEquals(ends.map((each) => ({ ...each })), [{ tickers: 300, inserted: 600, ends: 600 }]);
  // Of the first group, which the first run held, the second waited for every ticker.
  assertEquals(
    space.value("SELECT count(*) FROM ingest_logs WHERE lock_action = 'waited'"),
    64,
  );
});

Deno.test("a row at fault in a group fails its ticker alone, and the others are counted as without it", async () => {
  await using space = await Workspace.create();
  // A rule of the table alone refuses it: no judge of rows looks at a number of trades.
  const details = { ...DETAILS, trades: 1.5 };
  const T110 = { prices: [...DAYS, price("2024-01-04", 3, { details })] };
  const report = await run(space, fakeSource(many({ T110 })));
  assertEquals(outline(report).filter(([, status]) => status !== "success"), [
    ["T110", "failed", "db_constraint"],
  ]);
  assertEquals(stored(space), TICKERS.filter((ticker) => ticker !== "T110"));
  const counted = "SELECT count(*) FROM ingest_logs WHERE rows_inserted = 2 AND attempts = 1";
  assertEquals(space.value(counted), 299);
});

Deno.test("a stop in the middle of a group: what is judged goes in, the others end as interrupted", async () => {
  await using space = await Workspace.create();
  const stop = new AbortController();
  const before = (): void =>
    stop.abort(new InterruptedError("stopped", { details: { signal: "SIGTERM" } }));
  const report = await run(space, fakeSource(many({ T120: { before } })), { signal: stop.signal });
  const ended = Map.groupBy(outline(report), ([, status]) => status);
  assertEquals(ended.get("success")?.map(([ticker]) => ticker), TICKERS.slice(0, 20));
  assertEquals(stored(space), TICKERS.slice(0, 20));
  assertEquals(ended.get("interrupted")?.map(([ticker]) => ticker), TICKERS.slice(20, 64));
  assertEquals(report.notStarted, 236);
  assertEquals(logOutline(space).sort(), outline(report).sort());
});
