/** What a check of `doctor` finds. @module */

import { messageOf, TickerlockError } from "../base/errors.ts";

/**
 * Everything that can be found wrong, with the check and how bad it is. A code is never renamed:
 * programs read it from `--json`. The table in `docs/doctor.md` has the same lines.
 */
export const FINDINGS = {
  bad_setting: ["configuration", "error"],
  configuration_bad: ["configuration", "error"],
  deno_too_old: ["versions", "error"],
  database_missing: ["database", "warning"],
  database_not_writable: ["database", "error"],
  database_mounted_alone: ["database", "error"],
  database_unusable: ["database", "error"],
  database_foreign: ["database", "warning"],
  database_open_to_others: ["database", "warning"],
  lock_folder_unusable: ["lock_folder", "error"],
  lock_folder_foreign: ["lock_folder", "warning"],
  lock_folder_open_to_others: ["lock_folder", "warning"],
  locks_open_to_others: ["lock_folder", "warning"],
  lock_folder_other: ["lock_folder", "error"],
  spill_file_unusable: ["spill_file", "error"],
  spill_file_foreign: ["spill_file", "warning"],
  spill_file_open_to_others: ["spill_file", "warning"],
  rows_wait: ["spill_file", "warning"],
  network_file_system: ["file_system", "warning"],
  doubtful_file_system: ["file_system", "warning"],
  unknown_file_system: ["file_system", "warning"],
  database_in_memory: ["file_system", "warning"],
  file_system_untold: ["file_system", "warning"],
  little_space: ["free_space", "warning"],
  no_space: ["free_space", "error"],
  few_files: ["free_space", "error"],
  database_unreadable: ["schema", "error"],
  server_old: ["server", "error"],
  server_unprotected: ["server", "warning"],
  server_clock_other: ["server", "warning"],
  server_read_only: ["server", "error"],
  server_no_right: ["server", "warning"],
  server_short_timeout: ["server", "warning"],
  server_few_connections: ["server", "warning"],
  no_tables: ["schema", "warning"],
  schema_old: ["schema", "warning"],
  schema_trigger: ["schema", "error"],
  schema_foreign: ["schema", "warning"],
  wal_large: ["write_ahead_log", "warning"],
  clock_wrong: ["clock", "error"],
  engine_clock_other: ["clock", "error"],
  holder_clock_other: ["clock", "warning"],
  backup_of_future: ["clock", "warning"],
  backup_folder_unusable: ["backups", "error"],
  backup_without_checksum: ["backups", "warning"],
  backup_left_over: ["backups", "warning"],
  run_untold: ["running", "warning"],
  run_killed: ["running", "warning"],
  run_without_lock: ["running", "warning"],
  run_stuck: ["running", "warning"],
  collector_dead: ["collector", "error"],
  collector_without_lock: ["collector", "warning"],
  collector_silent: ["collector", "error"],
  collector_hung: ["collector", "warning"],
  collector_mute: ["collector", "error"],
  last_run_failed: ["last_run", "error"],
  last_run_partly: ["last_run", "warning"],
  history_in_doubt: ["histories", "warning"],
  sessions_missing: ["gaps", "warning"],
  gaps_untold: ["gaps", "error"],
  prices_not_adjustable: ["adjustment", "warning"],
  locks_unreadable: ["locks", "error"],
  lock_unusable: ["locks", "error"],
  lock_not_takable: ["locks", "error"],
  lock_of_unknown: ["locks", "warning"],
  lock_of_other_host: ["locks", "warning"],
  lock_silent: ["locks", "warning"],
  unit_without_command: ["systemd", "error"],
  unit_program_missing: ["systemd", "error"],
  unit_list_unreadable: ["systemd", "error"],
  unit_configuration_bad: ["systemd", "error"],
  unit_configuration_untold: ["systemd", "warning"],
  unit_other_database: ["systemd", "warning"],
  unit_other_lock_folder: ["systemd", "warning"],
  unit_without_timer: ["systemd", "warning"],
  unit_not_enabled: ["systemd", "warning"],
  unit_file_bad: ["systemd", "warning"],
  unit_folder_unreadable: ["systemd", "error"],
  certificates_bad: ["certificates", "error"],
  certificates_expired: ["certificates", "error"],
  certificates_expire: ["certificates", "warning"],
  source_failed: ["source", "error"],
  browser_old: ["user_agent", "warning"],
} as const satisfies Readonly<Record<string, readonly [string, "warning" | "error"]>>;

/** What can be found wrong. */
export type Code = keyof typeof FINDINGS;

/** What a check found. */
export interface Finding {
  /** Stable, snake_case: the subject of the check. */
  readonly check: string;
  readonly level: "ok" | "warning" | "error";
  readonly code: Code | null;
  readonly message: string;
  readonly hint: string | null;
}

/** All is well. */
export function ok(check: string, message: string): Finding {
  return { check, level: "ok", code: null, message, hint: null };
}

/** Something is wrong: a warning works and needs a look, an error does not work, or will not. */
export function wrong(code: Code, message: string, hint: string): Finding {
  const [check, level] = FINDINGS[code];
  return { check, level, code, message, hint };
}

const DEFAULT_HINT = "See the details with --log-level debug, and docs/operations.md.";

/** A check, or what it tried, has failed: with the error's own words and remedy. */
export function failed(code: Code, reason: unknown, prefix = ""): Finding {
  const hint = reason instanceof TickerlockError ? reason.hint : undefined;
  return wrong(code, prefix + messageOf(reason), hint ?? DEFAULT_HINT);
}
