/**
 * What can go wrong around an answer: status, headers, length, connection.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import type { Answer, HttpRequest, Reply } from "./http_server.ts";
import { errorBody } from "./yahoo_chart.ts";

/** What a fault works with. */
export interface FaultContext {
  /** The request. */
  readonly request: HttpRequest;
  /** To be used once. */
  readonly reply: Reply;
  /** The good answer's body, JSON. */
  readonly body: () => string;
  /** The fake's clock, milliseconds since 1970. */
  readonly nowMs: number;
  /** What `Retry-After` says. */
  readonly retryAfterSeconds: number;
}

/** A fault in the answer's transport. */
export interface HttpFault {
  /** What a client sees. */
  readonly about: string;
  /** Answers in place of the good answer. */
  readonly run: (context: FaultContext) => Promise<void>;
}

/** Content types as the service sends them. */
export const TYPES = {
  json: { "content-type": "application/json;charset=utf-8" },
  html: { "content-type": "text/html; charset=UTF-8" },
  text: { "content-type": "text/plain;charset=utf-8" },
} as const;

/** What HUGE, HUGECHUNKED and GZIPBOMB come to, unpacked. */
export const HUGE_BYTES = 30 * 1024 * 1024;

const CONSENT = '<!DOCTYPE html><html lang="en"><head><title>Before you continue</title></head>' +
  '<body><form method="post" action="/v2/collectConsent"><button name="agree">Accept all</button>' +
  "</form></body></html>\n";
const BE_RIGHT_BACK = "<!DOCTYPE html><html><head><title>Yahoo</title></head><body>" +
  "<h1>Will be right back...</h1><p>Thank you for your patience.</p></body></html>\n";
const TOO_MANY_PAGE = "<html><head><title>429 Too Many Requests</title></head><body>" +
  "<h1>Too Many Requests</h1></body></html>\n";

/** The same answer, whatever was asked. */
function always(about: string, answer: Answer): HttpFault {
  return { about, run: ({ reply }) => reply.send(answer) };
}

const TOO_MANY = {
  TEXT: ["as plain text", TYPES.text, "Too Many Requests\r\n"],
  HTML: ["as HTML", TYPES.html, TOO_MANY_PAGE],
  JSON: ["as JSON", TYPES.json, errorBody("Too Many Requests", "Rate limited", "finance")],
} as const;

/** A 429 in one of its forms, with or without saying when to come back. */
function tooMany(form: keyof typeof TOO_MANY, retryAfter?: "seconds" | "date"): HttpFault {
  const [name, type, body] = TOO_MANY[form];
  const kind = { seconds: ", Retry-After in seconds", date: ", Retry-After as a date" } as const;
  return {
    about: `429 ${name}${retryAfter === undefined ? ", no Retry-After" : kind[retryAfter]}`,
    run: ({ reply, nowMs, retryAfterSeconds }) => {
      const headers: Record<string, string> = { ...type };
      if (retryAfter === "seconds") headers["retry-after"] = String(retryAfterSeconds);
      if (retryAfter === "date") {
        headers.date = new Date(nowMs).toUTCString();
        headers["retry-after"] = new Date(nowMs + retryAfterSeconds * 1000).toUTCString();
      }
      return reply.send({ status: 429, headers, body });
    },
  };
}

/** The first half of a text. */
function half(text: string): string {
  return text.slice(0, Math.floor(text.length / 2));
}

/** A good body, and after it spaces, which JSON allows, in pieces of a megabyte. */
function* huge(body: string): Generator<string> {
  yield body;
  const piece = " ".repeat(1024 * 1024);
  let left = HUGE_BYTES - body.length;
  for (; left >= piece.length; left -= piece.length) yield piece;
  yield piece.slice(0, left);
}

/** By the name's beginning. */
export const HTTP_FAULTS = {
  NOPE: always("404, the envelope of an unknown symbol", {
    status: 404,
    headers: TYPES.json,
    body: errorBody("Not Found", "No data found, symbol may be delisted"),
  }),
  NULLCHART: always('200 with `{"chart":null}`', { headers: TYPES.json, body: '{"chart":null}' }),
  FINANCEERR: always("401 with an error in the `finance` envelope", {
    status: 401,
    headers: TYPES.json,
    body: errorBody("Unauthorized", "Invalid Crumb", "finance"),
  }),
  RTEXT: tooMany("TEXT"),
  RTEXTSEC: tooMany("TEXT", "seconds"),
  RTEXTDATE: tooMany("TEXT", "date"),
  RHTML: tooMany("HTML"),
  RHTMLSEC: tooMany("HTML", "seconds"),
  RHTMLDATE: tooMany("HTML", "date"),
  RJSON: tooMany("JSON"),
  RJSONSEC: tooMany("JSON", "seconds"),
  RJSONDATE: tooMany("JSON", "date"),
  ERR500: always("500 as plain text", {
    status: 500,
    headers: TYPES.text,
    body: "Internal Server Error",
  }),
  ERR503: always('503, an HTML page "Will be right back"', {
    status: 503,
    headers: TYPES.html,
    body: BE_RIGHT_BACK,
  }),
  CONSENT: always("200 with an HTML page that asks for consent", {
    headers: TYPES.html,
    body: CONSENT,
  }),
  STALL: { about: "never an answer", run: ({ reply }) => reply.raw("", "stall") },
  STALLBODY: {
    about: "half of the body, then nothing more",
    run: ({ reply, body }) => cutLength(reply, body(), "stall"),
  },
  RESET: { about: "the connection is reset", run: ({ reply }) => reply.raw("", "reset") },
  RESETBODY: {
    about: "the connection is reset after half of the body",
    run: ({ reply, body }) => cutLength(reply, body(), "reset"),
  },
  HANGUP: {
    about: "the connection ends without an answer",
    run: ({ reply }) => reply.raw("", "close"),
  },
  CUTLENGTH: {
    about: "half of the body that Content-Length promises",
    run: ({ reply, body }) => cutLength(reply, body(), "close"),
  },
  CUTCHUNKED: {
    about: "chunks without the last one",
    run: ({ reply, body }) =>
      reply.sendChunked({
        headers: TYPES.json,
        chunks: [half(body())],
        unfinished: true,
        then: "close",
      }),
  },
  CUTJSON: {
    about: "a whole HTTP answer with half of the JSON",
    run: ({ reply, body }) => reply.send({ headers: TYPES.json, body: half(body()) }),
  },
  JSONASHTML: {
    about: "good JSON as `text/html`",
    run: ({ reply, body }) => reply.send({ headers: TYPES.html, body: body() }),
  },
  HTMLASJSON: always("an HTML page as `application/json`", {
    headers: TYPES.json,
    body: BE_RIGHT_BACK,
  }),
  REDIRECT: {
    about: "302 to the same address: a loop, or with `-1X` one redirect",
    run: ({ reply, request }) =>
      reply.send({ status: 302, headers: { location: request.target }, body: "" }),
  },
  REDIRECTHOST: {
    about: "302 to another host",
    run: ({ reply, request }) =>
      reply.send({
        status: 302,
        headers: { location: `http://elsewhere.invalid${request.target}` },
      }),
  },
  HUGE: {
    about: "a good body of 30 MB",
    run: ({ reply, body }) => reply.send({ headers: TYPES.json, body: [...huge(body())].join("") }),
  },
  HUGECHUNKED: {
    about: "a good body of 30 MB in chunks, no Content-Length",
    run: ({ reply, body }) => reply.sendChunked({ headers: TYPES.json, chunks: huge(body()) }),
  },
  ECHO: {
    about: "400, an error that quotes the request's URL, cookie and credentials",
    run: ({ reply, request }) => {
      const cookie = request.headers.get("cookie") ?? "none";
      const credentials = request.headers.get("authorization");
      const description = `Bad request ${request.target} (cookie: ${cookie})` +
        (credentials === null ? "" : ` (authorization: ${credentials})`);
      return reply.send({
        status: 400,
        headers: TYPES.json,
        body: errorBody("Bad Request", description),
      });
    },
  },
  GZIP: {
    about: "a good body with `Content-Encoding: gzip`",
    run: ({ reply, body }) => reply.send(zipped(body())),
  },
  GZIPBOMB: {
    about: "some KB with `Content-Encoding: gzip`, 30 MB unpacked",
    run: ({ reply, body }) => reply.send(zipped([...huge(body())].join(""))),
  },
} as const satisfies Record<string, HttpFault>;

function cutLength(reply: Reply, body: string, then: "stall" | "reset" | "close"): Promise<void> {
  // The body is ASCII: as many characters as bytes.
  const headers = { ...TYPES.json, "content-length": String(body.length) };
  return reply.send({ headers, body: half(body), then });
}

function zipped(body: string): Answer {
  return {
    headers: { ...TYPES.json, "content-encoding": "gzip" },
    body: new Uint8Array(gzipSync(body)),
  };
}
