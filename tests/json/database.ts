/**
 * Documents of `db`, `export`, `locks` and `doctor`.
 *
 * @module
 */
import {
  count,
  counts,
  day,
  type Document,
  type Fields,
  flag,
  list,
  mayBeMissing,
  object,
  orNull,
  sha256,
  text,
  time,
  word,
} from "./field.ts";

const FILE: Fields = { path: text("the file"), made_at: time("when it was last written") };

const HOLDER = orNull(object("what the lock's record says of its holder, a hint", {
  pid: count("process"),
  process_started_at: text("when the process began; empty where that is not known"),
  host: text("machine; empty where that is not known"),
  job_id: orNull(text("UUID of the job")),
  command: text("what it does"),
  acquired_at: text("when it took the lock; ISO 8601 in UTC"),
  heartbeat_at: text("its last sign of life; ISO 8601 in UTC"),
}));

const LOCK: Fields = {
  name: text("ticker, or job with a leading dot"),
  path: text("the lock file"),
  state: word(["held", "free", "unusable"], "how it stands, found by trying it"),
  stale: flag("free, with the record of a holder that was killed"),
  silent: flag("held, without a sign of life for 20 seconds"),
  holder: HOLDER,
  problem: orNull(text("why it is unusable")),
  hint: orNull(text("what to do about it")),
};

/** Documents of `db`. */
const DATABASE: readonly Document[] = [
  {
    command: "db info --json",
    what: "Facts about the database.",
    fields: {
      engine: word(["sqlite", "postgres"], "what keeps the database"),
      path: text("the database"),
      size_bytes: count("bytes of the file, or of the tables of the schema"),
      schema_version: count("newest migration that is applied"),
      rows: counts("rows by table"),
      prices: list(
        "one for each source of prices",
        object("a source", {
          source: text("source"),
          tickers: count("tickers"),
          first_date: day("first day"),
          last_date: day("last day"),
        }),
      ),
      last_success_at: orNull(time("end of the newest success")),
      spill: orNull(object("log rows that wait for a run of this machine that can write", {
        path: text("the file"),
        rows: count("rows"),
        bytes: count("bytes of the file"),
      })),
      wal_bytes: mayBeMissing(count("bytes of the write-ahead log")),
      page_size: mayBeMissing(count("bytes of a page")),
      pages: mayBeMissing(count("pages")),
      free_pages: mayBeMissing(count("pages that --compact would give back")),
      sqlite_version: mayBeMissing(text("version of SQLite")),
      journal_mode: mayBeMissing(text("mode of the journal")),
      lock_folders: mayBeMissing(list(
        "where the runs of each machine have their locks, by host",
        object("a folder", {
          host: text("machine"),
          path: text("the folder, absolute"),
          since: time("since when"),
        }),
      )),
      last_backup: mayBeMissing(orNull(object("newest backup of the folder backups", FILE))),
      migration_backups: mayBeMissing(list(
        "backups before migrations, the newest first",
        object("a backup", {
          ...FILE,
          before_version: count("version that was about to be applied or taken back"),
        }),
      )),
      server_version: mayBeMissing(text("of a server: its version")),
      schema: mayBeMissing(text("of a server: the schema of the tables")),
      encrypted: mayBeMissing(flag("of a server: whether the connection is protected by TLS")),
      pooled: mayBeMissing(flag("of a server: whether a pooler is between")),
      compacted_pages: mayBeMissing(count("with --compact: pages that were given back")),
    },
  },
  {
    command: "db copy FROM TO --json",
    what: "The tables that were copied, equal in both databases.",
    fields: {
      from: text("the database that was copied"),
      to: text("the one that it was copied into"),
      tables: list(
        "tables, in the order in which they were copied",
        object("a table", {
          table: text("its name"),
          rows: count("rows"),
          sha256: sha256("over all rows as NDJSON, in the order of their key"),
        }),
      ),
    },
  },
  {
    command: "db migrate --json",
    what: "The steps that were made.",
    fields: {
      db: text("the database"),
      done: list(
        "steps, in their order",
        object("a step", {
          version: count("version of the schema"),
          direction: word(["up", "down"], "applied or taken back"),
          backup: orNull(text("the backup made before the first step")),
        }),
      ),
    },
  },
  {
    command: "db migrate --status --json",
    what: "What is applied and what is pending.",
    fields: {
      db: text("the database"),
      migrations: list(
        "all migrations",
        object("a migration", {
          version: count("version of the schema"),
          name: text("its name"),
          applied_at: orNull(time("when it was applied; null for pending")),
        }),
      ),
      drops: list(
        "what --rollback or --to drops",
        object("a table, a column or a change", {
          what: text("its name"),
          rows: count("rows or values that are there"),
        }),
      ),
    },
  },
  {
    command: "db verify --json",
    what: "What was checked, and what is wrong.",
    fields: {
      path: text("the database"),
      ok: flag("no finding is an error"),
      checks: list("checks that were made", text("name of a check")),
      findings: list(
        "what was found",
        object("a finding", {
          check: text("name of the check"),
          level: word(["error", "warning"], "how bad it is"),
          message: text("what is wrong, with the values"),
          hint: text("what to do about it"),
        }),
      ),
    },
  },
  {
    command: "db backup --json",
    what: "The backup that was made.",
    fields: {
      db: text("the database"),
      path: text("the backup"),
      sha256: sha256("SHA-256 of the file"),
      bytes: count("bytes of the file"),
      pages: count("its pages"),
      removed: list("older backups that --keep and --keep-within have removed", text("a file")),
      from_future: list(
        "backups beside it whose time is still to come, neither counted nor removed",
        text("a file"),
      ),
      spared: list(
        "old backups that stay, since time leapt after them",
        text("a file"),
      ),
    },
  },
  {
    command: "db backups --json",
    what: "Backups of the folder beside the database, the newest first.",
    fields: {
      db: text("the database"),
      folder: text("the folder"),
      backups: list(
        "backups that are named by their time",
        object("a backup", {
          path: text("the file"),
          taken_at: time("when it was begun, by its name"),
          bytes: count("bytes of the file"),
          has_sha256: flag("its .sha256 is beside it"),
          from_future: flag("that time is still to come: the clock is wrong, or was"),
          before_version: orNull(count("schema version that db migrate was about to change")),
        }),
      ),
    },
  },
  {
    command: "db restore FILE --json",
    what: "What was restored, or with `--dry-run` would be.",
    fields: {
      db: text("the database"),
      path: text("the file that it has become: the database, with its symbolic link followed"),
      file: text("the backup"),
      from_future: flag("with latest: its time is still to come, and no other is good"),
      dry_run: flag("a dry run: nothing was changed"),
      passed_over: list(
        "with latest: newer backups that are no good",
        object("a backup", { path: text("the file"), reason: text("why, in one sentence") }),
      ),
      replaced: orNull(text("where the replaced database is kept")),
      checks: object("what was checked", {
        integrity: word(["integrity_check"], "SQLite's check that has passed"),
        sha256: word(["matched", "none"], "compared with the file beside it, or there is none"),
      }),
    },
  },
];

const COMPARED = ["matched", "differs", "none", "unreadable"];

const EXPORT: readonly Document[] = [
  {
    command: "export --json",
    what: "What was written.",
    fields: {
      db: text("the database"),
      object: text("table or view"),
      format: word(["csv", "json", "ndjson", "parquet"], "format of the file"),
      rows: count("rows"),
      bytes: count("bytes of the file"),
      taken_at: time("the moment that all rows are of"),
      path: orNull(text("the file")),
      sha256: orNull(sha256("SHA-256 of the file")),
      snapshot_id: orNull(count("key in the table snapshots")),
      manifest_error: orNull(text("code of why there is no row in snapshots")),
      files: orNull(list(
        "with --partition, where path is a folder; null without",
        object("a file of it", {
          path: text("the file"),
          rows: count("rows"),
          bytes: count("bytes of the file"),
          sha256: sha256("SHA-256 of the file"),
          snapshot_id: orNull(count("key in the table snapshots")),
        }),
      )),
    },
  },
  {
    command: "export verify FILE --json",
    what: "Whether a file is what was exported.",
    fields: {
      file: text("the file"),
      db: text("the database"),
      ok: flag("something matched and nothing differs"),
      bytes: count("bytes of the file"),
      sha256: sha256("SHA-256 of the file"),
      beside: object("the .sha256 beside it", {
        result: word(COMPARED, "how the two compare"),
        sha256: orNull(sha256("what it says")),
      }),
      manifest: object("the row of snapshots", {
        result: word([...COMPARED, "older"], "how the two compare, or it is of an earlier export"),
        id: orNull(count("key in the table snapshots")),
        taken_at: orNull(time("when it was exported")),
        object: orNull(text("table or view")),
        rows: orNull(count("rows")),
        sha256: orNull(sha256("what it says")),
        error: orNull(object("why the database could not be read", {
          code: text("stable code"),
          message: text("one sentence"),
        })),
      }),
    },
  },
];

const SETTING = object("a setting", {
  name: text("option; of what has none, the variable or the key"),
  key: text("key in a configuration file"),
  variable: orNull(text("variable that it is from, or that stands in for it")),
  value: text("what it is; `not set` for nothing"),
  origin: word(["option", "environment", "file", "default"], "where it is from"),
});

/** Documents of `db`, `export`, `locks` and `doctor`. */
export const REST: readonly Document[] = [
  ...DATABASE,
  ...EXPORT,
  {
    command: "locks list --json",
    what: "Locks that are held or odd; all of them with `--all`.",
    fields: {
      lock_dir: orNull(text("the folder; null where locks are rows of the database")),
      locks: list("locks, jobs first", object("a lock", LOCK)),
      hidden: count("further locks of the folder"),
    },
  },
  { command: "locks status NAME --json", what: "One lock.", fields: LOCK },
  {
    command: "locks release NAME --json",
    what: "What was done.",
    fields: {
      name: text("the lock"),
      outcome: word(["free", "cleared", "revoked"], "nothing to do, record cleared, taken away"),
      holder: HOLDER,
      revoked_jobs: list("jobs that can no longer write", text("UUID of a job")),
      audited: flag("whether the database has a row about it"),
    },
  },
  {
    command: "locks adopt --json",
    what: "The lock folder that the database remembers from now on.",
    fields: {
      db: text("the database"),
      host: text("machine whose runs are meant"),
      lock_dir: text("the folder, absolute"),
      previous: orNull(text("the one before")),
    },
  },
  {
    command: "locks prune --json",
    what: "Lock files that were removed.",
    fields: {
      lock_dir: text("folder of the lock files"),
      older_than: text("moment; what was used since is kept"),
      dry_run: flag("a dry run: nothing was changed"),
      removed: list("locks whose files were removed, or would be", text("a lock")),
      kept: count("files that were kept"),
    },
  },
  {
    command: "config show --json",
    what: "Every setting, its value and where it is from.",
    fields: {
      path: orNull(text("path of the configuration file that counts")),
      exists: flag("whether it is there and was read"),
      named_by: orNull(text("option or variable that names it")),
      settings: list("settings", SETTING),
      problems: list(
        "values that are refused; for each the next that counts is shown",
        object("a problem", {
          code: text("stable code"),
          message: text("what is wrong, with the value"),
          hint: orNull(text("what to do about it")),
        }),
      ),
    },
  },
  {
    command: "config path --json",
    what: "Where the configuration file is.",
    fields: {
      path: text("path of the configuration file that counts"),
      exists: flag("whether it is there"),
      named_by: orNull(text("option or variable that names it")),
    },
  },
  {
    command: "doctor --json",
    what: "What was found on this machine.",
    fields: {
      ok: flag("no finding is an error"),
      errors: count("findings that are errors"),
      warnings: count("findings that are warnings"),
      versions: object("versions", {
        tickerlock: text("of tickerlock"),
        deno: text("of Deno"),
        v8: text("of V8"),
        sqlite: text("of SQLite"),
        platform: text("system and processor"),
      }),
      configuration: list(
        "settings as the commands would have them",
        SETTING,
      ),
      findings: list(
        "what was looked at",
        object("a finding", {
          check: text("stable name of the check"),
          level: word(["ok", "warning", "error"], "how bad it is"),
          code: orNull(text("stable name of what is wrong")),
          message: text("what was found, with the values"),
          hint: orNull(text("what to do about it")),
        }),
      ),
    },
  },
];
