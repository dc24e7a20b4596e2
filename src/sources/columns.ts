/** Batches whose rows are columns: `prices` makes objects only when it is read. @module */
import { PriceColumns } from "../model/price_columns.ts";
import type { Batch } from "./source.ts";

const COLUMNS = Symbol("columns");

/** A batch with these rows. */
export function batchOf(columns: PriceColumns, more: Omit<Batch, "prices">): Batch {
  const batch = {
    get prices() {
      return columns.rows();
    },
    ...more,
  };
  // Not enumerable: a copy of the batch with other `prices` has other columns.
  return Object.defineProperty(batch, COLUMNS, { value: columns });
}

/** The rows of a batch. */
export function columnsOf(batch: Batch & { readonly [COLUMNS]?: PriceColumns }): PriceColumns {
  return batch[COLUMNS] ?? PriceColumns.of(batch.prices);
}
