import type { ClaimedJob, TickerWrite, UpsertCounts, Written } from "../store.ts";
import { addCounts, endOfWrite, NO_COUNTS, payloadsOf } from "../writing.ts";
import type { Transaction } from "./connection/connection.ts";
import { holdRows, letGo } from "./locks/rows.ts";
import { adjust, adjustedTickers } from "./tables/adjustments.ts";
import { upsertCorporateEvents } from "./tables/corporate_events.ts";
import { samePayloads } from "./tables/history.ts";
import { endCodes, type Ending, endJobs, fence, insertRejects } from "./tables/jobs.ts";
import { copyRows, type NewRows, newRows } from "./tables/price_lines.ts";
import {
  deleteActions,
  deletePrices,
  type PricesOf,
  upsertActions,
  upsertPrices,
} from "./tables/prices.ts";

/** The lease of a claimed job. */
export function leaseOf(
  { ticker, jobId }: ClaimedJob,
): { readonly name: string; readonly owner: string } {
  return { name: ticker, owner: jobId };
}

interface Fenced {
  readonly holds: ReadonlySet<number>;
  readonly done: ReadonlySet<number>;
  readonly found: ReadonlyMap<number, NewRows>;
  readonly known: ReadonlySet<string>;
}

function pricesOf({ job: { id, ticker, source }, prices }: TickerWrite): PricesOf {
  return { ingestId: id, ticker, source, rows: prices };
}

async function fenced(
  db: Transaction,
  group: readonly TickerWrite[],
  moved: (at: string) => string,
): Promise<Fenced> {
  const [, holds, done, known, found] = await Promise.all([
    holdRows(db, group.map(({ job }) => leaseOf(job))),
    fence(db, group.map(({ job }) => job)),
    samePayloads(db, payloadsOf(group, moved)),
    adjustedTickers(db, group.map(({ job }) => job.ticker)),
    newRows(db, group.map(pricesOf)),
  ]);
  return { holds, done, found, known };
}

async function writeOthers(
  db: Transaction,
  group: readonly TickerWrite[],
  { found, known }: Fenced,
): Promise<ReadonlyMap<number, UpsertCounts>> {
  const counts = new Map<number, UpsertCounts>();
  for (const { job: { id } } of group) {
    const each = found.get(id);
    if (each !== undefined) counts.set(id, each.counts);
  }
  for (const keepKnown of [false, true]) {
    const others = group.filter((each) => each.keepKnown === keepKnown && !found.has(each.job.id));
    const upserted = await upsertPrices(db, others.map(pricesOf), keepKnown);
    for (const [id, each] of upserted) counts.set(id, each);
  }
  const actionsOf = (key: "actions" | "withdrawn") =>
    group.map(({ job: { id, ticker, source }, ...rest }) => ({
      ...{ ingestId: id, ticker, source, actions: rest[key] },
    }));
  const [changed, removed] = await Promise.all([
    upsertActions(db, actionsOf("actions")),
    deleteActions(db, actionsOf("withdrawn")),
    insertRejects(
      db,
      group.map(({ job: { id, ticker, source }, rejects }) => ({
        ...{ ingestId: id, ticker, source, rejects },
      })),
    ),
    deletePrices(
      db,
      group.flatMap(({ job: { ticker, source }, lackingDays }) =>
        lackingDays.map((day) => ({ ticker, source, day }))
      ),
    ),
  ]);
  for (const { job: { id, ticker, source }, events } of group) {
    if (events.length === 0) continue;
    const own = await upsertCorporateEvents(db, ticker, source, id, events);
    counts.set(id, addCounts(counts.get(id) ?? NO_COUNTS, own));
  }
  await adjust(
    db,
    group.filter(({ job: { id, ticker }, lackingDays }) => {
      const { inserted, updated } = counts.get(id) ?? NO_COUNTS;
      return inserted + updated + lackingDays.length > 0 || changed.has(ticker) ||
        removed.has(ticker) || !known.has(ticker);
    }).map(({ job }) => job.ticker),
  );
  return counts;
}

/** Writes rows; what needs no answer of those that are copied is sent behind them. */
async function writeRows(
  db: Transaction,
  group: readonly TickerWrite[],
  fenced: Fenced,
): Promise<ReadonlyMap<number, UpsertCounts>> {
  const copied = copyRows(db, group.flatMap(({ job: { id } }) => fenced.found.get(id) ?? []));
  try {
    const counts = await writeOthers(db, group, fenced);
    await copied;
    return counts;
  } catch (error) {
    // Where it has failed, all behind it did for no other reason.
    await copied;
    throw error;
  }
}

/** Writes a group of tickers. @param moved A time of this machine's clock on the server's. */
export async function writeGroup(
  db: Transaction,
  group: readonly TickerWrite[],
  moved: (at: string) => string,
  started: number,
): Promise<Written[]> {
  const before = await fenced(db, group, moved);
  const { holds, done } = before;
  const mine = group.filter(({ job }) => holds.has(job.id));
  const lost = group.filter(({ job }) => !holds.has(job.id));
  const fresh = mine.filter(({ job }) => !done.has(job.id));
  const counts = await writeRows(db, fresh, before);
  const share = (performance.now() - started) / group.length;
  const results = new Map<number, Written>();
  const ends = mine.map((each): Ending => {
    const { job, repeated } = each;
    const isDone = done.has(job.id);
    const upserted = counts.get(job.id) ?? NO_COUNTS;
    const all = isDone ? NO_COUNTS : { ...upserted, unchanged: upserted.unchanged + repeated };
    const { written, end } = endOfWrite(each, isDone, all, share);
    results.set(job.id, written);
    return { claim: job, end };
  });
  const [codes] = await Promise.all([
    endCodes(db, lost.map(({ job }) => job.id)),
    endJobs(db, ends),
    letGo(db, group.map(({ job }) => leaseOf(job))),
  ]);
  for (const { job } of lost) {
    results.set(job.id, { outcome: "revoked", code: codes.get(job.id) ?? "" });
  }
  return group.flatMap(({ job }) => results.get(job.id) ?? []);
}
