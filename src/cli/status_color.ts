/**
 * The colour of a status, the same in every table.
 *
 * @module
 */
import { isFailure } from "../run_status.ts";

const RED = "31";
const GREEN = "32";
const YELLOW = "33";

/**
 * The colour of a status.
 *
 * @param status What a row says.
 * @returns Parameters of SGR.
 */
export function statusColor(status: string): string {
  if (isFailure(status)) return RED;
  return status === "success" ? GREEN : YELLOW;
}
