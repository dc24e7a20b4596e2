/** An opened Kalshi source: datasets, or single markets. @module */
import { createHash } from "node:crypto";
import { SourceError } from "../../base/errors.ts";
import { plural } from "../../base/text.ts";
import type { MarketBatch } from "../../model/markets.ts";
import type { Batch, FetchOptions, FetchPlan, SourceRequest } from "../source.ts";
import { ServiceRun } from "../http/service.ts";
import type { ServiceClient } from "../http/service_client.ts";
import { tradeApi } from "./api.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { type Dataset, lockName, queryText, type Wanted, wantedOf } from "./datasets.ts";
import { syncDataset } from "./sync.ts";
import { syncTicker } from "./sync_ticker.ts";

function rowsIn(batch: MarketBatch | undefined): number {
  if (batch === undefined) return 0;
  return batch.events.length + batch.markets.length + batch.snapshots.length;
}

/** Delivers datasets under the names that their syncs lock, or markets under their tickers. */
export class KalshiRun extends ServiceRun {
  readonly paged = true;
  readonly #request: SourceRequest;
  readonly #wanted: Wanted;
  readonly #datasets: ReadonlyMap<string, Dataset>;

  constructor(client: ServiceClient, request: SourceRequest) {
    const wanted = wantedOf(request.selection);
    const datasets = new Map(
      request.tickers === null ? wanted.datasets.map((each) => [lockName(each), each]) : [],
    );
    super(request.tickers ?? datasets.keys(), client);
    this.#request = request;
    this.#wanted = wanted;
    this.#datasets = datasets;
  }

  plan(name: string): FetchPlan {
    const dataset = this.#datasets.get(name);
    const query = dataset === undefined
      ? `datasets=${this.#wanted.datasets.join(",")}`
      : queryText(dataset, this.#wanted);
    return { kind: "all", from: null, to: null, query };
  }

  async *fetch(name: string, options?: FetchOptions): AsyncGenerator<Batch> {
    const { signal, forceRefresh = false, network } = this.#request;
    const wanted = this.#wanted;
    const dataset = this.#datasets.get(name);
    // A time that a user has set is that of a dataset; the default would end a first sync each time.
    const isOne = dataset === undefined || network?.deadlineSeconds !== undefined;
    const hash = createHash("sha256");
    const api = tradeApi(this.client, {
      ...options,
      signal,
      onAnswer: async (answer) => {
        // Refusals are no part of what is stored.
        if (answer.status === 200) hash.update(answer.bytes);
        await options?.onAnswer?.(answer);
      },
    }, isOne ? this.client.deadline() : undefined);
    const query = dataset === undefined ? "" : queryText(dataset, wanted);
    const startedMs = Date.now();
    const kept = forceRefresh ? null : options?.stored.checkpoint;
    const checkpoint = readCheckpoint(kept, query, startedMs);
    const context = { api, wanted, query, checkpoint, startedMs };
    const batches = dataset === undefined
      ? syncTicker(name, context)
      : syncDataset(dataset, context);
    if (dataset !== undefined && typeof kept === "string" && checkpoint === undefined) {
      const warning = `${name}: what was noted of the last sync cannot be used ` +
        "(checkpoint_unusable); it begins anew";
      yield { prices: [], rejects: [], warnings: [warning] };
    }
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
      const message = `${name}: none of ${plural(refused, "object")} can be read`;
      throw new SourceError("no_valid_rows", message, {
        hint: "Look at ingest_rejects; the service may have changed: look for a newer version.",
      });
    }
  }
}
