/** The pipeline for one ticker, which the schedule takes and releases. @module */
import { getLogger } from "@logtape/logtape";
import { debug } from "../base/debug.ts";
import { messageOf } from "../base/errors.ts";
import { literal } from "../base/log.ts";
import { lengthOf, listed, plural, retryText } from "../base/text.ts";
import { timestamp } from "../base/time.ts";
import { uuidV7 } from "../base/uuid.ts";
import type { MarketBatch } from "../model/markets.ts";
import type { PriceColumns } from "../model/price_columns.ts";
import { countRefused, type Reject } from "../model/prices.ts";
import { type ChangedDays, changedDays } from "../model/restatement.ts";
import type { Batch, FetchOptions } from "../sources/source.ts";
import type {
  ClaimedJob,
  HeldLock,
  JobToTake,
  RefusedTicker,
  TakenTicker,
  TickerWrite,
  UpsertCounts,
  Written,
} from "../store/store.ts";
import { begunAt, type OpenedContext } from "./context.ts";
import {
  checkShare,
  checkSomeGood,
  type Fetched,
  fetchTicker,
  lackingDays,
  lostRows,
  MOST_DAYS,
} from "./fetch.ts";
import { describePlan, type Planned, planTicker, windowOf } from "./plan.ts";
import {
  asRevoked,
  endOf,
  failureOf,
  mostShown,
  recordResult,
  reported,
  resultOf,
  spillResult,
} from "./result.ts";
import { lowSpace } from "./space.ts";
import type { TickerResult } from "./types.ts";
import { FIRST_DAY } from "./validate.ts";

const log = getLogger(["tickerlock", "ingest"]);

/** Lost rows of a dataset whose reasons are kept for an error. */
const MOST_OF_LOST = 100;

function rowsOf(markets: MarketBatch | undefined): number {
  if (markets === undefined) return 0;
  const { events, markets: rows, settled, snapshots } = markets;
  return events.length + rows.length + settled.length + snapshots.length;
}

/** What a job has counted so far. */
type Counts = { -readonly [Key in keyof TickerResult]?: TickerResult[Key] };

/** The work on one ticker in one run. */
export class TickerJob implements JobToTake {
  readonly ticker: string;
  readonly jobId = uuidV7();
  readonly attempts = { count: 1 };
  failure: unknown;
  readonly #context: OpenedContext;
  /** When it was asked for, and once its lock is held, when that was. */
  #startedAt = timestamp();
  #startedMs = performance.now();
  #lock: HeldLock | null = null;
  #claimed: ClaimedJob | null = null;
  #planned: Planned | undefined;
  #requests = 0;
  #rejects: readonly Reject[] = [];
  #history: Fetched["history"];
  readonly #counts: Counts = {};

  constructor(context: OpenedContext, ticker: string) {
    this.#context = context;
    this.ticker = ticker;
  }

  #result(more: Pick<TickerResult, "status"> & Partial<TickerResult>): TickerResult {
    const { ticker, jobId } = this;
    const plan = this.#planned?.plan;
    const asksService = plan !== undefined && this.#context.isNetwork;
    return resultOf({
      ticker,
      jobId,
      lockAction: this.#lock?.action ?? null,
      lockWaitedSeconds: this.#lock?.waitedSeconds ?? null,
      ...this.#counts,
      ...plan && windowOf(plan),
      ...(plan?.query === undefined ? {} : { query: plan.query }),
      requests: asksService ? this.#requests : null,
      durationMs: Math.round(performance.now() - this.#startedMs),
      ...more.status === "success" && this.#history ? { history: this.#history } : {},
      ...more,
    });
  }

  refuse({ error, lock }: RefusedTicker): Promise<TickerResult> {
    this.#lock = lock;
    this.#context.opened.forget(this.ticker);
    return this.#fail(error);
  }

  /**
   * Works on a taken ticker up to its group's write.
   * @returns What to write, or the result where all is done.
   */
  async prepare(
    taken: TakenTicker,
    permit: FetchOptions["permit"],
  ): Promise<TickerWrite | TickerResult> {
    const { ticker, jobId, attempts } = this;
    const { opened, source } = this.#context;
    const { abandoned, id } = taken;
    this.#lock = taken.lock;
    this.#startedAt = timestamp();
    // Not the time that it has waited for others of its group.
    this.#startedMs = performance.now() - taken.lock.waitedSeconds * 1000;
    this.#claimed = id === null ? null : { id, jobId, ticker, source, attempts };
    if (abandoned > 0) {
      const message = `${ticker}: marked ${plural(abandoned, "unfinished run")} as abandoned`;
      log.warn(literal(message), { ticker, abandoned });
    }
    try {
      const planned = this.#planned = await planTicker(this.#context, ticker);
      debug("ingest", () => describePlan(ticker, planned));
      if (planned.skip !== undefined) {
        return await this.#end(this.#result({ status: "skipped", note: planned.skip }));
      }
      const options = this.#fetchOptions(planned);
      if (opened.paged === true) return await this.#workInPages(options);
      const fetched = await fetchTicker(this.#context, ticker, { ...options, permit });
      this.#rejects = fetched.rejects;
      const taken = fetched.good.length + fetched.repeated + fetched.events.length;
      this.#counts.payloadSha256 = fetched.payloadSha256;
      this.#count(taken + fetched.rejected, fetched.rejected, fetched.rejects);
      for (const warning of fetched.warnings) log.warn(literal(warning), { ticker });
      const { contradiction, correction } = fetched;
      if (contradiction !== undefined) {
        Object.assign(this.#counts, { history: "contradicted", note: contradiction });
      }
      if (opened.withoutPrices !== true) {
        checkSomeGood(ticker, { jobId, ...windowOf(planned.plan) }, fetched);
      }
      const lost = lostRows(fetched.rejects);
      const onlyCounted = fetched.rejected - countRefused(fetched.rejects);
      this.#checkShare(taken, lost, lost.length + onlyCounted);
      if (contradiction !== undefined) {
        const message = `${contradiction}; stored days stay as they are. Later runs ask for ` +
          "everything again; --accept-restatement takes such an answer";
        log.warn(literal(message), { ticker });
      }
      const changed = await this.#changedDays(fetched.good, planned.stored.lastDate);
      // Other prices that are refused, all of them, restate nothing.
      const isRestated = fetched.restated !== false &&
        (fetched.restated !== "prices" || changed !== undefined);
      const lacking = isRestated ? await this.#lackingDays(fetched) : [];
      if (correction !== undefined) {
        log.warn(literal(`${correction}: the answer replaces the stored history`), { ticker });
        this.#note(correction);
      }
      if (changed !== undefined) this.#noteChanged(changed, fetched.restated);
      return await this.#writeOf(fetched, isRestated, lacking);
    } catch (error) {
      return await this.#fail(error);
    } finally {
      opened.forget(ticker);
    }
  }

  #checkShare(taken: number, lost: readonly Reject[], count?: number): void {
    const { ticker: what, jobId } = this;
    checkShare(this.#context.maxRejected, { what, jobId }, taken, lost, count);
  }

  async #lackingDays(fetched: Fetched): Promise<string[]> {
    const { ticker } = this;
    const { store, source, lastDay, acceptRestatement } = this.#context;
    const rows = await store.prices(ticker, { from: FIRST_DAY, to: lastDay }, source);
    const days = rows.map(({ date }) => date);
    try {
      return lackingDays(ticker, days, fetched, acceptRestatement);
    } catch (error) {
      this.#counts.history = "contradicted";
      throw error;
    }
  }

  /** The stored days that change. @param newest The newest stored one, which may be unfinished. */
  async #changedDays(
    good: PriceColumns,
    newest: string | null,
  ): Promise<ChangedDays | undefined> {
    const { store, source, isNetwork } = this.#context;
    if (good.length === 0) return undefined;
    const stored = await store.prices(this.ticker, good.span());
    if (stored.length === 0) return undefined;
    const how = isNetwork ? { except: newest } : { exact: true };
    return changedDays(stored, good, { source, ...how });
  }

  #note(what: string): void {
    const { note } = this.#counts;
    this.#counts.note = note === undefined ? what : `${note}; ${what}`;
  }

  #noteChanged(changed: ChangedDays, restated: Fetched["restated"]): void {
    const { days, example, firstDay, lastDay, factor } = changed;
    const unnamed = this.#context.isNetwork ? "prices" : "file";
    const by = typeof restated === "string" ? restated : unnamed;
    if (by === "file") this.#note(`${plural(days, "stored day")} changed, the first is ${example}`);
    const span: Counts = { restatedFrom: firstDay, restatedTo: lastDay, restatedFactor: factor };
    Object.assign(this.#counts, { restated: days, restatedBy: by, ...span });
  }

  async #writeOf(
    fetched: Fetched,
    isRestated: boolean,
    lacking: readonly string[],
  ): Promise<TickerWrite | TickerResult> {
    const { store, source, isNetwork, forceRefresh, acceptRestatement } = this.#context;
    const { good: prices, rejects, actions, events, withdrawn, repeated } = fetched;
    this.#history = fetched.history;
    if (lacking.length > 0) {
      const days = `${plural(lacking.length, "stored day")} that the new history lacks: ` +
        listed(lacking, MOST_DAYS);
      log.warn(literal(`${this.ticker}: removes ${days}`), { ticker: this.ticker });
      this.#note(`removed ${days}`);
    }
    // A service that leaves volumes or adjusted closes out has mislaid them; a file means it. After a split
    // or dividend what is stored is in old terms.
    const keepKnown = isNetwork && !isRestated;
    const job = this.#claimed;
    if (job === null) {
      const counts = await store.rehearse({ ticker: this.ticker, source, prices, keepKnown });
      this.#add(counts, repeated);
      return await this.#end(this.#result({ status: "dry_run" }));
    }
    return {
      job,
      prices,
      actions,
      events,
      withdrawn,
      rejects,
      keepKnown,
      lackingDays: lacking,
      repeated,
      unlessSince: forceRefresh || acceptRestatement ? null : begunAt(this.#context),
      end: endOf(this.#result({ status: "success" })),
      elapsedMs: performance.now() - this.#startedMs,
    };
  }

  async written(written: Written): Promise<TickerResult> {
    if (written.outcome === "failed") return await this.#fail(written.error);
    if (written.outcome === "revoked") {
      return asRevoked(this.#context, written.code, this.#result({ status: "abandoned" }));
    }
    const { outcome, counts, durationMs } = written;
    this.#add([counts]);
    if (outcome === "skipped") {
      delete this.#counts.rejects;
      this.#counts.rowsRejected = 0;
    }
    const result = this.#result({ status: outcome, durationMs });
    this.#tellWritten(result);
    return result;
  }

  /** Counts rows; of refused ones the first are shown. */
  #count(fetched: number, rejected: number, rejects: readonly Reject[]): void {
    const counts = this.#counts;
    counts.rowsFetched = (counts.rowsFetched ?? 0) + fetched;
    counts.rowsRejected = (counts.rowsRejected ?? 0) + rejected;
    const { dryRun } = this.#context;
    const shown = counts.rejects ?? [];
    if (shown.length + rejects.length === 0 && !dryRun) return;
    counts.rejects = [...shown, ...rejects.slice(0, mostShown(dryRun) - shown.length)];
  }

  #add(written: readonly UpsertCounts[], repeated = 0): void {
    const counts = this.#counts;
    const sum = (key: keyof UpsertCounts, before = 0): number =>
      written.reduce((total, each) => total + each[key], before);
    counts.rowsInserted = sum("inserted", counts.rowsInserted);
    counts.rowsUpdated = sum("updated", counts.rowsUpdated);
    counts.rowsUnchanged = sum("unchanged", counts.rowsUnchanged) + repeated;
  }

  /**
   * Writes a dataset in pages, each in its transaction; not a page with which too many objects are refused.
   */
  async #workInPages(options: FetchOptions): Promise<TickerResult> {
    const { ticker } = this;
    const { opened, signal } = this.#context;
    const firstLost: Reject[] = [];
    let lost = 0;
    let taken = 0;
    signal.throwIfAborted();
    for await (const batch of opened.fetch(ticker, options)) {
      signal.throwIfAborted();
      for (const warning of batch.warnings ?? []) log.warn(literal(warning), { ticker });
      const rows = rowsOf(batch.markets);
      this.#count(rows + batch.rejects.length, batch.rejects.length, batch.rejects);
      this.#counts.payloadSha256 = batch.payloadSha256 ?? this.#counts.payloadSha256 ?? null;
      const lostHere = lostRows(batch.rejects);
      firstLost.push(...lostHere.slice(0, MOST_OF_LOST - firstLost.length));
      lost += lostHere.length;
      taken += rows;
      this.#rejects = batch.rejects;
      if (taken > 0) this.#checkShare(taken, firstLost, lost);
      const counts = await this.#writePage(batch, options.plan.query ?? "");
      this.#rejects = [];
      this.#add(counts);
      debug("ingest", () => [
        `${ticker}: a page of ${plural(rows, "row")}, ${batch.rejects.length} rejected`,
        { ticker, ...this.#counts },
      ]);
    }
    if (this.#claimed === null) {
      return await this.#end(this.#result({ status: "dry_run" }));
    }
    const result = await this.#end(this.#result({ status: "success" }));
    this.#tellWritten(result);
    return result;
  }

  async #writePage(batch: Batch, query: string): Promise<readonly UpsertCounts[]> {
    const { store, source } = this.#context;
    const { markets, rejects, checkpoint } = batch;
    const job = this.#claimed;
    if (job === null) {
      return markets === undefined ? [] : await store.rehearse({ source, markets });
    }
    const low = lowSpace(this.#context);
    if (low !== undefined) throw low;
    return await store.writePage(job, {
      markets,
      rejects,
      checkpoint: checkpoint === undefined ? undefined : { query, value: checkpoint },
    });
  }

  #fetchOptions({ plan, stored }: Extract<Planned, { readonly skip?: undefined }>): FetchOptions {
    const { rawFolder, progress, store, source } = this.#context;
    const { ticker, jobId, attempts } = this;
    return {
      plan,
      stored,
      storedPrices: (from, to) => store.prices(ticker, { from, to }, source),
      storedIsins: () => store.isins(ticker),
      onRequest: () => {
        this.#requests++;
        progress?.asked(ticker);
      },
      onRetry: (why, next) => {
        attempts.count++;
        const reason = messageOf(why).replace(`${ticker}: `, "");
        if (next !== undefined) progress?.retrying(ticker, next, reason);
        const which = next ? `${retryText(next)} in ${lengthOf(next.pauseMs)}` : "retry";
        log.info(literal(`${ticker}: ${which}: ${reason}`), {
          ticker,
          ...reported(why),
          attempt: next?.attempt,
          pause_ms: next && Math.round(next.pauseMs),
        });
      },
      onAnswer: async (answer) => {
        // Of a refusal, too: it says which of the bodies that were kept was the last.
        this.#counts.payloadSha256 = answer.sha256;
        if (rawFolder === null) return;
        const { saveRaw } = await import("./save_raw.ts");
        await saveRaw(rawFolder, ticker, jobId, answer);
      },
    };
  }

  #fail(error: unknown): Promise<TickerResult> {
    this.failure = error;
    return this.#end(this.#result(failureOf(error)), this.#rejects);
  }

  async #end(result: TickerResult, rejects: readonly Reject[] = []): Promise<TickerResult> {
    const { attempts } = this;
    const startedAt = this.#startedAt;
    const job = this.#claimed;
    if (job === null) {
      return await recordResult(this.#context, result, rejects, startedAt, attempts);
    }
    try {
      const code = await this.#context.store.end(job, endOf(result), rejects);
      return code === null ? result : asRevoked(this.#context, code, result);
    } catch (error) {
      return await spillResult(this.#context, result, startedAt, attempts, error);
    }
  }

  #tellWritten(result: TickerResult): void {
    debug("ingest", () => {
      const { ticker, status, rowsInserted: inserted, rowsUpdated: updated } = result;
      const { rowsUnchanged: unchanged, rowsRejected: rejected } = result;
      const text =
        `${ticker}: ${status}, ${plural(inserted, "row")} inserted, ${updated} updated, ` +
        `${unchanged} unchanged, ${rejected} rejected`;
      return [text, { ticker, status, inserted, updated, unchanged, rejected }];
    });
  }
}
