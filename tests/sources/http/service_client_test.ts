import * as v from "valibot";
import { SourceError, UsageError } from "../../../src/base/errors.ts";
import {
  type JsonRequest,
  type Listening,
  ServiceClient,
} from "../../../src/sources/http/service_client.ts";
import type { ServiceClientOptions } from "../../../src/sources/http/client.ts";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "../../assert.ts";
import { type Handler, startHttpServer } from "../../fake/http_server.ts";
import { allOf, NEVER, SERVICE } from "./client_helpers.ts";

const schema = v.object({ close: v.number() });

/** What comes of a request for JSON, and how often it was made. */
async function asked(
  handler: Handler,
  request: Partial<JsonRequest<{ close: number }>> = {},
  more: ServiceClientOptions = {},
): Promise<{ value: unknown; error: SourceError | null; requests: number; retries: number }> {
  await using server = await startHttpServer(handler);
  const network = { baseUrl: server.url, rate: null, attempts: 2, backoffMs: 0 };
  const client = new ServiceClient(SERVICE, network, more);
  const counts = { requests: 0, retries: 0 };
  const listening: Listening = {
    signal: NEVER,
    onRequest: () => void counts.requests++,
    onRetry: () => void counts.retries++,
  };
  try {
    const value = await client.json({ path: "/x", schema, ...request }, listening);
    return { value, error: null, ...counts };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return { value: null, error, ...counts };
  }
}

const answering = (status: number, body: string): Handler => (_request, reply) =>
  reply.send({ status, body });

Deno.test("an answer is what the schema makes of it", async () => {
  const { value, requests } = await asked(answering(200, `{"close":1.5,"other":2}`));
  assertEquals([value, requests], [{ close: 1.5 }, 1]);
});

Deno.test("what is no answer has a code, and is asked for again where that can help", async () => {
  const cases: [status: number, body: string, code: string, requests: number, message: RegExp][] = [
    [200, `{"close":"x"}`, "bad_answer", 1, /^A1: .* at close: .*"x"/],
    [200, `[1]`, "bad_answer", 1, /^A1: .* at /],
    [200, "<p>busy</p>", "not_json", 2, /no whole JSON: "busy"/],
    [404, "no such", "not_found", 1, /status 404: .* says "no such" \(GET/],
    [401, "key?", "service_refused", 1, /says "key\?"/],
    [500, "", "service_failed", 2, /says nothing .*tried 2 times/],
  ];
  for (const [status, body, code, requests, message] of cases) {
    const got = await asked(answering(status, body), { ticker: "A1" });
    assertEquals([got.error?.code, got.requests], [code, requests], body);
    assertMatch(got.error?.message ?? "", message);
  }
});

Deno.test("a source says what a status means with its service", async () => {
  const got = await asked(answering(404, "no such"), {
    refusal: (status, words) =>
      status === 404 ? { code: "ticker_unknown", what: words, hint: "Check it." } : undefined,
  });
  assertEquals([got.error?.code, got.error?.hint], ["ticker_unknown", "Check it."]);
});

Deno.test("headers of a source are sent, and are secrets but for what they accept", async () => {
  const sent: (string | null)[] = [];
  const echo: Handler = ({ headers }, reply) => {
    sent.push(headers.get("authorization") ?? null, headers.get("accept") ?? null);
    return reply.send({ status: 403, body: `not with ${sent.join(" ")} and k3y-of-mine` });
  };
  const headers = { authorization: "Bearer k3y-of-mine", accept: "text/csv" };
  const { error } = await asked(echo, {}, { headers });
  assertEquals(sent, ["Bearer k3y-of-mine", "text/csv"]);
  assertMatch(error?.message ?? "", /says "not with \*\*\* text\/csv and \*\*\*"/);
  assertEquals(allOf(error).includes("k3y"), false);
});

Deno.test("a header that cannot be sent is refused by its name, without its value", () => {
  const bad = { headers: { "x-key": "k3y ✓" } };
  const error = assertThrows(() => new ServiceClient(SERVICE, {}, bad), UsageError);
  assertMatch(error.message, /^the header x-key cannot be sent/);
});

Deno.test("several calls can have one time together", async () => {
  await using server = await startHttpServer(answering(500, ""));
  const network = { baseUrl: server.url, rate: null, deadlineSeconds: 0.001, backoffMs: 0 };
  const client = new ServiceClient(SERVICE, network);
  const deadline = client.deadline();
  deadline.begin();
  while (!deadline.isOver) await new Promise((done) => setTimeout(done, 1));
  let requests = 0;
  const listening = { signal: NEVER, onRequest: () => void requests++ };
  const error = await assertRejects(
    () => client.json({ path: "/x", schema }, listening, deadline),
    SourceError,
  );
  assertEquals([error.code, requests], ["deadline_passed", 0]);
});
