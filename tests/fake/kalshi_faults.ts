/**
 * What can go wrong: the entries of {@linkcode FAULTS}.
 *
 * @module
 */
import type { After, Answer } from "./http_server.ts";
import type { AnswerFault, FaultKind, Route, RowFault } from "./kalshi_fault_kinds.ts";
import type { MarketRow } from "./kalshi_rows.ts";

const JSON_TYPE = { "content-type": "application/json" };
const TEXT_TYPE = { "content-type": "text/plain; charset=utf-8" };
const HTML_TYPE = { "content-type": "text/html; charset=UTF-8" };

/** An error as the service words it. */
export function failure(status: number, code: string, details = ""): Answer {
  const error = { code, message: code.replaceAll("_", " "), details, service: "fake" };
  return { status, headers: JSON_TYPE, body: JSON.stringify({ error }) };
}

function always(about: string, answer: Answer, route?: Route): AnswerFault {
  return { about, run: (reply) => reply.send(answer), ...(route === undefined ? {} : { route }) };
}

function half(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return body.slice(0, Math.floor(body.length / 2));
}

function cutBody(about: string, then: After): AnswerFault {
  return {
    about,
    run: (reply, body) => {
      const whole = body();
      const headers = { ...JSON_TYPE, "content-length": String(whole.length) };
      return reply.send({ headers, body: half(whole), then });
    },
  };
}

function inRow(about: string, change: (row: Record<string, unknown>) => void): RowFault {
  return {
    about,
    route: "/markets",
    row: (row) => {
      change(row);
      return row;
    },
  };
}

/** By name. */
export const FAULTS = {
  "error-500": always("500 with an error as JSON", failure(500, "internal_server_error")),
  "error-503": always("503 with an HTML page", {
    status: 503,
    headers: HTML_TYPE,
    body: "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>\n",
  }),
  "rate-json": always('429 with `{"error":"too many requests"}`, no Retry-After', {
    status: 429,
    headers: JSON_TYPE,
    body: '{"error":"too many requests"}',
  }),
  "rate-text": always("429 as plain text, no Retry-After", {
    status: 429,
    headers: TEXT_TYPE,
    body: "Too Many Requests\n",
  }),
  "fresh-404": always("404 for one market, as for one that was just made", {
    ...failure(404, "not_found"),
  }, "/markets/*"),
  "cursor-expired": {
    ...always("400 for a cursor that was good", failure(400, "bad_request", "invalid cursor")),
    route: "/markets",
    page: 2,
  },
  "conn-reset": {
    about: "the connection is reset",
    run: (reply) => reply.raw("", "reset"),
  },
  "reset-body": cutBody("the connection is reset after half of the body", "reset"),
  "cut-length": cutBody("half of the body that Content-Length promises", "close"),
  "stall-answer": { about: "never an answer", run: (reply) => reply.raw("", "stall") },
  "cut-json": {
    about: "a whole HTTP answer with half of the JSON",
    run: (reply, body) => reply.send({ headers: JSON_TYPE, body: half(body()) }),
  },
  "not-json": always("200 with an HTML page as `application/json`", {
    headers: JSON_TYPE,
    body: "<html><body>Maintenance</body></html>\n",
  }),
  "other-json": always('200 with `{"error":null}`: JSON without rows', {
    headers: JSON_TYPE,
    body: '{"error":null}',
  }),
  "same-cursor": {
    about: "page 2 names the cursor that led to it, again and again",
    route: "/markets",
    page: 2,
    change: (page) => page.cursor = page.asked,
  },
  "cursor-circle": {
    about: "page 3 names the cursor that led to page 2",
    route: "/markets",
    page: 3,
    change: (page) => page.cursor = page.second(),
  },
  "empty-page": {
    about: "page 2 has no rows and a cursor; its rows come on page 3",
    route: "/markets",
    page: 2,
    change: (page) => {
      page.rows = [];
      page.cursor = page.here;
    },
  },
  "late-end": {
    about: "the last page has a cursor, which leads to an empty page",
    route: "/markets",
    change: (page) => {
      if (page.cursor === "" && page.rows.length > 0) page.cursor = page.beyond;
    },
  },
  "null-cursor": {
    about: "the last page has null as its cursor",
    route: "/markets",
    change: (page) => page.cursor ||= null,
  },
  "no-cursor": {
    about: "the last page has no cursor at all",
    route: "/markets",
    change: (page) => page.cursor ||= undefined,
  },
  "over-limit": { about: "one row more than asked", route: "/markets", page: 1, more: 1 },
  "row-twice": {
    about: "page 2 begins with the first market of page 1, at another price",
    route: "/markets",
    page: 2,
    more: -1,
    change: (page) => {
      const first = page.first();
      if (first === undefined) return;
      const row: MarketRow = JSON.parse(first);
      row.last_price_dollars = row.last_price_dollars === "0.9900" ? "0.0100" : "0.9900";
      page.rows.unshift(JSON.stringify(row));
    },
  },
  "traded-between": {
    about: "before page 2 is answered its first market is traded",
    route: "/markets",
    page: 2,
    happen: (world, ticker) => world.trade(ticker, {}),
  },
  "closed-between": {
    about: "before page 2 is answered its first market closes, and leaves an open scan",
    route: "/markets",
    page: 2,
    happen: (world, ticker) => world.close(ticker),
  },
  "event-hidden": {
    about: "an event is on no page, and a 404 by itself",
    route: "/events",
    row: () => undefined,
  },
  "market-hidden": {
    about: "a market is on no page",
    route: "/markets",
    row: () => undefined,
  },
  "no-ticker": inRow("a market without `ticker`", (row) => void delete row.ticker),
  "null-event": inRow(
    "a market whose `event_ticker` is null",
    (row) => void (row.event_ticker = null),
  ),
  "bad-decimal": inRow(
    'a market with "abc" as `last_price_dollars`',
    (row) => void (row.last_price_dollars = "abc"),
  ),
  "long-decimal": inRow(
    "a market with seven places in `last_price_dollars`",
    (row) => void (row.last_price_dollars = "0.1234567"),
  ),
  "number-decimal": inRow("a market with numbers as price and volume", (row) => {
    row.last_price_dollars = 0.45;
    row.volume_fp = 12.5;
  }),
  "cents-only": inRow("a market with `yes_bid` 45 and no `yes_bid_dollars`", (row) => {
    delete row.yes_bid_dollars;
    row.yes_bid = 45;
  }),
  "bad-time": inRow(
    'a market with "soon" as `close_time`',
    (row) => void (row.close_time = "soon"),
  ),
  "new-status": inRow(
    'a market with "halted" as `status`',
    (row) => void (row.status = "halted"),
  ),
} as const satisfies Record<string, FaultKind & { readonly page?: number }>;

/** The name of a fault. */
export type KalshiFaultName = keyof typeof FAULTS;
