/**
 * `tickerlock db`
 *
 * @module
 */
import type { Actions } from "../../command.ts";
import { backupCommand, restoreCommand } from "./backup_restore.ts";
import { checkMigrate, infoCommand, migrateCommand, verifyCommand } from "./migrate_verify_info.ts";
import type { spec } from "./spec.ts";

/** What `tickerlock db` does. */
export const actions: Actions<typeof spec> = {
  migrate: { log: "always", check: checkMigrate, run: migrateCommand },
  verify: { log: "always", run: verifyCommand },
  backup: { log: "always", run: backupCommand },
  restore: { log: "always", run: restoreCommand },
  info: { log: "always", run: infoCommand },
};
