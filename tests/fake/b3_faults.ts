/**
 * What can go wrong with the services of B3, by name.
 *
 * @module
 */
import type { Answer, Reply } from "./http_server.ts";
import type { CompanyFlaws } from "./b3_companies.ts";
import type { FileFlaws } from "./b3_files.ts";

/** What is odd about the content of an answer. */
export interface Flaws extends CompanyFlaws, FileFlaws {
  /** `Status do Arquivo` of a consolidated file; null for no such line. */
  readonly dailyStatus?: string | null;
  /** A consolidated file without a byte. */
  readonly emptyDaily?: boolean;
  /** A file that has not changed is sent again. */
  readonly ignoresSince?: boolean;
  /** No part of a file is sent. */
  readonly noRanges?: boolean;
}

/** What would be answered without a fault. */
export interface GoodAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A fault. */
export interface B3FaultKind {
  /** What a client sees. */
  readonly about: string;
  /** Which targets have it. Default all. */
  readonly only?: RegExp;
  /** Answers in place of the good answer. */
  readonly answer?: (reply: Reply, good: GoodAnswer) => Promise<void>;
  /** What is odd about the good answer. */
  readonly flaws?: Flaws;
}

const FILES = /SerHist/;
const DAILY = /api\/download/;
const COMPANIES = /CompanyCall/;

const PAGE = "<!DOCTYPE html><html><head><title>B3</title></head><body>404</body></html>\n";

function always(about: string, answer: Answer, only?: RegExp): B3FaultKind {
  return { about, ...only === undefined ? {} : { only }, answer: (reply) => reply.send(answer) };
}

function sendHalf(reply: Reply, good: GoodAnswer, then: "close" | "stall"): Promise<void> {
  const { status, headers, body } = good;
  return reply.send({
    status,
    headers: { ...headers, "content-length": String(body.length) },
    body: body.slice(0, body.length / 2),
    then,
  });
}

/** All of them. */
export const FAULTS = {
  "missing": always("404", { status: 404, body: PAGE }),
  "html": always("200 with an HTML page", { headers: { "content-type": "text/html" }, body: PAGE }),
  "empty": always("200 with an empty body", {}),
  "no-zip": always("200 with a text that is no ZIP", { body: "not found" }, FILES),
  "redirect": always("302 to a page of another host", {
    status: 302,
    headers: { location: "http://127.0.0.2:9/404.html" },
  }),
  "error-503": always("503", { status: 503, body: PAGE }),
  "error-520": always("520, as its proxy says it", { status: 520, body: "error code: 520" }),
  "stall": { about: "never an answer", answer: (reply) => reply.raw("", "stall") },
  "reset": { about: "the connection is reset", answer: (reply) => reply.raw("", "reset") },
  "cut": {
    about: "half of the body that Content-Length promises",
    answer: (reply, good) => sendHalf(reply, good, "close"),
  },
  "stall-body": {
    about: "half of the body, then nothing more",
    answer: (reply, good) => sendHalf(reply, good, "stall"),
  },
  "half-zip": {
    about: "a whole answer with half of the ZIP",
    only: FILES,
    answer: (reply, { body }) => reply.send({ body: body.slice(0, body.length / 2) }),
  },
  "no-trailer": { about: "a file without its trailer", only: FILES, flaws: { noTrailer: true } },
  "bad-count": {
    about: "a trailer that counts one record more",
    only: FILES,
    flaws: { badCount: true },
  },
  "ignores-since": {
    about: "200 with the whole file, whatever If-Modified-Since says",
    only: FILES,
    flaws: { ignoresSince: true },
  },
  "no-ranges": {
    about: "a file that can be had as a whole only",
    only: FILES,
    flaws: { noRanges: true },
  },
  "not-final": {
    about: "a consolidated file of the status Parcial",
    only: DAILY,
    flaws: { dailyStatus: "Parcial" },
  },
  "no-status": {
    about: "a consolidated file without the line of its status",
    only: DAILY,
    flaws: { dailyStatus: null },
  },
  "empty-daily": {
    about: "a consolidated file without a byte",
    only: DAILY,
    flaws: { emptyDaily: true },
  },
  "double-json": { about: "JSON within JSON", only: COMPANIES, flaws: { doubleJson: true } },
  "duplicates": {
    about: "each row of money twice",
    only: COMPANIES,
    flaws: { duplicates: true },
  },
  "omits-stock": {
    about: "no splits, bonuses and groupings",
    only: COMPANIES,
    flaws: { omitsStock: true },
  },
  "omits-cash": { about: "no money", only: COMPANIES, flaws: { omitsCash: true } },
  "per-thousand": {
    about: "money for 1,000 units",
    only: COMPANIES,
    flaws: { perThousand: true },
  },
  "no-dates": {
    about: "31/12/9999 in place of all days",
    only: COMPANIES,
    flaws: { noDates: true },
  },
} as const satisfies Readonly<Record<string, B3FaultKind>>;

/** The name of a fault. */
export type B3FaultName = keyof typeof FAULTS;

/** A fault, and where and how often it shows. */
export interface B3Fault {
  readonly fault: B3FaultName;
  /** How many answers have it. Default all. */
  readonly times?: number;
  /** A part of the target, or of a question to the service of companies. Default all of its kind. */
  readonly path?: string;
}
