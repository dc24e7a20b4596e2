/**
 * Batches whose rows are columns. The pipeline takes these; `prices` makes objects when it is read.
 *
 * @module
 */
import { PriceColumns } from "../model/price_columns.ts";
import type { Batch } from "./source.ts";

/** Not a property of the batch: a copy of it with other `prices` has other columns. */
const COLUMNS = new WeakMap<Batch, PriceColumns>();

/** A batch with these rows. */
export function batchOf(columns: PriceColumns, more: Omit<Batch, "prices">): Batch {
  const batch = {
    get prices() {
      return columns.rows();
    },
    ...more,
  };
  COLUMNS.set(batch, columns);
  return batch;
}

/** The rows of a batch. */
export function columnsOf(batch: Batch): PriceColumns {
  return COLUMNS.get(batch) ?? PriceColumns.of(batch.prices);
}
