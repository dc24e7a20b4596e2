/** The migrations of a database on a server, in order. A new one is one file and one line here. @module */
import type { Migration } from "../../migration.ts";
import * as initial from "./0001_initial.ts";
import * as markets from "./0002_markets.ts";
import * as snapshots from "./0003_snapshots.ts";
import * as adjustments from "./0004_adjustments.ts";
import * as anyFormat from "./0005_any_format.ts";
import * as notices from "./0006_notices.ts";

/** Every migration that this program knows, by version. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "initial", ...initial },
  { version: 2, name: "markets", ...markets },
  { version: 3, name: "snapshots", ...snapshots },
  { version: 4, name: "adjustments", ...adjustments },
  { version: 5, name: "any_format", ...anyFormat },
  { version: 6, name: "notices", ...notices },
];
