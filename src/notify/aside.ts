/** What receivers were told while the database could not note it: a file beside it. @module */
import { getLogger } from "@logtape/logtape";
import * as v from "valibot";
import { TickerlockError } from "../base/errors.ts";
import { literal } from "../base/log.ts";
import { isUrl } from "../base/text.ts";
import { timestamp } from "../base/time.ts";
import { FileError, withLockedFile } from "../files/mod.ts";
import { LockTimeoutError } from "../lock/mod.ts";
import { exists, removeQuietly } from "../platform/files.ts";
import { splitPath } from "../platform/paths.ts";
import { isNews, type NoticeSubject, reasonsAfter } from "../store/notices.ts";
import { toldPathOf } from "../store/spill.ts";
import { SEND_MS } from "./send.ts";

const log = getLogger(["tickerlock", "notify"]);

/** By subject, since when and why. */
const schema = v.record(v.string(), v.object({ since: v.string(), reasons: v.array(v.string()) }));

/** A folder of a file that is not there is most likely a mistake in its name. */
function checkFolder(db: string, path: string): void {
  const { folder } = splitPath(path);
  if (isUrl(db) || exists(folder)) return;
  throw new FileError("file_not_found", `the folder ${folder} is not there`, path, {
    hint: "Check the name of the database.",
  });
}

/**
 * Tells a receiver what the file does not say that it knows, under the lock of the file, so that
 * one of several runs tells it. @param tell Sends it. @returns Whether the receiver knows it now.
 */
export async function tellAside(
  db: string,
  { key }: NoticeSubject,
  reasons: readonly string[],
  tell: (since: string | null) => Promise<boolean>,
): Promise<void> {
  const path = toldPathOf(db);
  let wasSent = false;
  try {
    checkFolder(db, path);
    await withLockedFile(path, "write", async (file) => {
      const all: v.InferOutput<typeof schema> = await file.readJson({ schema, default: {} });
      const { [key]: before, ...others } = all;
      const since = before?.since ?? null;
      const told = before?.reasons ?? [];
      if (!isNews({ since, reasons: told, isTaken: false }, reasons)) return;
      wasSent = true;
      if (!await tell(since)) return;
      const after = { since: since ?? timestamp(), reasons: reasonsAfter(told, reasons) };
      const left = reasons.length === 0 ? others : { ...others, [key]: after };
      await file.writeJson(left);
      if (Object.keys(left).length === 0) removeQuietly(path);
    }, { timeoutSeconds: SEND_MS / 1000 });
  } catch (error) {
    // Others are telling it: the next run does where they do not.
    if (error instanceof LockTimeoutError) return;
    if (!(error instanceof TickerlockError)) throw error;
    // Better told each time than never.
    if (!wasSent && reasons.length > 0) await tell(null);
    const where = `neither in the database nor in ${path}`;
    const why = `what is told can be noted ${where}, so each run tells it again: ${error.message}`;
    log.warn(literal(why), { hint: error.hint ?? "Let this user write the database." });
  }
}
