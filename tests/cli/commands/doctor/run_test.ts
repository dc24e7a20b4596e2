import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../../../assert.ts";
import { startFakeYahoo } from "../../../fake/yahoo.ts";
import { prepared } from "../../../e2e/prepared.ts";
import { inSpace, type Outcome } from "../../in_process.ts";
import { Workspace } from "../../../e2e/workspace.ts";
import { writeUserFile } from "../../config/user_file.ts";
import { has, testNeeding } from "../../../system.ts";
import { whoHasOpen } from "../../../../src/platform/services.ts";

interface Found {
  readonly check: string;
  readonly level: string;
  readonly code: string | null;
  readonly message: string;
  readonly hint: string | null;
}

interface Diagnosis {
  readonly ok: boolean;
  readonly errors: number;
  readonly warnings: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly configuration: readonly {
    readonly name: string;
    readonly variable: string | null;
    readonly value: string;
    readonly origin: string;
  }[];
  readonly findings: readonly Found[];
}

function doctor(
  space: Workspace,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  // The units of the machine that the tests run on are no matter.
  return inSpace(space, ["doctor", "--unit-dir", `${space.path}/units`, ...args], { env });
}

async function diagnosis(
  space: Workspace,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Diagnosis & { readonly code: number }> {
  const { code, stdout, stderr } = await doctor(space, ["--json", ...args], env);
  assertEquals(stderr, "");
  return { code, ...JSON.parse(stdout) as Diagnosis };
}

function found(findings: readonly Found[], check: string): Found[] {
  return findings.filter((each) => each.check === check);
}

Deno.test("on a sound machine everything is ok, and nothing is written", async () => {
  await using space = await prepared();
  await Deno.mkdir(space.lockDir);
  const before = space.names();
  const stat = await Deno.stat(space.db);
  const { code, ok, errors, findings, versions } = await diagnosis(space, ["--offline"]);
  assertEquals({ code, ok, errors }, { code: 0, ok: true, errors: 0 }, JSON.stringify(findings));
  for (const { level, hint } of findings) assertEquals(hint === null, level === "ok");
  for (
    const check of [
      "configuration",
      "versions",
      "database",
      "lock_folder",
      "spill_file",
      "file_system",
      "free_space",
      "schema",
      "clock",
      "running",
      "last_run",
      "locks",
      "systemd",
      "source",
    ]
  ) assert(found(findings, check).length > 0, check);
  assertMatch(versions.deno ?? "", /^\d+\.\d+/);
  // Kind and space of the disk are told under the rights that the program has.
  if (has("fileSystemKinds")) assertNotMatch(JSON.stringify(findings), /cannot be told/);
  assertEquals(space.names(), before);
  assertEquals((await Deno.stat(space.db)).mtime, stat.mtime);
});

Deno.test("where there is nothing yet, nothing is made", async () => {
  await using space = await Workspace.create();
  const { code, findings } = await diagnosis(space, ["--offline"]);
  assertEquals(code, 0);
  assertEquals(found(findings, "database")[0]?.level, "warning");
  assertEquals(space.names(), []);
});

Deno.test("each value is shown with where it came from, and no secret is", async () => {
  await using space = await Workspace.create();
  const env = {
    INGEST_LOCK_TIMEOUT_SECONDS: "7",
    YAHOO_COOKIE: "A1=very-secret",
    YAHOO_BASE_URL: "http://me:hush@127.0.0.1:1/x?key=hidden",
  };
  const { configuration } = await diagnosis(space, ["--offline", "--on-locked", "exit"], env);
  const of = (name: string) => {
    const setting = configuration.find((each) => each.name === name);
    return [setting?.value, setting?.origin];
  };
  assertEquals(of("--lock-timeout"), ["7", "environment"]);
  assertEquals(of("--on-locked"), ["exit", "option"]);
  assertEquals(of("--job-lock-timeout"), ["300", "default"]);
  assertEquals(of("--db"), [space.db, "environment"]);
  assertEquals(of("YAHOO_COOKIE"), ["set (not shown)", "environment"]);
  assertEquals(of("YAHOO_BASE_URL"), ["http://127.0.0.1:1/x", "environment"]);
  const text = await doctor(space, ["--timeout", "2"], env);
  assertNotMatch(
    JSON.stringify(configuration) + text.stdout + text.stderr,
    /very-secret|hush|hidden/,
  );
  assertMatch(text.stdout, /^--lock-timeout +7 +environment INGEST_LOCK_TIMEOUT_SECONDS$/m);
});

Deno.test("a bad variable is an error beside all else", async () => {
  await using space = await Workspace.create();
  const env = {
    INGEST_LOCK_MODE: "maybe",
    TICKERLOCK_LOG_LEVEL: "loud",
    TICKERLOCK_SOURCE: "yaho",
  };
  const { code, findings } = await diagnosis(space, [], env);
  assertEquals(code, 1);
  const messages = found(findings, "configuration").map(({ level, message }) =>
    `${level} ${message}`
  );
  assertEquals(messages.length, 3);
  assertStringIncludes(messages[1] ?? "", 'error INGEST_LOCK_MODE "maybe"');
  assertStringIncludes(messages[2] ?? "", 'error TICKERLOCK_LOG_LEVEL "loud"');
  assertStringIncludes(messages[0] ?? "", 'error TICKERLOCK_SOURCE "yaho"');
  assert(found(findings, "clock").length > 0);
});

Deno.test("the source is tried once, and one that fails is an error", async () => {
  await using space = await Workspace.create();
  await using yahoo = await startFakeYahoo();
  const env = { YAHOO_BASE_URL: yahoo.url };
  const good = await diagnosis(space, [], env);
  assertEquals(found(good.findings, "source")[0]?.level, "ok");
  assertEquals(yahoo.requests.length, 1);
  yahoo.setFault("PETR4.SA", "ERR500");
  const bad = await diagnosis(space, [], env);
  assertEquals(bad.code, 1);
  assertEquals(found(bad.findings, "source")[0]?.level, "error");
  assertEquals(yahoo.requests.length, 2);
});

Deno.test("killed runs, a wrong clock, an old schema and a silent collector show", async () => {
  await using space = await prepared();
  space.execute(
    "UPDATE ingest_logs SET status = 'running', finished_at = NULL, pid = 2147483646 " +
      "WHERE ticker = 'EXMA3.SA';" +
      "UPDATE ingest_logs SET finished_at = '2999-01-01T00:00:00.000Z' WHERE ticker = 'EXMB4.SA'",
  );
  space.execute(`CREATE TABLE IF NOT EXISTS collectors (run_id TEXT, host TEXT, pid INTEGER,
    version TEXT, started_at TEXT, heartbeat_at TEXT, stopped_at TEXT, state TEXT, task TEXT,
    next_turn_at TEXT, tasks TEXT)`);
  space.execute(
    `INSERT INTO collectors (run_id, host, pid, version, started_at, heartbeat_at, state,
    tasks) VALUES ('r', 'vm', 7, '0.1.0', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:30.000Z',
    'running', '[]')`,
  );
  const { code, findings } = await diagnosis(space, ["--offline"]);
  assertEquals(code, 1);
  assertStringIncludes(found(findings, "running")[0]?.message ?? "", "that run was killed");
  assertEquals(found(findings, "clock")[0]?.level, "error");
  assertEquals(found(findings, "collector")[0]?.level, "error");
});

Deno.test("a file that is no database is an error with a remedy", async () => {
  await using space = await Workspace.create();
  space.write("prices.db", "not a database, but long enough to look like one".repeat(50));
  const { code, findings } = await diagnosis(space, ["--offline"]);
  assertEquals(code, 1);
  assertEquals(found(findings, "schema")[0]?.level, "error");
  assertNotMatch(JSON.stringify(findings), /internal_error/);
});

testNeeding("systemd", "units are read from their files, and judged by the log", async () => {
  await using space = await prepared();
  const list = space.write("list.txt", "EXMA3.SA\nEXMB4.SA\n");
  const units = `${space.path}/units`;
  await Deno.mkdir(`${units}/timers.target.wants`, { recursive: true });
  space.write(
    "units/tickerlock.service",
    `[Service]\nType=oneshot\nEnvironment=TICKERLOCK_DB=${space.db}\n` +
      `ExecStart=/usr/bin/env tickerlock ingest --source cotahist --tickers-file ${list}\n`,
  );
  space.write("units/tickerlock.timer", "");
  const before = await diagnosis(space, ["--offline"]);
  assertStringIncludes(
    found(before.findings, "systemd")[0]?.hint ?? "",
    "enable --now tickerlock.timer",
  );
  await Deno.symlink("../tickerlock.timer", `${units}/timers.target.wants/tickerlock.timer`);
  space.execute(
    "UPDATE ingest_logs SET status = 'failed', error_code = 'not_a_zip' WHERE " +
      "ticker IN ('EXMA3.SA', 'EXMB4.SA')",
  );
  const { code, findings } = await diagnosis(space, ["--offline"]);
  assertEquals(found(findings, "systemd").map(({ level }) => level), ["ok"]);
  const runs = found(findings, "last_run");
  assertEquals(runs.map(({ level }) => level), ["warning", "error"]);
  assertStringIncludes(runs[1]?.message ?? "", "tickerlock.service: last run");
  assertStringIncludes(runs[1]?.message ?? "", "2 failed; not_a_zip");
  assertEquals(code, 1);
});

Deno.test("a held lock is told in words for people", async () => {
  await using space = await prepared();
  using _held = space.hold("EXMA3.SA");
  const { code, stdout } = await doctor(space, ["--offline"]);
  assertEquals(code, 0);
  assertMatch(stdout, /^warning: locks: EXMA3.SA is held by a program that left no record/m);
  assertStringIncludes(stdout, `\n  Try: Find it with: ${whoHasOpen("").slice(0, 5)}`);
  assertMatch(stdout, /\n\d+ findings: 0 errors, \d+ warnings?; times in \S+\n$/);
});

Deno.test("people read the times of their own zone, programs UTC", async () => {
  await using space = await prepared();
  space.execute("UPDATE ingest_logs SET started_at = '2026-11-02T01:30:00.000Z'");
  const env = { TZ: "America/Sao_Paulo" };
  const { stdout } = await doctor(space, ["--offline"], env);
  assertMatch(stdout, /^ok: last_run: cotahist: last run 2026-11-01 22:30:00: /m);
  assertMatch(stdout, /; times in America\/Sao_Paulo\n$/);
  assertNotMatch(stdout, /\dT\d\d:.*Z/);
  const { findings } = await diagnosis(space, ["--offline"], env);
  assertMatch(found(findings, "last_run")[0]?.message ?? "", /last run 2026-11-02T01:30:00.000Z/);
});

Deno.test("certificates that are none are a finding, and the source is left alone", async () => {
  await using space = await Workspace.create();
  const { code, findings } = await diagnosis(space, ["--ca-file", space.write("ca.pem", "x")]);
  assertEquals(code, 1);
  assertEquals(found(findings, "certificates")[0]?.level, "error");
  assertStringIncludes(found(findings, "source")[0]?.message ?? "", "not tried");
});

Deno.test("a configuration that is none is a finding, and all else is looked at", async () => {
  await using space = await prepared();
  const { env, path } = writeUserFile(space, {});
  const configuration = async (text: string, ...args: readonly string[]): Promise<Found[]> => {
    Deno.writeTextFileSync(path, text);
    const { code, findings } = await diagnosis(space, ["--offline", ...args], env);
    assertEquals(code, 1);
    assertEquals(found(findings, "schema")[0]?.level, "ok");
    return found(findings, "configuration");
  };
  for (const text of ["{ not json", '{"lock_dri": "x"}', "[]", '{"sources": 7}']) {
    for (const args of [[], ["--config", path]]) {
      const [only, ...more] = await configuration(text, ...args);
      assertEquals([only?.code, more], ["configuration_bad", []], text);
      assertStringIncludes(only?.message ?? "", "looked at as without that file");
      assertStringIncludes(only?.message ?? "", path);
    }
  }
  const services = '{"sources": {"yahoo": {"rate": "often", "base_url": "x"}}}';
  assertEquals((await configuration(services)).map(({ code }) => code), ["bad_setting"]);
  // What the command line itself asks for is no finding.
  const refused = await doctor(space, ["--config", path, "--no-config"]);
  assertEquals(refused.code, 2);
});

testNeeding("systemd", "the configuration of a unit is read as the unit reads it", async () => {
  await using space = await prepared();
  const units = `${space.path}/units`;
  await Deno.mkdir(`${units}/multi-user.target.wants`, { recursive: true });
  await Deno.mkdir(`${space.path}/etc`);
  const config = space.write("etc/c.json", '{"db": "data/x.db", "lock_dir": "locks"}');
  space.write(
    "units/tickerlock-collect.service",
    `[Service]\nType=notify\nExecStart=/usr/bin/env tickerlock collect --config ${config}\n`,
  );
  await Deno.symlink(
    "../tickerlock-collect.service",
    `${units}/multi-user.target.wants/tickerlock-collect.service`,
  );
  const { findings } = await diagnosis(space, ["--offline"]);
  const [other] = found(findings, "systemd").filter(({ level }) => level !== "ok");
  assertEquals(other?.code, "unit_other_database");
  const above = `${space.path}/etc`;
  assertStringIncludes(other?.hint ?? "", `--db ${above}/data/x.db --lock-dir ${above}/locks`);
});
