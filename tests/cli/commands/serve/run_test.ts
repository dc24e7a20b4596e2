import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../../assert.ts";
import { prepared } from "../../../e2e/prepared.ts";
import { hasFileModes } from "../../../../src/platform/files.ts";
import { inSpace } from "../../in_process.ts";

const TOKEN = "0123456789abcdef";

Deno.test("what would let others in is refused before a port is opened", async () => {
  await using space = await prepared();
  const file = space.write("token.txt", `${TOKEN}\n`);
  Deno.chmodSync(file, 0o644);
  const env = { TICKERLOCK_SERVE_TOKEN: TOKEN };
  const cases: [args: string[], env: Record<string, string>, error: string][] = [
    [["--listen", "0.0.0.0"], {}, "--listen 0.0.0.0: other machines reach it"],
    [["--listen", "::"], {}, "--listen ::: other machines reach it"],
    [[], { TICKERLOCK_SERVE_TOKEN: TOKEN.slice(1) }, "is shorter than 16 characters"],
    [[], { TICKERLOCK_SERVE_TOKEN: `${TOKEN} x` }, "is no token (the value is not shown)"],
    [["--token-file", "none.txt"], env, "--token-file none.txt: "],
    [["--token-file", space.path], env, "is no regular file"],
    [["--listen", "example.org"], env, "is no IP address"],
    [["--listen", "1.2.3.256"], env, "is no IP address"],
    [["--port", "65536"], env, "is no port"],
    [["--allow-host", "http://a"], env, "is no name of a host"],
    [["--db", "nowhere.db"], env, "nowhere.db"],
    ...hasFileModes()
      ? [[["--token-file", file], {}, "can be read by others (mode 644)"] as [
        string[],
        Record<string, string>,
        string,
      ]]
      : [],
  ];
  for (const [args, set, error] of cases) {
    const { code, stdout, stderr } = await inSpace(space, ["serve", "--port", "0", ...args], {
      env: set,
    });
    assertEquals(code, args.includes("nowhere.db") ? 1 : 2, stderr);
    assertStringIncludes(stderr, error);
    assertMatch(stderr, /\nTry: |"hint":"/);
    assert(!stderr.includes(TOKEN.slice(1)) && stdout === "", stderr);
  }
});
