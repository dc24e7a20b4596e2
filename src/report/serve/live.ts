/**
 * Tells open pages that a job has begun or ended. The log is followed only while a page is open, or
 * was just asked for.
 * @module
 */
import { sleep } from "../../base/sleep.ts";
import type { Reports } from "../../store/reports.ts";

const MOST_STREAMS = 20;
/** Milliseconds between two looks at the log, and least between two changes that are told. */
const [LOOK_MS, LEAST_MS] = [200, 500];
/** Milliseconds after which a page is old without a change: days pass. */
const OLD_MS = 300_000;
/** Milliseconds after which something is sent, so that a connection that is gone is noticed. */
const SIGN_MS = 15_000;
/** Milliseconds for which the log is followed after a page was asked for. */
const LINGER_MS = 30_000;
const RETRY_MS = 1000;
const MOST_UNREAD = 50;

const encoder = new TextEncoder();

type Stream = ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;

/** Changes of a database, and the pages that are told. */
export class Live {
  readonly #open: () => Promise<Reports>;
  readonly #signal: AbortSignal;
  readonly #start = crypto.randomUUID().slice(0, 8);
  readonly #streams = new Map<Stream, string>();
  #opening: Promise<void> | undefined;
  #ended: Promise<void> = Promise.resolve();
  #askedAt = 0;
  #number = 0;
  #told = 0;
  #toldAt = 0;
  #signAt = 0;
  /** Milliseconds that the page of all tickers took: being told of each change must not fill the time. */
  cost = 0;

  constructor(open: () => Promise<Reports>, signal: AbortSignal) {
    this.#open = open;
    this.#signal = signal;
    signal.addEventListener("abort", () => {
      for (const stream of this.#streams.keys()) this.#close(stream);
    });
  }

  get ended(): Promise<void> {
    return this.#ended;
  }

  get version(): string {
    return `${this.#start}.${this.#number}`;
  }

  /** Follows the log from now on, until no page is left. Fails where it cannot be read. */
  async follow(): Promise<void> {
    this.#askedAt = performance.now();
    this.#opening ??= this.#begin();
    await this.#opening;
  }

  async #begin(): Promise<void> {
    const opened = Promise.withResolvers<void>();
    this.#ended = this.#loop(opened).catch(opened.reject).finally(() => {
      // What changes from here on is not seen: the next page must not be taken for this state.
      this.#number++;
      this.#opening = undefined;
    });
    await opened.promise;
  }

  get #isWanted(): boolean {
    if (this.#signal.aborted) return false;
    return this.#streams.size > 0 || performance.now() - this.#askedAt < LINGER_MS;
  }

  async #loop(opened: PromiseWithResolvers<void>): Promise<void> {
    let isFailing = false;
    const onOpen = (): void => {
      isFailing = false;
      opened.resolve();
      // The first try may have failed: from here on pages are read again.
      this.#opening = Promise.resolve();
    };
    while (this.#isWanted) {
      try {
        await this.#followOnce(onOpen);
      } catch (error) {
        if (this.#signal.aborted) return;
        // Where it was open before, nothing waits for it: pages ask, and are told why.
        opened.reject(error);
        if (this.#streams.size === 0) throw error;
        if (!isFailing) this.#number++;
        isFailing = true;
        this.#tell();
        await sleep(RETRY_MS, this.#signal).catch(() => {});
      }
    }
    opened.resolve();
  }

  async #followOnce(onOpen: () => void): Promise<void> {
    await using reports = await this.#open();
    await using follower = await reports.follow({});
    await follower.first(0);
    this.#number++;
    onOpen();
    while (this.#isWanted) {
      this.#tell();
      await sleep(LOOK_MS, this.#signal);
      const rows = await follower.next();
      if (rows.length > 0 || performance.now() - this.#toldAt > OLD_MS) this.#number++;
    }
  }

  #close(stream: Stream): void {
    this.#streams.delete(stream);
    try {
      stream.close();
    } catch {
      // It was closed by the other side.
    }
  }

  #send(stream: Stream, text: string): void {
    if ((stream.desiredSize ?? 0) < -MOST_UNREAD) this.#close(stream);
    else stream.enqueue(encoder.encode(text));
  }

  #tellOne(stream: Stream): void {
    const { version } = this;
    if (this.#streams.get(stream) === version) return;
    this.#streams.set(stream, version);
    this.#send(stream, `id: ${version}\nevent: change\ndata: ${version}\n\n`);
  }

  #tell(): void {
    const now = performance.now();
    if (this.#told !== this.#number && now - this.#toldAt >= Math.max(LEAST_MS, this.cost * 2)) {
      [this.#told, this.#toldAt, this.#signAt] = [this.#number, now, now];
      for (const stream of this.#streams.keys()) this.#tellOne(stream);
    } else if (now - this.#signAt >= SIGN_MS) {
      this.#signAt = now;
      for (const stream of this.#streams.keys()) this.#send(stream, ":\n\n");
    }
  }

  /** A stream of changes since a version; undefined where there are too many streams. */
  async stream(since: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | undefined> {
    if (this.#signal.aborted || this.#streams.size >= MOST_STREAMS) return undefined;
    let own: Stream | undefined;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (stream) => {
        own = stream;
        this.#streams.set(stream, since);
        this.#send(stream, "retry: 2000\n\n");
      },
      cancel: () => {
        if (own !== undefined) this.#streams.delete(own);
      },
    });
    await this.follow().catch(() => {});
    // It may have been ended meanwhile.
    if (own !== undefined && this.#streams.has(own)) this.#tellOne(own);
    return body;
  }
}
