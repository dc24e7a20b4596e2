/** What a configuration says of the tasks of `collect`. @module */
import { isUrl, shownValue } from "../../../base/text.ts";
import * as v from "valibot";
import { closest } from "../../../base/closest.ts";
import type { UsageError } from "../../../base/errors.ts";
import { badConfig, type Configuration, type Keys } from "../../config/configuration.ts";
import type { COLLECT_KEYS } from "../../config/settings.ts";

const texts = v.union([v.string(), v.array(v.string())], "a text in quotes, or a list of them");

const time = v.union(
  [v.number(), v.string()],
  'a number of seconds, or a length of time in quotes such as "5m"',
);

const common = {
  every: v.optional(time),
  jitter: v.optional(time),
  time_zone: v.optional(v.string()),
  holidays: v.optional(v.array(v.string())),
};

const settings = {
  source: v.optional(v.string()),
  concurrency: v.optional(v.number()),
  rate: v.optional(v.string()),
  timeout: v.optional(time),
  attempts: v.optional(v.number()),
  deadline: v.optional(time),
  full_every: v.optional(v.string()),
  save_raw: v.optional(v.string()),
  files_dir: v.optional(v.string()),
  max_rejected: v.optional(v.string()),
  notify: v.optional(v.string()),
};

const task = {
  ...common,
  ...settings,
  name: v.string(),
  tickers: v.optional(v.array(v.string())),
  tickers_file: v.optional(v.string()),
  all: v.optional(v.boolean()),
  fill_gaps: v.optional(v.boolean()),
  active_hours: v.optional(texts),
  active_days: v.optional(texts),
  file: v.optional(texts),
  dataset: v.optional(v.string()),
  status: v.optional(v.string()),
  series: v.optional(v.string()),
  event: v.optional(v.string()),
  date_format: v.optional(v.string()),
  decimal: v.optional(v.string()),
  column: v.optional(texts),
  columns: v.optional(v.string()),
  ticker_from_name: v.optional(v.boolean()),
  suffix: v.optional(v.string()),
  since: v.optional(v.string()),
};

// Other keys are settings of the program, which are known by then.
const schema = v.object(
  {
    ...common,
    tasks: v.pipe(v.array(v.strictObject(task)), v.minLength(1)),
  } satisfies Record<(typeof COLLECT_KEYS)[number], unknown>,
);

/** Keys of a task. */
export const TASK_KEYS: readonly string[] = Object.keys(task);

/** The configuration as the file has it. */
export type CollectFile = v.InferOutput<typeof schema>;

/** One task as the file has it. */
export type FileTask = CollectFile["tasks"][number];

const WANTED: Readonly<Record<string, string>> = {
  string: "a text in quotes",
  number: "a number",
  boolean: "true or false",
  array: "a list in [ ]",
};

function problem(file: string, issue: v.BaseIssue<unknown>): UsageError {
  const keys = (issue.path ?? []).map(({ key }) => typeof key === "number" ? key : String(key));
  const refuse = (what: string, hint: string): UsageError => badConfig(file, keys, what, hint);
  const key = String(keys.at(-1) ?? "");
  const last = issue.path?.at(-1);
  if (issue.type === "strict_object" && last !== undefined && issue.expected === "never") {
    const near = closest(key, TASK_KEYS);
    const hint = near === undefined ? "Leave it out." : `Did you mean ${near}?`;
    // A URL may be a secret, such as that of a receiver.
    const isSecret = typeof last.value === "string" && isUrl(last.value);
    return refuse(
      `unknown key${isSecret ? "" : `, with the value ${shownValue(last.value)}`}`,
      hint,
    );
  }
  if (/object$/.test(issue.type) && issue.received === "undefined") {
    return refuse("is missing", `Add "${key}".`);
  }
  if (issue.type === "min_length") return refuse("[] has no task", "Add one in { }.");
  const wanted = issue.type === "union"
    ? issue.message
    : WANTED[issue.type] ?? issue.expected ?? "another value";
  return refuse(`${shownValue(issue.input)} is not ${wanted}`, `Write ${wanted}.`);
}

function checkObject(file: string, value: unknown, keys: Keys): void {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  const what = `${shownValue(value)} is not an object in { }`;
  throw badConfig(file, keys, what, "Write an object in { }.");
}

/** Checks the shape of the tasks of a configuration. @throws {UsageError} `bad_config`. */
export function collectPartOf({ path, content }: Configuration): CollectFile {
  const { tasks } = content;
  // To the schema a list is an object, one with a method `every` at that.
  if (Array.isArray(tasks)) tasks.forEach((each, at) => checkObject(path, each, ["tasks", at]));
  const result = v.safeParse(schema, content);
  if (result.success) return result.output;
  throw problem(path, result.issues[0]);
}
