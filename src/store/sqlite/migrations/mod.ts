/** The migrations, in order. A new one is one file and one line here. @module */
import type { Migration } from "../../migration.ts";
import * as initial from "./0001_initial.ts";
import * as views from "./0002_views.ts";
import * as online from "./0003_online.ts";
import * as markets from "./0004_markets.ts";
import * as collectors from "./0005_collectors.ts";
import * as snapshots from "./0006_snapshots.ts";
import * as outcomes from "./0007_outcomes.ts";
import * as latest from "./0008_latest.ts";
import * as lockFolders from "./0009_lock_folders.ts";
import * as volumes from "./0010_volumes.ts";
import * as priceDetails from "./0011_price_details.ts";
import * as restatements from "./0012_restatements.ts";
import * as joinedWindows from "./0013_joined_windows.ts";
import * as corporateEvents from "./0014_corporate_events.ts";
import * as adjustments from "./0015_adjustments.ts";
import * as anyFormat from "./0016_any_format.ts";
import * as notices from "./0017_notices.ts";

/** Every migration that this program knows, by version. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "initial", ...initial },
  { version: 2, name: "views", ...views },
  { version: 3, name: "online", ...online },
  { version: 4, name: "markets", ...markets },
  { version: 5, name: "collectors", ...collectors },
  { version: 6, name: "snapshots", ...snapshots },
  { version: 7, name: "outcomes", ...outcomes },
  { version: 8, name: "latest", ...latest },
  { version: 9, name: "lock_folders", ...lockFolders },
  { version: 10, name: "volumes", ...volumes },
  { version: 11, name: "price_details", ...priceDetails },
  { version: 12, name: "restatements", ...restatements },
  { version: 13, name: "joined_windows", ...joinedWindows },
  { version: 14, name: "corporate_events", ...corporateEvents },
  { version: 15, name: "adjustments", ...adjustments },
  { version: 16, name: "any_format", ...anyFormat },
  { version: 17, name: "notices", ...notices },
];
