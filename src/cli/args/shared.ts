/** Settings of several commands; one that needs other words takes a copy with them. @module */
import { canonicalTicker } from "../../model/ticker.ts";
import {
  each,
  lowerCase,
  names,
  one,
  parseDatabase,
  parseDay,
  parsePath,
  parseSeconds,
  parseShare,
  parseSize,
  parseWhen,
  parseWord,
  zeroOr,
} from "./parsers.ts";
import { parseReceiver, shownReceiverText } from "../../notify/receiver.ts";
import { exists } from "../../platform/files.ts";
import { serviceSettings } from "./network.ts";
import { flag, type Settings } from "./setting.ts";
import { SOURCE_NAMES } from "../../sources/registry.ts";

const DAYS = "YYYY-MM-DD, a month (2024-01), a year, today, yesterday, or 7d ago";
const LOCK_MODES = ["private", "group"] as const;

/** Settings that several commands share. */
export const shared = {
  db: {
    name: "db",
    value: "PATH",
    env: "TICKERLOCK_DB",
    config: true,
    fallback: "data/tickerlock.db",
    help: "SQLite file, made where it is missing; or postgres://USER@HOST/NAME",
    parse: one(parseDatabase),
  },
  lockDir: {
    name: "lock-dir",
    value: "DIR",
    env: "TICKERLOCK_LOCK_DIR",
    olderEnv: "LOCK_DIR",
    config: true,
    fallback: "locks/",
    help: "Folder of the lock files, shared by all runs",
    parse: one(parsePath),
  },
  lockMode: {
    name: "lock-mode",
    value: "WHO",
    env: "TICKERLOCK_LOCK_ACCESS",
    config: true,
    fallback: "private",
    choices: LOCK_MODES,
    help:
      "Who can use a folder of locks that is made: this user alone, or the members of its group, " +
      "each of whom can then hold any lock",
    parse: one(parseWord(LOCK_MODES)),
  },
  json: flag("json", "Print one JSON document in place of the table"),
  wide: flag("wide", "Every column of the table, uncut, whatever the terminal's width"),
  onLocked: {
    name: "on-locked",
    value: "MODE",
    env: "TICKERLOCK_LOCK_MODE",
    olderEnv: "INGEST_LOCK_MODE",
    config: true,
    fallback: "wait",
    choices: ["wait", "exit"],
    help: "What to do with a ticker that another run has locked: wait for it, or leave it out",
    parse: one(parseWord(["wait", "exit"])),
  },
  lockTimeout: {
    name: "lock-timeout",
    value: "SECONDS",
    env: "TICKERLOCK_LOCK_TIMEOUT",
    olderEnv: "INGEST_LOCK_TIMEOUT_SECONDS",
    config: true,
    fallback: "120",
    help: "How long to wait for a locked ticker: seconds, or a time such as 5m; 0 tries once",
    parse: one(parseSeconds),
  },
  jobLockTimeout: {
    name: "job-lock-timeout",
    value: "SECONDS",
    env: "TICKERLOCK_JOB_LOCK_TIMEOUT",
    olderEnv: "JOB_LOCK_TIMEOUT_SEC",
    config: true,
    fallback: "300",
    help: "How long to wait for the job lock: seconds, or a time such as 1h30m; 0 tries once",
    parse: one(parseSeconds),
  },
  ticker: {
    name: "ticker",
    short: "t",
    value: "TICKER",
    repeatable: true,
    help: "Only this ticker; several with commas, or repeat it",
    parse: names(canonicalTicker),
  },
  tickersFile: {
    name: "tickers-file",
    value: "PATH",
    help: "File with one ticker a line; # begins a comment",
    parse: one(parsePath),
  },
  maxRejected: {
    name: "max-rejected",
    value: "PERCENT",
    config: true,
    fallback: "50%",
    help: "Largest share of refused rows that a ticker may have; with more nothing of it is " +
      "written and it fails; 100% accepts any",
    parse: one(parseShare),
  },
  minFree: {
    name: "min-free",
    value: "SIZE",
    config: true,
    fallback: "512MB",
    help: "Space that stays free on the disk of the database: with less nothing more is written; " +
      "0 for no limit",
    parse: one(zeroOr(parseSize)),
  },
  source: {
    name: "source",
    value: "SOURCE",
    env: "TICKERLOCK_SOURCE",
    config: true,
    fallback: "yahoo",
    choices: SOURCE_NAMES,
    help: "Where the data come from",
    parse: one(parseWord(SOURCE_NAMES)),
  },
  file: {
    name: "file",
    value: "PATH",
    repeatable: true,
    help: "File, folder or folder/pattern to read; several one after the other, or repeat it",
    further: (word: string) => /[*?]/.test(word) || exists(word),
    parse: each(parsePath),
  },
  from: {
    name: "from",
    value: "DATE",
    help: `First day wanted: ${DAYS}`,
    parse: one((text, label) => parseDay(text, label, { edge: "start" })),
  },
  to: {
    name: "to",
    value: "DATE",
    help: `Last day wanted: ${DAYS}`,
    parse: one((text, label) => parseDay(text, label, { edge: "end" })),
  },
  fillGaps: flag(
    "fill-gaps",
    "Ask also for the sessions that a ticker lacks between its stored days, as gaps shows them",
  ),
  notify: {
    name: "notify",
    value: "URL",
    env: "TICKERLOCK_NOTIFY",
    config: true,
    completes: "nothing",
    shown: shownReceiverText,
    help: "Where to tell of a failure, and when it is over: https:// (a webhook), ntfy+https://, " +
      "healthchecks+https://, or none. A secret: better in TICKERLOCK_NOTIFY. The database keeps what was told",
    parse: one(parseReceiver),
  },
  calendar: {
    name: "calendar",
    value: "PATH",
    env: "TICKERLOCK_CALENDAR",
    config: true,
    help: "JSON file with sessions that the calendars of exchanges do not know, to tell gaps by",
    parse: one(parsePath),
  },
} as const satisfies Settings;

/** Of a command that asks no service but a receiver. */
export const receiverCaFile = {
  ...serviceSettings.caFile,
  help: "With --notify: trust the certificate authorities of this PEM file as well",
} as const;

/** The database of a command that only reads. */
export const storedDb = { ...shared.db, help: "The database; it has to be there" } as const;

/** Filters of the log by ticker, source and time. */
export const filterSettings = {
  ticker: shared.ticker,
  source: {
    name: "source",
    value: "SOURCE",
    repeatable: true,
    help: "Only this source; several with commas, or repeat it",
    parse: names(lowerCase),
  },
  since: {
    name: "since",
    value: "WHEN",
    help: "Only what began since then: 30m, 2h, 7d, 4w ago, yesterday, 06:00 (of today), a day " +
      "or its time, a month (2024-01) or a year, by the local zone",
    parse: one((text, label) => parseWhen(text, label, { edge: "start" })),
  },
  until: {
    name: "until",
    value: "WHEN",
    help: "Only what began before then; a day, month or year is taken whole",
    parse: one((text, label) => parseWhen(text, label, { edge: "end" })),
  },
} as const satisfies Settings;
