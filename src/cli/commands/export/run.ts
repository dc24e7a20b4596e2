import { getLogger } from "@logtape/logtape";
import { type ExportCall, exportSettings, formatOfEnding, type spec } from "./spec.ts";
import { type Exported, exportTable } from "../../../store/export/export.ts";
import type { ExportedPartitions } from "../../../store/export/partitions.ts";
import { EXPORT_FORMATS, type ExportFormat } from "../../../store/export/format.ts";
import type { Care } from "../../../store/care.ts";
import { openCare } from "../../../store/open.ts";
import { InterruptedError, UsageError } from "../../../base/errors.ts";
import { literal } from "../../../base/log.ts";
import { bytesText, plural } from "../../../base/text.ts";
import { checkWindow, unused } from "../../args/parsers.ts";
import { verifyCommand } from "./verify.ts";
import { countText, ProgressLine } from "../../output/progress.ts";
import type { Actions } from "../../command.ts";
import { StopSignals } from "../../process/signals.ts";

type ExportValues = ExportCall["values"];

const log = getLogger(["tickerlock", "export"]);

const DEFAULT_TABLE = "prices";

/** Refuses CSV that could not be read back, and its options with another format. */
function checkCsv({ values, origins }: ExportCall): void {
  const { separator, decimal } = values;
  const format = formatOf(values);
  if (format !== "csv") {
    const key = (["separator", "decimal", "csvSafe"] as const)
      .find((each) => origins[each] === "option");
    if (key === undefined) return;
    const given = `--${exportSettings[key].name}`;
    const hint = "Leave it out, or write CSV with --format csv.";
    throw unused(given, `${given} is for CSV, and this is written as ${format}`, hint);
  }
  if (separator !== decimal) return;
  const message = `--separator and --decimal are both ${JSON.stringify(decimal)}`;
  throw new UsageError("conflicting_options", message, {
    hint: "Part the fields by another character: --separator semicolon, or --separator tab.",
  });
}

/** Refuses what is for Parquet with another format, and Parquet where it would be lost. */
function checkParquet({ values, io }: ExportCall): void {
  const { partition, out: target } = values;
  const format = formatOf(values);
  if (partition !== null && format !== "parquet") {
    const message = `--partition is for Parquet, and this is written as ${format}`;
    const hint = "Write Parquet with --format parquet, or leave it out.";
    throw unused("--partition", message, hint);
  }
  if (target !== "-" || format !== "parquet") return;
  if (partition !== null) {
    throw new UsageError("missing_option", "--partition writes a folder, and none is named", {
      hint: "Name it with --out FOLDER.",
      details: { option: "--out" },
    });
  }
  if (!io.isOutTerminal) return;
  const hint = "Write a file with --out prices.parquet, or lead standard output elsewhere.";
  throw unused("--format", "Parquet is no text for a terminal", hint);
}

function check(call: ExportCall): void {
  const { from, to, json, format, out: target } = call.values;
  checkWindow(from, to);
  if (json && target === "-") {
    const hint =
      "For the data as JSON use --format json; for the report write to a file with --out.";
    throw unused("--json", "--json prints a report, and the data go there already", hint);
  }
  if (format === null && target !== "-" && formatOfEnding(target) === undefined) {
    const what = `--out ${JSON.stringify(target)}: its ending stands for no format that there is`;
    throw new UsageError("unknown_format", what, {
      hint: "Let it end in .csv, .json, .ndjson, .jsonl or .parquet, or say --format csv, json, " +
        "ndjson or parquet.",
      details: { option: "--out", value: target },
    });
  }
  checkCsv(call);
  checkParquet(call);
}

function formatOf({ format, out: target }: ExportValues): ExportFormat {
  const said = format ?? formatOfEnding(target);
  return EXPORT_FORMATS.find((each) => each === said) ?? "csv";
}

// Only a warning: --format is explicit, and the name may be given from outside.
function warnOfEnding({ out: target }: ExportValues, format: ExportFormat): void {
  const named = formatOfEnding(target);
  if (target === "-" || named === undefined || named === format) return;
  const text = `${target} is written as ${format}, as --format says, though its name says ${named}`;
  log.warn(literal(text), { path: target, format });
}

type Made = Omit<Exported, "file" | "cutShort" | "format"> & {
  readonly path: string | null;
  readonly sha256: string | null;
  readonly files: ExportedPartitions["files"] | null;
};

function summary({ object, rows, bytes, path, sha256, files }: Made): string {
  const what = `${plural(rows, "row")} of ${object}, ${bytesText(bytes)}`;
  if (files !== null) return `${what} in ${plural(files.length, "file")}: ${path}`;
  return path === null ? what : `${what}, SHA-256 ${sha256}: ${path}`;
}

function report(made: Made, { values, io }: ExportCall, seconds: number): void {
  const { object, rows, bytes, takenAt, path, sha256, snapshotId, manifestError, files } = made;
  if (manifestError !== null) {
    const { code, message, hint } = manifestError;
    const text = `no line in the manifest: ${message}. What was written is whole`;
    log.warn(literal(text), { code, hint });
  }
  if (!values.json) {
    log.info(literal(`exported ${summary(made)}`), { object, rows, bytes, sha256, seconds });
    return;
  }
  io.outJson({
    db: values.db,
    object,
    format: formatOf(values),
    rows,
    bytes,
    taken_at: takenAt,
    path,
    sha256,
    snapshot_id: snapshotId,
    manifest_error: manifestError?.code ?? null,
    files: files?.map(({ snapshotId, ...file }) => ({ ...file, snapshot_id: snapshotId })) ?? null,
  });
}

/** What is true of a run that is stopped, and kept what it did, is not of an export. */
function stoppedExport(error: unknown, target: string): unknown {
  if (!(error instanceof InterruptedError)) return error;
  const left = target === "-"
    ? "what is on standard output is not whole"
    : "nothing was written; what was there before is as it was";
  return new InterruptedError(error.message, {
    hint: `Start it again when you like: ${left}.`,
    details: error.details,
  });
}

function warnOfUnknown({ object, unknownNames }: Made): void {
  for (const { column, name, nearest } of unknownNames) {
    const text = `no row of ${object} has the ${column} ${name}` +
      (nearest === undefined ? "" : `; did you mean ${nearest}?`);
    log.warn(literal(text), { column, name });
  }
}

/** @returns Undefined where the reader of the data has gone away. */
async function make(
  care: Care,
  { values, io, operands: [object = DEFAULT_TABLE] }: ExportCall,
  signal: AbortSignal,
): Promise<Made | undefined> {
  const { ticker: tickers, source, from, to, columns, separator, decimal, csvSafe, out } = values;
  const query = { object, tickers, source, from, to, columns };
  // Where data go to the same terminal, a line between them would be in the way.
  using line = new ProgressLine(io, io.isOutTerminal ? false : undefined);
  const onProgress = (done: number, total: number | undefined): void =>
    line.update((ms) => countText(`exporting ${object}`, done, total, "row", ms));
  if (values.partition !== null) {
    const { exportPartitions } = await import("../../../store/export/partitions.ts");
    const made = await exportPartitions(care, query, { to: out, onProgress, signal });
    return { ...made, path: made.folder, sha256: null, snapshotId: null };
  }
  const format = formatOf(values);
  const isUsual = format !== "csv" || (separator === "," && decimal === "." && !csvSafe);
  const made = await exportTable(care, query, {
    format,
    csv: isUsual ? undefined : { separator, decimal, ...csvSafe ? { safe: true } : {} },
    to: out === "-" ? { write: (bytes) => io.outData(bytes) } : out,
    onProgress,
    signal,
  });
  const { path = null, sha256 = null } = made.file ?? {};
  return made.cutShort ? undefined : { ...made, path, sha256, files: null };
}

async function run(call: ExportCall): Promise<void> {
  const { values } = call;
  warnOfEnding(values, formatOf(values));
  const started = performance.now();
  await using care = await openCare(values.db);
  using signals = new StopSignals();
  const made = await make(care, call, signals.signal).catch((error: unknown) => {
    throw stoppedExport(error, values.out);
  });
  if (made === undefined) return;
  const seconds = Math.round(performance.now() - started) / 1000;
  warnOfUnknown(made);
  report(made, call, seconds);
}

/** What `tickerlock export` does. */
export const actions: Actions<typeof spec> = {
  itself: { log: "always", check, run },
  verify: { log: "always", run: verifyCommand },
};
