import { networkOptions } from "../../../../src/cli/commands/ingest/network.ts";
import { loadSource } from "../../../../src/sources/registry.ts";
import { UsageError } from "../../../../src/base/errors.ts";
import { assertEquals, assertThrows } from "../../../assert.ts";
import { makeTempFolder, removeFolder } from "../../../paths.ts";

const environment = (values: Readonly<Record<string, string>>) => (name: string) => values[name];

Deno.test("addresses and secrets come from the environment, numbers from the options", async () => {
  const yahoo = await loadSource("yahoo");
  const env = environment({
    YAHOO_BASE_URL: "http://127.0.0.1:1",
    YAHOO_USER_AGENT: "me",
    YAHOO_COOKIE: "A=secret",
    OTHER_COOKIE: "B=other",
  });
  const values = {
    timeout: 5,
    rate: { count: 1, perMs: 1000 },
    attempts: 2,
    deadline: 30,
    concurrency: 4,
    saveRaw: null,
    caFile: "ca.pem",
  };
  assertEquals(networkOptions(yahoo, values, { env }), {
    timeoutSeconds: 5,
    baseUrl: "http://127.0.0.1:1",
    userAgent: "me",
    cookie: "A=secret",
    caFile: "ca.pem",
    rate: { count: 1, perMs: 1000 },
    attempts: 2,
    deadlineSeconds: 30,
  });
});

Deno.test("what is not set, or empty, is left to the source; no limit is no limit", async () => {
  const yahoo = await loadSource("yahoo");
  const empty = environment({ YAHOO_BASE_URL: "", YAHOO_USER_AGENT: "", YAHOO_COOKIE: "" });
  const set = (values: Parameters<typeof networkOptions>[1]) =>
    Object.entries(networkOptions(yahoo, values, { env: empty })).filter(([, value]) =>
      value !== undefined
    );
  assertEquals(set({ timeout: 5, rate: undefined }), [["timeoutSeconds", 5]]);
  assertEquals(set({ timeout: 5, rate: null }), [["timeoutSeconds", 5], ["rate", null]]);
});

Deno.test("a source of files reads no variable", async () => {
  const asked: string[] = [];
  const env = (name: string): string => {
    asked.push(name);
    return "x";
  };
  networkOptions(await loadSource("csv"), { timeout: 5 }, { env });
  assertEquals(asked, []);
});

Deno.test("systemd hands the cookie on as a file; the variable wins, an empty file is none", async () => {
  const yahoo = await loadSource("yahoo");
  const path = await makeTempFolder("tickerlock_credentials_");
  await using folder = { path, [Symbol.asyncDispose]: () => removeFolder(path) };
  const cookieOf = (variable?: string): string | undefined => {
    const env = (name: string): string | undefined =>
      ({ CREDENTIALS_DIRECTORY: folder.path, YAHOO_COOKIE: variable })[name];
    return networkOptions(yahoo, { timeout: 5 }, { env }).cookie;
  };
  assertEquals(cookieOf(), undefined);
  Deno.writeTextFileSync(`${folder.path}/yahoo_cookie`, "\n");
  assertEquals(cookieOf(), undefined);
  Deno.writeTextFileSync(`${folder.path}/yahoo_cookie`, "A=handed\n");
  assertEquals([cookieOf(), cookieOf("A=set")], ["A=handed", "A=set"]);
  Deno.removeSync(`${folder.path}/yahoo_cookie`);
  Deno.mkdirSync(`${folder.path}/yahoo_cookie`);
  const error = assertThrows(() => cookieOf(), UsageError);
  assertEquals(error.code, "bad_credential");
});
