import { assertEquals, assertMatch } from "../assert.ts";
import { logLines, SAMPLE } from "../e2e/program.ts";
import { Workspace } from "../e2e/workspace.ts";
import { assertRefused, type BadUsage } from "./bad_usage.ts";
import { inProcess } from "./in_process.ts";

/** A command line that is good but for what is added. */
const good = ["ingest", "--source", "cotahist", "--file", SAMPLE];

const BAD_USAGE: readonly BadUsage[] = [
  { args: ["ingets"], error: /unknown command "ingets"/, hint: /Did you mean ingest\?/ },
  { args: ["--verison"], error: /unknown option "--verison"/, hint: /--version/ },
  { args: [...good, "--lock-dri=x"], error: /unknown option --lock-dri$/m, hint: /--lock-dir\?/ },
  { args: [...good, "-x"], error: /unknown option -x/, hint: /--help/ },
  { args: [...good, "more.TXT"], error: /unexpected argument "more\.TXT"/, hint: /option/ },
  { args: [...good, "--ticker"], error: /--ticker needs a value/, hint: /--ticker TICKER/ },
  { args: [...good, "--db="], error: /--db needs a value/, hint: /--db PATH/ },
  { args: [...good, "--lock-dir", ""], error: /--lock-dir needs a value/, hint: /--lock-dir DIR/ },
  { args: [...good, "--json=maybe"], error: /--json "maybe"/, hint: /without a value/ },
  { args: [...good, "--from", "01/02/2024"], error: /--from "01\/02\/2024"/, hint: /YYYY-MM-DD/ },
  { args: [...good, "--to", "2024-02-30"], error: /not a day of the calendar/, hint: /YYYY-MM-DD/ },
  {
    args: [...good, "--from", "2024-02-02", "--to", "2024-02-01"],
    error: /--from 2024-02-02 is after --to 2024-02-01/,
    hint: /Swap/,
  },
  { args: [...good, "--lock-timeout", "-5"], error: /--lock-timeout "-5": is negative/, hint: /0/ },
  { args: [...good, "--lock-timeout", "2m"], error: /--lock-timeout "2m"/, hint: /seconds/ },
  {
    args: good,
    env: { INGEST_LOCK_TIMEOUT_SECONDS: "-1" },
    error: /INGEST_LOCK_TIMEOUT_SECONDS "-1": is negative/,
    hint: /INGEST_LOCK_TIMEOUT_SECONDS/,
  },
  {
    args: [...good, "--on-locked", "wiat"],
    error: /--on-locked "wiat"/,
    hint: /Did you mean wait/,
  },
  {
    args: good,
    env: { INGEST_LOCK_MODE: "leave" },
    error: /INGEST_LOCK_MODE "leave"/,
    hint: /wait, exit/,
  },
  { args: [...good, "--log-level", "loud"], error: /--log-level "loud"/, hint: /debug, info/ },
  { args: [...good, "--ticker", "../../etc"], error: /ticker "\.\.\/\.\.\/etc"/, hint: /PETR4/ },
  { args: [...good, "--ticker", "PETR4 SA"], error: /only letters A-Z/, hint: /PETR4/ },
  { args: [...good, "--ticker", "A".repeat(65)], error: /65 characters/, hint: /PETR4/ },
  { args: [...good, "--ticker", "nul"], error: /Windows reserves/, hint: /PETR4/ },
  { args: [...good, "--markets", "010,030"], error: /market 030 .*several/, hint: /Leave 030 out/ },
  { args: [...good, "--markets", "10"], error: /market "10" is not three digits/, hint: /010/ },
  {
    args: ["ingest", "--source", "csv", "--file", SAMPLE, "--markets", "010"],
    error: /source csv does not use --markets/,
    hint: /Leave --markets out, or choose --source cotahist\./,
  },
  {
    args: ["ingest", "--file", SAMPLE, "--allow-truncated"],
    env: { TICKERLOCK_SOURCE: "csv" },
    error: /source csv does not use --allow-truncated/,
    hint: /Leave --allow-truncated out, or choose --source cotahist\./,
  },
  { args: ["ingest", "--source", "csv"], error: /source csv needs a file/, hint: /--file PATH/ },
  {
    args: ["ingest", "--source", "cotahsit", "--file", SAMPLE],
    error: /unknown source "cotahsit"/,
    hint: /--source cotahist/,
  },
];

Deno.test("bad usage is refused by name with a remedy: exit 2, nothing made", async () => {
  // Without a database and lock folder named, the default ones would be made here.
  await using space = await Workspace.create();
  await assertRefused(BAD_USAGE, (args, env) => inProcess(args, { cwd: space.path, env }));
  assertEquals(space.names(), []);
});

Deno.test("bad usage is one line of JSON where the log is to be JSON, whatever else is wrong", async () => {
  await using space = await Workspace.create();
  const env = { TICKERLOCK_LOG_FORMAT: "json" };
  const cases: readonly [args: readonly string[], env: Record<string, string>, code: string][] = [
    [[...good, "--bogus", "--log-format", "json"], {}, "unknown_option"],
    [["ingets", "--log-format=JSON"], {}, "unknown_command"],
    [["locks", "status", "--log-format", "json"], {}, "missing_name"],
    [["db", "frobnicate"], env, "unknown_command"],
    [[...good, "--log-level", "loud"], env, "bad_value"],
    [[...good, "--log-format", "jsn"], env, "bad_value"],
  ];
  for (const [args, env, expected] of cases) {
    const { code, stdout, stderr } = await inProcess(args, { cwd: space.path, env });
    assertEquals([code, stdout], [2, ""], stderr);
    const [line, ...more] = logLines(stderr);
    assertEquals([line?.level, line?.logger, more], ["ERROR", "tickerlock", []]);
    assertMatch(String(line?.message), /^Error: .+ Try: .+/);
    assertEquals((line?.properties as { code?: string }).code, expected);
  }
  assertEquals(space.names(), []);
});

Deno.test("help is printed for the program, a command and a subcommand, in both forms", async () => {
  const rows: [args: string[], code: number, start: string][] = [
    [[], 2, "tickerlock "],
    [["--help"], 0, "tickerlock "],
    [["-h"], 0, "tickerlock "],
    [["help"], 0, "tickerlock "],
    [["help", "logs"], 0, "tickerlock logs: "],
    [["logs", "--help"], 0, "tickerlock logs: "],
    [["help", "logs", "show"], 0, "tickerlock logs show: "],
    [["logs", "show", "--help", "--bogus"], 0, "tickerlock logs show: "],
    [["ingest", "-h"], 0, "tickerlock ingest: "],
  ];
  for (const [args, wanted, start] of rows) {
    const { code, stdout, stderr } = await inProcess(args);
    assertEquals([code, stderr, stdout.startsWith(start)], [wanted, "", true], args.join(" "));
    assertMatch(stdout, /^Usage:/m);
  }
});

Deno.test("what is wrong after --version is refused by name", async () => {
  for (
    const [args, error] of [
      [["--version", "extra"], /^Error: unexpected argument "extra"/],
      [["--version", "--json", "--bogus"], /^Error: unknown option --bogus/],
      [["--version", "--bogus", "--json"], /^Error: unknown option --bogus/],
      [["--version", "--json", "--json"], /^Error: unexpected argument "--json"/],
      [["--version", ""], /^Error: unexpected argument ""/],
    ] as const
  ) {
    const { code, stdout, stderr } = await inProcess(args);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertMatch(stderr, error);
    assertMatch(stderr, /^Try: .*--version/m);
  }
});
