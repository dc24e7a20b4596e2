import { SYSTEM_CALLS } from "../../src/systemd/hardening.ts";
import { readMark } from "../../src/systemd/edit_mark.ts";
import { type UnitOptions, unitsFor } from "../../src/systemd/units.ts";
import { UsageError } from "../../src/base/errors.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "../assert.ts";
import { programCommand, programEnvironment, projectPath, SAMPLE } from "../e2e/program.ts";
import { installed } from "../installed.ts";
import { analyze, hasSystemd, openFolder, OPTIONS, say } from "./tools.ts";
import { testNeeding } from "../system.ts";

/** Units of every kind, with everything that can be awkward in them. */
const KINDS: readonly (readonly [string, Partial<UnitOptions>])[] = [
  ["system", {}],
  ["user", { scope: "user" }],
  ["named user", { user: "quant", memoryMax: "512M", timeLimit: "infinity" }],
  ["collect", { kind: "collect", name: "tickerlock-collect", lists: false, source: null }],
  ["collect, user", { kind: "collect", name: "my-collector", scope: "user", lists: false }],
  ["files", {
    source: "cotahist",
    network: false,
    extra: ["--file", '/srv/market data/100% $x "y"/*.ZIP'],
  }],
  ["tickers", { tickers: ["PETR4.SA", "^BVSP", "BTC-USD", "EURUSD=X"], onCalendar: "hourly" }],
  ["told of failures", { onFailure: "mail-admin@%n.service", restarts: 1 }],
  ["collect, told of failures", { kind: "collect", lists: false, onFailure: "mail.target" }],
  ["places of its own", {
    extra: [
      "--db",
      "/srv/my 100% $x/x.db",
      "--lock-dir=/srv/l/",
      "--log-file",
      "/var/log/a/tl.log",
    ],
  }],
  ["a user's places", { scope: "user", extra: ["--save-raw", "/srv/raw"] }],
  ["a list at home", { tickersFile: "/home/me/my lists/é%.txt" }],
];

function textOf(name: string, over: Partial<UnitOptions> = {}): string {
  return unitsFor({ ...OPTIONS, ...over }).find((unit) => unit.name === name)?.text ?? "";
}

function linesOf(name: string, over: Partial<UnitOptions> = {}): string[] {
  return textOf(name, over).split("\n");
}

Deno.test("an ingest has a service, a timer, and both again as templates", () => {
  assertEquals(unitsFor(OPTIONS).map(({ name }) => name), [
    "tickerlock.service",
    "tickerlock.timer",
    "tickerlock@.service",
    "tickerlock@.timer",
  ]);
  assertEquals(unitsFor({ ...OPTIONS, lists: false }).length, 2);
  const collect = { ...OPTIONS, kind: "collect", name: "c", lists: false } as const;
  assertEquals(unitsFor(collect).map(({ name }) => name), ["c.service"]);
  for (const { name, text } of unitsFor(OPTIONS)) {
    assert(text.startsWith(`# ${name}\n`));
    assertEquals(readMark(text), "untouched");
    assertEquals(readMark(text.replace("[Unit]", "[Unit]\nBefore=x.service")), "edited");
  }
  assertEquals(readMark("[Unit]\n"), "foreign");
});

Deno.test("a service is hardened and bounded, a timer spreads, a collector notifies", () => {
  const collector = { kind: "collect", lists: false, source: null } as const;
  const cases: [string, Partial<UnitOptions>, string[]][] = [
    ["tickerlock.service", {}, [
      ...["Type=oneshot", "TimeoutStartSec=1h", "SuccessExitStatus=75", "MemoryMax=1G"],
      ...["Restart=on-failure", "RestartSec=5min", "RestartPreventExitStatus=2 3"],
      ...["StartLimitIntervalSec=325min", "StartLimitBurst=5"],
      ...["DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes"],
      ...["StateDirectory=tickerlock", "RuntimeDirectory=tickerlock"],
      ...["RuntimeDirectoryPreserve=yes", "Environment=TICKERLOCK_LOCK_DIR=%t/tickerlock"],
      ...["SystemCallFilter=@system-service", "MemoryDenyWriteExecute=no"],
      "Environment=TICKERLOCK_DB=%S/tickerlock/tickerlock.db",
      "ExecStart=/usr/bin/env ingest --source yahoo --tickers-file /etc/tickerlock/tickers.txt --deadline 5m --no-config",
    ]],
    ["tickerlock@.service", {}, [
      "ExecStart=/usr/bin/env ingest --source yahoo --tickers-file /etc/tickerlock/%i.txt --deadline 5m --no-config",
    ]],
    ["tickerlock.service", collector, [
      ...["Type=notify", "Restart=on-failure", "SuccessExitStatus=75", "WatchdogSec=120"],
      "RestartPreventExitStatus=2",
      ...["ExecReload=/bin/kill -HUP $MAINPID", "WantedBy=multi-user.target"],
      "ExecStart=/usr/bin/env collect --config /etc/tickerlock/tickerlock.json",
    ]],
    ["tickerlock@.timer", { onCalendar: "Sat 09:00" }, [
      ...["OnCalendar=Sat 09:00", "Persistent=true", "RandomizedDelaySec=5min"],
      "WantedBy=timers.target",
    ]],
  ];
  for (const [name, over, wanted] of cases) {
    const lines = linesOf(name, over);
    for (const line of wanted) assert(lines.includes(line), `${name}: ${line}`);
  }
  const named = linesOf("tickerlock.service", { user: "quant" });
  assert(named.includes("User=quant") && !named.includes("DynamicUser=yes"));
  const user = textOf("tickerlock.service", { scope: "user" });
  assert(!/^(DynamicUser|User|RemoveIPC)=/m.test(user));
  assertStringIncludes(user, "--tickers-file %E/tickerlock/tickers.txt");
});

Deno.test("a cookie is a credential of units that ask Yahoo, and no core holds it", () => {
  const COOKIE = "LoadCredential=yahoo_cookie:/etc/tickerlock/yahoo_cookie";
  const service = linesOf("tickerlock.service");
  for (const line of [COOKIE, "SetCredential=yahoo_cookie:\\n", "LimitCORE=0"]) {
    assert(service.includes(line), line);
  }
  for (const line of ["DevicePolicy=closed", "PrivateMounts=yes", "SocketBindDeny=any"]) {
    assert(service.includes(line), line);
  }
  const others = [{ source: "kalshi" }, { source: "csv", network: false }, {
    scope: "user",
  }] as const;
  for (const over of others) assert(!linesOf("tickerlock.service", over).includes(COOKIE));
});

Deno.test("restarts are bounded by a span that all of them fit into, and none are none", () => {
  const spanOf = (over: Partial<UnitOptions>): string[] =>
    linesOf("tickerlock.service", over).filter((line) => /^(StartLimit|Restart)/.test(line));
  assertEquals(spanOf({ restarts: 0 }), []);
  const [interval, burst] = spanOf({ restarts: 1, timeLimitMs: 90_000 });
  assertEquals([interval, burst], ["StartLimitIntervalSec=14min", "StartLimitBurst=2"]);
  assertEquals(spanOf({ timeLimitMs: Infinity })[0], "StartLimitIntervalSec=1200min");
  const collector = { kind: "collect", lists: false, onFailure: "mail.target" } as const;
  assertEquals(spanOf(collector).filter((line) => line.startsWith("Start")), []);
  const [about = ""] = textOf("tickerlock.service", collector).split("[Service]");
  assertMatch(about, /^OnFailure=mail\.target$/m);
});

Deno.test("files need no network, and no list: a file brings in all it has", () => {
  const files = { source: "csv", network: false, extra: ["--file", "/srv/x.csv"] };
  const service = textOf("tickerlock.service", files);
  assertStringIncludes(
    service,
    "ExecStart=/usr/bin/env ingest --source csv --file /srv/x.csv --no-config\n",
  );
  assertMatch(service, /^PrivateNetwork=yes$/m);
  assertMatch(service, /^RestrictAddressFamilies=AF_UNIX$/m);
  assert(!service.includes("network-online"));
});

Deno.test("what is at home can be read, and home is closed otherwise", () => {
  assertMatch(textOf("tickerlock.service"), /^ProtectHome=yes$/m);
  const over = { tickersFile: "/home/me/list.txt" };
  assertMatch(textOf("tickerlock.service", over), /^ProtectHome=read-only$/m);
});

Deno.test("what the command is told to write can be written", () => {
  const writable = (...extra: readonly string[]): string | undefined =>
    linesOf("tickerlock.service", { extra }).find((line) => line.startsWith("ReadWritePaths="));
  assertEquals(
    writable("--db", "/srv/a 1%/x.db", "--lock-dir=/srv/./l/", "--save-raw", "/srv/b/../raw"),
    'ReadWritePaths="-/srv/a 1%%" -/srv/l -/srv/raw',
  );
  assertEquals(writable("--log-file", "/var/log/tl.log"), "ReadWritePaths=-/var/log");
  // systemd makes these, they count from the folder of state, or they would open everything.
  assertEquals(
    writable("--db", "/var/lib/tickerlock/x.db", "--lock-dir", "locks", "--log-file", "/tl.log"),
    undefined,
  );
});

testNeeding(
  "systemd",
  "systemd-analyze verifies every unit, and rates each service at most 1.2",
  async () => {
    if (!await hasSystemd()) return;
    for (const [what, over] of KINDS) {
      await using folder = await openFolder();
      const options = { ...OPTIONS, ...over };
      const units = unitsFor(options);
      const paths = units.map(({ name }) => `${folder.path}/${name}`);
      for (const [index, { text }] of units.entries()) {
        await Deno.writeTextFile(paths[index] ?? "", text);
      }
      const scope = options.scope === "user" ? ["--user"] : [];
      const verified = await analyze(folder.path, [...scope, "verify", ...paths]);
      // What it says of other units on this machine is no matter; of these there is to be nothing.
      assertEquals(verified, { code: 0, text: "" }, what);
      for (const path of paths.filter((each) => each.endsWith(".service"))) {
        const rated = await analyze(folder.path, [
          ...scope,
          "security",
          "--offline=true",
          "--no-pager",
          path,
        ]);
        const level = /exposure level for \S+ (\d+\.\d+)/.exec(rated.text)?.[1];
        // A user's manager has neither User= nor RemoveIPC=.
        const most = options.scope === "user" ? 1.5 : 1.2;
        assert(Number(level) <= most, `${what}: ${level}\n${rated.text}`);
      }
    }
  },
);

testNeeding("systemd", "a whole ingest runs under the filter of system calls", async () => {
  const python = "/usr/bin/python3";
  if (!await hasSystemd()) return;
  if (!await installed("python3-seccomp", [python, "-c", "import seccomp"])) return;
  await using folder = await openFolder();
  const { code, text } = await say([
    python,
    projectPath("tests/systemd/confine.py"),
    SYSTEM_CALLS.allowed.join(","),
    SYSTEM_CALLS.refused.join(","),
    ...programCommand(),
    "ingest",
    "--source",
    "cotahist",
    "--file",
    SAMPLE,
    "--db",
    `${folder.path}/prices.db`,
    "--lock-dir",
    `${folder.path}/locks`,
  ], programEnvironment({}));
  assertEquals(code, 0, text);
  assertStringIncludes(text, "80 rows: 80 new");
  // The filter is at work: what is refused fails, and does not end the program.
  const refused = await say([
    python,
    projectPath("tests/systemd/confine.py"),
    SYSTEM_CALLS.allowed.join(","),
    SYSTEM_CALLS.refused.join(","),
    python,
    "-c",
    "import os; os.setuid(0)",
  ]);
  assertStringIncludes(refused.text, "PermissionError");
});

Deno.test("a service is not told of its own failure", () => {
  const itself = ["tickerlock.service", "tickerlock@%i.service", "%n", "%N.service", "%p.service"];
  for (const onFailure of itself) {
    const error = assertThrows(() => unitsFor({ ...OPTIONS, onFailure }), UsageError);
    assertEquals(error.code, "bad_value", onFailure);
  }
  assert(textOf("tickerlock.service", { onFailure: "tickerlock-mail.service" }).includes("-mail"));
});
