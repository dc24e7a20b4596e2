import { SourceError } from "../../../src/base/errors.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../../assert.ts";
import { inProcess } from "../../cli/in_process.ts";
import { Workspace } from "../../e2e/workspace.ts";
import { Authority, type Certificate, selfSigned } from "../../fake/authority.ts";
import { clientOf, failureOf, NEVER } from "./client_helpers.ts";

const HOST = "127.0.0.1";
const YEAR_2020 = ["2020-01-01", "2021-02-03"] as const;
const YEAR_2090 = ["2090-01-01", "2091-01-01"] as const;

function serve({ cert, key }: Certificate): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { cert, key, hostname: HOST, port: 0, onListen: () => {} },
    () => new Response("{}"),
  );
}

Deno.test("each way not to trust a certificate has its own words, and is not tried again", async () => {
  await using space = await Workspace.create();
  const authority = await Authority.create();
  const caFile = space.write("ca.pem", authority.cert);
  const hosts = [HOST];
  const cases: [Certificate, string | undefined, RegExp, RegExp][] = [
    [
      await authority.sign({ hosts }),
      undefined,
      /is signed by itself, or by an authority that is not trusted here:/,
      /--ca-file or TICKERLOCK_CA_FILE.*DENO_TLS_CA_STORE=system/,
    ],
    [
      await (await Authority.create("Another")).sign({ hosts }),
      caFile,
      /not trusted here nor by \S+ca\.pem:/,
      /--ca-file/,
    ],
    [await selfSigned({ hosts }), undefined, /signed by itself/, /--ca-file/],
    [
      await authority.sign({ hosts, days: YEAR_2020 }),
      caFile,
      /expired on 2021-02-03:/,
      /machine's clock, which says \d{4}-.*renewed/,
    ],
    [
      await authority.sign({ hosts, days: YEAR_2090 }),
      caFile,
      /is valid from 2090-01-01 on only:/,
      /machine's clock/,
    ],
    [
      await authority.sign({ hosts: ["other.example", "a.example"] }),
      caFile,
      /is for other\.example, a\.example and not for 127\.0\.0\.1:/,
      /login page/,
    ],
    [await authority.sign({}), caFile, /is for no host at all and not for/, /address/],
    [
      await authority.sign({ hosts, isAuthority: true }),
      caFile,
      /is that of an authority/,
      /basicConstraints=CA:FALSE/,
    ],
  ];
  for (const [certificate, trusted, message, hint] of cases) {
    await using server = serve(certificate);
    const client = clientOf(`https://${HOST}:${server.addr.port}`, { caFile: trusted });
    const error = await assertRejects(() => client.get("/x", {}, { signal: NEVER }), SourceError);
    client.close();
    assertEquals([error.code, error.retryable], ["tls_untrusted", false], error.message);
    assertMatch(
      error.message,
      /^the certificate of 127\.0\.0\.1 .*: GET https:.* could not be reached$/,
    );
    assertMatch(error.message, message);
    assertMatch(error.hint ?? "", hint);
  }
});

Deno.test("each source of a service names --ca-file, and asks once", async () => {
  await using space = await Workspace.create();
  const authority = await Authority.create();
  await using server = serve(await authority.sign({ hosts: [HOST] }));
  const url = `https://${HOST}:${server.addr.port}`;
  const env = { YAHOO_BASE_URL: url, KALSHI_BASE_URL: url, TICKERLOCK_LOG_FORMAT: "json" };
  const asked = [
    ["--source", "yahoo", "--ticker", "PETR4.SA"],
    ["--source", "kalshi", "--dataset", "events"],
  ];
  for (const words of asked) {
    const args = ["ingest", "--db", "x.db", "--json", ...words];
    const { code, stdout, stderr } = await inProcess(args, { cwd: space.path, env });
    assertEquals(code, 1, stderr);
    const [{ error, requests }] = JSON.parse(stdout).tickers;
    assertEquals([error.code, requests], ["tls_untrusted", 1]);
    assertMatch(error.hint, /--ca-file/);
  }
});

Deno.test("an address without TLS, and a proxy that wants a login, are told", async () => {
  await using server = Deno.serve(
    { hostname: HOST, port: 0, onListen: () => {} },
    () => new Response("{}"),
  );
  const client = clientOf(`https://${HOST}:${server.addr.port}`);
  const plain = await assertRejects(() => client.get("/x", {}, { signal: NEVER }), SourceError);
  assertEquals(plain.code, "connection_failed");
  assertMatch(plain.message, /^127\.0\.0\.1:\d+ does not speak TLS: GET/);
  assertMatch(plain.hint ?? "", /http:\/\/ in place of https:\/\//);
  const login = await failureOf((_, reply) => reply.send({ status: 407 }));
  assertEquals([login.code, login.retryable], ["proxy_refused", false]);
  assertMatch(login.message, /^a proxy wants a user and a password \(407\): GET http:/);
  assert(login.hint?.includes("HTTP_PROXY"));
});
