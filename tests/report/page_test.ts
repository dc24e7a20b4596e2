import { DatabaseSync } from "node:sqlite";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";
import { UsageError } from "../../src/base/errors.ts";
import { loadAssets, policyOf } from "../../src/report/assets.ts";
import { escapeText, html, jsonHtml } from "../../src/report/html.ts";
import { renderPage } from "../../src/report/page.ts";
import { pageData, type PageOptions } from "../../src/report/page_data.ts";
import { sqliteReports } from "../../src/store/sqlite/reports.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";
import { makeMarket, sessionsBefore } from "./market.ts";

const NOW = new Date("2024-11-30T18:00:00.000Z");

const OPTIONS: PageOptions = {
  title: null,
  charts: [],
  sources: [],
  since: "2024-10-31T00:00:00.000Z",
  calendar: {},
  maxBehind: 1,
  maxAgeMs: null,
  fullEveryMs: null,
  timeZone: "America/Sao_Paulo",
  now: NOW,
};

/** Data of an invented market. @param sql What happened since. */
async function dataOf(options: Partial<PageOptions> = {}, tickers = 9, sql = "") {
  const folder = await makeTempFolder("tickerlock_page_");
  const path = `${folder}/market.db`;
  try {
    await makeMarket(path, { tickers, sessions: 300, now: NOW });
    const db = new DatabaseSync(path);
    db.exec(sql);
    db.close();
    await using reports = sqliteReports(path);
    return await pageData(reports, { ...OPTIONS, ...options });
  } finally {
    await removeFolder(folder);
  }
}

Deno.test("a page's data: the verdict, and each ticker with its sessions and its failures", async () => {
  const data = await dataOf();
  assertEquals(data.title, "3 of 11 need a look");
  assertEquals(
    data.verdict,
    "8 fresh, 0 behind, 3 failing since 28 Nov, 14 sessions missing in twelve months.",
  );
  assertEquals(data.counts, { fresh: 8, behind: 0, failing: 3, sessions_missing: 14, rows: 31 });
  assertEquals(data.sessions, sessionsBefore("2024-11-30", 30));
  const row = (name: string | null) => data.tickers.find(({ ticker }) => ticker === name)!;
  const facts = (name: string | null) => {
    const { state, sessions, missing, refused, days_behind, error_code } = row(name);
    return [
      state,
      sessions.replaceAll(/s+/g, (run) => `${run.length}`),
      missing,
      refused,
      days_behind,
      error_code,
    ];
  };
  assertEquals(data.tickers.slice(0, 3).map(({ ticker }) => ticker), [
    null,
    "ABEV3.SA",
    "KALSHI.MARKETS",
  ]);
  assertEquals(facts("PETR4.SA"), ["fresh", "30", 1, 0, 0, null]);
  assertEquals(facts("ABEV3.SA"), ["failing", "27mmm", 1, 0, 3, "rate_limited"]);
  assertEquals(facts("WEGE3.SA"), ["fresh", "18r11", 1, 1, 0, null]);
  assertEquals(facts("RENT3.SA"), ["fresh", "16mm12", 3, 0, 0, null]);
  assertEquals(facts("KALSHI.MARKETS"), ["failing", "", 0, 0, null, "bad_answer"]);
  assertEquals(facts(null), ["failing", "", 0, 0, null, "not_csv"]);
  assertEquals(row("PETR4.SA").closes.length, 60);
  assertEquals(
    data.tickers.filter((each) => each.unadjusted_before !== null)
      .map((each) => [each.ticker, each.unadjusted_before]),
    [["VALE3.SA", sessionsBefore("2024-11-30", 40)[0] ?? null]],
  );
  assertEquals(
    data.failures.map(({ code, jobs, tickers }) => [code, jobs, ...tickers]),
    [["bad_answer", 5, "KALSHI.MARKETS"], ["rate_limited", 3, "ABEV3.SA"], ["not_csv", 1]],
  );
  assertMatch(data.failures[1]?.remedy ?? "", /--rate/);
  const lacking = data.calendar.filter(({ missing, refused }) => missing + refused > 0);
  assertEquals(lacking.map(({ missing, refused }) => [missing, refused]), [
    ...[[9, 0], [1, 0], [1, 0], [0, 1], [1, 0], [1, 0], [1, 0]],
  ]);
  assertEquals([data.calendar[0]?.day, data.calendar.at(-1)?.day], ["2023-12-01", "2024-11-29"]);
  assertEquals(data.runs.map(({ command, bars }) => [command.split(" ")[2], bars.length]), [
    ...[["markets", 24], ["nightly", 2], ["--source", 1], ["--source", 1], ["--source", 1], [
      "--source",
      1,
    ]],
  ]);
});

Deno.test("limits decide who is behind, and a source alone is a page", async () => {
  const behind = async (options: Partial<PageOptions>) => {
    const { tickers, title } = await dataOf(options);
    return [
      title,
      ...tickers.filter(({ state }) => state === "behind").map(({ ticker }) => ticker),
    ];
  };
  assertEquals(await behind({ maxAgeMs: 9 * 3_600_000, sources: ["yahoo"] }), [
    "2 of 3 need a look",
    "RENT3.SA",
  ]);
  assertEquals(await behind({ maxAgeMs: 11 * 3_600_000, sources: ["yahoo"] }), [
    "1 of 3 needs a look",
  ]);
});

Deno.test("the newest row that was refused is no day that is only missing", async () => {
  const { tickers, calendar } = await dataOf(
    {},
    9,
    `DELETE FROM prices WHERE ticker = 'RENT3.SA' AND date = '2024-11-29';
     INSERT INTO ingest_rejects (ingest_id, ticker, source, date, code, reason, rejected_at)
     SELECT 1, 'RENT3.SA', 'yahoo', value, 'high_below_low', '', '2024-11-29T22:00:00.000Z'
     FROM json_each('["2024-11-29", "2099-01-05", "2024-11-xx"]')`,
  );
  const found = tickers.find(({ ticker }) => ticker === "RENT3.SA");
  assertEquals([found?.sessions.slice(-3), found?.missing, found?.refused, found?.days_behind], [
    ...["ssr", 3, 1, 1],
  ]);
  assertEquals(calendar.at(-1)?.refused, 1);
});

Deno.test("days that most tickers rest on are no column, also where one does not", async () => {
  const { sessions, tickers } = await dataOf(
    {},
    9,
    `INSERT INTO prices (ticker, date, source, close, ingest_id)
     WITH days (day) AS (VALUES ('2024-10-01') UNION ALL
       SELECT date(day, '+1 day') FROM days WHERE day < '2024-11-29')
     SELECT 'BTC-USD', day, 'yahoo', 1, 1 FROM days`,
  );
  assertEquals(sessions, sessionsBefore("2024-11-30", 30));
  assertEquals(tickers.find(({ ticker }) => ticker === "BTC-USD")?.sessions, "s".repeat(30));
});

Deno.test("a state is not that of the last hours, and what never brought a price is not fresh", async () => {
  const { counts, failures, tickers } = await dataOf(
    { since: NOW.toISOString() },
    9,
    `INSERT INTO ingest_logs (job_id, run_id, ticker, source, command, started_at, finished_at, status, host, pid, version)
     SELECT job_id || status, run_id, status || '3.SA', 'yahoo', command, '2024-11-30T17:00:00.000Z',
       iif(status = 'running', NULL, '2024-11-30T17:00:01.000Z'), status, host, pid, version
     FROM (SELECT value AS status FROM json_each('["running", "dry_run"]')), (
       SELECT job_id, run_id, command, host, pid, version FROM ingest_logs LIMIT 1)`,
  );
  assertEquals([counts.failing, counts.behind, failures], [3, 1, []]);
  assertEquals(tickers[3]?.ticker, "running3.SA");
});

Deno.test("what has stopped for long is behind, and its days since are no gaps", async () => {
  const at = async (day: string) => {
    const { calendar, counts, tickers } = await dataOf({ now: new Date(`${day}T18:00:00.000Z`) });
    const last = tickers.find(({ ticker }) => ticker === "PETR4.SA");
    return [
      last?.state,
      last?.sessions.slice(-2),
      counts.sessions_missing,
      calendar.at(-1)?.missing,
    ];
  };
  assertEquals(await at("2024-12-04"), ["behind", "mm", 14 + 2 * 9, 9]);
  assertEquals(await at("2025-05-15"), ["behind", "mm", 11, 0]);
});

Deno.test("a chart has what was traded, what that is today, and why they differ", async () => {
  const { charts } = await dataOf({ charts: ["PETR4.SA"] });
  const [{ source, days = [], events } = { source: "", events: [] }] = charts;
  assertEquals(source, "cotahist");
  assertEquals(
    events.map(({ label, split_factor, cash_factor }) => [label, split_factor, cash_factor]),
    [
      ["DESDOBRAMENTO", 0.5, 1],
      ["DIVIDENDO", 1, 0.98],
    ],
  );
  const [first, last] = [days[0], days.at(-1)];
  assert(first && last);
  assertEquals([first.adjusted, last.adjusted], [first.raw * 0.5 * 0.98, last.raw]);
  const error = await assertRejects(() => dataOf({ charts: ["PETR3.SA"] }), UsageError);
  assertEquals(error.code, "ticker_unknown");
  assertStringIncludes(error.hint ?? "", "PETR4.SA");
});

Deno.test("500 tickers are a page below 400 kB, whatever they are called no other HTML", async () => {
  const data = await dataOf(
    { charts: ["PETR4.SA"], title: "</title><script>alert(1)</script>" },
    500,
  );
  const assets = await loadAssets(true);
  const page = renderPage(data, assets);
  const bytes = new TextEncoder().encode(page).length;
  assert(bytes < 400_000, `${bytes}`);
  assertEquals(page.match(/<script>/g)?.length, assets.scripts.length);
  assertStringIncludes(page, "&lt;/title&gt;&lt;script&gt;alert(1)");
  assertMatch(
    page,
    /rate_limited, 3 times since 28 Nov: Yahoo answered 429 [^<]{10,50}; 1 session/,
  );
  assertMatch(page, /<td>1 session missing; not adjustable before 3 Oct</);
  // A policy with hashes allows no style and no handler at an element.
  const body = page.slice(page.indexOf("<body>")).replaceAll(/<script>.*?<\/script>/gs, "");
  assert(!/<[^>]*\s(style|on\w+)=/.test(body));
  assertStringIncludes(page, escapeText(policyOf(assets)));
  assert(!/(src|href)="(?!#|data:)/.test(page));
});

Deno.test("an empty database is a page, too", async () => {
  const data = await dataOf({ sources: ["none"] });
  assertEquals([data.title, data.tickers, data.calendar], ["Nothing of none", [], []]);
  assertStringIncludes(
    renderPage(data, await loadAssets(false)),
    "There is no job of none in the log",
  );
});

Deno.test("what stands in a template is escaped, and the layout of the source is not in the page", () => {
  assertEquals(
    escapeText(`<a href="x">&'\u202e\0`),
    "&lt;a href=&quot;x&quot;&gt;&amp;&#39;\ufffd\ufffd",
  );
  const inner = html`<b>${"<"}</b>`;
  assertEquals(
    html`
      <p>
        ${inner}${[inner]} ${7}${null}
      </p>
    `.html,
    "<p><b>&lt;</b><b>&lt;</b> 7</p>",
  );
  assertEquals(jsonHtml({ a: "</script><!--" }).html, '{"a":"\\u003c/script>\\u003c!--"}');
});
