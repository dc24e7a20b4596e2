import { SourceError, UsageError } from "../../../src/base/errors.ts";
import { NoTimeLeftError } from "../../../src/sources/http/rate_limit.ts";
import type { RawAnswer } from "../../../src/sources/network.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../../assert.ts";
import { waitFor } from "../../e2e/wait_for.ts";
import { startHttpServer } from "../../fake/http_server.ts";
import { HttpClient } from "../../../src/sources/http/client.ts";
import { allOf, clientOf, failureOf, NEVER, SERVICE } from "./client_helpers.ts";
import { FakeClock } from "./fake_clock.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

Deno.test("an answer comes as it is, whatever its status, and is told of with its checksum", async () => {
  for (const status of [200, 404, 500]) {
    await using server = await startHttpServer((_, reply) =>
      reply.send({ status, body: "abc", headers: { "content-type": "Text/Plain; charset=x" } })
    );
    const told: RawAnswer[] = [];
    let requests = 0;
    const answer = await clientOf(server.url).get("/x", { a: "b" }, {
      signal: NEVER,
      onRequest: () => void requests++,
      onAnswer: (raw) => {
        told.push(raw);
        return Promise.resolve();
      },
    });
    assertEquals([answer.status, answer.contentType, text(answer.bytes)], [
      status,
      "text/plain",
      "abc",
    ]);
    assertEquals(answer.shownUrl, `${server.url}/x`);
    assertEquals(requests, 1);
    assertEquals(told.map(({ status, sha256 }) => [status, sha256]), [
      [status, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    ]);
  }
});

Deno.test("a base URL's path, slash, query and user are kept where they belong", async () => {
  await using server = await startHttpServer((request, reply) =>
    reply.send({ body: `${request.target} ${request.headers.get("authorization") ?? "-"}` })
  );
  const { host } = new URL(server.url);
  const cases: [string, string][] = [
    [`http://${host}`, "/v8/x?a=1%2C2 -"],
    [`http://${host}/`, "/v8/x?a=1%2C2 -"],
    [`http://${host}/proxy`, "/proxy/v8/x?a=1%2C2 -"],
    [`http://${host}/proxy/`, "/proxy/v8/x?a=1%2C2 -"],
    [`http://${host}/p%20q/?token=tt`, "/p%20q/v8/x?token=tt&a=1%2C2 -"],
    [`http://${host}?a=old#there`, "/v8/x?a=1%2C2 -"],
    [`http://me:secret@${host}`, `/v8/x?a=1%2C2 Basic ${btoa("me:secret")}`],
  ];
  for (const [base, expected] of cases) {
    const client = clientOf(base);
    const { bytes, shownUrl } = await client.get("/v8/x", { a: "1,2" }, { signal: NEVER });
    assertEquals(text(bytes), expected);
    assertNotMatch(shownUrl, /secret|=tt|a=|there/);
    assertNotMatch(client.shownBase, /secret|=tt|\/$/);
  }
});

Deno.test("an address that is none is refused without being shown: it may hold a password", () => {
  for (const base of ["", "nonsense", "user:secret@host", "ftp://user:secret@host/", "//secret"]) {
    const error = assertThrows(() => clientOf(base), UsageError, "BASE_URL: ");
    assertEquals(error.code, "bad_value");
    assertNotMatch(allOf(error), /secret/);
  }
});

Deno.test("a header that cannot be sent is refused without being shown", () => {
  for (const value of ["secret\nSet: x", "secret\0", "secret€", "secret\r\n\r\nGET /"]) {
    const cookie = assertThrows(
      () => clientOf("http://h", { cookie: value }),
      UsageError,
      "COOKIE",
    );
    const agent = assertThrows(() => clientOf("http://h", { userAgent: value }), UsageError);
    assertStringIncludes(agent.message, "USER_AGENT");
    for (const error of [cookie, agent]) assertNotMatch(allOf(error), /secret/);
  }
});

Deno.test("numbers that make no sense are refused before anything is asked", () => {
  for (
    const bad of [
      { timeoutSeconds: 0 },
      { timeoutSeconds: NaN },
      { deadlineSeconds: -1 },
      { attempts: 0 },
      { attempts: 1.5 },
      { attempts: Infinity },
      { backoffMs: -1 },
      { backoffMs: Infinity },
      { rate: { count: 0, perMs: 1 } },
      { rate: { count: 0.5, perMs: 1 } },
      { rate: { count: 1, perMs: 0 } },
      { rate: { count: 1, perMs: Infinity } },
    ]
  ) {
    const error = assertThrows(() => clientOf("http://h", bad), UsageError, Object.keys(bad)[0]);
    assertEquals([error.code, error.exitCode], ["bad_value", 2]);
  }
  clientOf("http://h", {
    timeoutSeconds: Infinity,
    deadlineSeconds: Infinity,
    backoffMs: 0,
    rate: null,
  });
});

Deno.test("no end of patience is no hurry: a request without a time limit is answered", async () => {
  await using server = await startHttpServer((_, reply) => reply.send({ body: "abc" }));
  const client = clientOf(server.url, { timeoutSeconds: Infinity });
  assertEquals(text((await client.get("/x", {}, { signal: NEVER })).bytes), "abc");
});

Deno.test("a redirect on the same host is followed, with the cookie", async () => {
  const seen: string[] = [];
  await using server = await startHttpServer((request, reply) => {
    seen.push(`${request.path} ${request.headers.get("cookie")}`);
    if (request.path !== "/x") return reply.send({ body: "there" });
    return reply.send({ status: 302, headers: { location: "../y?z=1" }, body: "moved" });
  });
  const answer = await clientOf(server.url, { cookie: "A=secret" })
    .get("/x", {}, { signal: NEVER });
  assertEquals([answer.status, text(answer.bytes)], [200, "there"]);
  assertEquals(seen, ["/x A=secret", "/y A=secret"]);
});

Deno.test("a redirect to another host is refused, and the cookie is not sent there", async () => {
  let requests = 0;
  await using other = await startHttpServer((_, reply) => {
    requests++;
    return reply.send();
  });
  for (
    const [location, shown] of [
      [`${other.url}/consent?token=hidden`, `${other.url}/consent`],
      ["//example.com/a", "http://example.com/a"],
      ["data:text/plain,x", "to data:text/plain,x: GET"],
      ["file:///etc/passwd", "to file:/etc/passwd: GET"],
      ["http://[", "a bad address"],
    ] as const
  ) {
    const error = await failureOf((_, reply) => reply.send({ status: 307, headers: { location } }));
    assertEquals([error.code, error.retryable], ["redirected", false]);
    assertStringIncludes(error.message, shown);
    assertNotMatch(error.message, /hidden/);
  }
  assertEquals(requests, 0);
});

Deno.test("an address that a service names is shown without secrets of the request, and cut", async () => {
  await using server = await startHttpServer(({ path, headers }, reply) => {
    const cookie = headers.get("cookie") ?? "";
    const there = path === "/x" ? "/y/" : "http://elsewhere.invalid/";
    const location = `${there}${cookie}/${"z".repeat(5000)}`;
    return reply.send({ status: 302, headers: { location } });
  });
  const client = clientOf(server.url, { cookie: "A=very-secret" });
  const error = await assertRejects(() => client.get("/x", {}, { signal: NEVER }), SourceError);
  assertEquals(error.code, "redirected");
  assertNotMatch(error.message, /very-secret/);
  assertMatch(error.message, /elsewhere\.invalid\/\*\*\*\/z+…: GET .*\/y\/\*\*\*\/z+…$/);
  assert(error.message.length < 500);
});

Deno.test("from https no redirect leads to the same host without encryption; the other way it does", async () => {
  const real = globalThis.fetch;
  for (
    const [base, location, followed] of [
      ["https://host", "http://host/y", false],
      ["http://host", "https://host/y", true],
    ] as const
  ) {
    const asked: string[] = [];
    globalThis.fetch = (input) => {
      asked.push(String(input));
      const first = asked.length === 1;
      return Promise.resolve(
        new Response(null, first ? { status: 302, headers: { location } } : { status: 204 }),
      );
    };
    try {
      const answer = clientOf(base, { cookie: "A=secret" }).get("/x", {}, { signal: NEVER });
      if (followed) await answer;
      else assertEquals((await assertRejects(() => answer, SourceError)).code, "redirected");
      assertEquals(asked, [`${base}/x`, ...(followed ? [location] : [])]);
    } finally {
      globalThis.fetch = real;
    }
  }
});

Deno.test("a redirect that leads in circles ends", async () => {
  let requests = 0;
  const error = await failureOf((_, reply) => {
    requests++;
    return reply.send({ status: 301, headers: { location: `/x?${requests}` } });
  });
  assertEquals([error.code, requests], ["redirect_loop", 6]);
});

Deno.test("a redirect without an address is an answer", async () => {
  await using server = await startHttpServer((_, reply) => reply.send({ status: 304 }));
  assertEquals((await clientOf(server.url).get("/x", {}, { signal: NEVER })).status, 304);
});

Deno.test("an answer that never comes, and a body that never ends, are given up in time", async () => {
  for (
    const sent of ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"]
  ) {
    const error = await failureOf((_, reply) => reply.raw(sent, "stall"), { timeoutSeconds: 0.1 });
    assertEquals([error.code, error.retryable], ["timeout", true]);
    assertStringIncludes(error.message, "within 0.1 s");
    assertStringIncludes(error.hint ?? "", "--timeout");
  }
});

Deno.test("where the deadline is nearer than the timeout, the message says so", async () => {
  await using server = await startHttpServer((_, reply) => reply.raw("", "stall"));
  const clock = new FakeClock();
  const client = clientOf(server.url, {}, { clock });
  const error = await assertRejects(
    () => client.get("/x", {}, { signal: NEVER, deadline: { at: clock.elapsed() + 100 } }),
    SourceError,
  );
  assertStringIncludes(error.message, "within 0.1 s");
  assertStringIncludes(error.hint ?? "", "--deadline");
});

Deno.test("where no time is left, nothing is asked", async () => {
  let requests = 0;
  await using server = await startHttpServer((_, reply) => {
    requests++;
    return reply.send();
  });
  const clock = new FakeClock();
  const client = clientOf(server.url, {}, { clock });
  const error = await assertRejects(
    () => client.get("/x", {}, { signal: NEVER, deadline: { at: clock.elapsed() } }),
    NoTimeLeftError,
  );
  assertEquals([error.code, requests], ["deadline_passed", 0]);
});

Deno.test("a stop ends a request at once with the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new Error("stop");
  await using server = await startHttpServer((_, reply) => {
    controller.abort(reason);
    return reply.raw("", "stall");
  });
  const client = clientOf(server.url);
  const thrown = await assertRejects(
    () => client.get("/x", {}, { signal: controller.signal }),
    Error,
  );
  assert(thrown === reason);
});

Deno.test("a refusal silences the host also where its body never comes, or is too large", async () => {
  const bodies = ["content-length: 9\r\n\r\nhalf", "content-length: 99999999\r\n\r\n"];
  for (const rest of bodies) {
    await using server = await startHttpServer((_, reply) =>
      reply.raw(`HTTP/1.1 429 X\r\nretry-after: 50\r\n${rest}`, "stall")
    );
    const client = clientOf(server.url, { timeoutSeconds: 100 }, { clock: new FakeClock() });
    const stop = new AbortController();
    const answer = client.get("/x", {}, { signal: stop.signal });
    answer.catch(() => {});
    await waitFor("the silence", () => client.limiter.pausedMs > 0);
    stop.abort();
    await assertRejects(() => answer, Error);
    assertEquals(client.limiter.pausedMs, 50_000);
  }
});

Deno.test("429 silences the host, 503 only where it says for how long, a date by the service's clock", async () => {
  const date = "Fri, 02 Jan 2026 03:04:05 GMT";
  const until = "Fri, 02 Jan 2026 03:04:35 GMT";
  const cases: [number, Record<string, string>, number][] = [
    [200, {}, 0],
    [200, { "retry-after": "9" }, 0],
    [500, { "retry-after": "9" }, 0],
    [503, {}, 0],
    [503, { "retry-after": "9" }, 9000],
    [429, { "retry-after": "9" }, 9000],
    [429, {}, 2000],
    [429, { "retry-after": "soon" }, 2000],
    [429, { "retry-after": until, date }, 30_000],
  ];
  for (const [status, headers, ms] of cases) {
    await using server = await startHttpServer((_, reply) => reply.send({ status, headers }));
    const client = clientOf(server.url, {}, { clock: new FakeClock() });
    await client.get("/x", {}, { signal: NEVER });
    assertEquals(client.limiter.pausedMs, ms, `${status} ${JSON.stringify(headers)}`);
  }
});

Deno.test("what cannot be kept fails the request, with its own error", async () => {
  await using server = await startHttpServer((_, reply) => reply.send());
  const full = new SourceError("raw_not_saved", "full");
  const error = await assertRejects(
    () =>
      clientOf(server.url).get("/x", {}, { signal: NEVER, onAnswer: () => Promise.reject(full) }),
    SourceError,
  );
  assert(error === full);
});

Deno.test("a failure's message begins with the cause and has the address behind it", async () => {
  const nobody = await startHttpServer((_, reply) => reply.send({ body: "" }));
  await nobody[Symbol.asyncDispose]();
  const dead = clientOf(nobody.url);
  const unreached = await assertRejects(() => dead.get("/x", {}, { signal: NEVER }), SourceError);
  assertMatch(
    unreached.message,
    /^Connection refused[^:]*: GET http:\/\/[\w.:]+\/x could not be reached \(.*Connect.*\)$/,
  );
  const large = await failureOf((_, reply) => reply.send({ body: "abc" }), { maxBytes: 2 });
  assertMatch(large.message, /^the answer has more than .*: GET http:/);
  const silent = await failureOf((_, reply) => reply.raw("", "stall"), {
    timeoutSeconds: 0.05,
  });
  assertMatch(silent.message, /^no whole answer within 0\.1 s: GET http:/);
  const circle = await failureOf((_, reply) =>
    reply.send({ status: 302, headers: { location: "/x" } })
  );
  assertMatch(circle.message, /^redirected more than 5 times: GET http:/);
  const away = await failureOf((_, reply) =>
    reply.send({ status: 302, headers: { location: "http://elsewhere.invalid/" } })
  );
  assertMatch(
    away.message,
    /^redirected, and it leads to http:\/\/elsewhere\.invalid\/: GET http:/,
  );
});

Deno.test("where a host fails, the other one of its service is asked from then on", async () => {
  let fails: "status" | "connection" | "limit" | null = null;
  await using first = await startHttpServer((_, reply) =>
    fails === "connection" ? reply.raw("", "reset") : reply.send({
      status: fails === "status" ? 503 : fails === "limit" ? 429 : 200,
      body: "first",
    })
  );
  await using second = await startHttpServer((_, reply) => reply.send({ body: "second" }));
  const service = { ...SERVICE, baseUrl: first.url, otherUrl: second.url };
  for (const kind of ["status", "connection", "limit"] as const) {
    const client = new HttpClient(service);
    const asked = async (): Promise<string> => {
      try {
        return text((await client.get("/x", {}, { signal: NEVER })).bytes);
      } catch (error) {
        return error instanceof SourceError ? error.code : String(error);
      }
    };
    fails = null;
    assertEquals(await asked(), "first");
    fails = kind;
    const [failed, next] = [await asked(), kind === "limit" ? "first" : await asked()];
    assertEquals(failed, kind === "connection" ? "connection_failed" : "first");
    // What is asked too often is so on both: it is the same service.
    assertEquals(next, kind === "limit" ? "first" : "second");
    assertEquals(client.shownBase, kind === "limit" ? first.url : second.url);
  }
  // An address of the user's own has no other.
  fails = "status";
  const own = new HttpClient(service, { baseUrl: first.url });
  for (const _ of [1, 2]) {
    assertEquals(text((await own.get("/x", {}, { signal: NEVER })).bytes), "first");
  }
});
