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
import { hostCheck, inUrl, ownName, plain, refusalOf } from "./guard.ts";
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

/** How long the page of all tickers is good without a change. */
const FRESH_MS = 60_000;

/** How long answers under way may take once the server ends. */
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
    const hint = isUsed
      ? "Choose another one with --port, or --port 0 for any that is free."
      : "Choose an address of this machine with --listen, and a port from 1024 up with --port.";
    const message = `could not listen at ${inUrl(address)}:${port}: ${why}`;
    const more = { hint, details: { address, port }, cause };
    throw new TickerlockError("port_unusable", message, EXIT.failed, more);
  }
}

/** The runtime stops for good where a connection cannot be accepted. */
function portFailed(cause: unknown): TickerlockError {
  const message = `no connection can be accepted any more: ${messageOf(cause)}`;
  const hint = "Start it again, where too many files are open with a higher limit (ulimit -n).";
  return new TickerlockError("port_failed", message, EXIT.failed, { hint, cause });
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

function pageServer(
  open: () => Promise<Reports>,
  options: ServerOptions,
  live: Live,
  assets: Readonly<Record<"page" | "chart" | "enter", Assets>>,
) {
  const access = new Access(options.port, options.token);
  const isOwnHost = hostCheck(options.address, options.hosts);
  const home = `http://${ownName(options.address)}:${options.port}`;
  /** The page of all tickers, for tabs that are told of the same change. */
  let known: { version: string; at: number; page: Promise<Page | undefined> } | undefined;

  function show({ title, body }: Page, status: number, top: Html, assets: Assets): Response {
    return new Response(documentHtml(html`${top}${body}`, { title, assets }), {
      status,
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policyOf(assets, true),
      },
    });
  }

  function overview(version: string): Promise<Page | undefined> {
    const at = performance.now();
    if (known?.version === version && at - known.at < FRESH_MS) return known.page;
    const page = look(overviewPage);
    page.then(() => live.cost = performance.now() - at, () => known = undefined);
    known = { version, at, page };
    return page;
  }

  /** Opens the database for each page: the file may have been replaced since the last one. */
  async function look(
    read: (sight: Sight) => Promise<Page | undefined>,
  ): Promise<Page | undefined> {
    await using reports = await open();
    return await read({ reports, options, now: new Date() });
  }

  async function pageOf(
    { pathname, searchParams }: URL,
    version: string,
  ): Promise<Page | undefined> {
    if (pathname === "/") return await overview(version);
    if (pathname === "/search") {
      const text = searchParams.get("q") ?? "";
      return await look((sight) => searchPage(text, sight));
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
    return await look((sight) => read(name, sight));
  }

  async function pageAnswer(url: URL): Promise<Response> {
    let page: Page | undefined;
    let status = 200;
    try {
      await live.follow();
      page = await pageOf(url, live.version);
    } catch (error) {
      if (!(error instanceof TickerlockError)) throw error;
      status = 503;
      page = wordsPage(error.message, error.hint ?? "");
    }
    if (page === undefined) {
      status = 404;
      page = wordsPage("There is no such page", "Nothing of that name is in the database.");
    }
    const top = topHtml(live.version, url.searchParams.get("q") ?? "");
    return show(page, status, top, page.hasChart ? assets.chart : assets.page);
  }

  async function metrics(): Promise<Response> {
    const now = new Date();
    await using reports = await open();
    const rows = await readFreshness(reports, { sources: options.sources }, options, now);
    return new Response(prometheusText(rows, now), {
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
    });
  }

  async function events(request: Request, url: URL): Promise<Response> {
    if (request.method === "HEAD") return plain(200, "");
    const since = request.headers.get("last-event-id") ?? url.searchParams.get("since") ?? "";
    const body = await live.stream(since);
    if (body === undefined) {
      return plain(503, "As many pages are open as may be.", { "retry-after": "30" });
    }
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  function offer(): void {
    options.onLink(`${home}/enter?key=${access.key}`);
  }

  function enter(url: URL): Response {
    const { key } = access;
    const cookie = access.enter(url.searchParams.get("key") ?? "");
    if (cookie === undefined) return whoIsThere();
    if (key !== access.key) offer();
    return new Response(null, { status: 303, headers: { location: "/", "set-cookie": cookie } });
  }

  function whoIsThere(): Response {
    const page = { title: "Who is there?", body: ENTER, hasChart: false };
    return show(page, 401, html``, assets.enter);
  }

  async function answerTo(request: Request): Promise<Response> {
    const refusal = refusalOf(request, isOwnHost);
    if (refusal !== undefined) return refusal;
    const url = new URL(request.url);
    const { pathname } = url;
    if (pathname === "/healthz") return plain(200, "ok");
    // A link is used up by opening it, which looking at its headers is not.
    if (pathname === "/enter" && request.method === "GET") return enter(url);
    if (!access.allows(request.headers)) {
      if (pathname !== "/metrics" && pathname !== "/events") return whoIsThere();
      return plain(401, "Set TICKERLOCK_SERVE_TOKEN, and send it: Authorization: Bearer TOKEN.", {
        "www-authenticate": "Bearer",
      });
    }
    if (pathname === "/metrics") return await metrics();
    if (pathname === "/events") return await events(request, url);
    return await pageAnswer(url);
  }

  async function handle(request: Request): Promise<Response> {
    let answer: Response;
    try {
      answer = await answerTo(request);
    } catch (error) {
      if (!(error instanceof TickerlockError)) options.onError(error);
      answer = error instanceof TickerlockError
        ? plain(503, error.message, { "retry-after": "5" })
        : plain(500, "This is a bug in tickerlock; its standard error tells more.");
    }
    for (const [name, value] of Object.entries(HEADERS)) {
      if (!answer.headers.has(name)) answer.headers.set(name, value);
    }
    return answer;
  }

  return { home, offer, handle };
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
  const server = pageServer(open, { ...options, port: http.addr.port }, live, assets);
  server.offer();
  const finished = http.finished.catch((error) => Promise.reject(portFailed(error)));
  finished.catch(() => {});
  return {
    url: server.home,
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
