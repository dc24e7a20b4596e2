/**
 * Telling a receiver how a job ended: of a failure once, and once that it is over.
 *
 * What was told is noted in the database, and only once the receiver has taken the message. Where the
 * database cannot be used, which is a failure to be told of, a file beside it stands in for it.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import * as v from "valibot";
import { debug } from "../base/debug.ts";
import { messageOf, TickerlockError } from "../base/errors.ts";
import { literal } from "../base/log.ts";
import { timestamp } from "../base/time.ts";
import { FileError, withLockedFile } from "../files/mod.ts";
import { LockTimeoutError } from "../lock/mod.ts";
import { exists } from "../platform/files.ts";
import { splitPath } from "../platform/paths.ts";
import { hostName } from "../platform/host.ts";
import type { Care } from "../store/care.ts";
import { isNews, type NoticeSubject, type NoticeTurn, reasonsAfter } from "../store/notices.ts";
import { toldPathOf } from "../store/spill.ts";
import { openCare } from "../store/open.ts";
import { type NoticeEvent, reasonsOf, textOf, titleOf, type Verdict } from "./message.ts";
import { type Receiver, shownReceiver } from "./receiver.ts";
import { ping, type Reach, type Refusal, send } from "./send.ts";

const log = getLogger(["tickerlock", "notify"]);

/** Told in place of the database: by subject, since when and why. */
const aside = v.record(v.string(), v.object({ since: v.string(), reasons: v.array(v.string()) }));

async function subjectOf(receiver: Receiver, job: string): Promise<NoticeSubject> {
  const host = hostName();
  const text = JSON.stringify([job, host, receiver.kind, receiver.url]);
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return { key: new Uint8Array(hash).toHex(), job, host };
}

function warn(what: string, hint: string): void {
  log.warn(literal(what), { hint });
}

/** Logs how the sending went. @returns Whether the receiver has taken it. */
function wasTaken(receiver: Receiver, what: string, refusal: Refusal): boolean {
  if (refusal === null) {
    log.info(literal(`told ${shownReceiver(receiver)}: ${what}`));
    return true;
  }
  warn(`not told (${what}), which the next run does: ${refusal.why}`, refusal.hint);
  return false;
}

function checkFolder(path: string): void {
  const { folder } = splitPath(path);
  if (exists(folder)) return;
  throw new FileError("file_not_found", `the folder ${folder} is not there`, path, {
    hint: "Check the name of the database.",
  });
}

/** A job that may have to be told of. */
class Telling {
  readonly #receiver: Receiver;
  readonly #verdict: Verdict;
  readonly #reach: Reach;
  readonly #reasons: readonly string[];

  constructor(receiver: Receiver, verdict: Verdict, reach: Reach) {
    this.#receiver = receiver;
    this.#verdict = verdict;
    this.#reach = reach;
    this.#reasons = reasonsOf(verdict);
  }

  async #send(since: string | null): Promise<boolean> {
    const { state } = this.#verdict;
    const event: NoticeEvent = state === "ok" ? "recovered" : state;
    const message = { event, since, verdict: this.#verdict };
    return wasTaken(this.#receiver, event, await send(this.#receiver, message, this.#reach));
  }

  async tell(): Promise<void> {
    const { db, job } = this.#verdict;
    const subject = await subjectOf(this.#receiver, job);
    await using care = await openCare(db);
    let turn: NoticeTurn | null;
    try {
      turn = await care.beginNotice(subject, this.#reasons);
    } catch (error) {
      if (!(error instanceof TickerlockError)) throw error;
      debug("notify", () => [`what was told is not known: ${error.message}`, {}]);
      await this.#aside(subject, (since) => this.#send(since));
      return;
    }
    if (turn !== null) await this.#take(care, turn);
    // What was told while the database could not be used is over as well.
    const isOver = this.#reasons.length === 0;
    if (isOver && exists(toldPathOf(db))) {
      await this.#aside(
        subject,
        (since) => turn === null ? this.#send(since) : Promise.resolve(true),
      );
    }
  }

  async #take(care: Care, turn: NoticeTurn): Promise<void> {
    const taken = await this.#send(turn.since);
    await care.endNotice(turn, taken ? this.#reasons : null);
  }

  /**
   * The same with a file. Its lock is held meanwhile, so that one of several tells it.
   *
   * @param tell Whether the receiver knows it now.
   */
  async #aside(
    { key }: NoticeSubject,
    tell: (since: string | null) => Promise<boolean>,
  ): Promise<void> {
    const path = toldPathOf(this.#verdict.db);
    const reasons = this.#reasons;
    if (reasons.length === 0 && !exists(path)) return;
    let sent: boolean | undefined;
    try {
      // A folder that is not there is most likely a mistake in the name of the database.
      checkFolder(path);
      await withLockedFile(path, "write", async (file) => {
        const all: v.InferOutput<typeof aside> = await file.readJson({
          schema: aside,
          default: {},
        });
        const { [key]: before, ...others } = all;
        const since = before?.since ?? null;
        const told = before?.reasons ?? [];
        if (!isNews({ since, reasons: told, isTaken: false }, reasons)) return;
        sent = await tell(since);
        if (!sent) return;
        const after = { since: since ?? timestamp(), reasons: reasonsAfter(told, reasons) };
        await file.writeJson(reasons.length === 0 ? others : { ...others, [key]: after });
      }, { timeoutSeconds: 0 });
    } catch (error) {
      // Another run is telling it.
      if (error instanceof LockTimeoutError) return;
      if (!(error instanceof TickerlockError)) throw error;
      // Better told each time than never.
      if (sent === undefined && reasons.length > 0) await tell(null);
      const where = `neither in the database nor in ${path}`;
      const why =
        `what is told can be noted ${where}, so each run tells it again: ${error.message}`;
      warn(why, error.hint ?? "Let this user write the database.");
    }
  }
}

/**
 * Tells a receiver how a job ended, where it does not know that yet; of a check each end is pinged.
 * Never throws and never takes longer than some seconds: what goes wrong is one warning in the log.
 */
export async function tell(receiver: Receiver, verdict: Verdict, reach: Reach = {}): Promise<void> {
  // A database of this process alone is for trying things.
  if (verdict.db === ":memory:") return;
  try {
    if (receiver.kind !== "healthchecks") return await new Telling(receiver, verdict, reach).tell();
    const message = { event: "failed" as const, since: null, verdict };
    const isOk = verdict.state === "ok";
    const body = isOk ? "" : `${titleOf(message)}\n${textOf(message)}`;
    const refusal = await ping(receiver, isOk ? "ok" : "fail", body, reach);
    wasTaken(receiver, isOk ? "ok" : "fail", refusal);
  } catch (error) {
    const hint = error instanceof TickerlockError ? error.hint : undefined;
    warn(`telling ${shownReceiver(receiver)}: ${messageOf(error)}`, hint ?? "");
  }
}

/**
 * Tells a check that a run begins; of other kinds of receivers nothing.
 *
 * @returns When that is done. Never throws.
 */
export async function tellStart(receiver: Receiver, reach: Reach = {}): Promise<void> {
  if (receiver.kind !== "healthchecks") return;
  const refusal = await ping(receiver, "start", "", reach);
  if (refusal !== null) debug("notify", () => [`not told (start): ${refusal.why}`, {}]);
}
