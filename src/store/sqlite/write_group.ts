import { timestamp } from "../../base/time.ts";
import { isSamePaper } from "../../model/price_columns.ts";
import { TELLING } from "../adjusting.ts";
import type { TickerWrite, UpsertCounts, Written } from "../store.ts";
import { addCounts, endOfWrite, NO_COUNTS, payloadsOf } from "../writing.ts";
import type { Database } from "./connection/database.ts";
import { adjust, type Change, unadjusted } from "./tables/adjustments.ts";
import { upsertCorporateEvents } from "./tables/corporate_events.ts";
import { endCodeOf, endJob, heldClaims, insertRejects, samePayloads } from "./tables/jobs.ts";
import { deleteActions, deletePrices, upsertActions, upsertPrices } from "./tables/prices.ts";

function writeRows(
  db: Database,
  write: TickerWrite,
): { readonly counts: UpsertCounts; readonly isChanged: boolean } {
  const { job: { id, ticker, source }, prices, rejects, lackingDays } = write;
  const upserted = upsertPrices(db, ticker, source, id, prices, write.keepKnown);
  const events = upsertCorporateEvents(db, ticker, source, id, write.events);
  const counts = addCounts(upserted, { ...events, unchanged: events.unchanged + write.repeated });
  const actions = upsertActions(db, ticker, source, id, write.actions) +
    deleteActions(db, ticker, source, write.withdrawn);
  deletePrices(db, ticker, source, lackingDays);
  insertRejects(db, { ingestId: id, ticker, source, at: timestamp() }, rejects);
  const isChanged = counts.inserted + counts.updated + actions + lackingDays.length > 0;
  return { counts, isChanged };
}

function firstDayOf({ prices, lackingDays }: TickerWrite): string {
  const days = prices.length === 0 ? lackingDays : [prices.span().from, ...lackingDays];
  return days.length === 0 ? "" : days.reduce((first, day) => day < first ? day : first);
}

/** How many days a write has, where {@linkcode TELLING} tells them and all are of one paper; else -1. */
function daysOfOnePaper(
  { job: { source }, prices: { paper, source: sources } }: TickerWrite,
): number {
  const isOne = source === TELLING && sources.length === 0 &&
    paper.every((each) => each !== undefined && isSamePaper(each, paper[0]));
  return isOne ? paper.length : -1;
}

/** Writes a group, in a transaction with the write lock. @param started By `performance.now()`. */
export function writeGroup(
  db: Database,
  group: readonly TickerWrite[],
  started: number,
): Written[] {
  const holds = heldClaims(db, group.map(({ job }) => job.id));
  const done = samePayloads(db, payloadsOf(group));
  const changed: Change[] = [];
  const unchanged: string[] = [];
  // The first has waited for the database, each of the others for its own rows alone.
  let since = started;
  const written = group.map((write): Written => {
    const { id, ticker } = write.job;
    if (!holds.has(id)) return { outcome: "revoked", code: endCodeOf(db, id) ?? "" };
    const isDone = done.has(id);
    let counts = NO_COUNTS;
    if (!isDone) {
      const rows = writeRows(db, write);
      counts = rows.counts;
      if (rows.isChanged) {
        changed.push({ ticker, since: firstDayOf(write), days: daysOfOnePaper(write) });
      } else unchanged.push(ticker);
    }
    const now = performance.now();
    const { written, end } = endOfWrite(write, isDone, counts, now - since);
    since = now;
    endJob(db, id, { ...end, finishedAt: timestamp() });
    return written;
  });
  for (const ticker of unadjusted(db, unchanged)) changed.push({ ticker, since: "", days: -1 });
  adjust(db, changed);
  return written;
}
