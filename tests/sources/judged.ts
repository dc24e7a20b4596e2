/**
 * What a run delivers for a ticker, judged as the pipeline judges it.
 *
 * @module
 */
import { joined, type Judged as Judgement, judgePrices } from "../../src/ingest/validate.ts";
import type { PriceRow } from "../../src/model/prices.ts";
import type { Batch, SourceRun } from "../../src/sources/source.ts";

/** A judgement with the good rows as objects. */
export type Judged = Omit<Judgement, "good"> & { readonly good: readonly PriceRow[] };

/** Judges a batch; its own rejects come first. */
export function judged(batch: Batch, lastDay = "2030-01-01"): Judged {
  const judgement = judgePrices(joined([batch]), { ticker: "AAA", source: "test", lastDay });
  return {
    ...judgement,
    good: judgement.good.rows(),
    rejects: [...batch.rejects, ...judgement.rejects],
  };
}

/** Fetches the one batch of a ticker and judges it while its places can be told. */
export async function judgedOf(run: SourceRun, ticker: string): Promise<Judged> {
  for await (const batch of run.fetch(ticker)) return judged(batch);
  return { good: [], rejects: [], repeated: 0, warnings: [] };
}
