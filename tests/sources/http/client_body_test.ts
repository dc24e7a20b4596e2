import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";
import { type Handler, startHttpServer } from "../../fake/http_server.ts";
import { clientOf, failureOf, NEVER } from "./client_helpers.ts";

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
