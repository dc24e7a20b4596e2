/** Fetching daily consolidated files that are named, or missing. @module */
import * as v from "valibot";
import { addDays } from "../../base/day.ts";
import { isClosed } from "../../exchange/gaps.ts";
import { isSession, sessionsBetween } from "../../exchange/sessions.ts";
import {
  type Fetched,
  fetchedFrom,
  fileNotThere,
  type FilePlace,
  noSession,
  notYet,
  openKeptFiles,
} from "../b3/kept_files.ts";
import { CONSOLIDATED, exchangeDay, newestSession } from "../b3/services.ts";
import { wantedFiles } from "../cotahist/series.ts";
import { orFailure } from "../files/input_files.ts";
import { refused, statusRefusal } from "../http/service_message.ts";
import type { Get } from "../http/service_client.ts";
import type { SourceFailure, SourceRequest, SourceSkip } from "../source.ts";
import { beginsAsFinal } from "./read_file.ts";

/** Days back to which holes are looked for; the service forgets what is older. */
const LOOK_BACK_DAYS = 30;

const namedSchema = v.looseObject({ token: v.string() });

/** Asks where the file of a day is: a token that is good for one download. */
export async function locateDaily(get: Get, day: string): Promise<FilePlace | undefined> {
  const query = { fileName: "TradeInformationConsolidated", date: day };
  const answer = await get("/api/download/requestname", query);
  const { status } = answer;
  // A holiday, a weekend, not out yet, or too old.
  if (status === 400 || status === 404 || answer.bytes.length === 0) return undefined;
  if (status !== 200) throw refused(answer, statusRefusal(status, ""));
  const text = new TextDecoder().decode(answer.bytes);
  const { success, output } = v.safeParse(namedSchema, parsed(text));
  return success ? { path: "/api/download/", query: { token: output.token } } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function missingDays(
  { storedDays, tickers, calendar = {}, forceRefresh = false }: SourceRequest,
  since: string,
  newest: string,
): Promise<string[]> {
  const known = forceRefresh ? [] : await Promise.all([
    storedDays?.(tickers) ?? [],
    storedDays?.(tickers, "cotahist") ?? [],
  ]);
  const have = new Set(known.flat());
  const closed = calendar.endings?.[".SA"] ?? {};
  return sessionsBetween("b3", since, newest)
    .filter((day) => !have.has(day) && !isClosed(closed, day));
}

/** Fetches files one after the other; one that fails leaves the others alone. */
export async function fetchDays(request: SourceRequest): Promise<Fetched> {
  await using cleanup = new AsyncDisposableStack();
  const kept = await openKeptFiles(CONSOLIDATED, request, cleanup);
  const now = Date.now();
  const [today, newest] = [exchangeDay(now), newestSession(now)];
  const { files, since } = wantedFiles(request.selection ?? {}, today);
  const days = files?.map(({ from }) => from) ??
    await missingDays(request, since ?? addDays(today, -LOOK_BACK_DAYS), newest);
  const paths: string[] = [];
  const failures: SourceFailure[] = [];
  const skips: SourceSkip[] = [];
  const take = async (day: string, name: string): Promise<void> => {
    if (!isSession("b3", day)) return void skips.push(noSession(day));
    const isFinal = await kept.finalDays(name, day) !== undefined;
    const kind = { name, beginsWell: beginsAsFinal, locate: (get: Get) => locateDaily(get, day) };
    const got = await kept.get(kind, !isFinal || request.forceRefresh === true);
    if (got.path !== null) return void paths.push(got.path);
    const early = notYet(name, got.absent, day, now);
    if (early !== undefined) return void skips.push(early);
    const hint = "The exchange keeps these files for some weeks; older days are in the files of " +
      "--source cotahist.";
    throw fileNotThere(name, got.absent, hint);
  };
  for (const day of days) {
    const name = `TradeInformationConsolidated_${day.replaceAll("-", "")}.csv`;
    await orFailure(name, () => take(day, name), failures, request.signal);
  }
  if (days.length === 0) {
    skips.push({ code: null, note: `nothing is missing up to ${newest}: every session is stored` });
  }
  return fetchedFrom(kept, cleanup, { paths, failures, skips });
}
