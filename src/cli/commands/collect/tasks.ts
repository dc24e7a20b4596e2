/** From a configuration, or from options, to the tasks of a collector. @module */
import { shownValue } from "../../../base/text.ts";
import { configKey, type Setting, type Values } from "../../args/setting.ts";
import {
  collectSettings,
  parseActiveDays,
  parseActiveHours,
  parseEvery,
  parseHoliday,
  parseJitter,
  parseTimeZone,
} from "./spec.ts";
import { csvSettings } from "../../args/csv.ts";
import { datasetSettings, networkSettings, seriesSettings } from "../../args/network.ts";
import { each, parsePath } from "../../args/parsers.ts";
import { TickerlockError, UsageError } from "../../../base/errors.ts";
import type { CollectTask } from "../../../collect/task_run.ts";
import { parseReceiver, type Receiver } from "../../../notify/receiver.ts";
import type { Selection } from "../../../sources/source.ts";
import { listedTickers } from "../../../model/ticker.ts";
import type { Environment } from "../../args/environment.ts";
import { defaultOf, type Origin } from "../../args/parse.ts";
import { badConfig, type Configuration, placeIn } from "../../config/configuration.ts";
import { type CollectFile, collectPartOf, type FileTask } from "./file.ts";
import { type NetworkValues, type Place, refuse, type TaskSettings, toTask } from "./task.ts";

type CollectValues = Values<typeof collectSettings>;

/** The command line, parsed. */
export interface Given {
  readonly values: CollectValues;
  readonly origins: Readonly<Record<keyof CollectValues, Origin>>;
  readonly env: Environment;
  readonly config: Configuration | undefined;
  readonly receiver: Receiver | null;
}

const selectionSettings = { ...datasetSettings, ...csvSettings, since: seriesSettings.since };

type SelectionKey = keyof typeof selectionSettings;

const SELECTION_KEYS = Object.keys(selectionSettings) as SelectionKey[];

function selectionOf(read: (key: SelectionKey) => unknown): Selection {
  const isGiven = (value: unknown): boolean =>
    value !== null && value !== false && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(
    SELECTION_KEYS.map((key) => [key, read(key)] as const).filter(([, value]) => isGiven(value)),
  );
}

/** Names of which one is a ticker at least; each turn tells the odd ones. @throws {UsageError} */
function someTickers(names: readonly string[]): readonly string[] {
  listedTickers(names);
  return names;
}

/** The one task that options make up. @throws {UsageError} Where it makes no sense. */
export async function taskFromOptions(given: Given): Promise<CollectTask> {
  const { values, origins } = given;
  const { every, once, source, dataset, activeHours, activeDays, holiday } = values;
  if (every === null && !once) {
    throw new UsageError("missing_interval", "no interval given", {
      hint: "Say how often with --every, for example --every 15m; or run it one time with --once.",
    });
  }
  const names: Readonly<Record<string, string>> = { tickers: "ticker", holidays: "holiday" };
  const option = (key: string): string => `--${(names[key] ?? key).replaceAll("_", "-")}`;
  const place: Place = { at: option, name: option };
  if (holiday.length > 0 && activeHours === null && activeDays === null) {
    const hint = "Add --active-days, for example --active-days mon-fri.";
    throw refuse(place.at("holidays"), "counts only with active hours or days", hint);
  }
  const settings: TaskSettings = {
    name: dataset === null ? source : `${source}-${dataset}`,
    source,
    tickers: someTickers(values.ticker),
    tickersFile: values.tickersFile,
    all: values.all,
    files: values.file,
    selection: selectionOf((key) => values[key]),
    // With --once there is no second turn.
    everyMs: every ?? 86_400_000,
    jitterMs: values.jitter,
    activeHours,
    activeDays,
    timeZone: values.timeZone,
    hasOwnZone: values.timeZone !== null,
    holidays: holiday,
    network: values,
    rateFrom: origins.rate,
    maxRejected: values.maxRejected,
    fillGaps: values.fillGaps,
    calendar: values.calendar,
    receiver: given.receiver,
  };
  return await toTask(settings, place, given);
}

/** A value of a file read as an option's would be: the error names the place, not the option. */
function parsed<T>(place: string, parse: (label: string) => T): T {
  try {
    return parse(place);
  } catch (error) {
    if (!(error instanceof TickerlockError)) throw error;
    const told = error.message.replace(/^--tickers-file /, "");
    const message = told.startsWith(place) ? told : `${place}: ${told}`;
    // The library and the lists of tickers speak of options.
    const hint = error.hint?.replaceAll("--source ", "") ?? "Correct the value in the file.";
    throw new UsageError("bad_config", message, {
      hint,
      cause: error,
      details: { ...error.details, place },
    });
  }
}

const TASK_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

async function taskAt(
  index: number,
  file: CollectFile,
  config: Configuration,
  given: Given,
): Promise<CollectTask> {
  const { values, origins } = given;
  const task = file.tasks[index]!;
  const at = (key: string): string => placeIn(config.path, ["tasks", index, key]);
  const list = (value: string | readonly string[]): readonly string[] =>
    typeof value === "string" ? [value] : value;
  const path = (text: string, label: string): string =>
    config.pathOf(parsePath(text, label), label);

  /** The value of a key: the task's own, or what the file says for all. */
  function read<K extends keyof FileTask, T, O>(
    key: K,
    parse: (value: NonNullable<FileTask[K]>, label: string) => T,
    otherwise: O,
  ): T | O {
    const value = task[key] ?? (file as Partial<FileTask>)[key];
    if (value === undefined || value === null) return otherwise;
    const place = task[key] === undefined ? placeIn(config.path, [key]) : at(key);
    return parsed(place, (label) => parse(value, label));
  }

  /** Option, then the task's own value, then the variable, then the file's for all, read anew. */
  function settingOf(key: keyof CollectValues, setting: Setting<unknown>): unknown {
    if (origins[key] === "option") return values[key];
    const name = configKey(setting);
    const own = task[name as keyof FileTask];
    if (own !== undefined) {
      const isPath = key === "saveRaw" || key === "filesDir";
      return parsed(at(name), (label) => {
        const text = isPath ? config.pathOf(String(own), label) : String(own);
        return setting.parse([text], label);
      });
    }
    if (origins[key] === "environment") return values[key];
    const inFile = config.get(setting);
    if (inFile !== undefined) {
      return parsed(inFile.name, (label) => setting.parse([inFile.text], label));
    }
    // What has been taken out of the file since then does not count any more.
    return given.config?.path === config.path ? defaultOf(setting) : values[key];
  }

  function receiverOf(): Receiver | null {
    const { notify } = task;
    if (notify === undefined || origins.notify === "option") return given.receiver;
    return parsed(at("notify"), (label) => parseReceiver(notify, label));
  }

  const { name } = task;
  if (!TASK_NAME.test(name)) {
    const hint = "Use 1 to 64 lower-case letters, digits, _ and -, for example b3-prices.";
    throw refuse(at("name"), `${shownValue(name)} is no name of a task`, hint);
  }
  const everyMs = read("every", parseEvery, null);
  if (everyMs === null) throw refuse(at("every"), "is missing", 'Add "every": "15m".');
  const joined =
    <T>(parse: (text: string, label: string) => T) =>
    (value: string | readonly string[], label: string): T => parse(list(value).join(","), label);
  const activeHours = read("active_hours", joined(parseActiveHours), null);
  const activeDays = read("active_days", joined(parseActiveDays), null);
  if (task.holidays !== undefined && activeHours === null && activeDays === null) {
    const hint = 'Add "active_days", for example "mon-fri".';
    throw refuse(at("holidays"), "counts only with active hours or days", hint);
  }
  const settings: TaskSettings = {
    name,
    source: String(settingOf("source", collectSettings.source)),
    tickers: parsed(at("tickers"), () => someTickers(task.tickers ?? [])),
    tickersFile: read("tickers_file", path, null),
    all: task.all ?? false,
    files: read("file", (value, label) => list(value).map((text) => path(text, label)), []),
    selection: selectionOf((key) =>
      read(configKey(selectionSettings[key]) as keyof FileTask, (value, label) => {
        const texts = Array.isArray(value) ? value : [String(value)];
        return selectionSettings[key].parse(texts, label);
      }, null)
    ),
    everyMs,
    jitterMs: read("jitter", parseJitter, 0),
    activeHours,
    activeDays,
    timeZone: read("time_zone", parseTimeZone, null),
    hasOwnZone: task.time_zone !== undefined,
    holidays: read("holidays", each(parseHoliday), []),
    network: Object.fromEntries(
      Object.entries(networkSettings).map(([key, setting]) => [
        key,
        settingOf(key as keyof NetworkValues, setting),
      ]),
    ) as unknown as NetworkValues,
    rateFrom: task.rate === undefined ? origins.rate : "option",
    maxRejected: Number(settingOf("maxRejected", collectSettings.maxRejected)),
    fillGaps: task.fill_gaps ?? false,
    calendar: settingOf("calendar", collectSettings.calendar) as string | null,
    receiver: receiverOf(),
  };
  try {
    const place: Place = { at, name: (key) => `"${key}"` };
    return await toTask(settings, place, { env: given.env, config });
  } catch (error) {
    // Of the source or the list of tickers, which do not know where they were named.
    const isPlaced = error instanceof UsageError && /^bad_(config|calendar)$/.test(error.code);
    if (!(error instanceof UsageError) || isPlaced) throw error;
    throw parsed(at(error.code === "bad_tickers_file" ? "tickers_file" : "source"), () => {
      throw error;
    });
  }
}

/** The tasks of a configuration, over which options win. @throws {UsageError} `bad_config`. */
export async function tasksFromFile(
  config: Configuration,
  given: Given,
): Promise<readonly CollectTask[]> {
  const file = collectPartOf(config);
  const tasks: CollectTask[] = [];
  for (const [index, task] of file.tasks.entries()) {
    const other = file.tasks.findIndex(({ name }) => name === task.name);
    if (other < index) {
      const why = `${JSON.stringify(task.name)} is the name of tasks[${other}] already`;
      const hint = "Give each task a name of its own.";
      throw badConfig(config.path, ["tasks", index, "name"], why, hint);
    }
    const made = await taskAt(index, file, config, given);
    const { receiver } = made;
    const shared = tasks.findIndex((each) => each.receiver?.url === receiver?.url);
    if (receiver?.kind === "healthchecks" && shared >= 0) {
      throw badConfig(
        config.path,
        ["tasks", index, "notify"],
        `the check is that of tasks[${shared}] as well: each success would hide the other's failure`,
        "Give each task a check of its own.",
      );
    }
    tasks.push(made);
  }
  return tasks;
}
