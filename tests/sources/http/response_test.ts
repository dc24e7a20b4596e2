import * as fc from "fast-check";
import { readBody, retryAfterMs } from "../../../src/sources/http/response.ts";
import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";
import { type Handler, startHttpServer } from "../../fake/http_server.ts";
import { clientOf, failureOf, NEVER } from "./client_helpers.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");

Deno.test("seconds and every form of a date are understood, nonsense is as good as nothing", () => {
  const cases: [string | null, number | null][] = [
    [null, null],
    ["", null],
    ["  ", null],
    ["0", 0],
    ["7", 7000],
    [" 120 ", 120_000],
    ["86400", 86_400_000],
    ["86401", 86_400_000],
    ["9".repeat(400), 86_400_000],
    ["Fri, 02 Jan 2026 03:04:15 GMT", 10_000],
    ["Friday, 02-Jan-26 03:04:15 GMT", 10_000],
    ["Fri Jan  2 03:04:15 2026", 10_000],
    ["2026-01-02T03:04:15Z", 10_000],
    ["Fri, 02 Jan 2026 03:04:00 GMT", 0],
    ["Fri, 02 Jan 2099 03:04:00 GMT", 86_400_000],
    ["1.5", null],
    ["-5", null],
    ["+5", null],
    ["1e3", null],
    ["2h", null],
    ["soon", null],
    ["12:00", null],
    ["5, 7", null],
  ];
  for (const [value, ms] of cases) assertEquals(retryAfterMs(value, NOW), ms, String(value));
});

Deno.test("property: it is null, or from nothing to a day", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const ms = retryAfterMs(text, NOW);
    assert(ms === null || (ms >= 0 && ms <= 86_400_000));
  }));
});

Deno.test("no part of a body is kept beside it: the smallest ones take a hundred times their bytes", async () => {
  const whole = Uint8Array.from({ length: 200_001 }, (_, at) => at % 251);
  // One piece of memory for all parts: who keeps a part reads what came later.
  const part = new Uint8Array(1000);
  let sent = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const next = whole.subarray(sent, sent += part.length);
      if (next.length === 0) return controller.close();
      part.set(next);
      controller.enqueue(part.subarray(0, next.length));
    },
  }, { highWaterMark: 0 });
  const limits = { maxBytes: whole.length, maxValues: 1 };
  assertEquals(await readBody(new Response(body), limits, "http://host/x"), whole);
});

Deno.test("a body of the largest size is read, and one byte more is refused, however it is sent", async () => {
  const maxBytes = 2 * 1024 * 1024;
  const chunks = (size: number) => [new Uint8Array(size - 1), new Uint8Array(1)];
  const handlers: ((size: number) => Handler)[] = [
    (size) => (_, reply) => reply.send({ body: new Uint8Array(size) }),
    (size) => (_, reply) => reply.sendChunked({ chunks: chunks(size) }),
  ];
  for (const handler of handlers) {
    await using server = await startHttpServer(handler(maxBytes));
    const { bytes } = await clientOf(server.url, {}, { maxBytes }).get("/x", {}, { signal: NEVER });
    assertEquals(bytes.length, maxBytes);
    const error = await failureOf(handler(maxBytes + 1), { maxBytes });
    assertEquals([error.code, error.retryable], ["body_too_large", false]);
    assertStringIncludes(error.message, "more than 2 MiB");
  }
});

async function gzipped(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

Deno.test("a compressed body is unpacked, counted unpacked, and a cut one is no answer", async () => {
  const headers = { "content-encoding": "gzip" };
  const small = await gzipped(new Uint8Array(1000));
  await using server = await startHttpServer((_, reply) => reply.send({ headers, body: small }));
  const { bytes } = await clientOf(server.url, {}, { maxBytes: 1000 })
    .get("/x", {}, { signal: NEVER });
  assertEquals(bytes.length, 1000);
  const bomb = await gzipped(new Uint8Array(4 * 1024 * 1024));
  assert(bomb.length < 20_000);
  const large = await failureOf((_, reply) => reply.send({ headers, body: bomb }), {
    maxBytes: 1024 * 1024,
  });
  assertEquals(large.code, "body_too_large");
  const cut = await failureOf((_, reply) =>
    reply.send({ headers, body: bomb.slice(0, bomb.length / 2) })
  );
  assert(["truncated_body", "connection_failed"].includes(cut.code), cut.code);
  assert(cut.retryable);
});

Deno.test("a body that is cut off is truncated, a connection that is lost has failed; both may pass", async () => {
  const cut = await failureOf((_, reply) =>
    reply.raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "close")
  );
  assertEquals([cut.code, cut.retryable], ["truncated_body", true]);
  assertStringIncludes(cut.message, "broke off after 4 bytes");
  const chunked = await failureOf((_, reply) =>
    reply.sendChunked({ chunks: ["half"], unfinished: true, then: "close" })
  );
  assertEquals([chunked.code, chunked.retryable], ["truncated_body", true]);
  for (const then of ["close", "reset"] as const) {
    const lost = await failureOf((_, reply) => reply.raw("", then));
    assertEquals([lost.code, lost.retryable], ["connection_failed", true]);
  }
});
