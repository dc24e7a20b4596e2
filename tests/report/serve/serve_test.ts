import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { inProcess } from "../../cli/in_process.ts";
import { type Answer, commit, ServedPlace } from "./place.ts";

const TOKEN = "a-token-of-some-length";

function statuses(...answers: readonly Answer[]): number[] {
  return answers.map(({ status }) => status);
}

Deno.test("a link lets one browser in, once, and the next link is another", async () => {
  await using place = await ServedPlace.start();
  assertEquals(statuses(await place.ask("/"), await place.ask("/ticker/PETR4.SA")), [401, 401]);
  const [link = ""] = place.links;
  // Looking at the headers of a link, as programs do that show previews, uses nothing up.
  assertEquals((await place.ask(link, {}, { method: "HEAD" })).status, 401);
  const entered = await place.enter();
  assertEquals([entered.status, entered.headers.get("location")], [303, "/"]);
  // Browsers hand a cookie to all ports: servers that chose one themselves must not share a name.
  assertMatch(
    entered.headers.get("set-cookie") ?? "",
    new RegExp(
      `^tickerlock_${new URL(place.url).port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`,
    ),
  );
  assertEquals((await place.ask("/")).status, 200);
  const { cookie } = place;
  place.cookie = "";
  assertEquals((await place.ask(link)).status, 401);
  assertEquals((await place.ask("/", { cookie: `${cookie}x` })).status, 401);
  assertEquals([place.links.length, new Set(place.links).size], [2, 2]);
  await place.enter();
  assertEquals(
    statuses(await place.ask("/"), await place.ask("/", { cookie: `a=b; ${cookie}` })),
    [200, 200],
  );
  for (const key of ["", "x", TOKEN]) {
    assertEquals((await place.ask(`/enter?key=${key}`, { cookie: "" })).status, 401, key);
  }
  assertEquals(place.errors, []);
});

Deno.test("the token opens pages and metrics, for a program or in the form", async () => {
  await using place = await ServedPlace.start({ token: TOKEN });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  for (const path of ["/", "/metrics", "/events", "/nothing"]) {
    assertEquals((await place.ask(path)).status, 401, path);
    assertEquals((await place.ask(path, bearer(`${TOKEN}x`))).status, 401, path);
  }
  assertEquals((await place.ask("/", bearer(TOKEN))).status, 200);
  const metrics = await place.ask("/metrics", bearer(TOKEN));
  assertMatch(metrics.headers.get("content-type") ?? "", /^text\/plain; version=0.0.4/);
  const printed = await inProcess(["stats", "--prometheus", "--db", place.db]);
  const lines = (text: string) =>
    text.split("\n").filter((line) => !/_timestamp_seconds /.test(line));
  assertEquals(lines(metrics.text), lines(printed.stdout));
  for (let times = 0; times < 2; times++) {
    const entered = await place.ask(`/enter?key=${TOKEN}`);
    assertEquals(entered.status, 303);
    const cookie = entered.headers.get("set-cookie")?.split(";")[0] ?? "";
    assertEquals((await place.ask("/metrics", { cookie })).status, 200);
  }
  assertEquals(place.links.length, 1, "the link is still good");
});

Deno.test("only a request for this server, from no other site, that asks and has no body", async () => {
  await using place = await ServedPlace.start({ hosts: ["data.example.org"] });
  await place.enter();
  const { host, port } = new URL(place.url);
  const asked = async (headers: Record<string, string>, path = "/healthz", init = {}) =>
    (await place.ask(path, headers, init)).status;
  for (
    const [good, headers] of [
      [true, { host: `localhost:${port}` }],
      [true, { host: `[::1]:${port}` }],
      [true, { host: "data.example.org" }],
      [false, { host: `evil.example:${port}` }],
      [false, { host: `127.0.0.1.evil.example:${port}` }],
      [false, { host: `10.0.0.1:${port}` }],
    ] as const
  ) {
    const answer = await place.raw(`GET /healthz HTTP/1.1\r\nHost: ${headers.host}\r\n\r\n`);
    assertMatch(answer, good ? / 200 / : / 421 .*content-security-policy: /s, headers.host);
  }
  for (
    const [good, headers] of [
      [true, { origin: `http://${host}` }],
      [true, { "sec-fetch-site": "none" }],
      [true, { "sec-fetch-site": "same-origin" }],
      [false, { origin: "http://evil.example" }],
      [false, { origin: "null" }],
      [false, { origin: `http://127.0.0.1:${Number(port) + 1}` }],
      [false, { "sec-fetch-site": "same-site" }],
      [false, { "sec-fetch-site": "cross-site" }],
    ] as const
  ) {
    const answer = await place.ask("/", headers);
    assertEquals(answer.status, good ? 200 : 403, JSON.stringify(headers));
    assertEquals(answer.headers.get("access-control-allow-origin"), null);
    assert(good === answer.text.includes("PETR4.SA"));
  }
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    const answer = await place.ask("/", {}, { method });
    assertEquals([answer.status, answer.headers.get("allow")], [405, "GET, HEAD"], method);
  }
  const head = await place.ask("/", {}, { method: "HEAD" });
  assertEquals([head.status, head.text], [200, ""]);
  assertEquals(await asked({}, `/${"x".repeat(2050)}`), 414);
  assertEquals(await asked({}, "/ticker/%ff"), 404);
});

Deno.test("a body and a head without end are not read", async () => {
  await using place = await ServedPlace.start();
  const { host } = new URL(place.url);
  const raw = (text: string) => place.raw(text);
  assertMatch(await raw(`GET / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 9\r\n\r\n`), / 413 /);
  const chunked = `GET / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n`;
  assertMatch(await raw(chunked), / 413 /);
  assertMatch(await raw(`GET / HTTP/1.1\r\nHost: ${host}\r\nA: ${"b".repeat(600_000)}`), / 4\d\d /);
  assertMatch(await raw("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"), / 421 /);
  assertMatch(await raw("GET / HTTP/1.0\r\n\r\n"), / 421 /);
});

Deno.test("every answer forbids what it does not need", async () => {
  await using place = await ServedPlace.start();
  const answers = [await place.ask("/"), await place.ask("/healthz"), await place.enter()];
  for (const path of ["/", "/ticker/PETR4.SA", "/none", "/metrics"]) {
    answers.push(await place.ask(path));
  }
  for (const { headers } of answers) {
    for (
      const [name, value] of Object.entries({
        "cache-control": "no-store, no-transform",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
      })
    ) assertEquals(headers.get(name), value, name);
    const policy = headers.get("content-security-policy") ?? "";
    assertMatch(policy, /^default-src 'none'; /);
    assertStringIncludes(policy, "frame-ancestors 'none'");
    assert(!/unsafe|\*|http/.test(policy), policy);
  }
});

Deno.test("each ticker, run and code of failures has a page, and the search finds them", async () => {
  await using place = await ServedPlace.start();
  await place.enter();
  const page = await place.ask("/");
  const hrefs = [...page.text.matchAll(/href="(\/[^"]+)"/g)].map(([, href = ""]) => href);
  const first = (kind: string) => hrefs.find((href) => href.startsWith(`/${kind}/`)) ?? "";
  assert(hrefs.includes("/ticker/PETR4.SA") && hrefs.includes("/failure/rate_limited"));
  const ticker = await place.ask("/ticker/PETR4.SA");
  assertMatch(ticker.text, /<h1>PETR4\.SA<\/h1>/);
  assertStringIncludes(ticker.text, '"DESDOBRAMENTO"');
  assert(!ticker.text.includes("VALE3.SA"));
  assertEquals(ticker.text.match(/<td>success/g)?.length, 30);
  // Without prices there is no chart, and a page all the same.
  assertStringIncludes((await place.ask("/ticker/KALSHI.MARKETS")).text, "bad_answer");
  const run = await place.ask(first("run"));
  assertMatch(run.text, /<h1>Run [\da-f]{8}<\/h1>.*on host as process 4242\. \d+ jobs?: /s);
  const failure = await place.ask("/failure/bad_answer");
  assertStringIncludes(failure.text, "look for a newer version");
  assertStringIncludes(failure.text, "got &lt;b&gt;&quot;5&quot;&lt;/b&gt;");
  assertEquals(failure.text.match(/<td>failed/g)?.length, 5);
  const found = async (text: string) => {
    const { text: html } = await place.ask(`/search?q=${encodeURIComponent(text)}`);
    return [...html.slice(html.indexOf("<main")).matchAll(/href="(\/[^"]+)"/g)].map(([, href]) =>
      href
    );
  };
  assertEquals(await found("petr"), ["/ticker/PETR4.SA"]);
  assertEquals(await found("limited rate"), ["/failure/rate_limited"]);
  assertEquals(await found("000000002100"), ["/run/0190f000-0000-7000-9000-000000002100"]);
  assertEquals(await found("nothing"), []);
  assertStringIncludes(
    (await place.ask("/search?q=%3Cscript%3E%22")).text,
    'value="&lt;script&gt;&quot;"',
  );
  for (const path of ["/ticker/NONE", "/run/none", "/failure/none", "/ticker/", "/x"]) {
    assertEquals((await place.ask(path)).status, 404, path);
  }
  assertEquals(place.errors, []);
});

Deno.test("who listens is told of a job in under a second, and of what was missed at once", async () => {
  await using place = await ServedPlace.start();
  await place.enter();
  const version = await place.version();
  await using listener = await place.listen(version);
  const tooks = [Infinity];
  let last = version;
  // A machine that is busy is slower.
  while (Math.min(...tooks) > 700 && tooks.length < 30) {
    const began = performance.now();
    commit(place.db);
    const told = await listener.next();
    tooks.push(performance.now() - began);
    assert(told !== undefined && told !== last, `${told}`);
    last = told;
  }
  assert(Math.min(...tooks) <= 700, `${tooks}`);
  assertEquals(await place.version(), last, "the page says which state it is of");
  assertStringIncludes((await place.ask("/")).text, "NEW3.SA");
  await using late = await place.listen(version);
  assertEquals(await late.next(), last);
  assertEquals(place.errors, []);
});

Deno.test("a page that has the newest version already is not told of it", async () => {
  await using place = await ServedPlace.start();
  await place.enter();
  await using early = await place.listen(await place.version());
  commit(place.db);
  const first = await early.next();
  // Told apart from the one before, so this is seen some time before it is told.
  commit(place.db);
  let version = await place.version();
  while (version === first) version = await place.version();
  await using late = await place.listen(version);
  assertEquals(await early.next(), version);
  commit(place.db);
  assert(await late.next() !== version);
});

Deno.test("twenty can listen, another is told to come later, and takes the place of one that left", async () => {
  await using place = await ServedPlace.start();
  await place.enter();
  const version = await place.version();
  const all = [];
  for (let at = 0; at < 20; at++) all.push(await place.listen(version));
  assertEquals(new Set(all.map(({ status }) => status)), new Set([200]));
  const refused = await place.ask(`/events?since=${version}`);
  assertEquals([refused.status, refused.headers.get("retry-after")], [503, "30"]);
  await all.pop()?.[Symbol.asyncDispose]();
  let status = 503;
  for (let tries = 0; status === 503 && tries < 200; tries++) {
    const next = await place.listen(version);
    status = next.status;
    all.push(next);
  }
  assertEquals(status, 200);
  commit(place.db);
  assert(await all[0]?.next());
  const ended = Promise.all(all.map(async (each) => {
    for (let told; (told = await each.next()) !== undefined;) assert(told !== version);
  }));
  const began = performance.now();
  await place.end();
  await ended;
  // Not by the time after which answers under way are given up.
  assert(performance.now() - began < 1900);
});

Deno.test("a database that cannot be read is told on the page, and pages live on when it can", async () => {
  await using place = await ServedPlace.start();
  await place.enter();
  await using listener = await place.listen(await place.version());
  Deno.renameSync(place.db, `${place.db}.away`);
  Deno.writeTextFileSync(place.db, "no database");
  assert(await listener.next());
  const broken = await place.ask("/");
  assertEquals(broken.status, 503);
  Deno.renameSync(`${place.db}.away`, place.db);
  for (;;) {
    if ((await place.ask("/")).status === 200) break;
    assert(await listener.next());
  }
  assertEquals(place.errors, []);
});

Deno.test("who listens to a database that cannot be read is told once, and again when it can", async () => {
  await using place = await ServedPlace.start();
  await place.enter();
  Deno.renameSync(place.db, `${place.db}.away`);
  await using listener = await place.listen("");
  const broken = await listener.next();
  assertEquals(await place.version(), broken);
  // Longer than until it is tried again.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assertEquals(await place.version(), broken);
  Deno.renameSync(`${place.db}.away`, place.db);
  let told;
  do told = await listener.next(); while (told === broken);
  assert(told);
  assertEquals((await place.ask("/")).status, 200);
  assertEquals(place.errors, []);
});
