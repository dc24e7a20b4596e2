/**
 * `tickerlock db backup` and `tickerlock db restore`
 *
 * @module
 */
import { backupDatabase, restoreDatabase } from "../db/mod.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import type { DbValues } from "./db.ts";
import { keepRunsAway } from "./db_guard.ts";
import { err, out, outJson } from "./output.ts";

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `tickerlock db backup`. */
export async function backupCommand(values: DbValues): Promise<ExitCode> {
  const terminal = Deno.stderr.isTerminal();
  const { toVersion: to, keep } = values;
  const made = await backupDatabase(values.db, {
    ...(to === null ? {} : { to }),
    ...(keep === null ? {} : { keep }),
    onProgress: (done, total) => {
      if (!terminal) return;
      err(`\r\x1b[Kbacking up: ${done} of ${total} pages`);
      if (done === total) err("\r\x1b[K");
    },
  });
  if (values.json) {
    outJson({ db: values.db, ...made });
    return EXIT.ok;
  }
  out(
    `${values.db} → ${made.path}: ${megabytes(made.bytes)}, checked\n` +
      `SHA-256 ${made.sha256} (beside it: sha256sum -c works there)\n`,
  );
  for (const path of made.removed) out(`removed the older ${path}\n`);
  return EXIT.ok;
}

/** `tickerlock db restore FILE`. */
export async function restoreCommand(
  values: DbValues,
  file: string | undefined,
): Promise<ExitCode> {
  using _job = await keepRunsAway(values, "tickerlock db restore");
  const { replaced, checksumVerified } = await restoreDatabase(file ?? "", values.db);
  if (values.json) {
    outJson({ db: values.db, file, replaced, checksum_verified: checksumVerified });
    return EXIT.ok;
  }
  out(`${file} → ${values.db}: restored and checked\n`);
  if (!checksumVerified) out(`there is no ${file}.sha256, so no checksum was compared\n`);
  if (replaced !== null) out(`the replaced database is kept as ${replaced}\n`);
  return EXIT.ok;
}
