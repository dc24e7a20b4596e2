import { writeCotahist } from "../../docs/examples/generate_cotahist.ts";
import { assert, assertEquals, assertMatch, assertNotMatch } from "../assert.ts";
import { logLines, programCommand, programEnvironment, SAMPLE } from "./program.ts";
import { Workspace } from "./workspace.ts";
import { testNeeding } from "../system.ts";

testNeeding("shell", "a reader that goes away after one line is no error", async () => {
  await using space = await Workspace.create();
  // As JSON some 200 KB: more than a pipe holds, so that `head` is gone before all is written.
  const file = `${space.path}/COTAHIST.TXT`;
  await writeCotahist(file, { tickers: 400, days: 1, markets: [] });
  const args = ["--source", "cotahist", "--file", file, "--json"];
  const { code, stdout, stderr } = await space.spawn(["ingest", ...args], {
    prefix: ["sh", "-c", '{ "$@"; echo $? > code; } | head -1', "sh"],
  });
  assertEquals([code, stdout, stderr], [0, "{\n", ""]);
  assertEquals(Deno.readTextFileSync(`${space.path}/code`), "0\n");
  assertEquals(space.value("SELECT count(*) FROM prices"), 400);
});

Deno.test("a reader that is gone before the first line is no error", async () => {
  await using space = await Workspace.create();
  using held = space.hold("EXMA3.SA");
  await using running = space.start(["--source", "cotahist", "--file", SAMPLE], {
    holdStdout: true,
  });
  await running.says("waiting for EXMA3.SA");
  await running.closeStdout();
  held.release();
  const { code, stderr } = await running.outcome();
  assertEquals(code, 0);
  assertEquals(logLines(stderr).map(({ level }) => level), ["INFO"]);
  assertEquals(space.prices().length, 80);
});

testNeeding("fullDevice", "standard error that nobody can be written to is no error", async () => {
  await using space = await Workspace.create();
  const args = ["--source", "cotahist", "--file", SAMPLE, "--ticker", "NONE3.SA"];
  for (const redirect of ["2>&-", "2>/dev/full"]) {
    const { code, stdout } = await space.spawn(["ingest", ...args], {
      prefix: ["sh", "-c", `"$@" ${redirect}`, "sh"],
    });
    assertEquals(code, 1, redirect);
    assertMatch(stdout, /^NONE3\.SA +failed /m);
  }
});

/** A command on a terminal of its own; undefined where no tool for it is installed. */
async function onTerminal(): Promise<readonly string[] | undefined> {
  try {
    const { stdout } = await new Deno.Command("script", { args: ["--version"] }).output();
    if (!new TextDecoder().decode(stdout).includes("util-linux")) return undefined;
  } catch {
    return undefined;
  }
  return ["script", "--quiet", "--return", "--command"];
}

testNeeding(
  "utilLinux",
  "a terminal gets lines for people in colours, with NO_COLOR or TERM=dumb without",
  async () => {
    const script = await onTerminal();
    if (script === undefined) {
      Deno.stderr.writeSync(
        new TextEncoder().encode("script of util-linux is absent: no terminal to test on\n"),
      );
      return;
    }
    await using space = await Workspace.create();
    const tickers = ["--ticker", "EXMA3.SA", "--ticker", "NONE3.SA"];
    const args = ["ingest", "--source", "cotahist", "--file", SAMPLE, ...tickers];
    const words = [...programCommand(), ...args];
    const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    const run = async (env: Record<string, string>): Promise<string> => {
      using held = space.hold("EXMA3.SA");
      const command = new Deno.Command(script[0] ?? "", {
        args: [...script.slice(1), quoted, "/dev/null"],
        cwd: space.path,
        clearEnv: true,
        env: programEnvironment({ TICKERLOCK_DB: space.db, LOCK_DIR: space.lockDir, ...env }),
        stdin: "null",
        stdout: "piped",
      });
      const child = command.spawn();
      let text = "";
      for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        if (text.includes("waiting for EXMA3.SA")) held.release();
      }
      assertEquals((await child.status).code, 3);
      return text;
    };
    // An empty NO_COLOR counts as none: https://no-color.org
    const colored = await run({ NO_COLOR: "" });
    // deno-lint-ignore no-control-regex
    assertMatch(colored, /\x1b\[[0-9;]*m/);
    assertMatch(colored, /waiting for EXMA3\.SA/);
    assertMatch(colored, /\r\nError: [^\r]*NONE3\.SA.*\r\nTry: /);
    assert(!colored.includes('{"@timestamp"'), colored);

    for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
      const plain = await run(env);
      assertMatch(plain, /waiting for EXMA3\.SA/);
      // deno-lint-ignore no-control-regex
      assertNotMatch(plain, /\x1b\[[0-9;]*m/);
    }
  },
);
