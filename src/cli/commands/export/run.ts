/**
 * `tickerlock export`
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { type ExportCall, exportSettings, formatOfEnding, type spec } from "./spec.ts";
import { type Exported, exportTable } from "../../../store/export/export.ts";
import { EXPORT_FORMATS, type ExportFormat } from "../../../store/export/format.ts";
import { openCare } from "../../../store/open.ts";
import { EXIT, type ExitCode, InterruptedError, UsageError } from "../../../base/errors.ts";
import { literal } from "../../../base/log.ts";
import { bytesText, plural } from "../../../base/text.ts";
import { checkWindow } from "../../args/parsers.ts";
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
    const given = exportSettings[key].name;
    throw new UsageError(
      "unused_option",
      `--${given} is for CSV, and this is written as ${format}`,
      {
        hint: "Leave it out, or write CSV with --format csv.",
        details: { option: `--${given}` },
      },
    );
  }
  if (separator !== decimal) return;
  const message = `--separator and --decimal are both ${JSON.stringify(decimal)}`;
  throw new UsageError("conflicting_options", message, {
    hint: "Part the fields by another character: --separator semicolon, or --separator tab.",
  });
}

function check(call: ExportCall): void {
  const { from, to, json, format, out: target } = call.values;
  checkWindow(from, to);
  if (json && target === "-") {
    throw new UsageError("unused_option", "--json prints a report, and the data go there already", {
      hint: "For the data as JSON use --format json; for the report write to a file with --out.",
      details: { option: "--json" },
    });
  }
  if (format === null && target !== "-" && formatOfEnding(target) === undefined) {
    throw new UsageError(
      "unknown_format",
      `--out ${JSON.stringify(target)}: its ending stands for no format that there is`,
      {
        hint: "Let it end in .csv, .json, .ndjson or .jsonl, or say --format csv, json or ndjson.",
        details: { option: "--out", value: target },
      },
    );
  }
  checkCsv(call);
}

/** What is asked for, else what the name of the file says; CSV on standard output. */
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

function summary({ object, rows, bytes, file }: Exported): string {
  const what = `${plural(rows, "row")} of ${object}, ${bytesText(bytes)}`;
  return file === null ? what : `${what}, SHA-256 ${file.sha256}: ${file.path}`;
}

function report(made: Exported, { values, io }: ExportCall, seconds: number): void {
  const { object, format, rows, bytes, takenAt, file, snapshotId, manifestError } = made;
  const sha256 = file?.sha256 ?? null;
  if (manifestError !== null) {
    const { code, message, hint } = manifestError;
    const text = `no line in the manifest: ${message}. The file itself is whole`;
    log.warn(literal(text), { code, hint });
  }
  if (!values.json) {
    log.info(literal(`exported ${summary(made)}`), { object, rows, bytes, sha256, seconds });
    return;
  }
  io.outJson({
    db: values.db,
    object,
    format,
    rows,
    bytes,
    taken_at: takenAt,
    path: file?.path ?? null,
    sha256,
    snapshot_id: snapshotId,
    manifest_error: manifestError?.code ?? null,
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

function warnOfUnknown({ object, unknownNames }: Exported): void {
  for (const { column, name, nearest } of unknownNames) {
    const text = `no row of ${object} has the ${column} ${name}` +
      (nearest === undefined ? "" : `; did you mean ${nearest}?`);
    log.warn(literal(text), { column, name });
  }
}

async function run(call: ExportCall): Promise<ExitCode> {
  const { values, io, operands: [object = DEFAULT_TABLE] } = call;
  const { ticker: tickers, source, from, to, columns, separator, decimal, csvSafe } = values;
  const isUsual = separator === "," && decimal === "." && !csvSafe;
  const format = formatOf(values);
  warnOfEnding(values, format);
  const started = performance.now();
  await using care = await openCare(values.db);
  using signals = new StopSignals();
  // Where data go to the same terminal, a line between them would be in the way.
  using line = new ProgressLine(io, io.isOutTerminal ? false : undefined);
  const made = await exportTable(care, { object, tickers, source, from, to, columns }, {
    format,
    csv: isUsual ? undefined : { separator, decimal, ...csvSafe ? { safe: true } : {} },
    to: values.out === "-" ? { write: (bytes) => io.outData(bytes) } : values.out,
    onProgress: (done, total) =>
      line.update((ms) => countText(`exporting ${object}`, done, total, "row", ms)),
    signal: signals.signal,
  }).catch((error: unknown) => {
    throw stoppedExport(error, values.out);
  });
  line[Symbol.dispose]();
  const seconds = Math.round(performance.now() - started) / 1000;
  // Where the reader of the data has gone away, nothing is said.
  if (!made.cutShort) {
    warnOfUnknown(made);
    report(made, call, seconds);
  }
  return EXIT.ok;
}

/** What `tickerlock export` does. */
export const actions: Actions<typeof spec> = {
  itself: { log: "always", check, run },
  verify: { log: "always", run: verifyCommand },
};
