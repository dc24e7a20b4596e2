/**
 * HTTP/1.1 as bytes, for the small server beside this file: one request out of what a client has
 * sent, and the head of an answer.
 *
 * @module
 */

/** What a handler is told about a request. */
export interface HttpRequest {
  /** `GET`, `POST`, … as it was sent. */
  readonly method: string;
  /** The target's path, still percent-encoded. */
  readonly path: string;
  /** The query behind the path. */
  readonly query: URLSearchParams;
  /** Path and query as they were sent. */
  readonly target: string;
  /** All headers, names in lower case. */
  readonly headers: Headers;
  /** The body; empty where there is none. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Whether the client wants the connection to end after this answer. */
  readonly lastOfConnection: boolean;
}

/** The client sent something that is no request; the message says what. */
export class BadRequestError extends Error {}

/** More than that in a request's head is refused, as other servers do. */
const MAX_HEAD_BYTES = 65_536;
/** CR LF CR LF ends the head. */
const HEAD_END = [13, 10, 13, 10] as const;

/** Where the first empty line begins, or -1. */
function headEnd(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(13); at !== -1; at = bytes.indexOf(13, at + 1)) {
    if (HEAD_END.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}

/**
 * The first request in the bytes, and how many bytes it took; nothing while it is incomplete.
 *
 * @throws {BadRequestError} What is there can never become a request, or is one with a chunked body,
 *   which this server does not read.
 */
export function takeRequest(
  bytes: Uint8Array<ArrayBuffer>,
): { readonly request: HttpRequest; readonly taken: number } | undefined {
  const end = headEnd(bytes);
  if (end > MAX_HEAD_BYTES || (end === -1 && bytes.length > MAX_HEAD_BYTES)) {
    throw new BadRequestError(`the head is longer than ${MAX_HEAD_BYTES} bytes`);
  }
  if (end === -1) return undefined;
  const [first = "", ...lines] = new TextDecoder("latin1").decode(bytes.subarray(0, end))
    .split("\r\n");
  const [, method, target, version] = /^([A-Z]+) (\/\S*) HTTP\/1\.([01])$/.exec(first) ?? [];
  if (method === undefined || target === undefined) {
    throw new BadRequestError(`no request line: ${first}`);
  }
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) throw new BadRequestError(`no header: ${line}`);
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  if (headers.has("transfer-encoding")) throw new BadRequestError("a body without a length");
  const length = Number(headers.get("content-length") ?? 0);
  if (!Number.isSafeInteger(length) || length < 0) throw new BadRequestError("a bad length");
  const taken = end + HEAD_END.length + length;
  if (bytes.length < taken) return undefined;
  const question = target.indexOf("?");
  const connection = headers.get("connection")?.toLowerCase() ?? "";
  const request: HttpRequest = {
    method,
    path: question === -1 ? target : target.slice(0, question),
    query: new URLSearchParams(question === -1 ? "" : target.slice(question + 1)),
    target,
    headers,
    body: bytes.slice(taken - length, taken),
    lastOfConnection: version === "0" ? connection !== "keep-alive" : connection === "close",
  };
  return { request, taken };
}

/** The usual phrases; a client must not depend on them. */
const PHRASES: Readonly<Record<number, string>> = {
  200: "OK",
  301: "Moved Permanently",
  302: "Found",
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  405: "Method Not Allowed",
  422: "Unprocessable Entity",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/**
 * The head of an answer with its empty line.
 *
 * @param headers In the order in which they are to be sent.
 */
export function answerHead(status: number, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${PHRASES[status] ?? "Status"}\r\n${lines.join("")}\r\n`;
}
