/** `tickerlock db backup` and `tickerlock db restore` @module */
import { getLogger } from "@logtape/logtape";
import type { Care, FileCare, ServerCare, StoredBackup } from "../../../store/care.ts";
import { StoreError } from "../../../store/errors.ts";
import { openCare } from "../../../store/open.ts";
import { CLOCK_HINT } from "../../../base/time.ts";
import { bytesText, listed, plural } from "../../../base/text.ts";
import { UsageError } from "../../../base/errors.ts";
import { outWrapped } from "../../output/wrap.ts";
import type { DbCall } from "./spec.ts";
import { keepRunsAway } from "./guard.ts";
import { countText, ProgressLine } from "../../output/progress.ts";
import { type Column, renderTable } from "../../output/table.ts";
import { tableOptions } from "../../output/terminal.ts";
import { localTime, localZone } from "../../output/time.ts";
import { literal } from "../../../base/log.ts";
import { listenForStop } from "../../process/stop_flag.ts";

const log = getLogger(["tickerlock", "db"]);

/** What only a database that is one file can do. @throws {UsageError} `engine_without_file`. */
export function fileOf(
  { file, name, server }: Care,
  command: string,
  instead: keyof ServerCare["instead"],
): FileCare {
  if (file !== undefined) return file;
  throw new UsageError("engine_without_file", `${command} is for a database that is one file`, {
    hint: `Use the tools of the server: ${server?.instead[instead] ?? "see its manual"}`,
    details: { db: name },
  });
}

/** `tickerlock db backup`. */
export async function backupCommand({ values, io }: DbCall): Promise<void> {
  const { toVersion: to, keep, keepWithin } = values;
  await using care = await openCare(values.db);
  const file = fileOf(care, "db backup", "backup");
  using stop = await listenForStop("the backup", "nothing of it stayed");
  using line = new ProgressLine(io);
  const made = await file.backup({
    to: to ?? undefined,
    keep: keep ?? undefined,
    keepWithinMs: keepWithin ?? undefined,
    onProgress: (done, total) =>
      line.update((ms) => countText("backing up", done, total, "page", ms)),
    throwIfStopped: () => stop.throwIfStopped(),
  });
  line[Symbol.dispose]();
  if (made.from_future.length > 0) {
    const what = listed(made.from_future, 1);
    const text =
      `the time in the name of a backup is still to come: ${what}: the clock was ahead, ` +
      "or is behind; it is neither counted nor removed";
    log.warn(literal(text), { code: "clock", hint: CLOCK_HINT, paths: made.from_future });
  }
  if (made.spared.length > 0) {
    const text =
      `kept as well, though it is old: ${listed(made.spared, 1)}: time leapt after it, by a ` +
      "pause or by a clock that is ahead; it goes once as much time has passed";
    log.warn(literal(text), { code: "clock", hint: CLOCK_HINT, paths: made.spared });
  }
  if (values.json) return io.outJson({ db: values.db, ...made });
  const told = `${values.db} → ${made.path}: ${bytesText(made.bytes)}, integrity_check passed\n` +
    `SHA-256 ${made.sha256} (beside it: sha256sum -c works there)\n`;
  outWrapped(io, told, 2);
  for (const path of made.removed) io.out(`removed the older ${path}\n`);
}

function noteOf({ from_future, before_version }: StoredBackup): string {
  const of = before_version === null ? [] : [`before schema version ${before_version} was changed`];
  return [...of, ...from_future ? ["its time is still to come"] : []].join("; ");
}

const BACKUP_COLUMNS: readonly Column<StoredBackup>[] = [
  { title: "BACKUP", rank: 0, cell: ({ path }) => path },
  { title: "TAKEN", rank: 1, cell: ({ taken_at }) => localTime(taken_at) },
  { title: "SIZE", rank: 2, align: "right", cell: ({ bytes }) => bytesText(bytes) },
  { title: "SHA-256", rank: 3, cell: ({ has_sha256 }) => has_sha256 ? "beside it" : "none" },
  { title: "NOTE", rank: 4, optional: true, cell: noteOf },
];

/** `tickerlock db backups`. */
export async function backupsCommand({ values, io }: DbCall): Promise<void> {
  await using care = await openCare(values.db);
  const file = fileOf(care, "db backups", "backups");
  const found = await file.backups();
  if (values.json) return io.outJson({ db: values.db, folder: file.backupFolder, backups: found });
  if (found.length > 0) {
    io.out(`${renderTable(BACKUP_COLUMNS, found, tableOptions(io, values.wide))}\n`);
  }
  const times = found.length > 0 ? `; times in ${localZone()}` : "";
  const counted = `${plural(found.length, "backup")} of ${values.db} in ${file.backupFolder}`;
  outWrapped(io, `${counted}${times}\n`, 2);
}

const MOST_NAMED = 3;

async function missingFile(file: FileCare): Promise<UsageError> {
  const found = (await file.backups()).map(({ path }) => path);
  const some = listed(found, MOST_NAMED);
  const message = `db restore needs a file; in ${file.backupFolder} there ` +
    (found.length === 0 ? "is no backup" : found.length === 1 ? `is ${some}` : `are ${some}`);
  return new UsageError("missing_file", message, {
    hint: found.length === 0
      ? "Write tickerlock db restore FILE."
      : "Write tickerlock db restore FILE, or latest for the newest good one; see all with " +
        "tickerlock db backups.",
    details: { folder: file.backupFolder, backups: found },
  });
}

async function contentOf(db: string): Promise<string> {
  try {
    await using care = await openCare(db);
    const { size_bytes, schema_version, rows, last_success_at } = await care.info();
    return `${bytesText(size_bytes)}, schema version ${schema_version}, ` +
      `${plural(rows.prices ?? 0, "price")}, last success ${localTime(last_success_at)}`;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return error.code === "db_not_found" ? "not there" : `it cannot be read: ${error.message}`;
  }
}

/** `tickerlock db restore FILE`. */
export async function restoreCommand({ values, io, operands: [given] }: DbCall): Promise<void> {
  const { db, dryRun, lockDir } = values;
  await using care = await openCare(db);
  const target = fileOf(care, "db restore", "restore");
  if (given === undefined) throw await missingFile(target);
  await using _job = dryRun ? undefined : await keepRunsAway(values, "tickerlock db restore");
  const restored = await target.restore(given === "latest" ? null : given, { dryRun, lockDir });
  const { file, path, from_future, replaced, checks, passed_over } = restored;
  for (const { path: other, reason } of passed_over) {
    log.warn(literal(`passed over ${other}: ${reason}`), { path: other, reason });
  }
  if (from_future) {
    const text = `took ${file}, whose time is still to come: no other backup is good`;
    log.warn(literal(text), { code: "clock", hint: CLOCK_HINT, path: file });
  }
  if (values.json) {
    const found = { db, path, file, from_future, dry_run: dryRun };
    return io.outJson({ ...found, replaced, checks, passed_over });
  }
  const compared = checks.sha256 === "matched"
    ? `SHA-256 as in ${file}.sha256`
    : `no SHA-256 compared, for there is no ${file}.sha256`;
  const say = (text: string): void => outWrapped(io, text, 2);
  const passed = `${checks.integrity} passed, ${compared}\n`;
  if (dryRun) {
    say(`${file}: ${passed}`);
    say(`it has: ${await contentOf(file)}\n`);
    say(`it would replace ${path}: ${await contentOf(db)} (times in ${localZone()})\n`);
    io.out("Dry run: nothing was locked or changed.\n");
    return;
  }
  say(`${file} → ${path}: restored; ${passed}`);
  if (replaced !== null) io.out(`the replaced database is kept as ${replaced}\n`);
}
