/**
 * A process that backs a database up, says so after the first step, and stops there until it is told to
 * go on: a line on standard input. Then it says what it has made.
 *
 *     deno run --allow-read --allow-write held_backup_main.ts DATABASE OPTIONS_AS_JSON
 *
 * @module
 */
import { backupDatabase } from "../../../../src/store/sqlite/backup/backup.ts";
import { TickerlockError } from "../../../../src/base/errors.ts";

const [path = "", options = "{}"] = Deno.args;

function say(value: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
}

let held = false;
try {
  say(
    await backupDatabase(path, {
      ...JSON.parse(options),
      onProgress: () => {
        if (held) return;
        held = true;
        say("held");
        Deno.stdin.readSync(new Uint8Array(1));
      },
    }),
  );
} catch (error) {
  say(error instanceof TickerlockError ? { code: error.code } : String(error));
}
