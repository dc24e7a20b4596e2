import { assert, assertEquals, assertStringIncludes } from "../../../assert.ts";
import { naming, Scene } from "../../../e2e/yahoo_scene.ts";

const COOKIE = "A1=d/SECRET-cookie+one=&S=x; B=SECRET-cookie-two; C=s3";
const USER = "SECRET-user";
const PASSWORD = "SECRET-p@ss/word";
const TOKEN = "SECRET-token &more";

/** What must not be seen, each as it is and as it looks in a URL, in a header or in JSON. */
const SECRETS = [
  ...["SECRET", encodeURIComponent("@ss/word"), "@ss/word", "d%2FSECRET"],
  ...[btoa(`${USER}:${PASSWORD}`).slice(0, 12), "token=SECRET"],
];

function secretUrl(url: string): string {
  const secret = new URL(url);
  secret.username = USER;
  secret.password = PASSWORD;
  secret.searchParams.set("token", TOKEN);
  return secret.href;
}

function assertNoSecret(text: string, where: string): void {
  for (const secret of SECRETS) assert(!text.includes(secret), `${secret} in ${where}: ${text}`);
}

/** The bytes of all files, also of those in folders. */
function* filesIn(folder: string): Generator<readonly [string, string]> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* filesIn(path);
    else yield [path, new TextDecoder("latin1").decode(Deno.readFileSync(path))];
  }
}

Deno.test("cookie, user, password and token are sent, and are never seen again", async () => {
  await using scene = await Scene.create();
  const { space, yahoo } = scene;
  const env = { YAHOO_COOKIE: COOKIE, YAHOO_BASE_URL: secretUrl(yahoo.url) };
  // ECHO answers with the URL and the cookie as it received them.
  const tickers = ["PETR4.SA", "ECHO.SA", "NOPE.SA", "RESET.SA", "REDIRECT.SA", "CUTLENGTH.SA"];
  const args = [...naming(tickers), "--log-level", "debug", "--concurrency", "8"];
  for (
    const more of [["--json", "--attempts", "2"], ["--attempts", "1"], [
      ...["--attempts", "1", "--log-format", "pretty"],
    ]]
  ) {
    const { code, stdout, stderr } = await scene.ingest([...args, ...more], { env });
    assertEquals(code, 3);
    assertNoSecret(stdout, "stdout");
    assertNoSecret(stderr, "stderr");
    if (!more.includes("--json")) continue;
    // Hidden, and not just cut off.
    assertStringIncludes(stdout, "cookie: ***");
    assertStringIncludes(stdout, "token=***");
    assertStringIncludes(stdout, "authorization: Basic");
  }
  const [sent] = yahoo.requests;
  assertEquals(sent?.headers.get("cookie"), COOKIE);
  assertEquals(sent?.headers.get("authorization"), `Basic ${btoa(`${USER}:${PASSWORD}`)}`);
  assertEquals(new URL(sent?.target ?? "", yahoo.url).searchParams.get("token"), TOKEN);
  let files = 0;
  for (const [path, bytes] of filesIn(space.path)) {
    assertNoSecret(bytes, path);
    files++;
  }
  assert(files > tickers.length);
});

Deno.test("sources test, and settings that are refused, do not show them either", async () => {
  await using scene = await Scene.create();
  const good = { YAHOO_COOKIE: COOKIE, YAHOO_BASE_URL: secretUrl(scene.yahoo.url) };
  const bad = [
    { ...good, YAHOO_COOKIE: `${COOKIE}\nX: SECRET` },
    { ...good, YAHOO_BASE_URL: "SECRET-no-url" },
    { ...good, YAHOO_BASE_URL: `ftp://${USER}:SECRET@example.com/?token=SECRET` },
    { ...good, YAHOO_BASE_URL: `http://${USER}:SECRET@127.0.0.1:1/?token=SECRET` },
    { ...good, YAHOO_BASE_URL: `http://${USER}:SECRET@127.0.0.1:99999/?token=SECRET` },
  ];
  const test = async (env: Readonly<Record<string, string>>, ticker: string) => {
    const args = ["--ticker", ticker, "--timeout", "1"];
    const { code, stdout, stderr } = await scene.program(
      ["sources", "test", "yahoo", ...args],
      env,
    );
    assert(code !== 0, stdout);
    assertNoSecret(stdout + stderr, JSON.stringify(env));
  };
  for (const ticker of ["ECHO.SA", "STALL.SA"]) await test(good, ticker);
  for (const env of bad) {
    await test(env, "PETR4.SA");
    const { code, stdout, stderr } = await scene.ingest(
      ["--ticker", "PETR4.SA", "--attempts", "1", "--json"],
      { env },
    );
    assert(code !== 0, stdout);
    assertNoSecret(stdout + stderr, JSON.stringify(env));
  }
});
