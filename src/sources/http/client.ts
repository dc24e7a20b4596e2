/** An HTTP client for one host; every failure is a `SourceError`. @module */
import { debug, msSince } from "../../base/debug.ts";
import { SourceError, TickerlockError, UsageError } from "../../base/errors.ts";
import {
  checkNetwork,
  type NetworkOptions,
  type RequestListeners,
  type SourceNetwork,
} from "../network.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { bytesText, clipped } from "../../base/text.ts";
import {
  type HostLimiter,
  HostLimiters,
  isRateLimited,
  NoTimeLeftError,
  processLimiters,
  type Turn,
} from "./rate_limit.ts";
import { Trust } from "./certificates.ts";
import { Outage, UnreachableError } from "./outage.ts";
import { MOST_VALUES } from "./json_bound.ts";
import { type BodyLimits, readBody, retryAfterMs, takeBody } from "./response.ts";
import { type Redact, redactor, shownUrl } from "./redact.ts";
import { checkProxy, proxyOf } from "./proxy.ts";
import { type Asked, proxyWantsLogin, unreached } from "./unreached.ts";

const TIMEOUT_SECONDS = 10;

/** Default seconds for all requests and pauses of one ticker, or of one page. */
export const DEADLINE_SECONDS = 120;

const MOST_SHOWN = 200;
const MOST_REDIRECTS = 5;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Largest body, in bytes: 25 years of days are 0.7 MB. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * An answer, whatever its status.
 *
 * @category Writing a source
 */
export interface HttpAnswer {
  /** HTTP status. */
  readonly status: number;
  /** Lower case, without parameters; empty where there is none. */
  readonly contentType: string;
  /** The body, unpacked. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What was asked, without secrets. */
  readonly shownUrl: string;
}

/**
 * A file that is taken piece by piece.
 *
 * @category Writing a source
 */
export interface Download {
  /** Sent with the request, beside those of the client. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Called with a success (200; 206, where `headers` ask for a range) before its body.
   *
   * @returns What takes the body: it then is no part of the answer, may have any size, and the time for
   *   one request begins anew with each piece. Undefined keeps the body as of any answer.
   */
  readonly begin: (
    headers: Headers,
  ) => ((piece: Uint8Array<ArrayBuffer>) => Promise<void>) | undefined;
}

/** One request. */
export interface HttpRequest extends Omit<RequestListeners, "onRetry"> {
  readonly signal: AbortSignal;
  /** When there is no time left for it, by {@linkcode Clock.elapsed}; read again and again. Default never. */
  readonly deadline?: {
    readonly at: number;
    /** A silence that the service asks for is waited out until then. Default `at`. */
    readonly latest?: number;
  };
  readonly download?: Download | undefined;
}

/**
 * Options of a client beyond the network's.
 *
 * @category Writing a source
 */
export interface ServiceClientOptions {
  /**
   * Sent with each request, for example `{ authorization: "Bearer …" }`. All but `accept` (default
   * `application/json`) and `user-agent` are secrets: they are in no log, no error and no table.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Largest body, in bytes. Default 16 MiB. */
  readonly maxBytes?: number;
  /** Most elements and members of a body that is JSON, 64 levels deep at most. Default 1,000,000. */
  readonly maxValues?: number;
}

/** Those that only tests set, too. */
export interface HttpClientOptions extends ServiceClientOptions {
  readonly clock?: Clock;
  /** Default those of this process; with a clock of its own none. */
  readonly limiters?: HostLimiters;
}

const OPEN_HEADERS = /^(accept|user-agent)$/i;

function baseUrlOf(text: string, label: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  // The value is not shown: what looks like a scheme may be a user, followed by a password.
  throw new UsageError("bad_value", `${label}: the value is no http or https URL`, {
    hint: `Write for example ${label}=https://example.com.`,
    details: { option: label },
  });
}

/** Asks one host. */
export class HttpClient {
  readonly limiter: HostLimiter;
  readonly redact: Redact;
  #base: URL;
  #other: URL | undefined;
  readonly #headers: Headers;
  readonly #trust: Trust | undefined;
  readonly #caFile: string | undefined;
  readonly #timeoutMs: number;
  readonly #limits: BodyLimits;
  readonly outage: Outage;
  readonly clock: Clock;

  constructor(defaults: SourceNetwork, options: NetworkOptions = {}, more: HttpClientOptions = {}) {
    checkNetwork(options);
    const { environment } = defaults;
    this.#base = baseUrlOf(options.baseUrl ?? defaults.baseUrl, environment.baseUrl);
    const { otherUrl } = defaults;
    const isOwn = options.baseUrl === undefined && otherUrl !== undefined;
    this.#other = isOwn ? new URL(otherUrl) : undefined;
    for (const url of [this.#base, this.#other]) if (url !== undefined) checkProxy(url);
    this.#timeoutMs = (options.timeoutSeconds ?? TIMEOUT_SECONDS) * 1000;
    const { maxBytes = MOST_BYTES, maxValues = MOST_VALUES } = more;
    this.#limits = { maxBytes, maxValues };
    this.clock = more.clock ?? systemClock;
    const patienceMs = (options.deadlineSeconds ?? DEADLINE_SECONDS) * 1000;
    this.outage = new Outage(patienceMs, () => this.clock.elapsed());
    const rate = options.rate === undefined ? defaults.rate : options.rate;
    const limiters = more.limiters ??
      (this.clock === systemClock ? processLimiters : new HostLimiters(this.clock));
    this.limiter = limiters.limiter(this.#base.origin, rate, options.rateFolder ?? null);
    const own = Object.entries(more.headers ?? {});
    const secrets = own.flatMap(([name, value]) => OPEN_HEADERS.test(name) ? [] : [value]);
    this.redact = redactor(this.#base, options.cookie, secrets);
    this.#caFile = options.caFile;
    this.#trust = options.caFile === undefined ? undefined : new Trust(options.caFile);
    this.#headers = new Headers({ accept: "application/json" });
    const set = (name: string, value: string | undefined, variable: string): void => {
      if (value === undefined) return;
      try {
        this.#headers.set(name, value);
      } catch {
        // The value may be a secret: it is not shown.
        throw new UsageError("bad_value", `${variable} cannot be sent as a header`, {
          hint: "Use one line of printable ASCII characters.",
          details: { option: variable },
        });
      }
    };
    for (const [name, value] of own) set(name, value, `the header ${name}`);
    set("user-agent", options.userAgent, environment.userAgent ?? "the user agent");
    set("cookie", options.cookie, environment.cookie ?? "the cookie");
  }

  close(): void {
    this.#trust?.close();
  }

  get shownBase(): string {
    return shownUrl(this.#base).replace(/\/$/, "");
  }

  /** Changes to the other host of the service, where it has one. */
  #failedAt(origin: string): void {
    // Of several that fail at once the first changes the host, and the others find it changed.
    if (this.#other === undefined || this.#base.origin !== origin) return;
    [this.#base, this.#other] = [this.#other, this.#base];
    debug("http", () => [`${origin} fails: ${this.#base.origin} is asked from now on`, {}]);
  }

  #url(path: string, query: Readonly<Record<string, string>>): URL {
    const url = new URL(this.#base);
    url.pathname = url.pathname.replace(/\/$/, "") + path;
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  /** Makes one request, when it is its turn; an answer may have any status. */
  async get(
    path: string,
    query: Readonly<Record<string, string>>,
    request: HttpRequest,
  ): Promise<HttpAnswer> {
    const { signal, permit, onRequest, onAnswer, download } = request;
    const deadline: HttpRequest["deadline"] & object = request.deadline ?? { at: Infinity };
    this.outage.check();
    using held = await permit?.();
    const turn = await this.limiter.take(signal, () => deadline.latest ?? deadline.at);
    // Others may have waited in vain meanwhile.
    this.outage.check();
    const url = this.#url(path, query);
    if (deadline.at <= this.clock.elapsed()) throw this.#tooLate();
    const begunAt = this.clock.elapsed();
    onRequest?.();
    const leftMs = Math.min(deadline.at - this.clock.elapsed(), LONGEST_TIMER_MS);
    const timeoutMs = Math.max(1, Math.min(this.#timeoutMs, leftMs));
    const timeout = new AbortController();
    let timer = setTimeout(() => timeout.abort(), timeoutMs);
    const shown = shownUrl(url);
    const started = performance.now();
    const tell = (how: string, properties: Record<string, unknown>): void =>
      debug("http", () => {
        const ms = msSince(started);
        const url = this.redact(shown);
        return [this.redact(`GET ${shown}: ${how} after ${ms} ms`), { url, ms, ...properties }];
      });
    try {
      const both = AbortSignal.any([signal, timeout.signal]);
      const response = await this.#follow(url, both, download?.headers);
      this.outage.answered();
      const { status, headers } = response;
      if (status === 407) throw proxyWantsLogin(this.#asked(url, shown));
      // Before the body: that of a refusal may never come, or be too large.
      this.#tellLimiter(turn, response);
      if (status >= 500) this.#failedAt(url.origin);
      const take = status === 200 || status === 206 ? download?.begin(headers) : undefined;
      const bytes = take === undefined
        ? await readBody(response, this.#limits, shown)
        : new Uint8Array();
      const length = take === undefined ? bytes.length : await takeBody(response, (piece) => {
        clearTimeout(timer);
        timer = setTimeout(() => timeout.abort(), this.#timeoutMs);
        return take(piece);
      }, shown);
      held?.[Symbol.dispose]();
      tell(`status ${status}, ${bytesText(length)}`, { status, bytes: length });
      if (onAnswer !== undefined) {
        const digest = await crypto.subtle.digest("SHA-256", bytes);
        await onAnswer({ bytes, status, sha256: new Uint8Array(digest).toHex() });
      }
      const [contentType = ""] = (headers.get("content-type") ?? "").toLowerCase().split(";", 1);
      return { status, contentType: contentType.trim(), bytes, shownUrl: shown };
    } catch (error) {
      signal.throwIfAborted();
      // The disk that a file is written to, and not the service.
      if (error instanceof TickerlockError && !(error instanceof SourceError)) throw error;
      this.#failedAt(url.origin);
      const failure = error instanceof SourceError
        ? error
        : timeout.signal.aborted
        ? this.#timedOut(timeoutMs, url, shown)
        : unreached(error, this.#asked(url, shown));
      if (failure instanceof UnreachableError) this.outage.failed(failure, begunAt);
      tell(`failed (${failure.code})`, { error_code: failure.code });
      throw failure;
    } finally {
      clearTimeout(timer);
    }
  }

  #asked(url: URL, shown: string): Asked {
    return { url, shown, redact: this.redact, caFile: this.#caFile };
  }

  #tellLimiter(turn: Turn, { status, headers }: Response): void {
    // By the service's own clock where it tells it: this machine's may be wrong.
    const its = Date.parse(headers.get("date") ?? "");
    const now = Number.isNaN(its) ? this.clock.now() : its;
    const silenceMs = retryAfterMs(headers.get("retry-after"), now);
    if (isRateLimited(status, silenceMs)) this.limiter.refused(turn, silenceMs);
    else this.limiter.answered();
  }

  /** An address that the service has named: of any length, and it may have its request's secrets. */
  #told(url: URL): string {
    return clipped(this.redact(shownUrl(url)), MOST_SHOWN);
  }

  async #follow(
    start: URL,
    signal: AbortSignal,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const headers = new Headers(this.#headers);
    for (const [name, value] of Object.entries(more)) headers.set(name, value);
    let url = start;
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      const response = await fetch(url, {
        headers,
        redirect: "manual",
        signal,
        ...this.#trust === undefined ? {} : { client: this.#trust.client },
      });
      const location = response.headers.get("location");
      if (response.status < 300 || response.status > 399 || location === null) return response;
      await response.body?.cancel();
      const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
      // Another host, or one without encryption, would receive the cookie.
      const isOpen = next?.protocol === "http:" && url.protocol === "https:";
      if (next === undefined || next.host !== url.host || isOpen) {
        const where = next === undefined ? "a bad address" : this.#told(next);
        const message = `redirected, and it leads to ${where}: GET ${this.#told(url)}`;
        throw new SourceError("redirected", message, {
          hint: "Look at that page in a browser: the service may want consent or a login.",
        });
      }
      url = next;
    }
    const message = `redirected more than ${MOST_REDIRECTS} times: GET ${shownUrl(start)}`;
    throw new SourceError("redirect_loop", message, {
      hint: "Check the base URL; the service may be broken.",
    });
  }

  #timedOut(ms: number, url: URL, shown: string): SourceError {
    // A last try that the deadline cuts short tells less than those before it.
    if (ms < this.#timeoutMs && this.outage.failure !== undefined) return this.outage.failure;
    const seconds = Math.ceil(ms / 100) / 10;
    const option = ms < this.#timeoutMs ? "--deadline" : "--timeout";
    // Packets that are lost on the way, or a resolver that is silent: nothing else can be seen of it.
    const kind = this.outage.hasAnswered ? SourceError : UnreachableError;
    const proxy = proxyOf(url);
    const [through, check] = proxy === undefined ? ["", ""] : [
      ` through the proxy ${proxy.shown} (${proxy.variable})`,
      ` Check ${proxy.variable}: a proxy that speaks no TLS is http://, also for https addresses.`,
    ];
    return new kind("timeout", `no whole answer within ${seconds} s${through}: GET ${shown}`, {
      hint: `Try again later, or give it longer with ${option} SECONDS.${check}`,
      retryable: true,
      details: { timeoutSeconds: seconds },
    });
  }

  #tooLate(): NoTimeLeftError {
    const message = `there was no time left to ask ${this.#base.host}`;
    return new NoTimeLeftError("deadline_passed", message, {
      hint: "Give it longer with --deadline SECONDS, or lower --concurrency. " +
        "What is written of a dataset stays: the next run goes on there.",
      retryable: true,
    });
  }
}
