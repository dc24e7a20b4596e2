import { SourceError } from "../../../src/base/errors.ts";
import { NoTimeLeftError } from "../../../src/sources/http/rate_limit.ts";
import { Outage, UnreachableError } from "../../../src/sources/http/outage.ts";
import { ServiceClient } from "../../../src/sources/http/service_client.ts";
import type { NetworkOptions, NextTry } from "../../../src/sources/network.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../../assert.ts";
import { startHttpServer } from "../../fake/http_server.ts";
import { NEVER, SERVICE } from "./client_helpers.ts";

/** A port of this machine at which nothing listens. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

const NO_NAME = "dns error: failed to lookup address information: Name or service not known";

/** Has every request fail as the runtime does before there is a connection; these tests may ask no other machine. */
function withoutConnection(said = NO_NAME): Disposable {
  const { fetch } = globalThis;
  globalThis.fetch = (input) => {
    const text = `error sending request for url (${input}): client error (Connect): ${said}`;
    return Promise.reject(new TypeError("fetch failed", { cause: new Error(text) }));
  };
  return { [Symbol.dispose]: () => void (globalThis.fetch = fetch) };
}

/**
 * What takes connections and ends each as soon as the first bytes are there, in the handshake of TLS.
 *
 * @param last Bytes that it sends before.
 */
function cuttingListener(
  last = "",
): Disposable & { readonly port: number; readonly taken: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let taken = 0;
  const serve = async (): Promise<void> => {
    for await (const connection of listener) {
      taken++;
      await connection.read(new Uint8Array(1)).catch(() => null);
      await connection.write(new TextEncoder().encode(last)).catch(() => 0);
      connection.close();
    }
  };
  void serve().catch(() => {});
  return {
    port: listener.addr.port,
    get taken() {
      return taken;
    },
    [Symbol.dispose]: () => listener.close(),
  };
}

interface Asked {
  readonly error: SourceError;
  readonly tries: readonly (NextTry | undefined)[];
  readonly requests: number;
  readonly ms: number;
}

async function ask(client: ServiceClient, signal: AbortSignal = NEVER): Promise<Asked> {
  const tries: (NextTry | undefined)[] = [];
  let requests = 0;
  const began = performance.now();
  const listening = {
    signal,
    onRetry: (_why: Error, next?: NextTry) => void tries.push(next),
    onRequest: () => void requests++,
  };
  const error = await assertRejects(
    () => client.trying(listening, (get) => get("/x")),
    Error,
  ) as SourceError;
  return { error, tries, requests, ms: performance.now() - began };
}

function clientOf(baseUrl: string, options: NetworkOptions = {}): ServiceClient {
  return new ServiceClient(SERVICE, { baseUrl, attempts: 2, backoffMs: 1, ...options });
}

Deno.test("a service out of reach is tried until the deadline, whatever the attempts but one", async () => {
  using cutting = cuttingListener();
  const places = [
    [`http://127.0.0.1:${freePort()}`, /refused/i],
    [`https://127.0.0.1:${cutting.port}`, /handshake|eof|reset/i],
  ] as const;
  for (const [url, why] of places) await tried(url, why);
  assert(cutting.taken > 2);
  using _names = withoutConnection();
  await tried(
    "http://name.invalid",
    /^Name or service not known: GET http:\/\/name.invalid\/x could /,
  );
});

async function tried(url: string, why: RegExp): Promise<void> {
  const once = await ask(clientOf(url, { attempts: 1, deadlineSeconds: 60 }));
  assertEquals(once.requests, 1, url);
  const patient = await ask(clientOf(url, { deadlineSeconds: 2.5 }));
  assertEquals(patient.error.code, "connection_failed", url);
  assertMatch(patient.error.message, why);
  assert(patient.requests > 2, `${url}: ${patient.requests} requests`);
  assert(patient.ms > 2400, `${url}: ${patient.ms} ms`);
  assertEquals(patient.tries.every((each) => each?.attempts === Infinity), true);
  const [first, second] = patient.tries.map((each) => each?.pauseMs ?? 0);
  assert(first !== undefined && first >= 125 && first <= 250, `${first}`);
  assert(second !== undefined && second >= 250 && second <= 500, `${second}`);
}

Deno.test("a service that comes back is asked as if nothing had been", async () => {
  const port = freePort();
  const client = clientOf(`http://127.0.0.1:${port}`, { deadlineSeconds: 60 });
  let failures = 0;
  let server: AsyncDisposable | undefined;
  const answer = await client.trying({
    signal: NEVER,
    onRetry: () => {
      failures++;
      if (failures !== 2) return;
      server = Deno.serve(
        { hostname: "127.0.0.1", port, onListen: () => {} },
        () => new Response("1"),
      );
    },
  }, (get) => get("/x"));
  await server?.[Symbol.asyncDispose]();
  assertEquals([answer.status, failures], [200, 2]);
});

Deno.test("what is waited for in vain is not waited for again by the next ticker", async () => {
  const client = clientOf(`http://127.0.0.1:${freePort()}`, { deadlineSeconds: 0.6 });
  const first = await ask(client);
  assert(first.requests > 1);
  const next = await ask(client);
  assertEquals([next.error.code, next.requests], ["connection_failed", 0]);
  assertMatch(next.error.message, /refused/i);
});

Deno.test("what may pass is waited for, what a peer refuses is not", async () => {
  const cases: readonly [said: string, isWaitedFor: boolean][] = [
    [NO_NAME, true],
    ["dns error: failed to lookup address information: Temporary failure in name resolution", true],
    ["tcp connect error: No route to host (os error 113)", true],
    ["tcp connect error: Network is unreachable (os error 101)", true],
    ["tcp connect error: Connection timed out (os error 110)", true],
    ["Connection reset by peer (os error 104)", true],
    ["tls handshake eof", true],
    ["invalid peer certificate: UnknownIssuer", false],
    ["received corrupt message of type InvalidContentType", false],
    ["received fatal alert: HandshakeFailure", false],
  ];
  for (const [said, isWaitedFor] of cases) {
    using _connection = withoutConnection(said);
    const stop = new AbortController();
    const told: (NextTry | undefined)[] = [];
    const client = clientOf("http://name.invalid", { deadlineSeconds: 60 });
    await client.trying({
      signal: stop.signal,
      onRetry: (_why, next) => {
        told.push(next);
        stop.abort();
      },
    }, (get) => get("/x")).catch(() => {});
    assertEquals(told[0]?.attempts === Infinity, isWaitedFor, said);
  }
});

Deno.test("a stop ends the wait at once", async () => {
  const stop = new AbortController();
  const reason = new Error("stop");
  using _names = withoutConnection();
  const client = clientOf("http://name.invalid", { deadlineSeconds: 600, backoffMs: 60_000 });
  const asked = client.trying(
    { signal: stop.signal, onRetry: () => setTimeout(() => stop.abort(reason), 1) },
    (get) => get("/x"),
  );
  assertEquals(await asked.catch((error) => error), reason);
});

Deno.test("a service that does not speak TLS, or is silent after an answer, counts as before", async () => {
  await using server = await startHttpServer(({ path }, reply) =>
    path === "/x" ? reply.raw("", "stall") : reply.send({ body: "1" })
  );
  using speaking = cuttingListener("HTTP/1.1 400 Bad Request\r\n\r\n");
  const plain = await ask(clientOf(`https://127.0.0.1:${speaking.port}`, { deadlineSeconds: 60 }));
  assertEquals([plain.error.code, plain.requests], ["connection_failed", 2]);
  const silent = clientOf(server.url, { deadlineSeconds: 60, timeoutSeconds: 0.3 });
  await silent.trying({ signal: NEVER }, (get) => get("/fine"));
  const timedOut = await ask(silent);
  assertEquals([timedOut.error.code, timedOut.requests], ["timeout", 2]);
});

Deno.test("an outage is believed for half a minute after the wait for it", () => {
  let now = 0;
  const outage = new Outage(10_000, () => now);
  const failure = new UnreachableError("connection_failed", "no name", { retryable: true });
  outage.failed(failure, 1);
  outage.failed(failure, 0);
  outage.check();
  now = 10_000;
  outage.failed(failure, 9999);
  assertEquals(outage.isOver, true);
  assertEquals(assertThrows(() => outage.check(), NoTimeLeftError).message, "no name");
  now = 40_000;
  outage.check();
  outage.answered();
  assertEquals([outage.isOver, outage.hasAnswered], [false, true]);
});
