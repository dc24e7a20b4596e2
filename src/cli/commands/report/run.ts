import { bytesText } from "../../../base/text.ts";
import { type PageData, pageData } from "../../../report/page_data.ts";
import { openReports } from "../../../store/open.ts";
import { readCalendar } from "../../args/calendar_file.ts";
import { conflict } from "../../args/parsers.ts";
import type { Actions, Invocation } from "../../command.ts";
import { refuseOwnFiles } from "../../log/refuse_path.ts";
import { localZone } from "../../output/time.ts";
import { outWrapped } from "../../output/wrap.ts";
import type { reportSettings, spec } from "./spec.ts";

type ReportCall = Invocation<typeof reportSettings>;

function check({ values, origins }: ReportCall): void {
  const { json, out, db } = values;
  if (json && origins.out === "option") {
    throw conflict("--json", "--out", "--json prints the data: send them to a file with >.");
  }
  if (!json && out !== "-") refuseOwnFiles("--out", out, db);
}

async function readData({ values }: ReportCall): Promise<PageData> {
  const { ticker, source, since, title, maxBehind, maxAge, fullEvery } = values;
  const calendar = await readCalendar(values.calendar);
  await using reports = await openReports(values.db);
  return await pageData(reports, {
    title,
    charts: ticker,
    sources: source,
    since,
    calendar,
    maxBehind,
    maxAgeMs: maxAge,
    fullEveryMs: fullEvery,
    timeZone: localZone(),
    now: new Date(),
  });
}

async function run(call: ReportCall): Promise<void> {
  const { values: { out, json }, io } = call;
  const data = await readData(call);
  if (json) return io.outJson(data);
  const { loadAssets } = await import("../../../report/assets.ts");
  const { renderPage } = await import("../../../report/page.ts");
  const page = renderPage(data, await loadAssets(data.charts.length > 0));
  if (out === "-") return io.out(page);
  const { writeText } = await import("../../../files/mod.ts");
  await writeText(out, page);
  const size = bytesText(new TextEncoder().encode(page).length);
  outWrapped(io, `${data.verdict}\n${out}: ${size}\n`);
}

/** What `tickerlock report` does. */
export const actions: Actions<typeof spec> = { itself: { check, run } };
