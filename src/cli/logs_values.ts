/**
 * What `tickerlock logs` and its subcommands are given.
 *
 * @module
 */
import type { Values } from "../config.ts";
import type { logsSettings } from "../config/logs.ts";

/** Values of the command's settings. */
export type LogsValues = Values<typeof logsSettings>;
