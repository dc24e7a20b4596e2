/** Bringing one dataset, page by page. @module */
import { SourceError } from "../../base/errors.ts";
import type { MarketBatch } from "../../model/markets.ts";
import type { Batch } from "../source.ts";
import type { TradeApi } from "./api.ts";
import { type Checkpoint, checkpointText } from "./checkpoint.ts";
import type { Dataset, Wanted } from "./datasets.ts";
import { askEvent, type ListRequest, type Page, readPages } from "./pages.ts";
import { cutoffSchema, parseEvents, parseMarkets, type Received } from "./schema.ts";

// As many as the service allows.
const EVENTS_PER_PAGE = "200";
const MARKETS_PER_PAGE = "1000";

/** Settlements that are asked for again, in seconds: they can be amended for a while. */
const AMENDED_SECONDS = 86_400;

/** What a sync works with. */
export interface SyncContext {
  readonly api: TradeApi;
  readonly wanted: Wanted;
  readonly query: string;
  readonly checkpoint: Checkpoint | undefined;
  readonly startedMs: number;
}

const NOTHING: MarketBatch = { events: [], markets: [], settled: [], snapshots: [], takenAt: null };

function filterOf({ series, event }: Wanted): Record<string, string> {
  return {
    ...series === null ? {} : { series_ticker: series },
    ...event === null ? {} : { event_ticker: event },
  };
}

/** Reads a list from where it was left; once from its beginning where the service cannot go on there. */
async function* resumed(
  context: SyncContext,
  list: ListRequest,
): AsyncGenerator<Page & { readonly warning?: string }> {
  const { api } = context;
  let pages = 0;
  try {
    for await (const page of readPages(api, list)) {
      pages++;
      yield page;
    }
  } catch (error) {
    // What may pass is no word about the cursor.
    const isRefused = error instanceof SourceError && !error.retryable;
    if (pages > 0 || list.cursor === null || !isRefused) throw error;
    const warning = `${list.path}: the service does not go on from where the last sync stopped ` +
      `(cursor_refused, by ${error.code}); it is read from the beginning`;
    let first = true;
    for await (const page of readPages(api, { ...list, cursor: null })) {
      yield first ? { ...page, warning } : page;
      first = false;
    }
  }
}

/** Brings a list page by page, each with the checkpoint from which the next sync goes on. */
async function* syncList(
  context: SyncContext,
  list: ListRequest,
  read: (objects: readonly Received[]) => Pick<Batch, "rejects" | "markets">,
  mark: (next: string | null) => Pick<Checkpoint, "list" | "began" | "doneBefore">,
): AsyncGenerator<Batch> {
  const { query } = context;
  for await (const { objects, next, warning } of resumed(context, list)) {
    yield {
      prices: [],
      ...read(objects),
      checkpoint: checkpointText({ query, cursor: next, savedAtMs: Date.now(), ...mark(next) }),
      warnings: warning === undefined ? [] : [warning],
    };
  }
}

function eventsOf(objects: readonly Received[], path: string): Pick<Batch, "rejects" | "markets"> {
  const { rows, rejects } = parseEvents(objects, path);
  return { rejects, markets: { ...NOTHING, events: rows } };
}

async function* syncEvents(context: SyncContext): AsyncGenerator<Batch> {
  const { api, wanted, checkpoint, startedMs } = context;
  if (wanted.event !== null) {
    const path = `/events/${encodeURIComponent(wanted.event)}`;
    yield { prices: [], ...eventsOf([await askEvent(api, path, true)], path) };
    return;
  }
  const goesOn = checkpoint !== undefined && checkpoint.cursor !== null;
  const began = goesOn ? checkpoint.began : Math.floor(startedMs / 1000);
  const before = checkpoint?.doneBefore ?? null;
  // All events the first time, for the settlements that name them; then those that can change.
  const all = wanted.status === undefined ? (before === null ? null : "open") : wanted.status;
  // An event is not paused; one whose markets are is open.
  const status = all === "paused" ? "open" : all;
  const query = {
    limit: EVENTS_PER_PAGE,
    ...status === null ? {} : { status },
    ...filterOf(wanted),
  };
  const cursor = checkpoint?.cursor ?? null;
  const list: ListRequest = { path: "/events", field: "events", query, cursor };
  yield* syncList(
    context,
    list,
    (objects) => eventsOf(objects, list.path),
    (next) => ({ list: "live", began, doneBefore: next === null ? began : before }),
  );
}

async function* syncMarkets(context: SyncContext): AsyncGenerator<Batch> {
  const { wanted, checkpoint, startedMs } = context;
  const { status = "open" } = wanted;
  const list = marketList(wanted, status, checkpoint?.cursor ?? null);
  const began = Math.floor(startedMs / 1000);
  yield* syncList(context, list, (objects) => {
    const { rows, rejects } = parseMarkets(objects, list.path);
    return { rejects, markets: { ...NOTHING, markets: rows } };
  }, () => ({ list: "live", began, doneBefore: null }));
}

function marketList(wanted: Wanted, status: string | null, cursor: string | null): ListRequest {
  const query = {
    limit: MARKETS_PER_PAGE,
    mve_filter: "exclude",
    ...status === null ? {} : { status },
    ...filterOf(wanted),
  };
  return { path: "/markets", field: "markets", query, cursor };
}

async function* syncSnapshots(context: SyncContext): AsyncGenerator<Batch> {
  const { api, wanted, startedMs } = context;
  const takenAt = new Date(startedMs).toISOString();
  // Never gone on from: the prices of a snapshot are of one moment.
  const list = marketList(wanted, "open", null);
  for await (const { objects } of readPages(api, list)) {
    const { rows, rejects } = parseMarkets(objects, list.path);
    yield { prices: [], rejects, markets: { ...NOTHING, snapshots: rows, takenAt } };
  }
}

async function cutoffSeconds(api: TradeApi): Promise<number | null> {
  try {
    const { value } = await api.get({ path: "/historical/cutoff" }, cutoffSchema);
    const ms = Date.parse(value.market_settled_ts ?? "");
    return Number.isNaN(ms) ? null : ms / 1000;
  } catch (error) {
    // A service without an archive has no cutoff.
    if (error instanceof SourceError && error.code === "not_found") return null;
    throw error;
  }
}

async function* syncSettlements(context: SyncContext): AsyncGenerator<Batch> {
  const { api, query: asked, wanted, checkpoint, startedMs } = context;
  // The live list is done where the archive's turn has come.
  const inArchive = checkpoint?.list === "historical";
  const goesOn = checkpoint !== undefined && (checkpoint.cursor !== null || inArchive);
  const began = goesOn ? checkpoint.began : Math.floor(startedMs / 1000);
  const before = checkpoint?.doneBefore ?? null;
  const since = before === null ? null : before - AMENDED_SECONDS;
  const settled = (list: ListRequest, name: Checkpoint["list"]): AsyncGenerator<Batch> =>
    syncList(context, list, (objects) => {
      const { rows, rejects } = parseMarkets(objects, list.path);
      return { rejects, markets: { ...NOTHING, markets: rows, settled: rows } };
    }, (next) => ({ list: next === null ? "historical" : name, began, doneBefore: before }));
  // The live list first: a market that moves into the archive meanwhile is found there.
  if (!inArchive) {
    const live = marketList(wanted, "settled", checkpoint?.cursor ?? null);
    const query = since === null ? live.query : { ...live.query, min_settled_ts: String(since) };
    yield* settled({ ...live, query }, "live");
  }
  const cutoff = await cutoffSeconds(api);
  // What was settled since the last sync is in the live list, unless the archive has taken it already.
  if (cutoff !== null && (since === null || cutoff > since)) {
    const cursor = inArchive ? checkpoint.cursor : null;
    // There, series and event exclude each other; an event is of one series.
    const filter = filterOf(wanted.event === null ? wanted : { ...wanted, series: null });
    const query = { limit: MARKETS_PER_PAGE, mve_filter: "exclude", ...filter };
    yield* settled({ path: "/historical/markets", field: "markets", query, cursor }, "historical");
  }
  const done = { query: asked, list: "live", cursor: null, began, doneBefore: began } as const;
  yield { prices: [], rejects: [], checkpoint: checkpointText({ ...done, savedAtMs: Date.now() }) };
}

const SYNCS: Readonly<Record<Dataset, (context: SyncContext) => AsyncGenerator<Batch>>> = {
  events: syncEvents,
  markets: syncMarkets,
  settlements: syncSettlements,
  snapshots: syncSnapshots,
};

export function syncDataset(dataset: Dataset, context: SyncContext): AsyncGenerator<Batch> {
  return SYNCS[dataset](context);
}
