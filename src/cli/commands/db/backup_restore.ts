/**
 * `tickerlock db backup` and `tickerlock db restore`
 *
 * @module
 */
import { backupDatabase, restoreDatabase } from "../../../store/mod.ts";
import { EXIT, type ExitCode } from "../../../base/errors.ts";
import type { DbValues } from "../../args/config.ts";
import { keepRunsAway } from "./guard.ts";
import { countText, ProgressLine } from "../../output/progress.ts";
import { out, outJson } from "../../output/streams.ts";
import { StopFlag } from "../../process/stop_flag.ts";

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `tickerlock db backup`. */
export async function backupCommand(values: DbValues): Promise<ExitCode> {
  const { toVersion: to, keep } = values;
  using stop = await StopFlag.listen();
  using line = new ProgressLine();
  const made = await backupDatabase(values.db, {
    ...(to === null ? {} : { to }),
    ...(keep === null ? {} : { keep }),
    onProgress: (done, total) =>
      line.update((ms) => countText("backing up", done, total, "pages", ms)),
    throwIfStopped: () => stop.throwIfStopped(),
  });
  line[Symbol.dispose]();
  if (values.json) {
    outJson({ db: values.db, ...made });
    return EXIT.ok;
  }
  out(
    `${values.db} → ${made.path}: ${megabytes(made.bytes)}, integrity_check passed\n` +
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
  const { replaced, checks } = await restoreDatabase(file ?? "", values.db);
  if (values.json) {
    outJson({ db: values.db, file, replaced, checks });
    return EXIT.ok;
  }
  const compared = checks.sha256 === "matched"
    ? `SHA-256 as in ${file}.sha256`
    : `no SHA-256 compared, for there is no ${file}.sha256`;
  out(`${file} → ${values.db}: restored; ${checks.integrity} passed, ${compared}\n`);
  if (replaced !== null) out(`the replaced database is kept as ${replaced}\n`);
  return EXIT.ok;
}
