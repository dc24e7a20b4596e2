import * as fc from "fast-check";
import { redactor, shownUrl } from "../../../src/sources/http/redact.ts";
import { readAnswer } from "../../../src/sources/yahoo/answer.ts";
import { SourceError } from "../../../src/base/errors.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { startHttpServer } from "../../fake/http_server.ts";
import { allOf, clientOf, NEVER } from "./client_helpers.ts";
import { FakeClock } from "./fake_clock.ts";

/** Text that no message has by chance, of every character that a secret may have. */
const secret = fc.string({
  unit: fc.constantFrom(..."QZ79%&<>\"'\\+=/?#@:!*()~.,$ "),
  minLength: 4,
  maxLength: 20,
}).map((text) => `Zq${text.trim()}9X`);

/** Of a cookie: no quotes or separators inside. */
const cookieValue = secret.map((text) => text.replace(/[;,\\" ]/g, "_"));

Deno.test("property: whatever a service quotes of a request, no secret of it is shown", async () => {
  // What the server quotes, in the forms that services use.
  const quote: Record<string, (texts: string[]) => { type: string; body: string }> = {
    plain: (texts) => ({ type: "text/plain", body: texts.join(" | ") }),
    json: (texts) => ({
      type: "application/json",
      body: JSON.stringify({ chart: { error: { code: "Bad", description: texts.join(" ") } } }),
    }),
    html: (texts) => ({
      type: "text/html",
      body: `<p>${texts.join("<br>").replaceAll("&", "&amp;").replaceAll('"', "&quot;")}</p>`,
    }),
    number: (texts) => ({
      type: "application/json",
      body: JSON.stringify({ chart: { result: texts } }),
    }),
    symbol: (texts) => ({
      type: "application/json",
      body: JSON.stringify({ chart: { result: [{ meta: { symbol: texts.join(" ") } }] } }),
    }),
  };
  let answer = "plain";
  let status = 400;
  let authorization = "";
  let sent = 0;
  await using server = await startHttpServer((request, reply) => {
    const { headers, target } = request;
    authorization = (headers.get("authorization") ?? "").replace("Basic ", "");
    const texts = [target, headers.get("cookie") ?? "", authorization];
    texts.push(...request.query.values());
    const { type, body } = quote[answer]?.(texts) ?? { type: "text/plain", body: "" };
    return reply.send({ status, headers: { "content-type": type }, body });
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(quote)),
      fc.constantFrom(200, 400, 404, 429, 500),
      fc.tuple(cookieValue, secret, secret, secret),
      async (form, code, [cookie, user, password, token]) => {
        answer = form;
        status = code;
        const base = new URL(server.url);
        base.username = user;
        base.password = password;
        base.searchParams.set("token", token);
        // A clock of its own: one answer of 429 would silence the clients after it.
        const options = { cookie: `A=1; B=${cookie}`, rate: null };
        const client = clientOf(base.href, options, { clock: new FakeClock() });
        const got = await client.get("/x", { a: "b" }, { signal: NEVER });
        const error = assertThrows(
          () => readAnswer(got, { ticker: "X", redact: client.redact }),
          SourceError,
        );
        const said = allOf(error);
        for (const each of [cookie, user, password, token, encodeURIComponent(token)]) {
          assert(!said.includes(each), `${form}: ${each} in ${said}`);
        }
        // The runtime sends none where the escapes of the user are no UTF-8.
        assert(authorization === "" || !said.includes(authorization), said);
        sent += authorization === "" ? 0 : 1;
      },
    ),
    { numRuns: 150 },
  );
  assert(sent > 0);
});

Deno.test("property: a connection that fails shows no secret, however short", async () => {
  await using server = await startHttpServer((_, reply) => reply.raw("", "reset"));
  const short = fc.string({ unit: fc.constantFrom(..."ZQX"), minLength: 2, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.tuple(short, short, short), async ([user, password, token]) => {
      const { host } = new URL(server.url);
      const client = clientOf(`http://${user}:${password}@${host}/?token=${token}`, { rate: null });
      const error = await assertRejects(() => client.get("/x", {}, { signal: NEVER }), SourceError);
      assertEquals(error.code, "connection_failed");
      const { message, hint, cause } = error;
      assertEquals(cause, undefined);
      const said = `${message} ${hint} ${JSON.stringify(error.details)}`;
      for (const each of [user, password, token]) assert(!said.includes(each), said);
    }),
    { numRuns: 30 },
  );
});

Deno.test("a secret inside of a longer one leaves nothing of it in sight", () => {
  const redact = redactor(new URL("http://abcd:abcdefgh@host/?k=abcdef"), undefined);
  assertEquals(redact("x abcdefgh y abcdef z abcd"), "x *** y *** z ***");
});

Deno.test("what is shorter than a secret is left alone, and so is a text without any", () => {
  const redact = redactor(new URL("http://a:b@host/?k=1"), "A=1; B=2");
  assertEquals(redact("a cab is 12 b"), "a cab is 12 b");
  assertEquals(redactor(new URL("http://host"), undefined)("nothing"), "nothing");
});

Deno.test("a cookie is hidden whole and by its values, its names are not", () => {
  const redact = redactor(new URL("http://host"), "session=value1; other=value2;flag");
  assertEquals(redact("session=value1; other=value2;flag"), "***");
  assertEquals(redact("session=value1 other=value2 flag"), "session=*** other=*** ***");
  assertEquals(redact('"value1"'), '"***"');
});

Deno.test("property: odd secrets, half characters among them, never make it fail", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.array(fc.nat(65_535)), (cookie, units) => {
      const odd = String.fromCharCode(...units);
      const redact = redactor(new URL("http://host"), `${cookie};${odd}`);
      assert(typeof redact(odd) === "string");
    }),
  );
});

Deno.test("a URL is shown without user, password, query and fragment", () => {
  assertEquals(shownUrl(new URL("https://u:p@h:8443/a/b?c=d#e")), "https://h:8443/a/b");
  assertEquals(shownUrl(new URL("file:///etc/passwd")), "file:/etc/passwd");
});
