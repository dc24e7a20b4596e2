import { DatabaseSync } from "node:sqlite";
import { assert, assertAlmostEquals, assertEquals, assertMatch } from "../assert.ts";
import { copyCheckout } from "../docs/page_commands.ts";
import { duckdb } from "../duckdb/ask.ts";
import { FakedClock } from "../e2e/faked_clock.ts";
import { binaryPath, SAMPLE_TICKERS } from "../e2e/program.ts";
import { startFakeB3 } from "../fake/b3.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";
import { testNeeding } from "../system.ts";
import { blocksIn, Person } from "./person.ts";

/** What stands in the pages, and what it is in this story. */
const HERE = {
  // The fake lets a client ask as often as it likes.
  "b3-actions --all": "b3-actions --all --rate none",
  "EXMA3.SA EXMB4.SA": "PETR4.SA AZUL3.SA",
  "prices.ndjson": "adjusted/year=2024/part-0.parquet",
};

/** The papers of the fake. */
const PAPERS = ["AZUL3", "CIEL3", "MGLU3", "PETR3", "PETR4", "SANB11", "SANB3", "SANB4", "VALE3"];

/** Sessions of B3, by its calendars. */
const SESSIONS = { 2024: 251, 2025: 250 };

interface Adjusted {
  readonly raw_close: number;
  readonly close: number;
  readonly adj_close: number | null;
}

testNeeding(
  ["shell", "faketime"],
  "a quant: a checkout, the sample, two years of B3, adjusted prices, Parquet, a report",
  async () => {
    await using clock = await FakedClock.create("2025-12-31T11:00:00Z");
    if (clock === undefined) return;
    let now = Date.parse("2025-12-31T11:00:00Z");
    await using b3 = await startFakeB3({ now: () => now });
    const folder = await makeTempFolder("tickerlock_quant_");
    try {
      const env = { ...await copyCheckout(folder), B3_BASE_URL: b3.url, TZ: "UTC" };
      const seat = { env, here: HERE, prefix: clock.prefix };
      const beginner = new Person({ ...seat, folder: `${folder}/checkout` });
      // A copy stands in for a clone, which has what is committed.
      beginner.finds("README.md", "git clone https://github.com/tickerlock/tickerlock");
      const sample = await beginner.types(
        "README.md",
        "deno task ingest --source cotahist --file docs/examples/cotahist-sample.txt",
      );
      for (const ticker of SAMPLE_TICKERS) {
        assertMatch(sample.stdout, new RegExp(`^${ticker} +success +acquired .* 10 +10 +0 `, "m"));
      }
      await beginner.types("README.md", "deno task install");
      const binary = binaryPath();
      if (binary !== undefined) await Deno.symlink(binary, `${folder}/bin/tickerlock`);

      await Deno.mkdir(`${folder}/work`);
      const quant = new Person({ ...seat, folder: `${folder}/work` });
      await quant.types("docs/b3.md", "tickerlock ingest --source cotahist --year 2024-2025");
      await quant.types("docs/b3.md", "tickerlock ingest --source b3-actions --all");
      using db = new DatabaseSync(`${folder}/work/data/tickerlock.db`);
      const rows = (sql: string, ...values: string[]) =>
        db.prepare(sql).all(...values) as unknown as Adjusted[];
      assertEquals(
        db.prepare("SELECT ticker, count(*) AS days FROM prices GROUP BY 1 ORDER BY 1").all(),
        PAPERS.map((paper) => ({
          __proto__: null,
          ticker: `${paper}.SA`,
          days: SESSIONS[2024] + SESSIONS[2025],
        })),
      );

      // What is not known is said, and nothing is made up.
      const gaps = await quant.types("docs/b3.md", "tickerlock gaps --source cotahist");
      const [, unknown = ""] = gaps.stdout.split("\n\n");
      assert(blocksIn("docs/b3.md", "text").join("").includes(unknown), gaps.stdout);
      assertMatch(unknown, /^TICKER .*\nAZUL3\.SA .*\nCIEL3\.SA /);

      const day = (ticker: string, date: string): Adjusted => {
        const [row] = rows(
          "SELECT raw_close, close, adj_close FROM prices_adjusted WHERE ticker = ? AND date = ?",
          ticker,
          date,
        );
        assert(row !== undefined, `${ticker} ${date}`);
        return row;
      };
      // Days and amounts are those of the fake's events, and the arithmetic is that of a hand.
      const petr4 = day("PETR4.SA", "2024-04-25");
      const interest = 1 - 0.385 / day("PETR4.SA", "2025-06-02").raw_close;
      const paid = 1 - (0.88 + 0.4702) / petr4.raw_close;
      assertEquals(petr4.close, petr4.raw_close);
      assertAlmostEquals(petr4.adj_close ?? NaN, petr4.raw_close * paid * interest, 1e-9);
      const between = day("PETR4.SA", "2024-04-26");
      assertAlmostEquals(between.adj_close ?? NaN, between.raw_close * interest, 1e-9);
      const vale3 = day("VALE3.SA", "2024-03-11");
      assertAlmostEquals(vale3.close, vale3.raw_close / 1.05, 1e-9);
      const dividend = 1 - 2.738548 / vale3.raw_close;
      assertAlmostEquals(vale3.adj_close ?? NaN, vale3.raw_close / 1.05 * dividend, 1e-9);
      const mglu3 = day("MGLU3.SA", "2024-05-24");
      assertAlmostEquals(mglu3.close, mglu3.raw_close * 10, 1e-9);
      assertEquals(day("AZUL3.SA", "2025-02-26").adj_close, null);
      const azul3 = day("AZUL3.SA", "2025-02-27");
      assertEquals(azul3.adj_close, azul3.raw_close);
      const exported = await quant.types(
        "docs/b3.md",
        "tickerlock export prices_adjusted --ticker PETR4.SA --from 2024-04-24 --to 2024-04-29 --columns date,raw_close,close,adj_close,cash_factor",
      );
      const line = ["2024-04-25", petr4.raw_close, petr4.close, petr4.adj_close].join();
      assert(exported.stdout.includes(`\n${line},`), exported.stdout);

      await quant.types(
        "docs/commands.md",
        "tickerlock export prices_adjusted --format parquet --partition year --out adjusted",
      );
      const sums =
        "count(*) AS days, count(adj_close) AS adjusted, round(sum(adj_close), 6) AS sum";
      const [years] = await duckdb(
        `SELECT year::INTEGER AS year, count(*)::INTEGER AS days,
           count(adj_close)::INTEGER AS adjusted, round(sum(adj_close), 6) AS sum
         FROM read_parquet('${folder}/work/adjusted/*/*.parquet', hive_partitioning = true)
         GROUP BY 1 ORDER BY 1`,
      );
      assertEquals(
        years,
        db.prepare(
          `SELECT CAST(substr(date, 1, 4) AS INTEGER) AS year, ${sums} FROM prices_adjusted
           GROUP BY 1 ORDER BY 1`,
        ).all().map((row) => ({ ...row })),
      );
      assertEquals(
        years?.map(({ year, days }) => [year, days]),
        Object.entries(SESSIONS).map(([year, days]) => [Number(year), PAPERS.length * days]),
      );
      const verified = await quant.types(
        "docs/commands.md",
        "tickerlock export verify prices.ndjson",
      );
      assertMatch(verified.stdout, /as in/);

      await quant.types("docs/report.md", "tickerlock report EXMA3.SA EXMB4.SA --out precos.html");
      const page = await Deno.readTextFile(`${folder}/work/precos.html`);
      assertMatch(page, /<p>18 fresh, 0 behind, 0 failing, no gaps in twelve months\.<\/p>/);
      for (const ticker of ["PETR4.SA", "AZUL3.SA"]) {
        const year = rows(
          `SELECT date, adj_close, raw_close, CAST(volume AS INTEGER) AS volume FROM prices_adjusted
           WHERE ticker = ? AND date > '2024-12-31' ORDER BY date DESC`,
          ticker,
        ) as unknown as Record<string, string | number | null>[];
        const [, section = ""] = page.split(new RegExp(`<h2 id="h-prices-\\d">${ticker} `));
        const [table = ""] = section.split("</table>");
        const shown = [...table.matchAll(
          /<tr><th scope="row">([\d-]+)<td>[^<]*<td>([\d.]*)<td>([\d.]+)<td>(\d*)/g,
        )].map(([, date, ...numbers]) => [date, ...numbers.map((text) => text && Number(text))]);
        assertEquals(shown.length, SESSIONS[2025]);
        assertEquals(
          shown,
          year.map(({ date, adj_close, raw_close, volume }) => [
            date,
            adj_close === null ? "" : Math.round(Number(adj_close) * 10_000) / 10_000,
            raw_close,
            volume ?? "",
          ]),
        );
      }

      // Two sessions later.
      now = Date.parse("2026-01-06T00:30:00Z");
      clock.set(new Date(now).toISOString());
      const evening = await quant.types("docs/b3.md", "tickerlock ingest --source cotahist");
      assertMatch(evening.stdout, /9 tickers \(9 success\), \d+ rows: 18 new, 0 changed/);
      const check = await quant.types(
        "docs/report.md",
        'tickerlock stats --max-behind 1 --max-age 26h || echo "exit code $?"',
      );
      assertMatch(check.stdout, /^PETR4\.SA +cotahist .* 2026-01-05 +fresh /m);
    } finally {
      await removeFolder(folder);
    }
  },
);
