/**
 * A server in this process, on a database of an invented market.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { type Served, type ServerOptions, startServer } from "../../../src/report/serve/server.ts";
import { openReports } from "../../../src/store/open.ts";
import { makeTempFolder, removeFolder } from "../../paths.ts";
import { makeMarket } from "../market.ts";

/** What a request was answered with. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Ends a job as a run does. */
export function commit(db: string): void {
  using file = new DatabaseSync(db, { timeout: 5000 });
  const at = new Date().toISOString();
  file.prepare(
    `INSERT INTO ingest_logs (job_id, run_id, ticker, source, command, started_at, finished_at,
       status, host, pid, version)
     VALUES (hex(randomblob(8)), 'run', 'NEW3.SA', 'csv', 'test', ?, ?, 'success', 'host', 1, '0')`,
  ).run(at, at);
}

/** A server with its database. */
export class ServedPlace implements AsyncDisposable {
  /** Links that were handed out. */
  readonly links: string[] = [];
  /** What should not have happened. */
  readonly errors: unknown[] = [];
  readonly #folder: string;
  readonly db: string;
  #served: Served | undefined;
  /** The cookie of a session, once entered. */
  cookie = "";

  private constructor(folder: string, db: string) {
    this.#folder = folder;
    this.db = db;
  }

  /** Starts one. @param db Default a new market in a file. */
  static async start(options: Partial<ServerOptions> = {}, db?: string): Promise<ServedPlace> {
    const folder = await makeTempFolder("tickerlock_serve_");
    const place = new ServedPlace(folder, db ?? `${folder}/market.db`);
    if (db === undefined) {
      await makeMarket(place.db, { tickers: 9, sessions: 300, now: new Date() });
    }
    await place.begin(options);
    return place;
  }

  /** Starts the server. */
  async begin(options: Partial<ServerOptions> = {}): Promise<void> {
    this.#served = await startServer(() => openReports(this.db), {
      ...{ address: "127.0.0.1", port: 0, hosts: [], token: null, sources: [], calendar: {} },
      ...{ maxBehind: 1, maxAgeMs: null, fullEveryMs: null, timeZone: "UTC" },
      onLink: (link) => void this.links.push(link),
      onError: (error) => void this.errors.push(error),
      ...options,
    });
  }

  /** Ends it. */
  async end(): Promise<void> {
    await this.#served?.[Symbol.asyncDispose]();
    this.#served = undefined;
  }

  /** Its address. */
  get url(): string {
    return this.#served?.url ?? "";
  }

  /** Asks, with the cookie where there is one. */
  async ask(
    path: string,
    headers: Readonly<Record<string, string>> = {},
    init: RequestInit = {},
  ): Promise<Answer> {
    const response = await fetch(path.startsWith("http") ? path : `${this.url}${path}`, {
      redirect: "manual",
      ...init,
      headers: { ...this.cookie === "" ? {} : { cookie: this.cookie }, ...headers },
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** Sends bytes as they are. @returns The status line. */
  async raw(text: string): Promise<string> {
    const { hostname, port } = new URL(this.url);
    using socket = await Deno.connect({ hostname, port: Number(port) });
    await socket.write(new TextEncoder().encode(text)).catch(() => {});
    const bytes = new Uint8Array(4096);
    return new TextDecoder().decode(bytes.subarray(0, await socket.read(bytes) ?? 0));
  }

  /** Opens the newest link. */
  async enter(): Promise<Answer> {
    const answer = await this.ask(this.links.at(-1) ?? "");
    this.cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
    return answer;
  }

  /** Listens for changes. */
  async listen(since: string): Promise<Listener> {
    const stop = new AbortController();
    const { status, body } = await fetch(`${this.url}/events?since=${since}`, {
      headers: { cookie: this.cookie },
      signal: stop.signal,
    });
    return new Listener(status, body, stop);
  }

  /** Version of the page as it is now. */
  async version(): Promise<string> {
    return /data-version="([^"]+)"/.exec((await this.ask("/")).text)?.[1] ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await removeFolder(this.#folder);
  }
}

/** One who is told of changes. */
export class Listener implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<string> | undefined;
  #said = "";

  constructor(
    readonly status: number,
    body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
    readonly stop: AbortController,
  ) {
    this.#reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The versions of the next changes that are told; undefined at the end of the stream. */
  async next(): Promise<string | undefined> {
    for (;;) {
      const found = /event: change\ndata: (.*)\n\n/.exec(this.#said);
      if (found?.[1] !== undefined) {
        this.#said = this.#said.slice(found.index + found[0].length);
        return found[1];
      }
      const { value, done } = await this.#reader?.read() ?? { value: undefined, done: true };
      if (done) return undefined;
      this.#said += value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await this.#reader?.cancel().catch(() => {});
  }
}
