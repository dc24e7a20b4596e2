/**
 * The colour of a status, the same in every table.
 *
 * @module
 */
import { isFailure } from "../../model/job.ts";
import { levelColor } from "./color.ts";

/**
 * The colour of a status.
 *
 * @param status What a row says.
 * @returns Parameters of SGR.
 */
export function statusColor(status: string): string {
  if (isFailure(status)) return levelColor("error");
  return levelColor(status === "success" ? "ok" : "warning");
}
