import { SourceError } from "../../../src/base/errors.ts";
import { ServiceClient } from "../../../src/sources/http/service_client.ts";
import { FileError } from "../../../src/files/mod.ts";
import type { Rate } from "../../../src/sources/network.ts";
import { assertEquals, assertRejects } from "../../assert.ts";
import { type Handler, startHttpServer } from "../../fake/http_server.ts";

const RATE: Rate = { count: 1000, perMs: 1000 };

/** Downloads from a server; the pieces, and what the answer has of the body. */
async function download(handler: Handler, timeoutSeconds: number, attempts = 1) {
  await using server = await startHttpServer(handler);
  const network = { baseUrl: server.url, rate: RATE, environment: { baseUrl: "X" } };
  const client = new ServiceClient(network, { timeoutSeconds, attempts, backoffMs: 0 });
  try {
    const { signal } = new AbortController();
    return await client.trying({ signal }, async (get) => {
      let text = "";
      const begin = () => (piece: Uint8Array) => {
        text += new TextDecoder().decode(piece);
        return Promise.resolve();
      };
      const answer = await get("/file", {}, { headers: { "if-modified-since": "then" }, begin });
      return { text, kept: answer.bytes.length, status: answer.status };
    });
  } finally {
    client.close();
  }
}

function head(length: number): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`);
}

const [ONE, TWO] = [new TextEncoder().encode("one "), new TextEncoder().encode("two")];

Deno.test("a file may take longer than one request, as long as bytes come", async () => {
  const slow: Handler = ({ headers }, reply) => {
    assertEquals(headers.get("if-modified-since"), "then");
    return reply.pieces([head(23), ONE, ONE, ONE, ONE, ONE, TWO], 400);
  };
  const text = "one one one one one two";
  assertEquals(await download(slow, 2), { text, kept: 0, status: 200 });
});

Deno.test("without a byte for as long as one request may take it is given up", async () => {
  const stalled: Handler = (_request, reply) =>
    reply.send({ headers: { "content-length": "9" }, body: "one ", then: "stall" });
  const error = await assertRejects(() => download(stalled, 0.2), SourceError);
  assertEquals(error.code, "timeout");
});

Deno.test("a download that was cut begins anew", async () => {
  let times = 0;
  const once: Handler = (_request, reply) =>
    ++times === 1
      ? reply.send({ headers: { "content-length": "9" }, body: "one ", then: "close" })
      : reply.send({ body: "one two" });
  assertEquals((await download(once, 5, 2)).text, "one two");
  assertEquals(times, 2);
});

Deno.test("a disk that takes no more is not the service's fault, and nothing is tried again", async () => {
  let times = 0;
  await using server = await startHttpServer((_request, reply) => {
    times++;
    return reply.send({ body: "one two" });
  });
  const network = { baseUrl: server.url, rate: RATE, environment: { baseUrl: "X" } };
  const client = new ServiceClient(network, { backoffMs: 0 });
  const full = new FileError("file_disk_full", "no space is left", "/a");
  const { signal } = new AbortController();
  const begin = () => () => Promise.reject(full);
  const error = await assertRejects(
    () => client.trying({ signal }, (get) => get("/file", {}, { headers: {}, begin })),
    FileError,
  );
  client.close();
  assertEquals([error, times], [full, 1]);
});

Deno.test("what is no success is an answer as any", async () => {
  const missing: Handler = (_request, reply) => reply.send({ status: 404, body: "no such file" });
  assertEquals(await download(missing, 5), { text: "", kept: 12, status: 404 });
});
