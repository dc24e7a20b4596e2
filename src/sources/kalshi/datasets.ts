/** The datasets there are, and what a sync asks for. @module */
import { shownValue } from "../../base/text.ts";
import { closest } from "../../base/closest.ts";
import { UsageError } from "../../base/errors.ts";
import type { Selection } from "../source.ts";

/** In the order in which they are brought: what is named before what names it. */
export const DATASETS = ["events", "markets", "settlements", "snapshots"] as const;

/** One of {@linkcode DATASETS}. */
export type Dataset = (typeof DATASETS)[number];

/** Words of the service's filter; those that it returns differ. `all` is this program's: no filter. */
const STATUSES = ["unopened", "open", "paused", "closed", "settled", "all"] as const;

/** What a sync asks for. */
export interface Wanted {
  readonly datasets: readonly Dataset[];
  /** Null for no filter; undefined for the default of each dataset. */
  readonly status: string | null | undefined;
  readonly series: string | null;
  readonly event: string | null;
}

function word(option: string, given: unknown, words: readonly string[]): string {
  const found = words.find((each) => each === given);
  if (found !== undefined) return found;
  const near = closest(String(given), words);
  const message = `--${option} ${shownValue(given)}: is not one of its words`;
  throw new UsageError("bad_value", message, {
    hint: `${near === undefined ? "" : `Did you mean ${near}? `}Use one of: ${words.join(", ")}.`,
    details: { option, value: given },
  });
}

function textOf(option: string, given: unknown): string | null {
  if (given === undefined || typeof given === "string") return given ?? null;
  throw new UsageError("bad_value", `--${option} ${shownValue(given)}: is not text`, {
    hint: "Write it as the service does.",
    details: { option, value: given },
  });
}

/** Reads the source's own options. @throws {UsageError} `bad_value`. */
export function wantedOf(selection: Selection = {}): Wanted {
  const dataset = word("dataset", selection.dataset ?? "all", [...DATASETS, "all"]);
  const { status: given } = selection;
  const status = given === undefined ? undefined : word("status", given, STATUSES);
  return {
    datasets: dataset === "all" ? DATASETS : DATASETS.filter((each) => each === dataset),
    status: status === "all" ? null : status,
    series: textOf("series", selection.series),
    event: textOf("event", selection.event),
  };
}

/** The name that a dataset's sync locks, and that its rows of the log have. */
export function lockName(dataset: Dataset): string {
  return `KALSHI.${dataset.toUpperCase()}`;
}

/** What a sync of a dataset asks for, in one line: two that are equal ask for the same. */
export function queryText(dataset: Dataset, { status, series, event }: Wanted): string {
  const filtered = dataset === "events" || dataset === "markets";
  return [
    `dataset=${dataset}`,
    ...filtered && status !== undefined ? [`status=${status ?? "all"}`] : [],
    ...series === null ? [] : [`series=${series}`],
    ...event === null ? [] : [`event=${event}`],
  ].join(" ");
}
