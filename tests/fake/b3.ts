/**
 * A fake of the services of B3, the Brazilian exchange, on one address: COTAHIST files, the daily
 * consolidated file, and the events of listed companies. The data are invented.
 *
 * @module
 */
import { dayIn } from "../../src/exchange/calendar.ts";
import { isSession } from "../../src/exchange/sessions.ts";
import { addDays } from "../../src/base/day.ts";
import { companyAnswer } from "./b3_companies.ts";
import {
  type B3Fault,
  type B3FaultKind,
  type B3FaultName,
  FAULTS,
  type Flaws,
  type GoodAnswer,
} from "./b3_faults.ts";
import { consolidatedOf, cotahistZip, spanOf } from "./b3_files.ts";
import { COMPANIES, type Company } from "./b3_world.ts";
import { type HttpRequest, type HttpServer, type Reply, startHttpServer } from "./http_server.ts";

/** How the fake is to be. */
export interface FakeB3Options {
  /** Default 0: any that is free. */
  readonly port?: number;
  /** The fake's clock, in ms since 1970. Default that of the machine. */
  readonly now?: () => number;
  /** Hours after midnight at the exchange at which a day's files appear. Default 20. */
  readonly outAtHour?: number;
  readonly companies?: readonly Company[];
  readonly faults?: readonly B3Fault[];
  /** Milliseconds between pieces of a file. Default 0: it is sent at once. */
  readonly pauseMs?: number;
}

/** A fake that runs until it is disposed. */
export interface FakeB3 extends AsyncDisposable {
  readonly url: string;
  /** What was asked: targets, and questions to the service of companies as text. */
  readonly requests: readonly string[];
  /** The headers of the last request. */
  readonly lastHeaders: Headers;
  /** Faults from now on. */
  setFaults(faults: readonly B3Fault[]): void;
}

const ZONE = "America/Sao_Paulo";
const HOUR_MS = 3_600_000;
const FIRST_YEAR = 1986;
const MONTHS_KEPT = 12;
const ZIP_TYPE = { "content-type": "application/x-zip-compressed" };
const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };

/** Names of files in the exchange's folder. */
const FILE_PATH = "/InstDados/SerHist/";
const COMPANY_PATH = "/listedCompaniesProxy/CompanyCall/";

const KINDS: Readonly<Record<B3FaultName, B3FaultKind>> = FAULTS;

/** A fault at work. */
class Active {
  left: number;
  readonly of: B3Fault;
  constructor(of: B3Fault) {
    this.of = of;
    this.left = of.times ?? Infinity;
  }
}

class Fake {
  readonly requests: string[] = [];
  lastHeaders = new Headers();
  active: Active[];
  readonly #options: FakeB3Options;
  readonly #companies: readonly Company[];
  readonly #zips = new Map<string, Uint8Array<ArrayBuffer> | undefined>();
  readonly #tokens = new Map<string, string>();

  constructor(options: FakeB3Options) {
    this.#options = options;
    this.#companies = options.companies ?? COMPANIES;
    this.active = (options.faults ?? []).map((each) => new Active(each));
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  #today(): string {
    return dayIn(ZONE, new Date(this.#now()));
  }

  /** The last day whose files are out. */
  #until(): string {
    const { outAtHour = 20 } = this.#options;
    return dayIn(ZONE, new Date(this.#now() - outAtHour * HOUR_MS));
  }

  /** Whether the exchange keeps a file of that name today. */
  #keeps(name: string): boolean {
    const span = spanOf(name);
    const today = this.#today();
    const year = Number(today.slice(0, 4));
    if (span === undefined) return false;
    if (span.kind === "A") return Number(span.from.slice(0, 4)) >= FIRST_YEAR;
    if (span.kind === "D") return span.from.startsWith(String(year));
    const months = (day: string): number => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7));
    return months(today) - months(span.from) <= MONTHS_KEPT;
  }

  #zip(name: string, flaws: Flaws): Uint8Array<ArrayBuffer> | undefined {
    if (!this.#keeps(name)) return undefined;
    const until = this.#until();
    const key = `${name} ${until} ${JSON.stringify(flaws)}`;
    if (!this.#zips.has(key)) {
      this.#zips.set(key, cotahistZip(this.#companies, name, until, flaws));
    }
    return this.#zips.get(key);
  }

  async handle(request: HttpRequest, reply: Reply): Promise<void> {
    const { path, target } = request;
    const [method = "", encoded = ""] = path.startsWith(COMPANY_PATH)
      ? path.slice(COMPANY_PATH.length).split("/")
      : [];
    const question = encoded === "" ? "" : atob(decodeURIComponent(encoded));
    const told = question === "" ? target : `${method} ${question}`;
    this.requests.push(told);
    this.lastHeaders = request.headers;
    const fits = this.active.filter(({ of, left }) => {
      return left > 0 && (KINDS[of.fault].only?.test(target) ?? true) &&
        told.includes(of.path ?? "");
    });
    for (const each of fits) each.left--;
    const kinds = fits.map(({ of }) => KINDS[of.fault]);
    const flaws: Flaws = Object.assign({}, ...kinds.map((kind) => kind.flaws ?? {}));
    const instead = kinds.find(({ answer }) => answer !== undefined)?.answer;
    const send = async (
      body: string | Uint8Array<ArrayBuffer>,
      headers: Record<string, string>,
      status = 200,
    ) => {
      const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
      const good: GoodAnswer = { status, headers, body: bytes };
      await (instead === undefined ? this.#send(reply, good) : instead(reply, good));
    };
    if (path.startsWith(FILE_PATH)) return await this.#file(request, reply, flaws, send);
    if (method !== "") {
      const body = companyAnswer(this.#companies, method, question, flaws, this.#today());
      return await (body === undefined ? reply.send({ status: 404 }) : send(body, JSON_TYPE));
    }
    if (path === "/api/download/requestname") return await this.#name(request, reply, send);
    if (path === "/api/download/") {
      const day = this.#tokens.get(request.query.get("token") ?? "");
      if (day === undefined) return await reply.send({ status: 400 });
      const status = flaws.dailyStatus === undefined ? "Final" : flaws.dailyStatus ?? undefined;
      const text = flaws.emptyDaily === true ? "" : consolidatedOf(this.#companies, day, status);
      return await send(text, { "content-type": "text/csv" });
    }
    await reply.send({ status: 404 });
  }

  async #send(reply: Reply, { status, headers, body }: GoodAnswer): Promise<void> {
    const { pauseMs = 0 } = this.#options;
    if (pauseMs === 0) return await reply.send({ status, headers, body });
    const head = Object.entries({ ...headers, "content-length": String(body.length) })
      .map(([name, value]) => `${name}: ${value}\r\n`).join("");
    // Only the first half comes at once: time for a test to do something meanwhile.
    const half = Math.ceil(body.length / 2);
    const start = new TextEncoder().encode(`HTTP/1.1 ${status} OK\r\n${head}\r\n`);
    await reply.pieces([start, body.slice(0, half), body.slice(half)], pauseMs);
  }

  async #file(
    request: HttpRequest,
    reply: Reply,
    flaws: Flaws,
    send: (
      body: Uint8Array<ArrayBuffer>,
      headers: Record<string, string>,
      status?: number,
    ) => Promise<void>,
  ): Promise<void> {
    const name = request.path.slice(FILE_PATH.length);
    const bytes = this.#zip(name, flaws);
    if (bytes === undefined) {
      return await reply.send({
        status: 404,
        headers: { "content-type": "text/html" },
        body: "404",
      });
    }
    const span = spanOf(name);
    const until = this.#until();
    const changed = span !== undefined && span.to < until ? span.to : until;
    const modified = new Date(`${addDays(changed, 1)}T00:00:00Z`).toUTCString();
    const since = Date.parse(request.headers.get("if-modified-since") ?? "");
    if (since >= Date.parse(modified) && flaws.ignoresSince !== true) {
      return await reply.send({ status: 304, headers: { "last-modified": modified } });
    }
    const headers = { ...ZIP_TYPE, "last-modified": modified };
    if (flaws.noRanges === true) return await send(bytes, headers);
    const [, first] = /^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "") ?? [];
    if (first !== undefined && request.headers.get("if-range") === modified) {
      const range = `bytes ${first}-${bytes.length - 1}/${bytes.length}`;
      const rest = bytes.slice(Number(first));
      return await send(rest, { ...headers, "content-range": range }, 206);
    }
    await send(bytes, { ...headers, "accept-ranges": "bytes" });
  }

  async #name(
    request: HttpRequest,
    reply: Reply,
    send: (body: string, headers: Record<string, string>) => Promise<void>,
  ): Promise<void> {
    const day = request.query.get("date") ?? "";
    const known = request.query.get("fileName") === "TradeInformationConsolidated";
    const isThere = known && isSession("b3", day) && day <= this.#until() &&
      day >= addDays(this.#today(), -370);
    if (!isThere) return await reply.send({ status: 400, headers: JSON_TYPE, body: "{}" });
    const token = crypto.randomUUID();
    this.#tokens.set(token, day);
    const file = { name: "TradeInformationConsolidatedFile", extension: ".csv" };
    await send(
      JSON.stringify({ redirectUrl: `~/download?token=${token}`, token, file }),
      JSON_TYPE,
    );
  }
}

/** Starts a fake on 127.0.0.1. Dispose it with `await using`. */
export async function startFakeB3(options: FakeB3Options = {}): Promise<FakeB3> {
  const fake = new Fake(options);
  const server: HttpServer = await startHttpServer(
    (request, reply) => fake.handle(request, reply),
    options.port === undefined ? {} : { port: options.port },
  );
  return {
    url: server.url,
    requests: fake.requests,
    get lastHeaders() {
      return fake.lastHeaders;
    },
    setFaults(faults) {
      fake.active = faults.map((each) => new Active(each));
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
