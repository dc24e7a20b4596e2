/**
 * `tickerlock db migrate`, `verify` and `info`
 *
 * @module
 */
import type { Care, DatabaseInfo } from "../../../store/care.ts";
import { openCare } from "../../../store/open.ts";
import { EXIT, type ExitCode, UsageError } from "../../../base/errors.ts";
import type { DbCall } from "./spec.ts";
import { fileOf } from "./backup_restore.ts";
import { keepRunsAway } from "./guard.ts";
import { grouped, oneLine, plural } from "../../../base/text.ts";
import { renderPairs, renderTable } from "../../output/table.ts";
import { levelWord } from "../../output/terminal.ts";
import { localTime, localZone } from "../../output/time.ts";
import { StopFlag } from "../../process/stop_flag.ts";

function versionOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new UsageError("bad_value", `--to ${JSON.stringify(text)}: is not a schema version`, {
    hint: "See the versions with: tickerlock db migrate --status",
    details: { option: "--to", value: text },
  });
}

/**
 * Refuses what makes no sense for `db migrate`, before anything is touched.
 *
 * @throws {UsageError} `bad_value` or `conflicting_options`.
 */
export function checkMigrate({ values }: DbCall): void {
  const to = versionOf(values.toVersion);
  if (values.rollback && to !== undefined) {
    throw new UsageError("conflicting_options", "--rollback and --to exclude each other", {
      hint: "--rollback takes one step back; --to N goes to a version.",
    });
  }
}

async function newestApplied(care: Care): Promise<number> {
  try {
    const all = await care.migrations();
    return Math.max(0, ...all.map((each) => each.appliedAt ? each.version : 0));
  } catch {
    // A database that is not there has none; whatever else is wrong, migrating says.
    return 0;
  }
}

async function showMigrations(care: Care, { values: { db, json }, io }: DbCall): Promise<void> {
  const status = await care.migrations();
  if (json) {
    const migrations = status.map(({ appliedAt, ...rest }) => ({ ...rest, applied_at: appliedAt }));
    io.outJson({ db, migrations });
    return;
  }
  io.out(renderTable([
    { title: "VERSION", align: "right", cell: ({ version }) => String(version) },
    { title: "NAME", cell: ({ name }) => name },
    { title: "APPLIED", cell: ({ appliedAt }) => appliedAt ?? "pending" },
  ], status));
}

/** `tickerlock db migrate`. */
export async function migrateCommand(call: DbCall): Promise<ExitCode> {
  const { values, io } = call;
  const to = versionOf(values.toVersion);
  await using care = await openCare(values.db);
  if (values.status) {
    await showMigrations(care, call);
    return EXIT.ok;
  }
  // Going down takes tables away: not while a run is using them.
  const down = values.rollback || (to !== undefined && to < await newestApplied(care));
  using _job = down ? await keepRunsAway(values, "tickerlock db migrate") : undefined;
  using stop = await StopFlag.listen();
  const done = await care.migrate(values.rollback ? "back" : to ?? "newest", {
    throwIfStopped: () => stop.throwIfStopped(),
  });
  if (values.json) {
    io.outJson({ db: values.db, done });
    return EXIT.ok;
  }
  for (const { version, direction, backup } of done) {
    io.out(`${direction === "up" ? "applied" : "took back"} migration ${version}`);
    io.out(backup === null ? "\n" : `; backup before it: ${backup}\n`);
  }
  if (done.length === 0) io.out(`${values.db}: nothing to do\n`);
  return EXIT.ok;
}

/** `tickerlock db verify`. */
export async function verifyCommand({ values, io }: DbCall): Promise<ExitCode> {
  const { quick, lockDir } = values;
  await using care = await openCare(values.db);
  const result = await care.verify({ quick, lockDir });
  const code = result.ok ? EXIT.ok : EXIT.failed;
  if (values.json) {
    io.outJson(result);
    return code;
  }
  for (const { level, check, message, hint } of result.findings) {
    io.out(`${levelWord(io, level)}: ${check}: ${oneLine(message)}\n  Try: ${oneLine(hint)}\n`);
  }
  const errors = result.findings.filter(({ level }) => level === "error").length;
  const warnings = result.findings.length - errors;
  io.out(
    `${values.db}: ${result.ok ? "ok" : "not ok"}, ${result.checks.length} checks, ` +
      `${plural(errors, "error")}, ${plural(warnings, "warning")}\n`,
  );
  return code;
}

function migrationBackupsText({ migration_backups: [newest, ...older] }: DatabaseInfo): string {
  return newest === undefined ? "none" : `${older.length + 1}, the newest is ${newest.path}`;
}

function spillText({ spill }: DatabaseInfo): string {
  if (spill === null) return "none";
  return `${plural(spill.rows, "log row")} waiting for the next run, ` +
    `${grouped(spill.bytes)} bytes: ${spill.path}`;
}

function backupText({ last_backup }: DatabaseInfo, { file }: Care): string {
  if (last_backup !== null) return last_backup.path;
  return file === undefined ? "none" : `none in ${file.backupFolder}`;
}

function lastSuccessText({ last_success_at }: DatabaseInfo): string {
  return last_success_at === null ? "never" : `${localTime(last_success_at)} (${localZone()})`;
}

/** `tickerlock db info`. */
export async function infoCommand({ values, io }: DbCall): Promise<ExitCode> {
  await using care = await openCare(values.db);
  const compacted = values.compact ? await fileOf(care, "db info --compact").compact() : undefined;
  const info = await care.info();
  if (values.json) {
    io.outJson(compacted === undefined ? info : { ...info, compacted_pages: compacted });
    return EXIT.ok;
  }
  io.out(renderPairs([
    ["database", info.path],
    ["size", `${(info.size_bytes / 1e6).toFixed(1)} MB, ${info.pages} pages of ${info.page_size}`],
    ["write-ahead log", `${(info.wal_bytes / 1e6).toFixed(1)} MB`],
    ["free pages", String(info.free_pages)],
    ["schema version", String(info.schema_version)],
    ["SQLite", info.sqlite_version],
    ["journal mode", info.journal_mode],
    ...Object.entries(info.rows).map(([name, n]) => [`rows of ${name}`, grouped(n)] as const),
    ...info.prices.map(({ source, tickers, first_date, last_date }) =>
      [
        `prices of ${source}`,
        `${plural(tickers, "ticker")}, ${first_date} to ${last_date}`,
      ] as const
    ),
    ["last success", lastSuccessText(info)],
    ["last backup", backupText(info, care)],
    ["backups before migrations", migrationBackupsText(info)],
    ["spill file", spillText(info)],
    ...compacted === undefined ? [] : [["given back", `${compacted} pages`] as const],
  ]));
  return EXIT.ok;
}
