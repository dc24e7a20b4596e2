import config from "../../../deno.json" with { type: "json" };
import { ENVIRONMENT } from "../../../scripts/project.ts";
import { parseCommandLine } from "../../../src/cli/args/parse.ts";
import { ingestSettings } from "../../../src/cli/commands/ingest/spec.ts";
import { parseDay } from "../../../src/cli/args/parsers.ts";
import { type Setting } from "../../../src/cli/args/setting.ts";
import { shared } from "../../../src/cli/args/shared.ts";
import { allDescriptions } from "../../../src/cli/registry.ts";
import { UsageError } from "../../../src/base/errors.ts";
import { loadSource, SOURCE_NAMES } from "../../../src/sources/registry.ts";
import { VERSION } from "../../../src/base/version.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";

function parsed(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return parseCommandLine(args, ingestSettings, (name) => env[name]);
}

function refusal(args: readonly string[], env: Readonly<Record<string, string>> = {}): UsageError {
  return assertThrows(() => parsed(args, env), UsageError);
}

Deno.test("without option and environment, every setting has its default", () => {
  const { values, origins, help } = parsed([]);
  assertEquals(values, {
    ticker: [],
    source: "yahoo",
    file: [],
    year: null,
    month: null,
    day: null,
    since: null,
    filesDir: null,
    from: null,
    to: null,
    markets: ["010"],
    lockMode: "private",
    onLocked: "wait",
    lockTimeout: 120,
    all: false,
    wide: false,
    jobLock: null,
    jobLockTimeout: 300,
    forceRefresh: false,
    fillGaps: false,
    calendar: null,
    notify: null,
    acceptRestatement: false,
    dryRun: false,
    maxRejected: 0.5,
    minFree: 512_000_000,
    allowTruncated: false,
    maxTickers: 20_000,
    maxRecords: 20_000_000,
    maxZipEntries: 10_000,
    maxZipRatio: 100,
    tickersFile: null,
    concurrency: 4,
    dataset: null,
    status: null,
    series: null,
    event: null,
    dateFormat: null,
    decimal: null,
    column: [],
    columns: null,
    tickerFromName: false,
    suffix: null,
    timeZone: null,
    rate: undefined,
    timeout: 10,
    caFile: null,
    attempts: 3,
    deadline: undefined,
    fullEvery: 2_592_000_000,
    saveRaw: null,
    db: "data/tickerlock.db",
    lockDir: "locks/",
    json: false,
    logLevel: "info",
    logFormat: "auto",
    quiet: false,
    verbose: false,
    logFile: null,
    logFileSize: 10_000_000,
    logFileCount: 5,
    config: null,
    noConfig: false,
  });
  assertEquals(new Set(Object.values(origins)), new Set(["default"]));
  assertEquals(help, false);
});

// One row per setting that has an environment variable: option's text and value, the same for the
// environment. A test below makes sure that none is missing.
const PRECEDENCE: readonly {
  key: keyof typeof ingestSettings;
  option: [string, unknown];
  environment: [string, unknown];
}[] = [
  { key: "source", option: ["CSV", "csv"], environment: ["Cotahist", "cotahist"] },
  { key: "onLocked", option: ["WAIT", "wait"], environment: ["exit", "exit"] },
  { key: "lockTimeout", option: ["0", 0], environment: ["2.5", 2.5] },
  { key: "db", option: ["a=b.db", "a=b.db"], environment: ["/x/y.db", "/x/y.db"] },
  { key: "lockDir", option: ["here", "here"], environment: ["/run/locks", "/run/locks"] },
  { key: "lockMode", option: ["GROUP", "group"], environment: ["private", "private"] },
  { key: "jobLockTimeout", option: ["0", 0], environment: ["7", 7] },
  { key: "calendar", option: ["a.json", "a.json"], environment: ["/b.json", "/b.json"] },
  {
    key: "notify",
    option: ["https://a.example/x", { kind: "webhook", url: "https://a.example/x" }],
    environment: ["none", null],
  },
  { key: "caFile", option: ["a.pem", "a.pem"], environment: ["/b.pem", "/b.pem"] },
  { key: "config", option: ["a.json", "a.json"], environment: ["/b.json", "/b.json"] },
  { key: "logLevel", option: ["DEBUG", "debug"], environment: ["error", "error"] },
  { key: "logFormat", option: ["json", "json"], environment: ["pretty", "pretty"] },
];

Deno.test("an option wins over the environment, the environment over the default", () => {
  for (const { key, option, environment } of PRECEDENCE) {
    const { name, env = "" } = ingestSettings[key] as Setting<unknown>;
    const inEnv = { [env]: environment[0] };
    const both = parsed([`--${name}`, option[0]], inEnv);
    assertEquals([both.values[key], both.origins[key]], [option[1], "option"], name);
    const one = parsed([], inEnv);
    assertEquals([one.values[key], one.origins[key]], [environment[1], "environment"], name);
    const empty = parsed([], { [env]: "" });
    const none = parsed([]);
    assertEquals([empty.values[key], empty.origins[key]], [none.values[key], "default"], name);
  }
});

Deno.test("both names of a variable are read; where they differ, nothing is guessed", () => {
  const pairs: [key: "lockDir" | "lockTimeout", name: string, older: string, text: string][] = [
    ["lockDir", "TICKERLOCK_LOCK_DIR", "LOCK_DIR", "here"],
    ["lockTimeout", "TICKERLOCK_LOCK_TIMEOUT", "INGEST_LOCK_TIMEOUT_SECONDS", "7"],
  ];
  for (const [key, name, older, text] of pairs) {
    for (
      const env of [{ [name]: text }, { [name]: text, [older]: text }, {
        [name]: text,
        [older]: "",
      }]
    ) {
      const { values, origins, given } = parsed([], env);
      assertEquals([String(values[key]), origins[key], given[key].name], [
        text,
        "environment",
        name,
      ]);
    }
    for (const env of [{ [older]: text }, { [older]: text, [name]: "" }]) {
      const { values, given } = parsed([], env);
      assertEquals([String(values[key]), given[key].name], [text, older]);
    }
    const both = { [name]: text, [older]: "9" };
    const error = refusal([], both);
    assertEquals(error.code, "conflicting_variables");
    assertEquals(error.message, `${name}="${text}" and ${older}="9" contradict each other`);
    const option = ingestSettings[key].name;
    assertStringIncludes(error.hint ?? "", `Unset ${older}`);
    assertStringIncludes(error.hint ?? "", `--${option}`);
    assertEquals(String(parsed([`--${option}`, "3"], both).values[key]), "3");
  }
});

Deno.test("a bad value in the environment is no matter where the option is given", () => {
  const env = { INGEST_LOCK_TIMEOUT_SECONDS: "soon", INGEST_LOCK_MODE: "maybe" };
  const { values } = parsed(["--lock-timeout", "3", "--on-locked=exit"], env);
  assertEquals([values.lockTimeout, values.onLocked], [3, "exit"]);
  assertEquals(refusal(["--lock-timeout", "3"], env).details.option, "INGEST_LOCK_MODE");
});

const OTHERS = [
  ...["PGPASSWORD", "PGPASSFILE", "STATE_DIRECTORY", "TICKERLOCK_SERVE_TOKEN"],
  ...["NO_COLOR", "TERM", "XDG_CONFIG_HOME", "HOME", "APPDATA"],
];

/** The runtime reads them by itself, and errors of the network name them. */
const PROXIES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];
const OF_RUNTIME = [
  ...PROXIES,
  ...PROXIES.map((name) => name.toLowerCase()),
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
];

Deno.test("the environment that is read is the environment that is listed", async () => {
  const all = Object.values(ingestSettings) as Setting<unknown>[];
  const read = all.flatMap(({ env }) => env === undefined ? [] : [env]);
  const older = all.flatMap(({ olderEnv }) => olderEnv === undefined ? [] : [olderEnv]);
  const sources = await Promise.all(SOURCE_NAMES.map(loadSource));
  // Services of one exchange share one.
  const ofSources = new Set(
    sources.flatMap(({ network }) => Object.values(network?.environment ?? {})),
  );
  const systemd = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "CREDENTIALS_DIRECTORY"];
  assertEquals(
    [...read, ...older, ...ofSources, ...systemd, ...OTHERS, ...OF_RUNTIME].sort(),
    [...ENVIRONMENT].sort(),
  );
  assertEquals(
    PRECEDENCE.map(({ key }) => (ingestSettings[key] as Setting<unknown>).env).sort(),
    read.sort(),
  );
});

Deno.test("option names are lower case, with dashes, and each is there once", () => {
  const names = Object.values(ingestSettings).map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  for (const name of names) assert(/^[a-z]+(-[a-z]+)*$/.test(name), name);
  assert(!names.includes("help") && !names.includes("version"));
  for (const setting of Object.values(shared)) assert(names.includes(setting.name), setting.name);
});

Deno.test("every bad value is refused by the name of its option, with the value and a remedy", () => {
  const cases: [option: string, value: string, why: string][] = [
    ["--from", "2024-02-30", "is not a day of the calendar"],
    ["--from", "2023-02-29", "is not a day of the calendar"],
    ["--from", "2024-13-01", "is not a day of the calendar"],
    ["--from", "2024-00-10", "is not a day of the calendar"],
    ["--to", "2024-1-1", "is not a date"],
    ["--to", "20240101", "is not a date"],
    ["--to", "2024-01-01T00:00:00Z", "is not a date"],
    ["--to", " 2024-01-01", "is not a date"],
    ["--to", "２０２４-01-01", "is not a date"],
    ["--to", "tomorrow", "is not a date"],
    ["--to", "2024-13", "is not a month of the calendar"],
    ["--to", "5h", "is not a date"],
    ["--from", "1h1d", "is not a date"],
    ["--from", "06:00", "is not a date"],
    ["--lock-timeout", "soon", "is not a number of seconds"],
    ["--lock-timeout", "1e3", "is not a number of seconds"],
    ["--lock-timeout", "0x10", "is not a number of seconds"],
    ["--lock-timeout", "NaN", "is not a number of seconds"],
    ["--lock-timeout", "1,5", "is not a number of seconds"],
    ["--lock-timeout", " 5", "is not a number of seconds"],
    ["--lock-timeout", "1.5h", "is not a number of seconds"],
    ["--lock-timeout", "5s1h", "is not a number of seconds"],
    ["--lock-timeout", "-5m", "is not a number of seconds"],
    ["--timeout", "0s", "is not above 0 and at most a day"],
    ["--deadline", "2d", "is not above 0 and at most a day"],
    ["--rate", "1/0s", "is not a rate"],
    ["--rate", "1/1.5h", "is not a rate"],
    ["--lock-timeout", "-0.5", "is negative"],
    ["--on-locked", "skip", "is not one of its words"],
    ["--log-level", "loud", "is not one of its words"],
    ["--log-format", "xml", "is not one of its words"],
    ["--db", "a\0b", "is not a path"],
    ["--lock-dir", "\0", "is not a path"],
    ["--file", "a\0", "is not a path"],
    ["--json", "maybe", "is neither true nor false"],
    ["--dry-run", "2", "is neither true nor false"],
    ["--force-refresh", "", "is neither true nor false"],
    ["--allow-truncated", "on", "is neither true nor false"],
  ];
  for (const [option, value, why] of cases) {
    const error = refusal([`${option}=${value}`]);
    assertEquals([error.code, error.exitCode], ["bad_value", 2], option);
    assertStringIncludes(error.message, `${option} ${JSON.stringify(value)}: ${why}`);
    assertEquals({ ...error.details }, { option, value });
    assert((error.hint ?? "").endsWith(".") || error.hint?.endsWith('"infinity".'), error.hint);
  }
});

Deno.test("a bad value in the environment is refused by the name of its variable", () => {
  const cases: [string, string][] = [
    ["INGEST_LOCK_TIMEOUT_SECONDS", "-5"],
    ["INGEST_LOCK_TIMEOUT_SECONDS", "soon"],
    ["INGEST_LOCK_MODE", "maybe"],
    ["TICKERLOCK_LOG_LEVEL", "loud"],
    ["TICKERLOCK_LOG_FORMAT", "xml"],
    ["LOCK_DIR", "a\0b"],
    ["TICKERLOCK_DB", "a\0b"],
  ];
  for (const [name, value] of cases) {
    const error = refusal([], { [name]: value });
    assertEquals(error.code, "bad_value");
    assertStringIncludes(error.message, `${name} ${JSON.stringify(value)}: `);
    assertEquals(error.details.option, name);
  }
});

Deno.test("a word that is nearly right is answered with the right one, and all there are", () => {
  const near = refusal(["--on-locked", "Wiat"]).hint;
  assertEquals(near, "Did you mean wait? Use one of: wait, exit.");
  assertEquals(
    refusal([], { TICKERLOCK_LOG_LEVEL: "warnin" }).hint,
    "Did you mean warning? Use one of: debug, info, warning, error.",
  );
  assertEquals(refusal(["--log-format", "xxxxxx"]).hint, "Use one of: auto, json, pretty.");
});

Deno.test("a length of time is taken wherever seconds are, in variables as well", async () => {
  const times: [string, number][] = [["90s", 90], ["5m", 300], ["1h30m", 5400], ["500ms", 0.5]];
  for (const [text, seconds] of times) {
    assertEquals(parsed([`--lock-timeout=${text}`]).values.lockTimeout, seconds);
    assertEquals(parsed([], { JOB_LOCK_TIMEOUT_SEC: text }).values.jobLockTimeout, seconds);
  }
  const rates: [string, number, number][] = [["1/12s", 1, 12_000], ["30/5m", 30, 300_000]];
  for (const [text, count, perMs] of rates) {
    assertEquals(parsed([`--rate=${text}`]).values.rate, { count, perMs });
  }
  let seen = 0;
  for (const { settings } of await allDescriptions()) {
    for (const { name, value, parse } of Object.values<Setting<unknown>>(settings)) {
      if (value !== "SECONDS") continue;
      assertEquals([parse(["1m30s"], name), parse(["90"], name)], [90, 90], name);
      seen++;
    }
  }
  assert(seen >= 14, `${seen}`);
});

Deno.test("seconds may be whole, broken, signed, none or without end", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["+7", 7],
    ["0.25", 0.25],
    ["007", 7],
    ["inf", Infinity],
    ["Infinity", Infinity],
  ];
  for (const [text, expected] of cases) {
    assertEquals(parsed([`--lock-timeout=${text}`]).values.lockTimeout, expected);
  }
});

Deno.test("days of the calendar are taken as they are, leap days among them", () => {
  for (const day of ["2024-02-29", "2000-02-29", "1999-12-31", "0001-01-01", "9999-12-31"]) {
    assertEquals(parseDay(day, "--from", { edge: "start" }), day);
    assertEquals(parseDay(day, "--to", { edge: "end" }), day);
  }
  const leap = (): string => parseDay("1900-02-29", "--from", { edge: "start" });
  assertThrows(leap, UsageError, "is not a day");
});

Deno.test("a month or a year is its first day for --from and its last one for --to", () => {
  const cases: [text: string, from: string, to: string][] = [
    ["2024-01", "2024-01-01", "2024-01-31"],
    ["2024-02", "2024-02-01", "2024-02-29"],
    ["2023-02", "2023-02-01", "2023-02-28"],
    ["2024-12", "2024-12-01", "2024-12-31"],
    ["2024", "2024-01-01", "2024-12-31"],
  ];
  for (const [text, from, to] of cases) {
    const { values } = parsed(["--from", text, "--to", text]);
    assertEquals([values.from, values.to], [from, to], text);
  }
  const now = new Date(2024, 2, 1, 0, 5).getTime();
  const relative: [string, string][] = [
    ["today", "2024-03-01"],
    ["Yesterday", "2024-02-29"],
    ["1d", "2024-02-29"],
    ["2w", "2024-02-16"],
    ["0d", "2024-03-01"],
    // More than the longest interval of a collector.
    ["521w", "2014-03-07"],
  ];
  for (const [text, day] of relative) {
    assertEquals(parseDay(text, "--from", { edge: "start", now }), day, text);
    assertEquals(parseDay(text, "--to", { edge: "end", now }), day, text);
  }
});

Deno.test("markets are parted at commas, tickers are made canonical and counted once", () => {
  assertEquals(parsed(["--markets", "010, 020"]).values.markets, ["010", "020"]);
  assertEquals(
    parsed(["--ticker", " petr4.sa", "--ticker", "VALE3.SA", "--ticker", "PETR4.SA"]).values.ticker,
    ["PETR4.SA", "VALE3.SA"],
  );
  // What is none is the run's to tell.
  assertEquals(parsed(["--ticker", "a,???"]).values.ticker, ["A", "???"]);
});

Deno.test("the version is that of the project file", () => {
  assertEquals(VERSION, config.version);
});
