/**
 * Starts the log for a command, and sends its errors the same way.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { configureLog, literal, type LogOptions } from "../log.ts";
import { showErrorsWith } from "./output.ts";

/**
 * Configures the log. Where it writes JSON Lines, errors become lines of the same kind: a program
 * that reads them is not disturbed, and nothing is said twice.
 *
 * @param options Level, format, colours, and where to write.
 */
export function startLog(options: LogOptions): void {
  if (configureLog(options) === "pretty") return;
  const log = getLogger("tickerlock");
  showErrorsWith(({ code, message, hint }) =>
    log.error(literal(`Error: ${message}${hint === null ? "" : ` Try: ${hint}`}`), { code, hint })
  );
}
