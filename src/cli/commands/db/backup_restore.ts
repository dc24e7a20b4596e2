/**
 * `tickerlock db backup` and `tickerlock db restore`
 *
 * @module
 */
import type { Care, FileCare } from "../../../store/care.ts";
import { openCare } from "../../../store/open.ts";
import { EXIT, type ExitCode, UsageError } from "../../../base/errors.ts";
import type { DbCall } from "./spec.ts";
import { keepRunsAway } from "./guard.ts";
import { countText, ProgressLine } from "../../output/progress.ts";
import { StopFlag } from "../../process/stop_flag.ts";

/** A size in the table and the messages of `db`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** What only a database that is one file can do. @throws {UsageError} `engine_without_file`. */
export function fileOf({ file, name }: Care, command: string): FileCare {
  if (file !== undefined) return file;
  throw new UsageError("engine_without_file", `${command} is for a database that is one file`, {
    hint: `Use the tools of the server that keeps ${name}; for PostgreSQL: pg_dump, pg_restore.`,
    details: { db: name },
  });
}

/** `tickerlock db backup`. */
export async function backupCommand({ values, io }: DbCall): Promise<ExitCode> {
  const { toVersion: to, keep } = values;
  await using care = await openCare(values.db);
  const file = fileOf(care, "db backup");
  using stop = await StopFlag.listen();
  using line = new ProgressLine(io);
  const made = await file.backup({
    to: to ?? undefined,
    keep: keep ?? undefined,
    onProgress: (done, total) =>
      line.update((ms) => countText("backing up", done, total, "pages", ms)),
    throwIfStopped: () => stop.throwIfStopped(),
  });
  line[Symbol.dispose]();
  if (values.json) {
    io.outJson({ db: values.db, ...made });
    return EXIT.ok;
  }
  io.out(
    `${values.db} → ${made.path}: ${megabytes(made.bytes)}, integrity_check passed\n` +
      `SHA-256 ${made.sha256} (beside it: sha256sum -c works there)\n`,
  );
  for (const path of made.removed) io.out(`removed the older ${path}\n`);
  return EXIT.ok;
}

/** `tickerlock db restore FILE`. */
export async function restoreCommand(
  { values, io, operands: [file = ""] }: DbCall,
): Promise<ExitCode> {
  await using care = await openCare(values.db);
  const target = fileOf(care, "db restore");
  using _job = await keepRunsAway(values, "tickerlock db restore");
  const { replaced, checks } = await target.restore(file);
  if (values.json) {
    io.outJson({ db: values.db, file, replaced, checks });
    return EXIT.ok;
  }
  const compared = checks.sha256 === "matched"
    ? `SHA-256 as in ${file}.sha256`
    : `no SHA-256 compared, for there is no ${file}.sha256`;
  io.out(`${file} → ${values.db}: restored; ${checks.integrity} passed, ${compared}\n`);
  if (replaced !== null) io.out(`the replaced database is kept as ${replaced}\n`);
  return EXIT.ok;
}
