/**
 * From a configuration, or from options, to the tasks of a collector.
 *
 * @module
 */
import type { Values } from "../../args/setting.ts";
import {
  type collectSettings,
  parseActiveDays,
  parseActiveHours,
  parseEvery,
  parseHoliday,
  parseJitter,
  parseTimeZone,
} from "./spec.ts";
import { datasetSettings, networkSettings } from "../../args/network.ts";
import { parsePath } from "../../args/parsers.ts";
import { isAbsolute, joinPath, splitPath } from "../../../platform/paths.ts";
import { TickerlockError, UsageError } from "../../../base/errors.ts";
import type { Hours } from "../../../collect/active_times.ts";
import type { CollectTask } from "../../../collect/task_run.ts";
import type { Selection } from "../../../sources/source.ts";
import { canonicalTicker } from "../../../model/ticker.ts";
import type { Environment } from "../../args/environment.ts";
import type { Origin } from "../../args/parse.ts";
import { type CollectFile, type FileTask, placeIn, readCollectFile } from "./file.ts";
import { type NetworkValues, type Place, refuse, type TaskSettings, toTask } from "./task.ts";

type CollectValues = Values<typeof collectSettings>;

/** The command line, parsed. */
export interface Given {
  readonly values: CollectValues;
  readonly origins: Readonly<Record<keyof CollectValues, Origin>>;
  readonly env: Environment;
}

type DatasetKey = keyof typeof datasetSettings;

const DATASET_KEYS = Object.keys(datasetSettings) as DatasetKey[];

function selectionOf(read: (key: DatasetKey) => string | null): Selection {
  return Object.fromEntries(
    DATASET_KEYS.map((key) => [key, read(key)]).filter(([, value]) => value !== null),
  );
}

/**
 * The one task that options make up.
 *
 * @throws {UsageError} Where it makes no sense.
 */
export async function taskFromOptions({ values, env }: Given): Promise<CollectTask> {
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
    tickers: [...new Set(values.ticker.map(canonicalTicker))],
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
    holidays: holiday,
    network: values,
  };
  return await toTask(settings, place, env);
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

class FileReader {
  readonly #path: string;
  readonly #file: CollectFile;
  readonly #given: Given;

  constructor(path: string, file: CollectFile, given: Given) {
    this.#path = path;
    this.#file = file;
    this.#given = given;
  }

  #relative(path: string): string {
    const { folder } = splitPath(this.#path);
    return isAbsolute(path) || folder === "." ? path : joinPath(folder, path);
  }

  /** The value of a key: the task's own, or what the file says for all. */
  #read<K extends keyof FileTask, T>(
    index: number,
    task: FileTask,
    key: K,
    parse: (value: NonNullable<FileTask[K]>, label: string) => T,
    otherwise: T,
  ): T {
    const own = task[key];
    const all = (this.#file as Partial<FileTask>)[key];
    const value = own ?? all;
    if (value === undefined || value === null) return otherwise;
    const keys = own === undefined ? [key] : ["tasks", index, key];
    return parsed(placeIn(this.#path, keys), (label) => parse(value, label));
  }

  #network(index: number, task: FileTask): NetworkValues {
    const { values, origins } = this.#given;
    const network: Record<string, unknown> = {};
    for (const [key, setting] of Object.entries(networkSettings)) {
      const name = key as keyof NetworkValues;
      const fileKey = setting.name.replaceAll("-", "_") as keyof FileTask;
      // An option wins over the file, the file over the default.
      network[key] = origins[name] === "option"
        ? values[name]
        : this.#read<keyof FileTask, unknown>(
          index,
          task,
          fileKey,
          (value, label) =>
            setting.parse([
              name === "saveRaw" ? this.#relative(String(value)) : String(value),
            ], label),
          values[name],
        );
    }
    return network as unknown as NetworkValues;
  }

  async task(task: FileTask, index: number): Promise<CollectTask> {
    const place: Place = {
      at: (key) => placeIn(this.#path, ["tasks", index, key]),
      name: (key) => `"${key}"`,
    };
    const read = <K extends keyof FileTask, T>(
      key: K,
      parse: (value: NonNullable<FileTask[K]>, label: string) => T,
      otherwise: T,
    ): T => this.#read(index, task, key, parse, otherwise);
    const joined = (value: string | readonly string[]): string =>
      typeof value === "string" ? value : value.join(",");
    const { name } = task;
    if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(name)) {
      const hint = "Use 1 to 64 lower-case letters, digits, _ and -, for example b3-prices.";
      throw refuse(place.at("name"), `${JSON.stringify(name)} is no name of a task`, hint);
    }
    const everyMs = read("every", parseEvery, null as number | null);
    if (everyMs === null) throw refuse(place.at("every"), "is missing", 'Add "every": "15m".');
    const activeHours = read(
      "active_hours",
      (value, label) => parseActiveHours(joined(value), label),
      null as readonly Hours[] | null,
    );
    const activeDays = read(
      "active_days",
      (value, label) => parseActiveDays(joined(value), label),
      null as readonly number[] | null,
    );
    if (task.holidays !== undefined && activeHours === null && activeDays === null) {
      const hint = 'Add "active_days", for example "mon-fri".';
      throw refuse(place.at("holidays"), "counts only with active hours or days", hint);
    }
    const settings: TaskSettings = {
      name,
      source: read("source", (value) => value.toLowerCase(), this.#given.values.source),
      tickers: [
        ...new Set((task.tickers ?? []).map((ticker, at) =>
          parsed(
            placeIn(this.#path, ["tasks", index, "tickers", at]),
            () => canonicalTicker(ticker),
          )
        )),
      ],
      tickersFile: read(
        "tickers_file",
        (value, label) => this.#relative(parsePath(value, label)),
        null as string | null,
      ),
      all: task.all ?? false,
      files: read(
        "file",
        (value, label) =>
          (typeof value === "string" ? [value] : value)
            .map((each) => this.#relative(parsePath(each, label))),
        [] as readonly string[],
      ),
      selection: selectionOf((key) =>
        read(key, (value, label) => datasetSettings[key].parse([value], label), null)
      ),
      everyMs,
      jitterMs: read("jitter", parseJitter, 0),
      activeHours,
      activeDays,
      timeZone: read("time_zone", parseTimeZone, null as string | null),
      holidays: read(
        "holidays",
        (value, label) => value.map((day) => parseHoliday(day, label)),
        [] as readonly string[],
      ),
      network: this.#network(index, task),
    };
    try {
      return await toTask(settings, place, this.#given.env);
    } catch (error) {
      // Of the source or the list of tickers, which do not know where they were named.
      if (!(error instanceof UsageError) || error.code === "bad_config") throw error;
      const key = error.code === "bad_tickers_file" ? "tickers_file" : "source";
      throw parsed(place.at(key), () => {
        throw error;
      });
    }
  }
}

/**
 * The tasks of a configuration.
 *
 * @param path The file. Paths in it count from its folder.
 * @param given The command line: its options win over the file.
 * @throws {UsageError} `bad_config`, with the file, the place in it, the value and the remedy.
 */
export async function tasksFromFile(path: string, given: Given): Promise<readonly CollectTask[]> {
  const file = await readCollectFile(path);
  const reader = new FileReader(path, file, given);
  const tasks: CollectTask[] = [];
  const names = new Map<string, number>();
  for (const [index, each] of file.tasks.entries()) {
    const other = names.get(each.name);
    if (other !== undefined) {
      throw refuse(
        placeIn(path, ["tasks", index, "name"]),
        `${JSON.stringify(each.name)} is the name of tasks[${other}] already`,
        "Give each task a name of its own.",
      );
    }
    names.set(each.name, index);
    tasks.push(await reader.task(each, index));
  }
  return tasks;
}
