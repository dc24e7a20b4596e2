/**
 * What a run delivers for a ticker, judged as the pipeline judges it.
 *
 * @module
 */
import { type Judged, judgePrices } from "../../src/ingest/validate.ts";
import type { Batch, SourceRun } from "../../src/sources/source.ts";

/** Judges a batch; its own rejects come first. */
export function judged(batch: Pick<Batch, "prices" | "rejects" | "placeOf" | "corrects">): Judged {
  const about = { ticker: "AAA", source: "test", lastDay: "2030-01-01" };
  const judgement = judgePrices(batch, about);
  return { ...judgement, rejects: [...batch.rejects, ...judgement.rejects] };
}

/** Fetches the one batch of a ticker and judges it while its places can be told. */
export async function judgedOf(run: SourceRun, ticker: string): Promise<Judged> {
  for await (const batch of run.fetch(ticker)) return judged(batch);
  return { good: [], rejects: [], repeated: 0, warnings: [] };
}
