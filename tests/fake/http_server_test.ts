import { assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { type Handler, startHttpServer } from "./http_server.ts";

/** Sends text over a bare connection; what came back until the other side ended it. */
async function talk(url: string, text: string): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(url).port) });
  const writer = conn.writable.getWriter();
  await writer.write(new TextEncoder().encode(text));
  writer.releaseLock();
  let received = "";
  for await (const bytes of conn.readable.pipeThrough(new TextDecoderStream())) received += bytes;
  return received;
}

const echo: Handler = ({ method, path, query, headers, body }, reply) =>
  reply.send({
    body: JSON.stringify([
      method,
      path,
      [...query],
      headers.get("x-a"),
      new TextDecoder().decode(body),
    ]),
  });

Deno.test("a handler sees method, path, query, headers and body", async () => {
  await using server = await startHttpServer(echo);
  const response = await fetch(`${server.url}/a%20b?x=1&x=2`, {
    method: "POST",
    headers: { "X-A": "é" },
    body: "sent",
  });
  const [method, path, query, , body] = await response.json();
  assertEquals([method, path, query, body], ["POST", "/a%20b", [["x", "1"], ["x", "2"]], "sent"]);
});

Deno.test("several requests on one connection, also sent at once, are answered in order", async () => {
  await using server = await startHttpServer(echo);
  const received = await talk(
    server.url,
    "GET /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\n\r\n" +
      "GET /3 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
  );
  assertEquals(received.match(/"\/\d"/g), ['"/1"', '"/2"', '"/3"']);
});

Deno.test("what is no request is answered with 400", async () => {
  await using server = await startHttpServer(echo);
  for (const text of ["hello\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/1.1\r\nno header\r\n\r\n"]) {
    assertStringIncludes(await talk(server.url, text), "HTTP/1.1 400 ");
  }
  assertStringIncludes(await talk(server.url, "x".repeat(70_000)), "HTTP/1.1 400 ");
});

Deno.test("disposing ends connections that are being answered or stalled, twice without harm", async () => {
  const reached = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const server = await startHttpServer(({ path }, reply) => {
    if (path === "/stall") {
      reached[0].resolve();
      return reply.raw("", "stall");
    }
    reached[1].resolve();
    return new Promise(() => {});
  });
  const answers = ["/stall", "/never"].map((path) =>
    assertRejects(() => fetch(server.url + path), TypeError)
  );
  await Promise.all(reached.map(({ promise }) => promise));
  assertEquals(server.openConnections, 2);
  await server[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  assertEquals(server.openConnections, 0);
  await Promise.all(answers);
});

Deno.test("a client that goes away ends a stall", async () => {
  const stalled = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  await using server = await startHttpServer(async (_request, reply) => {
    stalled.resolve();
    await reply.raw("", "stall");
    over.resolve();
  });
  const stop = new AbortController();
  const answer = assertRejects(() => fetch(server.url, { signal: stop.signal }), Error);
  await stalled.promise;
  stop.abort();
  await Promise.all([answer, over.promise]);
});

Deno.test("what a handler throws is answered with 500 and thrown by dispose", async () => {
  for (
    const [handler, message] of [
      [() => {
        throw new Error("from the handler");
      }, "from the handler"],
      [() => {}, "was not answered"],
    ] as const
  ) {
    const server = await startHttpServer(handler);
    const response = await fetch(server.url);
    assertEquals(response.status, 500);
    assertStringIncludes(await response.text(), message);
    await assertRejects(async () => await server[Symbol.asyncDispose](), Error, message);
  }
});
