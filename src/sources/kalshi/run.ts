/**
 * An opened Kalshi source: datasets, or single markets.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { SourceError } from "../../base/errors.ts";
import type { MarketBatch } from "../../model/markets.ts";
import type { Batch, FetchOptions, FetchPlan, SourceRequest, SourceRun } from "../source.ts";
import type { Listening } from "../http/retry.ts";
import type { TradeApi } from "./api.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { type Dataset, lockName, queryText, type Wanted } from "./datasets.ts";
import { syncDataset } from "./sync.ts";
import { syncTicker } from "./sync_ticker.ts";

/** What a run needs. */
export interface KalshiRunOptions {
  readonly api: TradeApi;
  readonly request: SourceRequest;
  readonly wanted: Wanted;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

function rowsIn(batch: MarketBatch | undefined): number {
  if (batch === undefined) return 0;
  return batch.events.length + batch.markets.length + batch.snapshots.length;
}

/** Delivers datasets under the names that their syncs lock, or markets under their tickers. */
export class KalshiRun implements SourceRun {
  readonly tickers: readonly string[];
  readonly unassigned = [];
  readonly failures = [];
  readonly warnings = [];
  readonly details = {};
  readonly paged = true;
  readonly #options: KalshiRunOptions;
  readonly #datasets: ReadonlyMap<string, Dataset>;

  constructor(options: KalshiRunOptions) {
    const { request, wanted } = options;
    this.#options = options;
    this.#datasets = new Map(
      request.tickers === null ? wanted.datasets.map((each) => [lockName(each), each]) : [],
    );
    this.tickers = [...request.tickers ?? this.#datasets.keys()].sort();
  }

  get pausedMs(): number {
    return this.#options.api.pausedMs;
  }

  missing(ticker: string): Error {
    return new SourceError("ticker_not_asked", `${ticker} was not asked for`, {
      hint: "Name it in the request.",
    });
  }

  forget(): void {}

  plan(name: string): FetchPlan {
    const { wanted } = this.#options;
    const dataset = this.#datasets.get(name);
    const query = dataset === undefined
      ? `datasets=${wanted.datasets.join(",")}`
      : queryText(dataset, wanted);
    return { kind: "all", from: null, to: null, query };
  }

  async *fetch(name: string, options?: FetchOptions): AsyncGenerator<Batch> {
    const { api, request, wanted, now } = this.#options;
    const { signal, forceRefresh = false } = request;
    const hash = createHash("sha256");
    const listening: Listening = {
      signal,
      onRequest: options?.onRequest,
      onRetry: options?.onRetry,
      onAnswer: async (answer) => {
        // Refusals are no part of what is stored.
        if (answer.status === 200) hash.update(answer.bytes);
        await options?.onAnswer?.(answer);
      },
    };
    const dataset = this.#datasets.get(name);
    const query = dataset === undefined ? "" : queryText(dataset, wanted);
    const startedMs = now();
    const kept = forceRefresh ? null : options?.stored.checkpoint;
    const checkpoint = readCheckpoint(kept, query, startedMs);
    const context = { api, wanted, query, listening, checkpoint, startedMs };
    const batches = dataset === undefined
      ? syncTicker(name, context)
      : syncDataset(dataset, context);
    let good = 0;
    let refused = 0;
    for await (const batch of batches) {
      good += rowsIn(batch.markets);
      refused += batch.rejects.length;
      const { checkpoint: _, ...data } = batch;
      // As long as nothing can be read, nothing has been brought.
      const isOfUse = good > 0 || refused === 0;
      yield { ...(isOfUse ? batch : data), payloadSha256: hash.copy().digest("hex") };
    }
    if (good === 0 && refused > 0) {
      throw new SourceError("no_valid_rows", `${name}: none of ${refused} object(s) can be read`, {
        hint: "Look at ingest_rejects; the service may have changed: look for a newer version.",
      });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
