/** One task of `collect`: what its settings are, and what they must not be together. @module */
import type { Values } from "../../args/setting.ts";
import type { networkSettings } from "../../args/network.ts";
import { UsageError } from "../../../base/errors.ts";
import { type ActiveTimes, type Hours, WHOLE_DAY } from "../../../collect/active_times.ts";
import { durationText } from "../../../collect/duration.ts";
import type { CollectTask } from "../../../collect/task_run.ts";
import { nextTurn, type TurnRule } from "../../../collect/turns.ts";
import { columnOf } from "../../../model/job.ts";
import type { Receiver } from "../../../notify/receiver.ts";
import { loadSource } from "../../../sources/registry.ts";
import type { Selection, Source } from "../../../sources/source.ts";
import { readCalendar } from "../../args/calendar_file.ts";
import { lineOf } from "../../args/typed.ts";
import type { Origin } from "../../args/parse.ts";
import { networkOptions, type Surroundings } from "../ingest/network.ts";
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
  readonly hasOwnZone: boolean;
  readonly holidays: readonly string[];
  readonly network: NetworkValues;
  /** Where the rate is from; a task's own counts as an option. */
  readonly rateFrom: Origin;
  readonly maxRejected: number;
  readonly fillGaps: boolean;
  /** File with what the calendars of exchanges do not know; null for none. */
  readonly calendar: string | null;
  readonly receiver: Receiver | null;
}

/** Where a task was given, for errors. */
export interface Place {
  /** Where a key is: `--every`, `tickerlock.json: tasks[0].every`. */
  readonly at: (key: string) => string;
  /** What to write for it, for hints: `--every`, `"every"`. */
  readonly name: (key: string) => string;
}

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

/** The refusal of a task. */
export function refuse(place: string, what: string, hint: string): UsageError {
  return new UsageError("bad_config", `${place}: ${what}`, { hint, details: { place } });
}

function activeTimesOf(settings: TaskSettings, place: Place): ActiveTimes | undefined {
  const { activeHours, activeDays, timeZone, holidays } = settings;
  if (activeHours === null && activeDays === null) return undefined;
  if (timeZone === null) {
    const key = activeHours === null ? "active_days" : "active_hours";
    const hint = `Say whose time is meant with ${place.name("time_zone")}, ` +
      "for example America/Sao_Paulo.";
    throw refuse(place.at(key), "needs a time zone", hint);
  }
  return { timeZone, hours: activeHours ?? [WHOLE_DAY], days: activeDays ?? EVERY_DAY, holidays };
}

function checkInput(settings: TaskSettings, source: Source, { at, name }: Place): void {
  const { tickers, tickersFile, all, files, selection, fillGaps } = settings;
  const leaveOut = (key: string, what: string): UsageError =>
    refuse(at(key), what, `Leave ${name(key)} out.`);
  const named = tickers.length > 0 ? "tickers" : tickersFile !== null ? "tickers_file" : null;
  if (all && named !== null) {
    const hint = `Leave ${name("all")} or ${name(named)} out.`;
    throw refuse(at("all"), `it and ${name(named)} exclude each other`, hint);
  }
  if (source.input === "file" && source.fetches !== true && files.length === 0) {
    const hint = `Name a file or a folder with ${name("file")}.`;
    throw refuse(at("file"), `source ${source.name} needs a file`, hint);
  }
  if (source.input === "network" && files.length > 0) {
    throw leaveOut("file", `source ${source.name} reads no files`);
  }
  if (fillGaps && source.options?.includes("fill-gaps") !== true) {
    throw leaveOut("fill_gaps", `source ${source.name} does not use it`);
  }
  for (const key of Object.keys(selection)) {
    if (source.selects?.includes(key) === true) continue;
    throw leaveOut(columnOf(key), `source ${source.name} does not use it`);
  }
  try {
    source.checkSelection?.(selection);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    // The source speaks of options.
    const [, option = "dataset"] = /^--([\w-]+) /.exec(error.message) ?? [];
    const what = error.message.replace(/^--[\w-]+ /, "");
    const hint = error.hint ?? "See tickerlock sources list.";
    throw refuse(at(option.replaceAll("-", "_")), what, hint);
  }
  if (source.input === "network" && source.datasets === undefined && named === null && !all) {
    const hint = `Name tickers with ${name("tickers")} or ${name("tickers_file")}, ` +
      `or take those that are stored with ${name("all")}.`;
    throw refuse(at("tickers"), `source ${source.name} needs tickers`, hint);
  }
}

function ingestWords(settings: TaskSettings): string[] {
  const { source, tickers, tickersFile, all, files, selection, fillGaps } = settings;
  return [
    "ingest",
    ...tickers,
    "--source",
    source,
    ...tickersFile === null ? [] : ["--tickers-file", tickersFile],
    ...all ? ["--all"] : [],
    ...fillGaps ? ["--fill-gaps"] : [],
    ...Object.entries(selection).flatMap(([key, value]) => {
      const option = `--${columnOf(key).replaceAll("_", "-")}`;
      if (value === true) return [option];
      return (Array.isArray(value) ? value : [value]).flatMap((each) => [option, String(each)]);
    }),
    ...files.length === 0 ? [] : ["--file", ...files],
  ];
}

/** Makes a task of its settings. @throws {UsageError} What no single key can see. */
export async function toTask(
  settings: TaskSettings,
  place: Place,
  surroundings: Surroundings,
): Promise<CollectTask> {
  // Where a value was said does not make another task of it.
  const { hasOwnZone, ...identity } = settings;
  const { name, everyMs, jitterMs, tickers, tickersFile, network, timeZone } = identity;
  const source = await loadSource(settings.source);
  checkInput(settings, source, place);
  // The zone of the active hours is that of the exchange.
  const usesZone = source.selects?.includes("timeZone") === true;
  const isIdle = settings.activeHours === null && settings.activeDays === null && !usesZone;
  if (hasOwnZone && isIdle) {
    const hint = `Add ${place.name("active_days")}, for example mon-fri.`;
    throw refuse(place.at("time_zone"), "counts only with active hours or days", hint);
  }
  const selection = usesZone && timeZone !== null
    ? { ...settings.selection, timeZone }
    : settings.selection;
  const reached = networkOptions(source, network, surroundings, settings.rateFrom);
  source.checkNetwork?.(reached);
  if (jitterMs > everyMs) {
    const what = `${durationText(jitterMs)} is longer than the interval, ${durationText(everyMs)}`;
    throw refuse(place.at("jitter"), what, "Write at most the interval.");
  }
  const activeTimes = activeTimesOf(settings, place);
  const rule: TurnRule = { everyMs, ...(activeTimes === undefined ? {} : { activeTimes }) };
  if (nextTurn(rule, 0, Date.now()) === undefined) {
    const hint = "See the active days and the holidays.";
    throw refuse(place.at("active_days"), "the task has no turn within 400 days", hint);
  }
  // Read now so that a mistake shows now; read again for each turn, so that a change counts.
  if (tickersFile !== null) await readTickersFile(tickersFile);
  await readCalendar(settings.calendar);
  return {
    name,
    rule,
    jitterMs,
    identity: JSON.stringify({ settings: identity, reached }),
    source,
    tickers: async () => {
      const listed = tickersFile === null ? [] : await readTickersFile(tickersFile);
      const all = [...tickers, ...listed];
      return all.length === 0 ? null : all;
    },
    options: {
      files: settings.files,
      allStored: settings.all,
      selection: Object.keys(selection).length === 0 ? undefined : selection,
      network: reached,
      concurrency: network.concurrency,
      fullEveryMs: network.fullEvery,
      saveRaw: network.saveRaw,
      filesDir: network.filesDir,
      maxRejected: settings.maxRejected,
      fillGaps: settings.fillGaps,
    },
    commandLine: lineOf([
      "tickerlock",
      "collect",
      `${name}:`,
      ...ingestWords({ ...settings, selection }),
    ]),
    receiver: settings.receiver,
    calendar: () => readCalendar(settings.calendar),
  };
}
