/**
 * Tells a receiver of a failure once, and once that it is over. What was told is noted in the
 * database once the receiver has taken the message. What sends is loaded where there is news.
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { debug } from "../base/debug.ts";
import { messageOf, TickerlockError } from "../base/errors.ts";
import { literal } from "../base/log.ts";
import { isUrl } from "../base/text.ts";
import { exists } from "../platform/files.ts";
import { hostName } from "../platform/host.ts";
import type { NoticeSubject, NoticeTurn } from "../store/notices.ts";
import { toldPathOf } from "../store/spill.ts";
import { openCare } from "../store/open.ts";
import { type NoticeEvent, reasonsOf, shownJob, textOf, titleOf, type Verdict } from "./message.ts";
import { type Receiver, shownReceiver } from "./receiver.ts";
import type { Reach, Refusal } from "./send.ts";

const log = getLogger(["tickerlock", "notify"]);

async function subjectOf(receiver: Receiver, { job, db }: Verdict): Promise<NoticeSubject> {
  const host = hostName();
  // A file is of one machine, and containers have another name each time.
  const text = JSON.stringify([job, isUrl(db) ? host : "", receiver.kind, receiver.url]);
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return { key: new Uint8Array(hash).toHex(), job: shownJob(job), host };
}

function wasTaken(receiver: Receiver, what: string, refusal: Refusal): boolean {
  if (refusal === null) {
    log.info(literal(`told ${shownReceiver(receiver)}: ${what}`));
    return true;
  }
  const { why, hint } = refusal;
  log.warn(literal(`not told (${what}), which the next run does: ${why}`), { hint });
  return false;
}

async function tellNews(receiver: Receiver, verdict: Verdict, reach: Reach): Promise<void> {
  const { db, state } = verdict;
  const reasons = reasonsOf(verdict);
  const isOver = reasons.length === 0;
  const say = async (since: string | null): Promise<boolean> => {
    const event: NoticeEvent = state === "ok" ? "recovered" : state;
    const { send } = await import("./send.ts");
    return wasTaken(receiver, event, await send(receiver, { event, since, verdict }, reach));
  };
  const aside = async (tell: typeof say): Promise<void> => {
    if (isOver && !exists(toldPathOf(db))) return;
    await (await import("./aside.ts")).tellAside(db, subject, reasons, tell);
  };
  const subject = await subjectOf(receiver, verdict);
  await using care = await openCare(db);
  let turn: NoticeTurn | null;
  try {
    turn = await care.beginNotice(subject, reasons);
  } catch (error) {
    if (!(error instanceof TickerlockError)) throw error;
    debug("notify", () => [`what was told is not known: ${error.message}`, {}]);
    return await aside(say);
  }
  if (turn !== null) await care.endNotice(turn, await say(turn.since) ? reasons : null);
  // What was told while the database could not be used is over as well.
  if (isOver) await aside(turn === null ? say : () => Promise.resolve(true));
}

async function tellCheck(receiver: Receiver, verdict: Verdict, reach: Reach): Promise<void> {
  const isOk = verdict.state === "ok";
  const message = { event: "failed" as const, since: null, verdict };
  const body = isOk ? "" : `${titleOf(message)}\n${textOf(message)}`;
  const what = isOk ? "ok" : "fail";
  const { ping } = await import("./send.ts");
  wasTaken(receiver, what, await ping(receiver, what, body, reach));
}

/**
 * Tells a receiver how a job ended, where it does not know that yet; a check is pinged at each end.
 * Never throws, and takes some seconds at most.
 */
export async function tell(receiver: Receiver, verdict: Verdict, reach: Reach = {}): Promise<void> {
  try {
    await (receiver.kind === "healthchecks" ? tellCheck : tellNews)(receiver, verdict, reach);
  } catch (error) {
    const hint = error instanceof TickerlockError ? error.hint : undefined;
    const text = `telling ${shownReceiver(receiver)}: ${messageOf(error)}`;
    log.warn(literal(text), { hint: hint ?? "" });
  }
}

/** Tells a check that a run begins, and nothing to other receivers. Never throws. */
export async function tellStart(receiver: Receiver, reach: Reach = {}): Promise<void> {
  if (receiver.kind !== "healthchecks") return;
  const { ping } = await import("./send.ts");
  const refusal = await ping(receiver, "start", "", reach);
  if (refusal !== null) debug("notify", () => [`not told (start): ${refusal.why}`, {}]);
}
