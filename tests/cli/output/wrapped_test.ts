import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";
import { loggedSpace } from "../../e2e/log_tools.ts";
import { COMMANDS } from "../../../src/cli/registry.ts";
import { inProcess, inSpace } from "../in_process.ts";

/** Fails on a line that is wider than the terminal and could have been broken. */
function assertFits(text: string, columns: number): void {
  for (const line of text.split("\n")) {
    const text = line.trim().replace(/^# | \\$/g, "");
    assert(line.length <= columns || text.split(" ").length === 1, `${columns}: ${line}`);
  }
}

const REFUSED: readonly (readonly string[])[] = [
  ["ingest", "--lock-timeout", "soon"],
  ["ingest", "PETR4.SA", "--db", "file:a-database-that-has-a-long-name.db"],
  ["logs", "frobnicate"],
  ["stats", "--since", "tomorrow"],
  ["db", "restore", "nowhere.db"],
  ["locks", "status", ".Nightly"],
];

Deno.test("errors and their hints are wrapped to a terminal, and in one line where there is none", async () => {
  await using space = await loggedSpace();
  for (const args of REFUSED) {
    const plain = await inSpace(space, [...args, "--log-format", "pretty"]);
    assertEquals(plain.stderr.split("\n").length, 3, plain.stderr);
    for (const columns of [40, 60, 80]) {
      const { stderr } = await inSpace(space, args, { terminal: true, columns });
      assertFits(stderr, columns);
      assertEquals(stderr.replaceAll(/\s+/g, " "), plain.stderr.replaceAll(/\s+/g, " "));
      assertEquals(stderr.match(/^(Error|Try): /gm), ["Error: ", "Try: "]);
    }
    const narrow = await inSpace(space, args, { terminal: true, columns: 40 });
    assert(narrow.stderr.split("\n").length > 3, narrow.stderr);
  }
});

Deno.test("lines of the log are wrapped to a terminal", async () => {
  await using space = await loggedSpace();
  const { stderr } = await inSpace(space, ["stats", "-v"], {
    terminal: true,
    columns: 60,
    env: { NO_COLOR: "1" },
  });
  assertStringIncludes(stderr.replaceAll(/\s+/g, " "), "verbose true (option)");
  assertFits(stderr, 60);
  const rate = await inSpace(space, ["config", "show", "-v", "--rate", "5/s"]);
  assertStringIncludes(rate.stderr, String.raw`rate \"5/s\" (option)`);
});

Deno.test("a note beside the results is wrapped as well", async () => {
  await using space = await loggedSpace();
  const args = ["logs", "--ticker", "PETR4.SAO,A-TICKER-THAT-NOBODY-KNOWS"];
  const { stderr } = await inSpace(space, args, { terminal: true, columns: 40 });
  assertStringIncludes(stderr.replaceAll(/\s+/g, " "), "PETR4.SAO is in the log; did you mean");
  assertFits(stderr, 40);
});

/** What a terminal gets beside tables. */
const TOLD: readonly (readonly string[])[] = [
  ["db", "verify", "--lock-dir", "locks"],
  ["db", "backup", "--to", "copy.db"],
  ["export", "verify", "prices.csv"],
  ["locks", "status", "PETR4.SA"],
  ["locks", "release", "VALE3.SA"],
  ["logs", "prune", "--older-than", "2026-11-03", "--dry-run"],
  ["stats", "--ticker", "NOBODY-KNOWS-THIS", "--source", "or-that-one", "--since", "2026"],
];

Deno.test("values beside their names are wrapped under each other", async () => {
  await using space = await loggedSpace();
  await inSpace(space, ["locks", "adopt", "--lock-dir", "/tmp"]);
  for (const args of [["db", "info"], ["logs", "show", "00000006"]]) {
    const { stdout } = await inSpace(space, args, { terminal: true, columns: 80 });
    assertFits(stdout, 80);
  }
});

Deno.test("what a command tells in sentences fits the terminal", async () => {
  await using space = await loggedSpace();
  using _held = space.hold("PETR4.SA");
  await inSpace(space, ["export", "--out", "prices.csv"]);
  for (const args of TOLD) {
    for (const columns of [40, 80]) {
      const env = { NO_COLOR: "1", LOCK_DIR: "locks", TICKERLOCK_DB: "prices.db" };
      const words = args.map((word) => word.replace("copy", `${columns}`));
      const { stdout } = await inSpace(space, words, { terminal: true, columns, env });
      assert(stdout !== "", args.join(" "));
      assertFits(stdout, columns);
    }
  }
});

/** Help in one line, its examples without what a shell leaves out. */
function unwrapped(help: string): string {
  return help.replaceAll(" \\\n", " ").replaceAll(/[\s#]+/g, " ");
}

Deno.test("help fits the terminal, and has at most 100 columns", async () => {
  const calls = [["--help"], ...Object.keys(COMMANDS).map((name) => [name, "--help"]), [
    "help",
    "logs",
    "show",
  ]];
  for (const args of calls) {
    const { stdout: plain } = await inProcess(args);
    const help = async (columns: number): Promise<string> =>
      (await inProcess(args, { terminal: true, columns })).stdout;
    assertEquals([await help(100), await help(300)], [plain, plain], args.join(" "));
    for (const columns of [40, 60, 80]) {
      const seen = await help(columns);
      assertFits(seen, columns);
      assertEquals(unwrapped(seen), unwrapped(plain));
    }
  }
});
