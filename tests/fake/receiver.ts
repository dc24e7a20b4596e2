/**
 * A fake of whatever takes messages: a webhook, a topic of ntfy, a check of healthchecks. It keeps what
 * it is sent, and has the faults of such services.
 *
 * @module
 */
import type { Reply } from "./http_server.ts";
import { startHttpServer } from "./http_server.ts";

/** What a receiver can do wrong. */
export const FAULTS = {
  "error-500": {
    about: "500 with a page",
    answer: (reply: Reply) => reply.send({ status: 500, body: "<html>oops</html>" }),
  },
  "gone": {
    about: "404, as for a topic or a check that was removed",
    answer: (reply: Reply) => reply.send({ status: 404, body: "not found" }),
  },
  "too-many": {
    about: "429 with Retry-After",
    answer: (reply: Reply) => reply.send({ status: 429, headers: { "retry-after": "3600" } }),
  },
  "redirect": {
    about: "302 to another address of the same host",
    answer: (reply: Reply) => reply.send({ status: 302, headers: { location: "/login" } }),
  },
  "hang-up": {
    about: "the connection ends without an answer",
    answer: (reply: Reply) => reply.raw("", "close"),
  },
  "reset": {
    about: "the connection is reset",
    answer: (reply: Reply) => reply.raw("", "reset"),
  },
  "stall": {
    about: "never an answer",
    answer: (reply: Reply) => reply.raw("", "stall"),
  },
  "huge": {
    about: "200 with a body of 64 MB",
    answer: (reply: Reply) => reply.send({ body: "x".repeat(64_000_000) }),
  },
  "endless": {
    about: "200, and a body that does not end",
    answer: (reply: Reply) =>
      reply.raw("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nabc", "stall"),
  },
} as const;

/** The name of a fault. */
export type ReceiverFault = keyof typeof FAULTS;

/** A message as it came. */
export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: string;
  /** The body, where it is JSON; undefined elsewhere. */
  readonly json?: Record<string, unknown>;
}

/** A receiver that runs until it is disposed. */
export interface FakeReceiver extends AsyncDisposable {
  readonly url: string;
  /** All messages, also those that a fault has refused. */
  readonly received: Received[];
  /** What is wrong from now on; null for nothing. */
  fault: ReceiverFault | null;
  /** Awaited before an answer. */
  onMessage: (received: Received) => Promise<void> | void;
}

/** Starts a receiver on a free port, or on a given one. */
export async function startFakeReceiver(
  { port = 0, fault = null as ReceiverFault | null } = {},
): Promise<FakeReceiver> {
  const received: Received[] = [];
  const server = await startHttpServer(async ({ method, target, headers, body }, reply) => {
    const text = new TextDecoder().decode(body);
    const isJson = headers.get("content-type") === "application/json";
    const one = {
      method,
      target,
      headers,
      body: text,
      ...isJson ? { json: JSON.parse(text) } : {},
    };
    received.push(one);
    await fake.onMessage(one);
    if (fake.fault === null) await reply.send({ body: "OK" });
    else await FAULTS[fake.fault].answer(reply);
  }, { port });
  const fake: FakeReceiver = {
    url: server.url,
    received,
    fault,
    onMessage: () => {},
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return fake;
}
