/** Delivers what was read from CSV files, ticker by ticker. @module */
import { closest } from "../../base/closest.ts";
import { SourceError } from "../../base/errors.ts";
import { EVERYTHING, type SourceRequest, type SourceRun } from "../source.ts";
import { groupByTicker, type Grouping, indicesOf, type RowColumns } from "../files/row_columns.ts";
import { BatchBuilder } from "../files/ticker_batch.ts";
import { type Collection, NONE } from "./collection.ts";

/** An opened CSV source; rows are in memory until the last ticker is delivered or forgotten. */
export function csvRun(
  { from, to, signal }: SourceRequest,
  { table, tickers, sources, rejects: refused, seen }: Collection,
  fileNames: readonly string[],
  found: Pick<SourceRun, "failures" | "warnings" | "details">,
): SourceRun {
  const rejects = new Map(
    [...Map.groupBy(refused, ({ ticker }) => ticker)]
      .map(([number, group]) => [number, group.map(({ reject }) => reject)]),
  );
  const batches = new BatchBuilder(fileNames, sources.all);
  const grouping = groupByTicker(table, tickers.all.length);
  const pending = new Map(
    [...tickers.all.entries()]
      .filter(([number]) => indicesOf(grouping, number).length > 0 || rejects.has(number))
      .map(([number, ticker]) => [ticker, number]),
  );
  const names = [...pending.keys()].sort();
  // Undefined once nothing is pending: they are the bulk of the memory.
  let rows: { table: RowColumns; grouping: Grouping } | undefined = { table, grouping };
  const missing = (ticker: string): SourceError => {
    if (seen.has(ticker)) {
      const window = `from ${from ?? "the first"} to ${to ?? "the last"} day`;
      const message = `the files have no rows of ${ticker} ${window}`;
      return new SourceError("no_rows_in_window", message, {
        hint: "Widen --from and --to.",
        details: { ticker, from, to },
      });
    }
    const nearest = closest(ticker, [...seen]);
    return new SourceError("ticker_not_in_file", `the files have no rows of ${ticker}`, {
      hint: nearest === undefined
        ? "Check the ticker and the files given with --file."
        : `Did you mean ${nearest}?`,
      details: nearest === undefined ? { ticker } : { ticker, nearest },
    });
  };
  const forget = (ticker: string): void => {
    const number = pending.get(ticker);
    if (number === undefined) return;
    rejects.delete(number);
    pending.delete(ticker);
    if (pending.size === 0) rows = undefined;
  };
  return {
    ...found,
    tickers: names,
    unassigned: rejects.get(NONE) ?? [],
    missing,
    plan: () => EVERYTHING,
    async *fetch(ticker) {
      const number = pending.get(ticker);
      if (number === undefined || rows === undefined) {
        if (!names.includes(ticker)) throw missing(ticker);
        const message = `${ticker} was fetched or forgotten before`;
        throw new SourceError("ticker_already_fetched", message, {
          hint: "Open the source again.",
          details: { ticker },
        });
      }
      try {
        signal.throwIfAborted();
        const own = rejects.get(number) ?? [];
        yield await batches.build(rows.table, indicesOf(rows.grouping, number), own);
      } finally {
        forget(ticker);
      }
    },
    forget,
    [Symbol.asyncDispose]() {
      for (const ticker of [...pending.keys()]) forget(ticker);
      rows = undefined;
      return Promise.resolve();
    },
  };
}
