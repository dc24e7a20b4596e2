/** `tickerlock db migrate` @module */
import { getLogger } from "@logtape/logtape";
import { literal } from "../../../base/log.ts";
import { plural } from "../../../base/text.ts";
import type { Care } from "../../../store/care.ts";
import type { Dropped } from "../../../store/migration.ts";
import { openCare } from "../../../store/open.ts";
import { UsageError } from "../../../base/errors.ts";
import { bad, conflict } from "../../args/parsers.ts";
import type { DbCall } from "./spec.ts";
import { keepRunsAway } from "./guard.ts";
import { renderTable } from "../../output/table.ts";
import { localTime, localZone } from "../../output/time.ts";
import { listenForStop } from "../../process/stop_flag.ts";

const log = getLogger(["tickerlock", "db"]);

function versionOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  const hint = "See the versions with: tickerlock db migrate --status";
  throw bad("--to", text, "is not a schema version", hint);
}

/** Refuses two places to go to. @throws {UsageError} `bad_value` or `conflicting_options`. */
export function checkMigrate({ values }: DbCall): void {
  const to = versionOf(values.toVersion);
  if (values.rollback && to !== undefined) {
    const hint = "--rollback takes one step back; --to N goes to a version.";
    throw conflict("--rollback", "--to", hint);
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

/** What going back drops, in words. */
function droppedText(to: number | "back", dropped: readonly Dropped[]): string {
  const some = dropped.filter(({ rows }) => rows > 0);
  const where = to === "back" ? "one step back" : `back to schema version ${to}`;
  const parts = some.map(({ what, rows }) => `${what} (${plural(rows, "row")})`);
  return `${where} drops ${parts.join(", ") || "nothing that is stored"}`;
}

async function showMigrations(
  care: Care,
  { values: { db, json }, io }: DbCall,
  back: number | "back" | undefined,
): Promise<void> {
  const status = await care.migrations();
  const drops = back === undefined ? [] : await care.drops(back);
  if (json) {
    const migrations = status.map(({ appliedAt, ...rest }) => ({ ...rest, applied_at: appliedAt }));
    io.outJson({ db, migrations, drops });
    return;
  }
  io.out(renderTable([
    { title: "VERSION", align: "right", cell: ({ version }) => String(version) },
    { title: "NAME", cell: ({ name }) => name },
    {
      title: "APPLIED",
      cell: ({ appliedAt }) => appliedAt === null ? "pending" : localTime(appliedAt),
    },
  ], status));
  io.out(`\ntimes in ${localZone()}\n`);
  if (back !== undefined) io.out(`${droppedText(back, drops)}\n`);
}

/** `tickerlock db migrate`. */
export async function migrateCommand(call: DbCall): Promise<void> {
  const { values, io } = call;
  const to = versionOf(values.toVersion);
  await using care = await openCare(values.db);
  const down = values.rollback || (to !== undefined && to < await newestApplied(care));
  const back = !down ? undefined : values.rollback ? "back" : to;
  if (values.status) {
    await showMigrations(care, call, back);
    return;
  }
  const { server } = care;
  if (server === undefined && (values.print || values.withoutBackup)) {
    const option = values.print ? "--print" : "--without-backup";
    throw new UsageError("engine_without_server", `${option} is for a database on a server`, {
      hint: "A file needs no administrator, and is backed up before it.",
      details: { db: care.name },
    });
  }
  if (server !== undefined && values.print) return io.out(await server.statements());
  // Going down takes tables away: not while a run is using them.
  if (down && server !== undefined && !values.withoutBackup) {
    const message =
      "a step back drops tables with all that is in them, and of a server no backup is made";
    throw new UsageError("no_backup", message, {
      hint: `Dump it first, then add --without-backup: ${server.instead.backup}`,
      details: { db: care.name },
    });
  }
  await using _job = down ? await keepRunsAway(values, "tickerlock db migrate") : undefined;
  if (back !== undefined) {
    const drops = await care.drops(back);
    if (drops.some(({ rows }) => rows > 0)) log.warn(literal(droppedText(back, drops)));
  }
  using stop = await listenForStop(
    "the migration",
    "steps that were made stay, and none is half done",
  );
  const done = await care.migrate(values.rollback ? "back" : to ?? "newest", {
    throwIfStopped: () => stop.throwIfStopped(),
  });
  if (values.json) return io.outJson({ db: values.db, done });
  for (const [i, { version, direction, backup }] of done.entries()) {
    io.out(`${direction === "up" ? "applied" : "took back"} migration ${version}`);
    io.out(backup === null || i > 0 ? "\n" : `; backup before it: ${backup}\n`);
  }
  if (done.length === 0) io.out(`${values.db}: nothing to do\n`);
}
