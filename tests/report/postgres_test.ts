import { type PageData, pageData } from "../../src/report/page_data.ts";
import { prometheusText } from "../../src/report/prometheus.ts";
import { withFreshness } from "../../src/report/freshness.ts";
import { copyDatabase } from "../../src/store/copy.ts";
import { openCare, openReports } from "../../src/store/open.ts";
import { assert, assertEquals } from "../assert.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";
import { newUrl } from "../store/postgres/places.ts";
import { makeMarket } from "./market.ts";

const NOW = new Date("2024-11-30T18:00:00.000Z");

const SINCE = "2024-10-31T00:00:00.000Z";

async function read(db: string): Promise<readonly [PageData, string]> {
  await using reports = await openReports(db);
  const data = await pageData(reports, {
    ...{ title: null, charts: ["PETR4.SA", "RENT3.SA"], sources: [], since: SINCE, calendar: {} },
    ...{ maxBehind: 1, maxAgeMs: null, fullEveryMs: null, timeZone: "UTC", now: NOW },
  });
  const gaps = await reports.gaps({});
  const pairs = withFreshness(await reports.statistics({}), gaps, NOW, null);
  return [{ ...data, db: "" }, prometheusText(pairs, NOW)];
}

Deno.test("the page and the metrics are the same of a file and of its copy on a server", async () => {
  const folder = await makeTempFolder("tickerlock_page_");
  const path = `${folder}/market.db`;
  await makeMarket(path, { tickers: 9, sessions: 300, now: NOW });
  const url = await newUrl();
  {
    await using from = await openCare(path);
    await using to = await openCare(url);
    await copyDatabase(from, to);
  }
  const [data, metrics] = await read(path);
  assert(data.charts[0]?.events.length === 2 && data.charts[1]?.days.length);
  assert(data.tickers.some((row) => row.unadjusted_before !== null));
  const [copied, same] = await read(url);
  assertEquals(copied, data);
  assertEquals(same, metrics);
  await removeFolder(folder);
});
