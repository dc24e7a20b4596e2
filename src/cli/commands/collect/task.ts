/**
 * One task of `collect`: what its settings are, and what they must not be together.
 *
 * @module
 */
import type { Values } from "../../args/setting.ts";
import type { networkSettings } from "../../args/network.ts";
import { UsageError } from "../../../base/errors.ts";
import { type ActiveTimes, type Hours, WHOLE_DAY } from "../../../collect/active_times.ts";
import { durationText } from "../../../collect/duration.ts";
import type { CollectTask } from "../../../collect/task_run.ts";
import { nextTurn, type TurnRule } from "../../../collect/turns.ts";
import { loadSource } from "../../../sources/registry.ts";
import type { Selection, Source } from "../../../sources/source.ts";
import type { Environment } from "../../args/environment.ts";
import { networkOptions } from "../ingest/network.ts";
import { readTickersFile } from "../ingest/tickers_file.ts";

/** How services are asked. */
export type NetworkValues = Values<typeof networkSettings>;

/** A task with every text parsed. */
export interface TaskSettings {
  readonly name: string;
  readonly source: string;
  readonly tickers: readonly string[];
  readonly tickersFile: string | null;
  readonly all: boolean;
  readonly files: readonly string[];
  readonly selection: Selection;
  readonly everyMs: number;
  readonly jitterMs: number;
  readonly activeHours: readonly Hours[] | null;
  readonly activeDays: readonly number[] | null;
  readonly timeZone: string | null;
  readonly holidays: readonly string[];
  readonly network: NetworkValues;
}

/** Where a task was given, for errors. */
export interface Place {
  /** Where a key is: `--every`, `tickerlock.json: tasks[0].every`. */
  at(key: string): string;
  /** What to write for it, for hints: `--every`, `"every"`. */
  name(key: string): string;
}

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

/** A task that is refused. @param place Where it was given. @param what What is wrong. */
export function refuse(place: string, what: string, hint: string): UsageError {
  return new UsageError("bad_config", `${place}: ${what}`, { hint, details: { place } });
}

function activeTimesOf(settings: TaskSettings, place: Place): ActiveTimes | undefined {
  const { activeHours, activeDays, timeZone, holidays } = settings;
  if (activeHours === null && activeDays === null) return undefined;
  if (timeZone === null) {
    throw refuse(
      place.at(activeHours === null ? "active_days" : "active_hours"),
      "needs a time zone",
      `Say whose time is meant with ${place.name("time_zone")}, for example America/Sao_Paulo.`,
    );
  }
  return {
    timeZone,
    hours: activeHours ?? [WHOLE_DAY],
    days: activeDays ?? EVERY_DAY,
    holidays,
  };
}

function checkInput(settings: TaskSettings, source: Source, place: Place): void {
  const { tickers, tickersFile, all, files, selection } = settings;
  const named = tickers.length > 0 ? "tickers" : tickersFile !== null ? "tickers_file" : null;
  if (all && named !== null) {
    throw refuse(
      place.at("all"),
      `it and ${place.name(named)} exclude each other`,
      `Leave ${place.name("all")} or ${place.name(named)} out.`,
    );
  }
  if (source.input === "file" && files.length === 0) {
    throw refuse(
      place.at("file"),
      `source ${source.name} needs a file`,
      `Name a file or a folder with ${place.name("file")}.`,
    );
  }
  if (source.input === "network" && files.length > 0) {
    throw refuse(
      place.at("file"),
      `source ${source.name} reads no files`,
      `Leave ${place.name("file")} out.`,
    );
  }
  for (const key of Object.keys(selection)) {
    if (source.options?.some((option) => option === key) === true) continue;
    throw refuse(
      place.at(key),
      `source ${source.name} does not use it`,
      `Leave ${place.name(key)} out.`,
    );
  }
  try {
    source.checkSelection?.(selection);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    // The source speaks of options.
    const [, option = "dataset"] = /^--(\w+) /.exec(error.message) ?? [];
    throw refuse(
      place.at(option),
      error.message.replace(/^--\w+ /, ""),
      error.hint ?? "See tickerlock sources list.",
    );
  }
  if (
    source.input === "network" && source.datasets === undefined && named === null && !all
  ) {
    const hint = `Name tickers with ${place.name("tickers")} or ${place.name("tickers_file")}, ` +
      `or take those that are stored with ${place.name("all")}.`;
    throw refuse(place.at("tickers"), `source ${source.name} needs tickers`, hint);
  }
}

/**
 * Makes a task of its settings.
 *
 * @param place What its keys are called, for errors.
 * @throws {UsageError} What no single key can see.
 */
export async function toTask(
  settings: TaskSettings,
  place: Place,
  env: Environment,
): Promise<CollectTask> {
  const { name, everyMs, jitterMs, tickers, tickersFile, network } = settings;
  const source = await loadSource(settings.source);
  checkInput(settings, source, place);
  source.checkNetwork?.(networkOptions(source, network, env));
  if (jitterMs > everyMs) {
    throw refuse(
      place.at("jitter"),
      `${durationText(jitterMs)} is longer than the interval, ${durationText(everyMs)}`,
      "Write at most the interval.",
    );
  }
  const activeTimes = activeTimesOf(settings, place);
  const rule: TurnRule = { everyMs, ...(activeTimes === undefined ? {} : { activeTimes }) };
  if (nextTurn(rule, 0, Date.now()) === undefined) {
    const hint = "See the active days and the holidays.";
    throw refuse(place.at("active_days"), "the task has no turn within 400 days", hint);
  }
  // Read now so that a mistake shows now; read again for each turn, so that a change counts.
  if (tickersFile !== null) await readTickersFile(tickersFile);
  return {
    name,
    rule,
    jitterMs,
    identity: JSON.stringify(settings),
    source,
    files: settings.files,
    tickers: async () => {
      const listed = tickersFile === null ? [] : await readTickersFile(tickersFile);
      const all = [...new Set([...tickers, ...listed])];
      return all.length === 0 ? null : all;
    },
    allStored: settings.all,
    ...(Object.keys(settings.selection).length === 0 ? {} : { selection: settings.selection }),
    network: networkOptions(source, network, env),
    concurrency: network.concurrency,
    saveRaw: network.saveRaw,
  };
}
