/** The pace of a host for several processes: a file in a shared folder, under its lock. @module */
import * as v from "valibot";
import type { Clock } from "../../base/clock.ts";
import { debug } from "../../base/debug.ts";
import { messageOf } from "../../base/errors.ts";
import { openInPlace } from "../../platform/in_place.ts";
import { share } from "../../platform/owners.ts";
import { joinPath } from "../../platform/paths.ts";
import type { Rate } from "../network.ts";
import { FORGOTTEN_MS, LEAST_SHARE, Pace, type PaceRecord } from "./pace.ts";

/** Of the file; one of another version is left alone. */
const VERSION = 1;

/** A larger file was not written by this program: 10,000 moments are 140 KB. */
const MOST_BYTES = 4 * 1024 * 1024;

/** A process that waits and is so late, in ms, is gone or stopped. */
const LATE_MS = 1000;

/** Tries of the lock, and the longest pause between two, in ms: it is held for less than one. */
const TRIES = 40;
const PAUSE_MS = 15;

const time = v.pipe(v.number(), v.finite());
const positive = v.pipe(time, v.gtValue(0));

const schema = v.object({
  version: v.literal(VERSION),
  begun: v.array(time),
  rates: v.array(v.object({ count: positive, perMs: positive, until: time })),
  share: v.pipe(v.number(), v.minValue(LEAST_SHARE), v.maxValue(1)),
  refusals: v.pipe(v.number(), v.integer(), v.minValue(0)),
  slowedAt: v.nullable(time),
  silence: v.nullable(v.object({ told: time, until: time })),
  waiting: v.array(v.object({ id: v.string(), due: time })),
});

type Waiting = v.InferOutput<typeof schema>["waiting"][number];

/** The answer to a process that wants to make a request. */
interface SharedTurn {
  readonly waitMs: number;
  readonly silentMs: number;
}

const NOW: SharedTurn = { waitMs: 0, silentMs: 0 };

interface Known {
  readonly pace: Pace;
  readonly waiting: readonly Waiting[];
  readonly silenceTold: number | null;
}

function nothingKnown(): Known {
  return { pace: new Pace(), waiting: [], silenceTold: null };
}

/** The name of a host's file: no lock's, which end in `.lock`. */
export function paceFileName(host: string): string {
  return `.rate-${encodeURIComponent(host)}.json`;
}

/**
 * What a file says, without what is still to come: clocks are set. A silence counts for an hour at most:
 * one wrong answer must not stop the runs of days.
 */
function readKnown(text: string, now: number): Known | undefined {
  let parsed: unknown;
  try {
    // The first line: a writer that was killed may have left the end of a longer one behind it.
    parsed = JSON.parse(text.split("\n", 1)[0] ?? "");
  } catch {
    return nothingKnown();
  }
  const { success, output } = v.safeParse(schema, parsed);
  if (!success) {
    const of = v.safeParse(v.object({ version: v.number() }), parsed);
    const isOther = of.success && of.output.version !== VERSION;
    return isOther ? undefined : nothingKnown();
  }
  const { begun, rates, share, refusals, silence, waiting } = output;
  const past = begun.filter((at) => at <= now).sort((a, b) => a - b);
  const slowedAt = output.slowedAt !== null && output.slowedAt <= now ? output.slowedAt : -Infinity;
  const told = silence !== null && silence.told <= now ? silence : null;
  const silentUntil = told === null ? 0 : Math.min(told.until, told.told + FORGOTTEN_MS);
  const isFresh = Math.max(past.at(-1) ?? 0, slowedAt, silentUntil) > now - FORGOTTEN_MS;
  const known: PaceRecord = {
    begun: past,
    rates: rates.filter(({ perMs, until }) => until <= now + perMs / LEAST_SHARE)
      .map(({ count, perMs, until }) => ({ rate: { count, perMs }, until })),
    share: isFresh ? share : 1,
    refusals: isFresh ? refusals : 0,
    slowedAt,
    silentUntil,
  };
  return {
    pace: new Pace(known),
    waiting: waiting.filter(({ due }) => due + LATE_MS >= now && due <= now + FORGOTTEN_MS),
    silenceTold: told?.told ?? null,
  };
}

function textOf({ pace, waiting, silenceTold }: Known, now: number): string {
  const { begun, rates, share, refusals, slowedAt, silentUntil } = pace.record(now);
  const file: v.InferOutput<typeof schema> = {
    version: VERSION,
    begun: [...begun],
    rates: rates.map(({ rate, until }) => ({ ...rate, until })),
    share,
    refusals,
    slowedAt: slowedAt === -Infinity ? null : slowedAt,
    silence: silentUntil > now && silenceTold !== null
      ? { told: silenceTold, until: silentUntil }
      : null,
    waiting: [...waiting],
  };
  return `${JSON.stringify(file)}\n`;
}

function readAll(file: Deno.FsFile): string {
  const { size } = file.statSync();
  if (size > MOST_BYTES) return "";
  const bytes = new Uint8Array(size);
  let at = 0;
  for (let read; (read = file.readSync(bytes.subarray(at)) ?? 0) > 0;) at += read;
  return new TextDecoder().decode(bytes.subarray(0, at));
}

function writeAll(file: Deno.FsFile, text: string): void {
  const bytes = new TextEncoder().encode(text);
  file.seekSync(0, Deno.SeekMode.Start);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  file.truncateSync(bytes.length);
}

/** The pace of one host as it is written in a folder. */
export class SharedPace {
  readonly #path: string;
  readonly #host: string;
  readonly #clock: Clock;
  readonly #id = crypto.randomUUID();
  #isSlowed = false;

  constructor(folder: string, host: string, clock: Clock) {
    this.#path = joinPath(folder, paceFileName(host));
    this.#host = host;
    this.#clock = clock;
  }

  /** Takes the turn for one request, which begins at once where nothing can be known. The first due is next. */
  async take(rate: Rate | null): Promise<SharedTurn> {
    return await this.#update(({ pace, waiting, silenceTold }, now) => {
      this.#isSlowed = pace.isSlowed;
      const silentMs = Math.max(0, pace.silentUntil - now);
      // Without any limit nobody needs to know of it.
      if (silentMs === 0 && !pace.isLimited(rate, now)) return { result: NOW };
      const waitMs = Math.max(silentMs, pace.next(rate, now) - now);
      const place = waiting.findIndex(({ id }) => id === this.#id);
      const before = place < 0 ? waiting : waiting.slice(0, place);
      if (waitMs <= 0 && !before.some(({ due }) => due <= now)) {
        pace.note(rate, now);
        const others = waiting.filter(({ id }) => id !== this.#id);
        return { result: NOW, known: { pace, waiting: others, silenceTold } };
      }
      const own = { id: this.#id, due: now + Math.max(0, waitMs) };
      const all = place < 0 ? [...waiting, own] : waiting.with(place, own);
      return {
        result: { waitMs: waitMs > 0 ? Math.max(1, waitMs) : pauseMs(), silentMs },
        known: { pace, waiting: all, silenceTold },
      };
    }) ?? NOW;
  }

  async refused(agoMs: number, retryAfterMs: number | null): Promise<void> {
    this.#isSlowed = true;
    await this.#update(({ pace, waiting }, now) => {
      pace.refused(now - agoMs, retryAfterMs, now);
      return { result: undefined, known: { pace, waiting, silenceTold: now } };
    });
  }

  async answered(): Promise<void> {
    if (!this.#isSlowed) return;
    await this.#update((known) => {
      known.pace.answered();
      this.#isSlowed = known.pace.isSlowed;
      return { result: undefined, known };
    });
  }

  /**
   * Changes what is known; undefined where the file cannot be used. Never throws, and with a free lock, as
   * it nearly always is, done before this returns: nothing waits for what `refused` and `answered` write.
   */
  async #update<T>(
    work: (known: Known, now: number) => { readonly result: T; readonly known?: Known },
  ): Promise<T | undefined> {
    try {
      using file = this.#open();
      if (file === undefined) return undefined;
      for (let tries = 1; !file.tryLockSync(true); tries++) {
        if (tries === TRIES) throw new Error("its lock is held");
        await new Promise((done) => setTimeout(done, pauseMs()));
      }
      const now = this.#clock.now();
      const before = readKnown(readAll(file), now);
      if (before === undefined) throw new Error("it is of another version");
      const { result, known } = work(before, now);
      if (known !== undefined) writeAll(file, textOf(known, now));
      return result;
    } catch (error) {
      debug("http", () => {
        const path = this.#path;
        const text = `${this.#host} is asked at the rate of this process alone: ${path}: `;
        return [text + messageOf(error), { host: this.#host, path }];
      });
      return undefined;
    }
  }

  #open(): Deno.FsFile | undefined {
    try {
      const { file, info, isNew } = openInPlace(this.#path);
      if (isNew) share(this.#path, info);
      return file;
    } catch (error) {
      // There is no folder, because no lock has been needed yet.
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }
}

function pauseMs(): number {
  return 1 + Math.random() * (PAUSE_MS - 1);
}
