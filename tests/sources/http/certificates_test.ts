import { SourceError, UsageError } from "../../../src/base/errors.ts";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "../../assert.ts";
import { Workspace } from "../../e2e/workspace.ts";
import { inProcess } from "../../cli/in_process.ts";
import { AUTHORITY, LOCALHOST } from "../../fake/certificates.ts";
import { clientOf, NEVER } from "./client_helpers.ts";

function serve(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { ...LOCALHOST, hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("{}"),
  );
}

Deno.test("a service whose authority is in the file is asked, and refused without it", async () => {
  await using space = await Workspace.create();
  const caFile = space.write("ca.pem", AUTHORITY);
  await using server = serve();
  const url = `https://127.0.0.1:${server.addr.port}`;
  const trusting = clientOf(url, { caFile });
  assertEquals((await trusting.get("/x", {}, { signal: NEVER })).status, 200);
  trusting.close();
  const error = await assertRejects(
    () => clientOf(url).get("/x", {}, { signal: NEVER }),
    SourceError,
  );
  assertEquals(error.code, "tls_untrusted");
  assertMatch(error.message, /certificate/i);

  // The same through the program: option, variable, configuration file.
  const config = space.write("c.json", '{"ca_file":"ca.pem"}');
  const test = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    inProcess(["sources", "test", "yahoo", ...args], {
      cwd: space.path,
      env: { YAHOO_BASE_URL: url, ...env },
    });
  for (
    const outcome of [
      await test(["--ca-file", "ca.pem"]),
      await test([], { TICKERLOCK_CA_FILE: "ca.pem" }),
      await test(["--config", config]),
    ]
  ) assertMatch(outcome.stdout, /status 200/);
  assertMatch((await test([])).stderr, /certificate/i);
});

Deno.test("a file without a good certificate is refused before anything is asked", async () => {
  await using space = await Workspace.create();
  const bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  for (
    const [file, why] of [
      [`${space.path}/none.pem`, /none\.pem: it does not exist/],
      [space.write("text.pem", "hello"), /text\.pem: has no certificate in PEM format/],
      [space.write("bad.pem", bad), /bad\.pem: .*certificate/],
    ] as const
  ) {
    const error = assertThrows(() => clientOf("https://127.0.0.1:9", { caFile: file }), UsageError);
    assertEquals([error.code, error.exitCode], ["bad_ca_file", 2]);
    assertMatch(error.message, why);
    const args = ["ingest", "--ticker", "A", "--db", "x.db", "--ca-file", file];
    const { code, stderr } = await inProcess(args, { cwd: space.path });
    assertEquals(code, 2, stderr);
    assertMatch(stderr, /[Nn]ame a file in PEM format with --ca-file/);
  }
  assertEquals(space.names().includes("x.db"), false);
});
