import { isToCome, timestamp } from "../../../base/time.ts";
import {
  isNews,
  type NoticeSubject,
  type NoticeTurn,
  reasonsAfter,
  reasonsIn,
  type StoredNotice,
  TURN_MS,
} from "../../notices.ts";
import type { Database } from "../connection/database.ts";
import { TraceFreeReader } from "../connection/trace_free_read.ts";

/** A message does not wait for long: the next run sends it. */
const PATIENCE = { busyTimeoutMs: 500, retry: { totalMs: 500 }, timeoutSeconds: 1 } as const;

type Readable = Pick<Database, "get">;

function stored(db: Readable, key: string): StoredNotice | undefined {
  const row = db.get("SELECT told_at, reasons, turn_at FROM notices WHERE key = ?", key);
  if (row === undefined) return undefined;
  const takenAt = row.turn_at === null ? NaN : Date.parse(String(row.turn_at));
  return {
    since: row.told_at === null ? null : String(row.told_at),
    reasons: reasonsIn(row.reasons),
    isTaken: Date.now() - takenAt < TURN_MS && !isToCome(takenAt),
  };
}

/** Looks without a lock: nearly always there is nothing to tell. Refuses what must not be made or changed. */
function hasNews(path: string, key: string, reasons: readonly string[]): boolean {
  const { busyTimeoutMs } = PATIENCE;
  // Of a database that has to be copied to be read, nothing could be noted.
  using db = TraceFreeReader.open(path, { busyTimeoutMs, mostCopyBytes: 0 });
  return isNews(stored(db, key), reasons);
}

/** As `Care.beginNotice`. */
export async function beginNotice(
  path: string,
  subject: NoticeSubject,
  reasons: readonly string[],
): Promise<NoticeTurn | null> {
  const { key, job, host } = subject;
  if (!hasNews(path, key, reasons)) return null;
  const { writer } = await import("../connection/writer.ts");
  using db = await writer(path, PATIENCE);
  return await db.transaction("note what is told of a job in", () => {
    const before = stored(db, key);
    if (!isNews(before, reasons)) return null;
    const token = crypto.randomUUID();
    db.run(
      `INSERT INTO notices (key, job, host, reasons, turn, turn_at) VALUES (?, ?, ?, '[]', ?, ?)
       ON CONFLICT (key) DO UPDATE SET turn = excluded.turn, turn_at = excluded.turn_at`,
      key,
      job,
      host,
      token,
      timestamp(),
    );
    return { subject, token, since: before?.since ?? null };
  });
}

/** As `Care.endNotice`. */
export async function endNotice(
  path: string,
  { subject: { key }, token }: NoticeTurn,
  told: readonly string[] | null,
): Promise<void> {
  const { writer } = await import("../connection/writer.ts");
  using db = await writer(path, PATIENCE);
  await db.transaction("note what was told of a job in", () => {
    const row = db.get("SELECT reasons FROM notices WHERE key = ? AND turn = ?", key, token);
    if (row === undefined) return;
    const reasons = reasonsAfter(reasonsIn(row.reasons), told);
    if (reasons.length === 0) return db.run("DELETE FROM notices WHERE key = ?", key);
    return db.run(
      `UPDATE notices SET turn = NULL, turn_at = NULL, reasons = ?, told_at = COALESCE(told_at, ?)
       WHERE key = ?`,
      JSON.stringify(reasons),
      timestamp(),
      key,
    );
  });
}
