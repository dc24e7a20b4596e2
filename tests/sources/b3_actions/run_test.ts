import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { inSpace } from "../../cli/in_process.ts";
import { Workspace } from "../../e2e/workspace.ts";
import { type FakeB3, startFakeB3 } from "../../fake/b3.ts";
import type { B3FaultName } from "../../fake/b3_faults.ts";

async function stored(): Promise<{ space: Workspace; b3: FakeB3 } & AsyncDisposable> {
  await using cleanup = new AsyncDisposableStack();
  const space = cleanup.use(await Workspace.create());
  const b3 = cleanup.use(await startFakeB3());
  const { code, stderr } = await run(space, b3, "--source", "cotahist", "--year", "2024");
  assertEquals(code, 0, stderr);
  const owned = cleanup.move();
  return { space, b3, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function run(space: Workspace, b3: FakeB3, ...args: readonly string[]) {
  return space.ingest(["--rate", "none", ...args], { env: { B3_BASE_URL: b3.url } });
}

function events(space: Workspace, ticker: string) {
  return space.query(
    `SELECT last_with_right AS last, label, kind, round(coalesce(ratio, amount), 6) AS size
     FROM corporate_events WHERE ticker = ? ORDER BY last, label`,
    ticker,
  ).map(({ last, label, kind, size }) => [last, label, kind, size]);
}

const ACTIONS = ["--source", "b3-actions"];

const PETR4 = [
  ["2008-04-25", "DESDOBRAMENTO", "split", 2],
  ["2024-04-25", "DIVIDENDO", "cash", 0.88],
  ["2024-04-25", "JRS CAP PROPRIO", "cash", 0.4702],
  ["2025-06-02", "JRS CAP PROPRIO", "cash", 0.385],
  ["2026-04-22", "DIVIDENDO", "cash", 0.5],
];

Deno.test("the events of all stored tickers come in, company by company", async () => {
  await using scene = await stored();
  const { space, b3 } = scene;
  const asked = b3.requests.length;
  const { code, stdout, stderr } = await run(space, b3, ...ACTIONS, "--all", "--json");
  assertEquals(code, 0, stderr);
  assertEquals(events(space, "PETR4.SA"), PETR4);
  assertEquals(events(space, "MGLU3.SA").map(([, , , size]) => size), [4, 0.1]);
  assertEquals(events(space, "CIEL3.SA"), [["2024-08-14", "CIS RED CAP", "other", null]]);
  assertEquals(events(space, "AZUL3.SA"), [["2025-02-26", "SUBSCRICAO", "other", null]]);
  assertEquals(events(space, "SANB3.SA"), []);
  assertEquals(events(space, "SANB11.SA"), [["2024-07-18", "JRS CAP PROPRIO", "cash", 0.40002]]);
  // Two requests for each of the six companies, however many papers each has.
  assertEquals(b3.requests.length - asked, 12);
  const petr4 = JSON.parse(stdout).tickers.find((each: { ticker: string }) =>
    each.ticker === "PETR4.SA"
  );
  assertEquals([petr4.rows_fetched, petr4.rows_inserted], [5, 5]);

  // A run that was cut goes on: what was asked for lately is not asked again.
  space.execute("DELETE FROM ingest_logs WHERE ticker = 'VALE3.SA' AND source = 'b3-actions'");
  const before = b3.requests.length;
  const again = await run(space, b3, ...ACTIONS, "--all");
  assertEquals([again.code, b3.requests.length - before], [0, 2], again.stderr);
  assertMatch(again.stdout, /PETR4\.SA +skipped/);
  const forced = await run(
    space,
    b3,
    ...ACTIONS,
    "--ticker",
    "PETR4.SA",
    "--force-refresh",
    "--json",
  );
  assertEquals(JSON.parse(forced.stdout).tickers[0].rows_unchanged, 5, forced.stderr);
});

Deno.test("each fault of the service loses no event, and doubles none", async () => {
  await using scene = await stored();
  const { space, b3 } = scene;
  const quick = ["--ticker", "PETR4.SA", "--force-refresh", "--timeout", "0.3", "--attempts", "1"];
  for (const fault of ["double-json", "duplicates", "per-thousand", "no-dates"] as const) {
    space.execute("DELETE FROM corporate_events");
    b3.setFaults([{ fault }]);
    const { code, stderr } = await run(space, b3, ...ACTIONS, ...quick);
    assertEquals(code, 0, `${fault}: ${stderr}`);
    if (fault !== "no-dates") assertEquals(events(space, "PETR4.SA"), PETR4, fault);
  }
  // Events without a day are kept, and take no effect.
  const open = "SELECT count(*) FROM corporate_events WHERE last_with_right = '9999-12-31'";
  assertEquals(space.value(`${open} AND ex_date IS NULL`), 5);
  b3.setFaults([]);
  assertEquals((await run(space, b3, ...ACTIONS, ...quick)).code, 0);
  space.execute("DELETE FROM corporate_events WHERE ex_date IS NULL");
  for (
    const [fault, code] of [
      ["error-520", "service_failed"],
      ["error-503", "service_failed"],
      ["stall", "timeout"],
      ["reset", "connection_failed"],
      ["html", "not_json"],
      ["cut", "truncated_body"],
    ] as readonly [B3FaultName, string][]
  ) {
    b3.setFaults([{ fault }]);
    const outcome = await run(space, b3, ...ACTIONS, ...quick);
    assertEquals([outcome.code, space.logs().at(-1)?.error_code], [1, code], fault);
    assertEquals(events(space, "PETR4.SA"), PETR4, fault);
  }
  // What the service forgets to tell stays.
  b3.setFaults([{ fault: "omits-cash" }, { fault: "omits-stock" }]);
  assertEquals((await run(space, b3, ...ACTIONS, ...quick)).code, 0);
  assertEquals(events(space, "PETR4.SA"), PETR4);
});

Deno.test("a ticker without a stored ISIN is found by its code; one that there is not fails", async () => {
  await using space = await Workspace.create();
  await using b3 = await startFakeB3();
  const named = ["--ticker", "PETR4.SA", "--ticker", "XXXX3.SA", "--ticker", "AAPL"];
  const { code, stderr } = await run(space, b3, ...ACTIONS, ...named);
  assertEquals(code, 3, stderr);
  assertEquals(events(space, "PETR4.SA"), PETR4);
  assert(b3.requests.some((each) => each.startsWith("GetDetail")));
  const failed = space.logs().filter(({ status }) => status === "failed");
  assertEquals(failed.map(({ ticker, error_code }) => [ticker, error_code]), [
    ["AAPL", "ticker_unknown"],
    ["XXXX3.SA", "ticker_unknown"],
  ]);
  await using empty = await Workspace.create();
  const none = await run(empty, b3, ...ACTIONS, "--all");
  assertEquals(none.code, 1);
  assertMatch(none.stderr, /no ticker of the source cotahist, b3-daily, yahoo yet/);
});

Deno.test("sources test tells how many events there are", async () => {
  await using space = await Workspace.create();
  await using b3 = await startFakeB3();
  const env = { B3_BASE_URL: b3.url };
  const outcome = await inSpace(space, ["sources", "test", "b3-actions"], { env });
  assertEquals(outcome.code, 0, outcome.stderr);
  assertMatch(outcome.stdout, /PETR4\.SA: 5 events/);
});
