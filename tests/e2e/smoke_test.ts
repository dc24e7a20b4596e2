import { VERSION } from "../../src/base/version.ts";
import { COMMANDS } from "../../src/cli/registry.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { startFakeKalshi } from "../fake/kalshi.ts";
import { startFakeYahoo } from "../fake/yahoo.ts";
import { modeOf, testNeeding, wantedMode } from "../system.ts";
import { binaryPath, PATIENT, SAMPLE } from "./program.ts";
import { Workspace } from "./workspace.ts";

// What a command does is tested in tests/cli/commands, in one process. Here each works once as a process,
// with exactly the rights that it has, or as the executable.

const COTAHIST = `ingest --source cotahist --file ${SAMPLE} --ticker EXMA3.SA`;

/** A line, and what it prints. They build on each other. */
const LINES: readonly (readonly [line: string, stdout: RegExp])[] = [
  ["-V", new RegExp(`^tickerlock ${VERSION.replaceAll(".", "\\.")}\n$`)],
  ["--version", new RegExp(`^tickerlock ${VERSION.replaceAll(".", "\\.")}\n$`)],
  ["--version --json", /^{"version":"\d/],
  [COTAHIST, /^EXMA3\.SA +success /m],
  ["ingest --source csv --file p.csv --job-lock", /^PETR4\.SA +success /m],
  ["ingest --ticker VALE3.SA --save-raw raw", /^VALE3\.SA +success /m],
  ["ingest --source kalshi --dataset events", /^KALSHI\.EVENTS +success /m],
  ["collect --once --every 1h --ticker VALE3.SA --rate none", /./],
  ["collect --dry-run --every 1h --ticker VALE3.SA", /^yahoo +yahoo +1h /m],
  ["sources list", /^kalshi /m],
  ["sources test yahoo", /^yahoo: ok, status 200/],
  ["sources test kalshi", /^kalshi: ok, status 200/],
  ["db migrate --status", /^ +1 +/m],
  ["db info", /^rows of prices +\d/m],
  ["db verify", /: ok, 10 checks/],
  ["db backup --to copy.db", /integrity_check passed/],
  ["db backups", /^0 backups of /],
  ["db restore copy.db --dry-run", /^it would replace /m],
  ["db restore copy.db", /: restored; integrity_check passed/],
  ["export --ticker EXMA3.SA", /^ticker,date[^]*\nEXMA3\.SA,2024-01-02,cotahist,/],
  ["export --out p.ndjson --json", /"rows": \d/],
  ["export verify p.ndjson", /: ok/],
  ["locks list --all", /^EXMA3\.SA +free /m],
  ["locks status EXMA3.SA", /^EXMA3\.SA is free\n$/],
  ["locks release EXMA3.SA", /^EXMA3\.SA is free/],
  ["locks adopt", /; as before\n$/],
  ["doctor --offline --unit-dir units", /^ok: versions: /m],
  ["logs", /^STARTED [^]*EXMA3\.SA/],
  ["logs show JOB", /EXMA3\.SA/],
  ["logs prune --older-than 90d", /removed 0 log rows/],
  ["stats", /^TICKER [^]*^EXMA3\.SA +cotahist /m],
  ["stats --prometheus --out x.prom", /^$/],
  ["report", /^tickerlock-report\.html: \d+\.\d kB$/m],
  ["gaps", /^\d+ tickers? and sources? with gaps: /m],
  ["config show --config c.json", /^--save-raw +\/\S*\/raw +file: save_raw$/m],
  ["config path", /\/tickerlock\/config\.json\n$/],
  ["systemd print --exec /usr/bin/env --unit tickerlock@.timer", /^# tickerlock@\.timer\n/],
  ["systemd install --exec /usr/bin/env --dir units", /^Next: /m],
  ["systemd cron --exec /usr/bin/env --ticker PETR4.SA", /ingest --source yahoo/],
  ["completions bash", /complete /],
];

testNeeding("systemd", "every command works as a process", async () => {
  // A server does not end: tests/e2e/serve_test.ts has it.
  assertEquals(
    Object.keys(COMMANDS).filter((name) => !LINES.some(([l]) => l.startsWith(name))),
    ["serve"],
  );
  await using space = await Workspace.create();
  await using yahoo = await startFakeYahoo({ years: 1 });
  await using kalshi = await startFakeKalshi();
  space.write("c.json", '{"save_raw":"~/raw"}');
  space.write("p.csv", "date,ticker,close\n2024-01-02,PETR4.SA,1\n");
  const problems: string[] = [];
  const env = { YAHOO_BASE_URL: yahoo.url, KALSHI_BASE_URL: kalshi.url };
  for (const [line, wanted] of LINES) {
    const args = line.replace("JOB", () => space.logs()[0]?.job_id ?? "").split(" ");
    const patient = /^ingest.*(VALE3|kalshi)/.test(line) ? PATIENT : [];
    const { code, stdout, stderr } = await space.spawn([...args, ...patient], { env });
    if (code !== 0 || !wanted.test(stdout)) problems.push(`${line}: ${code}\n${stdout}${stderr}`);
  }
  assertEquals(problems.join("\n"), "");
  assertEquals(space.value("SELECT count(*) FROM prices WHERE ticker = 'EXMA3.SA'"), 10);
});

Deno.test("bad usage is exit code 2, and good usage makes the default folders", async () => {
  await using space = await Workspace.create();
  const bad = await space.program([...COTAHIST.split(" "), "--lock-dri=x"]);
  const error = "Error: unknown option --lock-dri\nTry: Did you mean --lock-dir?\n";
  assertEquals(bad, { ...bad, code: 2, stdout: "", stderr: error });
  const none = await space.program([]);
  assertEquals([none.code, none.stderr, space.names()], [2, "", []]);
  assertEquals((await space.program(COTAHIST.split(" "))).code, 0);
  assertEquals(space.names(), ["data", "locks"]);
  assertEquals(modeOf(`${space.path}/data`), wantedMode(0o700));
});

testNeeding("systemd", "units name the program that printed them", async () => {
  await using space = await Workspace.create();
  const { code, stdout, stderr } = await space.program([
    ...["systemd", "print", "--ticker", "PETR4.SA", "--unit", "tickerlock.service"],
  ]);
  assertEquals(code, 0);
  const path = binaryPath() ?? "/usr/local/bin/tickerlock";
  const word = path.includes(" ") ? `"${path}"` : path;
  assertStringIncludes(
    stdout,
    `ExecStart=${word} ingest --source yahoo --ticker PETR4.SA --deadline 5m --no-config\n`,
  );
  // The executable knows where it is, and says where a service would not find it.
  if (binaryPath() === undefined) assertMatch(stderr, /runs from source here.*--exec PATH\n$/);
  else if (!/^\/(var\/)?tmp\//.test(path)) assertEquals(stderr, "");
  else assertMatch(stderr, /^\/.+ cannot be seen by the service/);
  assert(space.names().length === 0);
});
