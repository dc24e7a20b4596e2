import { CLOCK_SLACK_MS } from "../../../base/time.ts";
import {
  isNews,
  type NoticeSubject,
  type NoticeTurn,
  reasonsAfter,
  reasonsIn,
  type StoredNotice,
  TURN_MS,
} from "../../notices.ts";
import type { Transaction } from "../connection/connection.ts";
import { checkSchema } from "../connection/migrate.ts";

async function stored(db: Transaction, key: string): Promise<StoredNotice | undefined> {
  const row = await db.get(
    `SELECT told_at, reasons,
       turn_at BETWEEN clock_timestamp() - ${TURN_MS} * interval '1 ms'
         AND clock_timestamp() + ${CLOCK_SLACK_MS} * interval '1 ms' AS taken
     FROM notices WHERE key = $1`,
    key,
  );
  return row === undefined ? undefined : {
    since: row.told_at === null ? null : String(row.told_at),
    reasons: reasonsIn(row.reasons),
    isTaken: row.taken === true,
  };
}

/** As `Care.beginNotice`. */
export async function beginNotice(
  db: Transaction,
  subject: NoticeSubject,
  reasons: readonly string[],
): Promise<NoticeTurn | null> {
  const { key, job, host } = subject;
  await checkSchema(db);
  if (!isNews(await stored(db, key), reasons)) return null;
  // Of two that come at once, the second waits for the first and finds its turn; a row that is removed
  // meanwhile is made anew.
  await db.run(
    `INSERT INTO notices (key, job, host, reasons) VALUES ($1, $2, $3, '[]')
     ON CONFLICT (key) DO UPDATE SET job = excluded.job, host = excluded.host`,
    key,
    job,
    host,
  );
  const before = await stored(db, key);
  if (!isNews(before, reasons)) return null;
  const token = crypto.randomUUID();
  await db.run(
    "UPDATE notices SET turn = $1, turn_at = clock_timestamp() WHERE key = $2",
    token,
    key,
  );
  return { subject, token, since: before?.since ?? null };
}

/** As `Care.endNotice`. */
export async function endNotice(
  db: Transaction,
  { subject: { key }, token }: NoticeTurn,
  told: readonly string[] | null,
): Promise<void> {
  const text = "SELECT reasons FROM notices WHERE key = $1 AND turn = $2 FOR UPDATE";
  const row = await db.get(text, key, token);
  if (row === undefined) return;
  const reasons = reasonsAfter(reasonsIn(row.reasons), told);
  if (reasons.length === 0) {
    await db.run("DELETE FROM notices WHERE key = $1", key);
    return;
  }
  await db.run(
    `UPDATE notices SET turn = NULL, turn_at = NULL, reasons = $1,
       told_at = COALESCE(told_at, clock_timestamp())
     WHERE key = $2`,
    JSON.stringify(reasons),
    key,
  );
}
