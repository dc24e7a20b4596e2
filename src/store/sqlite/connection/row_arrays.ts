/**
 * Rows as arrays of values: faster to make than objects, and safe for any column names.
 *
 * @module
 */
import type { SQLOutputValue, StatementSync } from "node:sqlite";

/**
 * Has a statement return rows as arrays, where the runtime can (Deno 2.9.6 can, though its types do not
 * say so).
 *
 * @param statement The statement; its rows are to be passed through what is returned.
 * @returns From what the statement returns as a row to its values, in the order of the columns.
 */
export function returnArrays(statement: StatementSync): (row: unknown) => SQLOutputValue[] {
  if ("setReturnArrays" in statement && typeof statement.setReturnArrays === "function") {
    statement.setReturnArrays(true);
    return (row) => row as SQLOutputValue[];
  }
  return (row) => Object.values(row as Record<string, SQLOutputValue>);
}
