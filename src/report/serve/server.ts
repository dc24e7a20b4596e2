/** The report alive: pages on a port, only for reading. @module */
import { EXIT, messageOf, TickerlockError } from "../../base/errors.ts";
import { sleep } from "../../base/sleep.ts";
import type { Reports } from "../../store/reports.ts";
import { type Assets, loadAssets, policyOf } from "../assets.ts";
import { readFreshness } from "../freshness.ts";
import { type Html, html } from "../html.ts";
import { documentHtml } from "../page.ts";
import { prometheusText } from "../prometheus.ts";
import { Access } from "./access.ts";
import { Hosts, inUrl, ownName, plain, refusalOf } from "./guard.ts";
import { Live } from "./live.ts";
import { LIVE_SCRIPT, LIVE_STYLE } from "./live_assets.ts";
import {
  failurePage,
  overviewPage,
  type Page,
  runPage,
  searchPage,
  type ServedOptions,
  type Sight,
  tickerPage,
  wordsPage,
} from "./pages.ts";

/** Milliseconds for which the page of all tickers is good without a change. */
const FRESH_MS = 60_000;

/** Milliseconds that answers under way are given when the server ends. */
const LAST_MS = 2000;

const HEADERS: Readonly<Record<string, string>> = {
  // The runtime packs what may be transformed, and holds back a stream for it.
  "cache-control": "no-store, no-transform",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** What a server is started with. */
export interface ServerOptions extends ServedOptions {
  readonly address: string;
  readonly port: number;
  /** Further names of the server in requests. */
  readonly hosts: readonly string[];
  /** What a program shows to be let in; null where a link is the only way. */
  readonly token: string | null;
  /** Called with a link that is good once: at the start, and when the one before was used. */
  readonly onLink: (link: string) => void;
  readonly onError: (error: unknown) => void;
}

/** A server at work. Dispose of it to end it in order: streams are closed, answers under way come. */
export interface Served extends AsyncDisposable {
  readonly url: string;
  /** Resolves when it has been ended; fails with `port_failed` where it accepts no connections any more. */
  readonly finished: Promise<void>;
}

function listen(
  { address, port }: ServerOptions,
  handler: (request: Request) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ hostname: address, port, onListen: () => {} }, handler);
  } catch (cause) {
    const isUsed = cause instanceof Deno.errors.AddrInUse;
    const why = isUsed ? "another program has this port" : messageOf(cause);
    throw new TickerlockError(
      "port_unusable",
      `could not listen at ${inUrl(address)}:${port}: ${why}`,
      EXIT.failed,
      {
        hint: isUsed
          ? "Choose another one with --port, or --port 0 for any that is free."
          : "Choose an address of this machine with --listen, and a port from 1024 up with --port.",
        details: { address, port },
        cause,
      },
    );
  }
}

/** The runtime stops for good where a connection cannot be accepted. */
function portFailed(cause: unknown): TickerlockError {
  return new TickerlockError(
    "port_failed",
    `no connection can be accepted any more: ${messageOf(cause)}`,
    EXIT.failed,
    {
      hint: "Start it again, where too many files are open with a higher limit (ulimit -n).",
      cause,
    },
  );
}

function topHtml(version: string, query: string): Html {
  return html`
    <nav class="top" data-version="${version}" aria-label="Pages">
      <a href="/">All tickers</a>
      <form action="/search" role="search">
        <label for="q">Search</label><input id="q" name="q" type="search" maxlength="100"
          value="${query}"><button>Go</button>
      </form>
      <span id="said" role="status"></span>
    </nav>
  `;
}

const ENTER = html`
  <header>
    <h1>Who is there?</h1>
    <p>Open the link that tickerlock serve has printed; it is good once. Or enter the token.</p>
  </header>
  <main id="main" tabindex="-1">
    <form class="enter" action="/enter">
    <label for="key">Token</label><input id="key" name="key" type="password" autocomplete="off" required>
    <button>Enter</button></form>
  </main>
`;

class Server {
  readonly #open: () => Promise<Reports>;
  readonly #options: ServerOptions;
  readonly #live: Live;
  readonly #hosts: Hosts;
  readonly #assets: Readonly<Record<"page" | "chart" | "enter", Assets>>;
  #known:
    | { readonly version: string; readonly at: number; readonly page: Promise<Page | undefined> }
    | undefined;
  readonly #access: Access;
  readonly url: string;

  constructor(
    open: () => Promise<Reports>,
    options: ServerOptions,
    live: Live,
    assets: Readonly<Record<"page" | "chart" | "enter", Assets>>,
  ) {
    this.#open = open;
    this.#options = options;
    this.#live = live;
    this.#assets = assets;
    this.#hosts = new Hosts(options.address, options.hosts);
    this.#access = new Access(options.port, options.token);
    this.url = `http://${ownName(options.address)}:${options.port}`;
  }

  #document(page: Page, status: number, top: Html, assets: Assets): Response {
    return new Response(documentHtml(html`${top}${page.body}`, { title: page.title, assets }), {
      status,
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policyOf(assets, true),
      },
    });
  }

  /** Tabs that are told of the same change get the same page. */
  #overview(version: string): Promise<Page | undefined> {
    const now = performance.now();
    const known = this.#known;
    if (known?.version === version && now - known.at < FRESH_MS) return known.page;
    const page = this.#look(overviewPage);
    page.then(
      () => this.#live.cost = performance.now() - now,
      () => this.#known = undefined,
    );
    this.#known = { version, at: now, page };
    return page;
  }

  /** Opens the database for each page: the file may have been replaced since the last one. */
  async #look(read: (sight: Sight) => Promise<Page | undefined>): Promise<Page | undefined> {
    await using reports = await this.#open();
    return await read({ reports, options: this.#options, now: new Date() });
  }

  async #pageOf({ pathname, searchParams }: URL, version: string): Promise<Page | undefined> {
    if (pathname === "/") return await this.#overview(version);
    if (pathname === "/search") {
      const text = searchParams.get("q") ?? "";
      return await this.#look((sight) => searchPage(text, sight));
    }
    const [, kind, key = ""] = /^\/(ticker|run|failure)\/([^/]+)$/.exec(pathname) ?? [];
    if (kind === undefined) return undefined;
    let name: string;
    try {
      name = decodeURIComponent(key);
    } catch {
      return undefined;
    }
    const read = kind === "ticker" ? tickerPage : kind === "run" ? runPage : failurePage;
    return await this.#look((sight) => read(name, sight));
  }

  async #page(url: URL): Promise<Response> {
    let page: Page | undefined;
    let status = 200;
    try {
      await this.#live.follow();
      page = await this.#pageOf(url, this.#live.version);
    } catch (error) {
      if (!(error instanceof TickerlockError)) throw error;
      status = 503;
      page = wordsPage(`${error.message}`, error.hint ?? "");
    }
    if (page === undefined) {
      status = 404;
      page = wordsPage("There is no such page", "Nothing of that name is in the database.");
    }
    const { chart, page: usual } = this.#assets;
    const top = topHtml(this.#live.version, url.searchParams.get("q") ?? "");
    return this.#document(page, status, top, page.hasChart ? chart : usual);
  }

  async #metrics(): Promise<Response> {
    const now = new Date();
    const { sources } = this.#options;
    await using reports = await this.#open();
    const rows = await readFreshness(reports, { sources }, this.#options, now);
    return new Response(prometheusText(rows, now), {
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
    });
  }

  async #events(request: Request, url: URL): Promise<Response> {
    if (request.method === "HEAD") return plain(200, "");
    const since = request.headers.get("last-event-id") ?? url.searchParams.get("since") ?? "";
    const body = await this.#live.stream(since);
    if (body === undefined) {
      return plain(503, "As many pages are open as may be.", { "retry-after": "30" });
    }
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  offer(): void {
    this.#options.onLink(`${this.url}/enter?key=${this.#access.key}`);
  }

  #enter(url: URL): Response {
    const { key } = this.#access;
    const cookie = this.#access.enter(url.searchParams.get("key") ?? "");
    if (cookie === undefined) return this.#whoIsThere();
    if (key !== this.#access.key) this.offer();
    return new Response(null, { status: 303, headers: { location: "/", "set-cookie": cookie } });
  }

  #whoIsThere(): Response {
    const page = { title: "Who is there?", body: ENTER, hasChart: false };
    return this.#document(page, 401, html``, this.#assets.enter);
  }

  async #answer(request: Request): Promise<Response> {
    const refusal = refusalOf(request, this.#hosts);
    if (refusal !== undefined) return refusal;
    const url = new URL(request.url);
    const { pathname } = url;
    if (pathname === "/healthz") return plain(200, "ok");
    // A link is used up by opening it, which looking at its headers is not.
    if (pathname === "/enter" && request.method === "GET") return this.#enter(url);
    if (!this.#access.allows(request.headers)) {
      if (pathname !== "/metrics" && pathname !== "/events") return this.#whoIsThere();
      return plain(401, "Set TICKERLOCK_SERVE_TOKEN, and send it: Authorization: Bearer TOKEN.", {
        "www-authenticate": "Bearer",
      });
    }
    if (pathname === "/metrics") return await this.#metrics();
    if (pathname === "/events") return await this.#events(request, url);
    return await this.#page(url);
  }

  async handle(request: Request): Promise<Response> {
    let answer: Response;
    try {
      answer = await this.#answer(request);
    } catch (error) {
      if (!(error instanceof TickerlockError)) this.#options.onError(error);
      answer = error instanceof TickerlockError
        ? plain(503, error.message, { "retry-after": "5" })
        : plain(500, "This is a bug in tickerlock; its standard error tells more.");
    }
    for (const [name, value] of Object.entries(HEADERS)) {
      if (!answer.headers.has(name)) answer.headers.set(name, value);
    }
    return answer;
  }
}

/** Starts a server. @throws {TickerlockError} `port_unusable`. */
export async function startServer(
  open: () => Promise<Reports>,
  options: ServerOptions,
): Promise<Served> {
  const stop = new AbortController();
  const live = new Live(open, stop.signal);
  const more = { style: LIVE_STYLE, script: LIVE_SCRIPT };
  const page = await loadAssets(false, more);
  const enter = { ...page, scripts: [] };
  const assets = { page, chart: await loadAssets(true, more), enter };
  const http = listen(options, (request) => server.handle(request));
  const server = new Server(open, { ...options, port: http.addr.port }, live, assets);
  server.offer();
  const finished = http.finished.catch((error) => Promise.reject(portFailed(error)));
  finished.catch(() => {});
  return {
    url: server.url,
    finished,
    async [Symbol.asyncDispose]() {
      stop.abort();
      const late = new AbortController();
      await Promise.race([http.shutdown(), sleep(LAST_MS, late.signal).catch(() => {})]);
      late.abort();
      await live.ended;
    },
  };
}
