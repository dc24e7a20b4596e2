/**
 * What `tickerlock db` and its subcommands are given.
 *
 * @module
 */
import type { dbSettings, Values } from "../../args/config.ts";

/** Values of the command's settings. */
export type DbValues = Values<typeof dbSettings>;
