import { configKey, type Setting } from "../../../src/cli/args/setting.ts";
import { CONFIG_KEYS, configurable } from "../../../src/cli/config/settings.ts";
import { commonSettings } from "../../../src/cli/log/settings.ts";
import { allDescriptions } from "../../../src/cli/registry.ts";
import {
  assert,
  assertEquals,
  assertHas,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../../assert.ts";
import { logLines } from "../../e2e/program.ts";
import { Workspace } from "../../e2e/workspace.ts";
import { startFakeYahoo } from "../../fake/yahoo.ts";
import { textOf } from "../../pages.ts";
import { testNeeding } from "../../system.ts";
import { inProcess } from "../in_process.ts";
import { writeUserFile } from "./user_file.ts";

interface Shown {
  readonly key: string;
  readonly value: string;
  readonly origin: string;
  readonly variable: string | null;
}

/** What `config show` says of each key. */
async function shown(
  space: Workspace,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Map<string, Shown>> {
  const outcome = await inProcess(["config", "show", "--json", ...args], { cwd: space.path, env });
  assertEquals([outcome.code, outcome.stderr], [0, ""]);
  const { settings } = JSON.parse(outcome.stdout) as { readonly settings: readonly Shown[] };
  return new Map(settings.map((each) => [each.key, each]));
}

/** A value other than the default for each key, one for the file, the variable and the option. */
const VALUES: Readonly<Record<string, readonly [string, string, string]>> = {
  db: ["/f.db", "/v.db", "/o.db"],
  lock_dir: ["/f", "/v", "/o"],
  lock_mode: ["group", "private", "group"],
  on_locked: ["exit", "wait", "exit"],
  lock_timeout: ["1", "2", "3"],
  job_lock_timeout: ["1", "2", "3"],
  source: ["csv", "kalshi", "cotahist"],
  concurrency: ["1", "", "3"],
  rate: ["1/s", "", "3/s"],
  timeout: ["1", "", "3"],
  attempts: ["1", "", "4"],
  deadline: ["1", "", "3"],
  calendar: ["/f", "/v", "/o"],
  ca_file: ["/f", "/v", "/o"],
  full_every: ["1d", "", "never"],
  save_raw: ["/f", "", "/o"],
  files_dir: ["/f", "", "/o"],
  max_rejected: ["1%", "", "3%"],
  min_free: ["1MB", "", "3MB"],
  // Of an address as much as may be seen.
  notify: ["https://f.example/…", "https://v.example/…", "none"],
  separator: ["tab", "", "semicolon"],
  decimal: ["comma", "", "comma"],
  log_level: ["error", "warning", "info"],
  log_format: ["json", "pretty", "json"],
  log_file: ["/dev/null/f", "", "/dev/null/o"],
  log_file_size: ["1MB", "", "3MB"],
  log_file_count: ["1", "", "3"],
};

Deno.test("of every setting an option wins over the variable, that over the file, that over the default", async () => {
  await using space = await Workspace.create();
  const settings: Setting<unknown>[] = Object.values({ ...configurable, ...commonSettings });
  const file = Object.fromEntries(Object.entries(VALUES).map(([key, [value]]) => [key, value]));
  // A log file that cannot be written would be told of.
  const { log_file: _, ...quiet } = file;
  const { env } = writeUserFile(space, quiet);
  let count = 0;
  for (const setting of settings.filter(({ config }) => config === true)) {
    const { name, env: variable } = setting;
    const key = configKey(setting);
    const [inFile, inEnv, given] = VALUES[key] ?? ["", "", ""];
    assert(inFile !== "", `a value of ${key}`);
    count++;
    if (key === "log_file") continue;
    const of = async (more: Readonly<Record<string, string>>, ...args: string[]) => {
      const found = (await shown(space, { ...env, ...more }, ...args)).get(key);
      return [found?.value, found?.origin];
    };
    const plain = await of({}, "--no-config");
    assertEquals(plain, [setting.fallback ?? "not set", "default"], key);
    assertEquals(await of({}), [inFile, "file"], key);
    if (variable !== undefined) {
      assertEquals(await of({ [variable]: inEnv }), [inEnv, "environment"], key);
      assertEquals(await of({ [variable]: inEnv }, `--${name}`, given), [given, "option"], key);
    }
    assertEquals(await of({}, `--${name}`, given), [given, "option"], key);
  }
  assertEquals(count, Object.keys(VALUES).length);
});

Deno.test("what has a variable may stand in the file, and the file's keys are those of the page", async () => {
  for (const { name: command, settings } of await allDescriptions()) {
    for (const setting of Object.values<Setting<unknown>>(settings)) {
      if (setting.name === "config") continue;
      assert(setting.env === undefined || setting.config === true, `${command} --${setting.name}`);
      if (setting.config === true) assert(CONFIG_KEYS.includes(configKey(setting)), setting.name);
    }
  }
  const page = textOf("docs/configuration.md");
  const [, table = ""] = /## Keys\n([\s\S]*?)\n- /.exec(page) ?? [];
  const named = table.split("\n").flatMap((line) => {
    const [, cell = ""] = /^\| ([^|]+) \|/.exec(line) ?? [];
    return [...cell.matchAll(/`(\w+)`/g)].map(([, key = ""]) => key);
  });
  assertEquals(named.sort(), [...CONFIG_KEYS].sort());
  await using space = await Workspace.create();
  const { env } = writeUserFile(space, /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "");
  const found = await shown(space, env);
  assertHas(found.get("db") ?? {}, { value: `${env.HOME}/market-data/prices.db`, origin: "file" });
  assertHas(found.get("sources.kalshi.rate") ?? {}, { value: "5/s", origin: "file" });
});

testNeeding(
  "modes",
  "one file counts: the named one in place of the user's own, or none",
  async () => {
    await using space = await Workspace.create();
    const { env, path } = writeUserFile(space, { db: "/own.db", lock_timeout: 7 });
    const named = space.write("named.json", '{"db":"/named.db"}');
    const other = space.write("other.json", '{"db":"/other.db"}');
    const of = async (more: Readonly<Record<string, string>>, ...args: string[]) => {
      const found = await shown(space, more, ...args);
      return [found.get("db")?.value, found.get("lock_timeout")?.value].join(" ");
    };
    assertEquals(await of(env), "/own.db 7");
    assertEquals(await of({ ...env, TICKERLOCK_CONFIG: other }), "/other.db 120");
    assertEquals(
      await of({ ...env, TICKERLOCK_CONFIG: other }, "--config", named),
      "/named.db 120",
    );
    assertEquals(
      await of({ ...env, TICKERLOCK_CONFIG: other }, "--no-config"),
      "data/tickerlock.db 120",
    );
    assertEquals(
      await of({ HOME: "/nowhere", XDG_CONFIG_HOME: `${env.HOME}/.config` }),
      "/own.db 7",
    );
    // Nothing there, no folder, a file in its place: the user's own file need not be there.
    for (const home of ["", "relative", "/nowhere", path]) {
      assertEquals(await of({ HOME: home }), "data/tickerlock.db 120", home);
    }
    const where = async (args: readonly string[], more: Readonly<Record<string, string>> = env) =>
      (await inProcess(["config", "path", ...args], { cwd: space.path, env: more })).stdout.trim();
    assertEquals(await where([]), path);
    assertEquals(await where([], { HOME: "/nowhere" }), "/nowhere/.config/tickerlock/config.json");
    assertEquals(
      await where(["--config", "named.json"]),
      `${Deno.realPathSync(space.path)}/named.json`,
    );
  },
);

Deno.test("paths count from the folder of the file, and ~ is the user's folder", async () => {
  await using space = await Workspace.create();
  Deno.mkdirSync(`${space.path}/conf`);
  const paths = { db: "data/x.db", calendar: "c", lock_dir: "~/locks", save_raw: "/abs" };
  space.write("conf/c.json", JSON.stringify(paths));
  const found = await shown(space, { HOME: "/home/me" }, "--config", "conf/c.json");
  const values = Object.keys(paths).map((key) => found.get(key)?.value);
  assertEquals(values, ["conf/data/x.db", "conf/c", "/home/me/locks", "/abs"]);
  const homeless = await inProcess(["db", "info", "--config", "conf/c.json"], { cwd: space.path });
  assertEquals(homeless.code, 2);
  assertMatch(homeless.stderr, /c\.json: lock_dir: "~\/locks" counts from HOME, which is not set/);
  const where = await inProcess(["config", "path", "--config", "conf/c.json"], { cwd: space.path });
  assertEquals([where.code, where.stderr], [0, ""]);
  // What is no path of a file is refused as an option would be.
  const bad = space.write("conf/bad.json", '{"db":":memory:"}');
  const { code, stderr } = await inProcess(["db", "info", "--config", bad], { cwd: space.path });
  assertEquals(code, 2);
  assertMatch(stderr, /bad\.json: db ":memory:": is not a file/);
});

testNeeding(
  "modes",
  "a secret may stand in a file that no other may open, and is never shown",
  async () => {
    await using space = await Workspace.create();
    const sources = {
      yahoo: { cookie: "A=hidden", base_url: "http://me:hidden@127.0.0.1:1", user_agent: "seen" },
    };
    const { env, path } = writeUserFile(space, { sources });
    const options = { cwd: space.path, env };
    for (
      const args of [
        ["config", "show"],
        ["config", "show", "--json"],
        ["doctor", "--offline"],
        ["doctor", "--json", "-v"],
        ["ingest", "--ticker", "A", "--attempts", "1", "-v"],
      ]
    ) {
      const { code, stdout, stderr } = await inProcess(args, options);
      assert(code < 2, stderr);
      assertNotMatch(stdout + stderr, /hidden/, args.join(" "));
      if (args[0] === "config") {
        assertMatch(
          stdout,
          /set \(not shown\)[\s\S]*seen|seen[\s\S]*set \(not/,
        );
      }
    }
    for (
      const content of [{ sources }, { sources: { yahoo: { base_url: "http://a:hidden@x" } } }]
    ) {
      writeUserFile(space, content, 0o640);
      const { code, stderr } = await inProcess(["logs"], options);
      assertEquals(code, 2);
      assertMatch(
        stderr,
        /^Error: \S+config\.json: sources\.yahoo\.(cookie|base_url): a secret.*0640/,
      );
      assertStringIncludes(stderr, `Try: chmod 600 ${path}`);
      assertNotMatch(stderr, /hidden/);
    }
    // Neither is one that is no text, or in no place for it.
    for (const yahoo of [{ cookie: ["A=hidden"] }, "A=hidden"]) {
      writeUserFile(space, { sources: { yahoo } });
      const { code, stderr } = await inProcess(["config", "show"], options);
      assertEquals(code, 2);
      assertMatch(stderr, /sources\.yahoo(\.cookie)?: the value is /);
      assertNotMatch(stderr, /hidden/);
    }
    // Neither is one that is misspelt.
    writeUserFile(space, { sources: { yahoo: { cokie: "A=hidden" } } }, 0o644);
    const { stderr } = await inProcess(["logs"], options);
    assertMatch(
      stderr,
      /sources\.yahoo\.cokie: unknown key\nTry: Did you mean cookie\?/,
    );
    assertNotMatch(stderr, /hidden/);
  },
);

Deno.test("what the file says of a service is what it is asked with; a variable wins", async () => {
  await using space = await Workspace.create();
  const seen: string[] = [];
  const onRequest = ({ headers }: { readonly headers: Headers }): void => {
    seen.push([headers.get("user-agent"), headers.get("cookie")].join(" "));
  };
  await using yahoo = await startFakeYahoo({ years: 1, onRequest });
  const { env } = writeUserFile(space, {
    db: "x.db",
    sources: {
      yahoo: { base_url: yahoo.url, user_agent: "file", cookie: "f=1", rate: "none" },
    },
  });
  const run = (more: Readonly<Record<string, string>>) =>
    inProcess(["ingest", "--ticker", "PETR4.SA", "--force-refresh"], {
      cwd: space.path,
      env: { ...env, ...more },
    });
  assertEquals((await run({})).code, 0);
  assertEquals((await run({ YAHOO_USER_AGENT: "variable" })).code, 0);
  assertEquals([...new Set(seen)], ["file f=1", "variable f=1"]);
  // The database is the file's, and counts from its folder.
  assert(Deno.statSync(`${env.HOME}/.config/tickerlock/x.db`).isFile);
  assertEquals(space.names().includes("data"), false);
});

Deno.test("log_format of the file is that of errors as well", async () => {
  await using space = await Workspace.create();
  const { env } = writeUserFile(space, { log_format: "json", separator: "tabb" });
  for (const args of [["export", "--from", "2024-01-02", "--to", "2024-01-01"], ["export"]]) {
    const { code, stderr } = await inProcess(args, { cwd: space.path, env });
    assertEquals([code, logLines(stderr)[0]?.level], [2, "ERROR"], stderr);
  }
});

Deno.test("config show tells every value that is refused, and shows what counts instead", async () => {
  await using space = await Workspace.create();
  const { env } = writeUserFile(space, {
    lock_timeout: "soon",
    timeout: -1,
    log_level: "warning",
    source: "yaho",
    every: 900,
    tasks: [{ name: "a" }],
  });
  const { code, stdout, stderr } = await inProcess(["config", "show"], {
    cwd: space.path,
    env: { ...env, TICKERLOCK_DB: "v.db", LOCK_DIR: "old" },
  });
  assertEquals(code, 2);
  assertMatch(stderr, /config\.json: lock_timeout "soon": [\s\S]*config\.json: timeout "-1": /);
  assertMatch(stdout, /^Configuration file: \S+config\.json\n\n/);
  assertMatch(stdout, /^--lock-timeout +120 +default$/m);
  assertMatch(stdout, /^--log-level +warning +file: log_level$/m);
  assertMatch(stdout, /^--db +v\.db +environment TICKERLOCK_DB$/m);
  assertMatch(stdout, /^--lock-dir +old +environment LOCK_DIR$/m);
  assertMatch(stderr, /config\.json: source "yaho": /);
  assertMatch(stdout, /^every +900 +file: every$/m);
  assertMatch(stdout, /^tasks +1 task +file: tasks$/m);
});

Deno.test("one file serves all: collect takes tasks and settings from it, others pass over tasks", async () => {
  await using space = await Workspace.create();
  const content = JSON.stringify({
    db: "c.db",
    tasks: [{ name: "a", every: "1h", tickers: ["PETR4.SA"] }],
  });
  const path = space.write("both.json", content);
  const collect = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    inProcess(["collect", "--dry-run", ...args], { cwd: space.path, env, columns: 200 });
  assertMatch((await collect(["--config", path])).stdout, /\ba\b/);
  assertMatch((await collect([], { TICKERLOCK_CONFIG: path })).stdout, /\ba\b/);
  const own = ["--ticker", "A", "--every", "1h"];
  // A task of the command line beside a file of the environment: settings are the file's.
  assertMatch((await collect(own, { TICKERLOCK_CONFIG: path })).stdout, /\byahoo\b/);
  const conflict = await collect([...own, "--config", path]);
  assertMatch(conflict.stderr, /--config and --ticker exclude each other/);
  const settings = space.write("settings.json", '{"lock_timeout":5}');
  assertEquals((await collect([...own, "--config", settings])).code, 0);
  assertMatch((await collect(["--config", settings])).stderr, /settings\.json: tasks: is missing/);
  assertEquals((await shown(space, {}, "--config", path)).get("db")?.value, `${space.path}/c.db`);
  // The user's own tasks do not begin by themselves.
  const user = writeUserFile(space, content);
  const unnamed = await collect([], user.env);
  assertEquals(unnamed.code, 2);
  assertStringIncludes(unnamed.stderr, `--config ${user.path}`);
});

Deno.test("a value or a key as long as its file is quoted by its beginning", async () => {
  const long = "x".repeat(40_000);
  const contents: readonly unknown[] = [
    long,
    { [long]: 1 },
    { db: [long] },
    { max_rejected: long },
    { rate: { [long]: long } },
    { lock_timeout: [long] },
    { sources: { [long]: {} } },
    { sources: { yahoo: long } },
    { sources: { yahoo: { [long]: 1 } } },
  ];
  for (const content of contents) {
    await using space = await Workspace.create();
    const { env } = writeUserFile(space, content);
    const { code, stderr } = await inProcess(["ingest", "A"], { env });
    assertEquals(code, 2, stderr.slice(0, 300));
    assert(stderr.length < 2000, `${stderr.length} characters: ${stderr.slice(0, 300)}`);
  }
});
