/**
 * What `tickerlock logs` and its subcommands are given.
 *
 * @module
 */
import type { Values } from "../../args/config.ts";
import type { logsSettings } from "./settings.ts";

/** Values of the command's settings. */
export type LogsValues = Values<typeof logsSettings>;
