import type { DatabaseInfo, FileInfo, ServerInfo } from "../../../store/care.ts";
import { zonedTime } from "../../output/time.ts";
import { backupCommand, backupsCommand, fileOf, restoreCommand } from "./backup_restore.ts";
import { bytesText, grouped, oneLine, plural, runsOn } from "../../../base/text.ts";
import { copyCommand } from "./copy.ts";
import { checkMigrate, migrateCommand } from "./migrate.ts";
import { openCare } from "../../../store/open.ts";
import { EXIT, type ExitCode } from "../../../base/errors.ts";
import type { DbCall, spec } from "./spec.ts";
import { levelWord } from "../../output/terminal.ts";
import { outWrapped, renderPairs } from "../../output/wrap.ts";
import type { Actions } from "../../command.ts";

async function verify({ values, io, tell }: DbCall): Promise<ExitCode> {
  const { quick, lockDir } = values;
  await using care = await openCare(values.db);
  const result = await care.verify({ quick, lockDir });
  const code = result.ok ? EXIT.ok : EXIT.failed;
  const bad = result.findings.filter(({ level }) => level === "error");
  tell({
    counts: { error: bad.length, warning: result.findings.length - bad.length },
    errors: bad.map(({ check, code, message }) => ({ ticker: null, code: code ?? check, message })),
  });
  if (values.json) {
    io.outJson(result);
    return code;
  }
  for (const { level, check, message, hint } of result.findings) {
    const what = `${levelWord(io, level)}: ${check}: ${oneLine(message)}`;
    outWrapped(io, `${what}\n  Try: ${oneLine(hint)}\n`, 4);
  }
  const warnings = result.findings.length - bad.length;
  const counts = `${plural(bad.length, "error")}, ${plural(warnings, "warning")}`;
  const checks = plural(result.checks.length, "check");
  const verdict = `${result.ok ? "ok" : "not ok"}, ${checks}, ${counts}`;
  outWrapped(io, `${values.db}: ${verdict}\n`, 2);
  return code;
}

function spillText({ spill }: DatabaseInfo): string {
  if (spill === null) return "none";
  return `${plural(spill.rows, "log row")} waiting for the next run, ` +
    `${bytesText(spill.bytes)}: ${spill.path}`;
}

type Pairs = (readonly [string, string])[];

function filePairs(found: FileInfo): Pairs {
  const { size_bytes: bytes, pages, page_size: pageSize } = found;
  return [
    ["size", `${bytesText(bytes)}, ${plural(pages, "page")} of ${bytesText(pageSize)}`],
    ["write-ahead log", bytesText(found.wal_bytes)],
    ["free pages", grouped(found.free_pages)],
    ["schema version", String(found.schema_version)],
    ["SQLite", found.sqlite_version],
    ["journal mode", found.journal_mode],
    ...found.lock_folders.map(({ host, path, since }) =>
      ["lock folder", `${path}, of ${runsOn(host)} since ${zonedTime(since)}`] as const
    ),
  ];
}

function serverPairs(found: ServerInfo): Pairs {
  const protectedBy = found.encrypted ? "protected by TLS" : "not protected";
  return [
    ["schema", found.schema],
    ["size", bytesText(found.size_bytes)],
    ["schema version", String(found.schema_version)],
    ["PostgreSQL", found.server_version],
    ["connection", `${protectedBy}, ${found.pooled ? "through a pooler" : "direct"}`],
  ];
}

function backupPairs({ last_backup, migration_backups: made }: FileInfo, folder = ""): Pairs {
  return [
    ["last backup", last_backup?.path ?? `none in ${folder}`],
    [
      "backups before migrations",
      made[0] === undefined ? "none" : `${grouped(made.length)}, the newest is ${made[0].path}`,
    ],
  ];
}

async function info({ values, io }: DbCall): Promise<void> {
  await using care = await openCare(values.db);
  const compacted = values.compact
    ? await fileOf(care, "db info --compact", "compact").compact()
    : undefined;
  const found = await care.info();
  if (values.json) {
    return io.outJson(compacted === undefined ? found : { ...found, compacted_pages: compacted });
  }
  const { last_success_at: success } = found;
  io.out(renderPairs(io, [
    ["database", found.path],
    ...found.engine === "sqlite" ? filePairs(found) : serverPairs(found),
    ...Object.entries(found.rows).map(([name, n]) => [`rows of ${name}`, grouped(n)] as const),
    ...found.prices.map(({ source, tickers, first_date, last_date }) => {
      const span = `${plural(tickers, "ticker")}, ${first_date} to ${last_date}`;
      return [`prices of ${source}`, span] as const;
    }),
    ["last success", success === null ? "never" : zonedTime(success)],
    ...found.engine === "sqlite" ? backupPairs(found, care.file?.backupFolder) : [],
    ["spill file", spillText(found)],
    ...compacted === undefined ? [] : [["given back", plural(compacted, "page")] as const],
  ]));
}

/** What `tickerlock db` does. */
export const actions: Actions<typeof spec> = {
  migrate: { log: "always", check: checkMigrate, run: migrateCommand },
  verify: { log: "always", notifies: "by line", run: verify },
  backup: { log: "always", notifies: "by line", run: backupCommand },
  backups: { run: backupsCommand },
  restore: { log: "always", run: restoreCommand },
  copy: { log: "always", run: copyCommand },
  info: { log: "always", run: info },
};
