/**
 * `tickerlock db migrate`, `verify` and `info`
 *
 * @module
 */
import {
  backupFolderOf,
  compact,
  DatabaseError,
  type DatabaseInfo,
  databaseInfo,
  migrateTo,
  migrationStatus,
  verifyDatabase,
  writer,
} from "../../../store/mod.ts";
import { EXIT, type ExitCode, UsageError } from "../../../base/errors.ts";
import { inspectLock } from "../../../lock/mod.ts";
import { levelWord } from "../../output/color.ts";
import type { DbValues } from "./values.ts";
import { keepRunsAway } from "./guard.ts";
import { oneLine } from "../../output/fitted_table.ts";
import { localTime, localZone } from "../../output/local_time.ts";
import { grouped } from "../../output/numbers.ts";
import { out, outJson } from "../../output/streams.ts";
import { StopFlag } from "../../process/stop_flag.ts";
import { renderTable } from "../../output/table.ts";

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
export function checkMigrate(values: DbValues): void {
  const to = versionOf(values.toVersion);
  if (values.rollback && to !== undefined) {
    throw new UsageError("conflicting_options", "--rollback and --to exclude each other", {
      hint: "--rollback takes one step back; --to N goes to a version.",
    });
  }
}

function newestApplied(path: string): number {
  try {
    return Math.max(0, ...migrationStatus(path).map((each) => each.appliedAt ? each.version : 0));
  } catch {
    // A database that is not there has none; whatever else is wrong, migrating says.
    return 0;
  }
}

/** `tickerlock db migrate`. */
export async function migrateCommand(values: DbValues): Promise<ExitCode> {
  const to = versionOf(values.toVersion);
  if (!values.status) {
    // Going down takes tables away: not under a run that is using them.
    const down = values.rollback || (to !== undefined && to < newestApplied(values.db));
    using _job = down ? await keepRunsAway(values, "tickerlock db migrate") : undefined;
    using stop = await StopFlag.listen();
    const done = await migrateTo(values.db, values.rollback ? "back" : to ?? "newest", {
      throwIfStopped: () => stop.throwIfStopped(),
    });
    if (!values.json) {
      for (const { version, direction, backup } of done) {
        out(`${direction === "up" ? "applied" : "took back"} migration ${version}`);
        out(backup === null ? "\n" : `; backup before it: ${backup}\n`);
      }
      if (done.length === 0) out(`${values.db}: nothing to do\n`);
      return EXIT.ok;
    }
    outJson({ db: values.db, done });
    return EXIT.ok;
  }
  const status = migrationStatus(values.db);
  if (values.json) {
    const migrations = status.map(({ version, name, appliedAt }) => ({
      version,
      name,
      applied_at: appliedAt,
    }));
    outJson({ db: values.db, migrations });
    return EXIT.ok;
  }
  out(renderTable([
    { title: "VERSION", align: "right", cell: ({ version }) => String(version) },
    { title: "NAME", cell: ({ name }) => name },
    { title: "APPLIED", cell: ({ appliedAt }) => appliedAt ?? "pending" },
  ], status));
  return EXIT.ok;
}

/** `tickerlock db verify`. */
export function verifyCommand(values: DbValues): Promise<ExitCode> {
  const { lockDir } = values;
  const result = verifyDatabase(values.db, {
    quick: values.quick,
    isLocked: (ticker) => inspectLock(ticker, { lockDir }).state === "held",
  });
  const code = result.ok ? EXIT.ok : EXIT.failed;
  if (values.json) {
    outJson(result);
    return Promise.resolve(code);
  }
  for (const { level, check, message, hint } of result.findings) {
    out(`${levelWord(level)}: ${check}: ${oneLine(message)}\n  Try: ${oneLine(hint)}\n`);
  }
  const errors = result.findings.filter(({ level }) => level === "error").length;
  const warnings = result.findings.length - errors;
  out(
    `${values.db}: ${result.ok ? "ok" : "not ok"}, ${result.checks.length} checks, ` +
      `${errors} error${errors === 1 ? "" : "s"}, ${warnings} warning${
        warnings === 1 ? "" : "s"
      }\n`,
  );
  return Promise.resolve(code);
}

function migrationBackupsText({ migration_backups: [newest, ...older] }: DatabaseInfo): string {
  return newest === undefined ? "none" : `${older.length + 1}, the newest is ${newest.path}`;
}

function spillText({ spill }: DatabaseInfo): string {
  if (spill === null) return "none";
  const rows = `${grouped(spill.rows)} log row${spill.rows === 1 ? "" : "s"}`;
  return `${rows} waiting for the next run, ${grouped(spill.bytes)} bytes: ${spill.path}`;
}

/** Refuses to compact what is not there, or what opening it for writing would bring up to date. */
function checkCompact(path: string): void {
  const { schema_version } = databaseInfo(path);
  const newest = migrationStatus(path).at(-1)?.version ?? 0;
  if (schema_version === newest) return;
  throw new DatabaseError(
    "db_schema_old",
    `database ${path} has schema version ${schema_version}, and would be brought to ${newest}`,
    path,
    { hint: `Do that first, with a backup before it: tickerlock db migrate --db ${path}` },
  );
}

function backupText({ path, last_backup }: DatabaseInfo): string {
  return last_backup === null ? `none in ${backupFolderOf(path)}` : last_backup.path;
}

function lastSuccessText({ last_success_at }: DatabaseInfo): string {
  return last_success_at === null ? "never" : `${localTime(last_success_at)} (${localZone()})`;
}

/** `tickerlock db info`. */
export async function infoCommand(values: DbValues): Promise<ExitCode> {
  let compacted: number | undefined;
  if (values.compact) {
    checkCompact(values.db);
    using db = await writer(values.db);
    compacted = await compact(db);
  }
  const info = databaseInfo(values.db);
  if (values.json) {
    outJson(compacted === undefined ? info : { ...info, compacted_pages: compacted });
    return EXIT.ok;
  }
  const rows: [string, string][] = [
    ["database", info.path],
    ["size", `${(info.size_bytes / 1e6).toFixed(1)} MB, ${info.pages} pages of ${info.page_size}`],
    ["write-ahead log", `${(info.wal_bytes / 1e6).toFixed(1)} MB`],
    ["free pages", String(info.free_pages)],
    ["schema version", String(info.schema_version)],
    ["SQLite", info.sqlite_version],
    ["journal mode", info.journal_mode],
    ...Object.entries(info.rows).map(([name, n]): [string, string] => [
      `rows of ${name}`,
      grouped(n),
    ]),
    ...info.prices.map((each): [string, string] => [
      `prices of ${each.source}`,
      `${each.tickers} ticker${
        each.tickers === 1 ? "" : "s"
      }, ${each.first_date} to ${each.last_date}`,
    ]),
    ["last success", lastSuccessText(info)],
    ["last backup", backupText(info)],
    ["backups before migrations", migrationBackupsText(info)],
    ["spill file", spillText(info)],
  ];
  if (compacted !== undefined) rows.push(["given back", `${compacted} pages`]);
  out(renderTable([
    { title: "WHAT", cell: ([what]) => what },
    { title: "VALUE", cell: ([, value]) => value },
  ], rows));
  return EXIT.ok;
}
