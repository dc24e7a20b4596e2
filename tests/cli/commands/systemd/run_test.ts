import os from "node:os";
import {
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../../../assert.ts";
import { analyze, hasSystemd } from "../../../systemd/tools.ts";
import { writeUserFile } from "../../config/user_file.ts";
import { inProcess, inSpace, type Outcome } from "../../in_process.ts";
import { testNeeding } from "../../../system.ts";
import { Workspace } from "../../../e2e/workspace.ts";

function systemd(space: Workspace, ...args: readonly string[]): Promise<Outcome> {
  return inProcess(["systemd", ...args], { cwd: space.path });
}

/** What is printed, parted at the comments with the files' names. */
function parted(text: string): Map<string, string> {
  const parts = text.split(/^(?=# [\w@.-]+\.(?:service|timer)\n)/m);
  return new Map(parts.map((part) => [/^# (\S+)/.exec(part)?.[1] ?? "", part]));
}

Deno.test("what print writes into a file is what systemd verifies, with both scopes and kinds", async () => {
  if (!await hasSystemd()) return;
  await using space = await Workspace.create();
  for (const scope of ["system", "user"]) {
    for (const kind of ["ingest", "collect"]) {
      const args = ["print", "--scope", scope, "--kind", kind, "--exec", "/usr/bin/env"];
      const { code, stdout } = await systemd(space, ...args, "--on-calendar", "Tue..Sat 06:15");
      assertEquals(code, 0);
      const units = parted(stdout);
      assertEquals(units.size, kind === "ingest" ? 4 : 1);
      const paths = [...units].map(([name, text]) => space.write(name, text));
      const user = scope === "user" ? ["--user"] : [];
      const verified = await analyze(space.path, [...user, "verify", ...paths]);
      assertEquals(verified, { code: 0, text: "" }, `${scope} ${kind}`);
    }
  }
});

Deno.test("install shows the diff, writes, keeps what was edited, and says the next command", async () => {
  await using space = await Workspace.create();
  const dir = `${space.path}/systemd/system`;
  const install = (...args: readonly string[]): Promise<Outcome> =>
    systemd(space, "install", "--dir", dir, "--exec", "/usr/bin/env", ...args);
  const dry = await install("--dry-run");
  assertEquals(dry.code, 0);
  assertMatch(dry.stdout, /Nothing was written; 4 of 4 files would be.\n$/);
  assertEquals(space.names(), []);
  const first = await install();
  assertEquals(first.code, 0);
  assertStringIncludes(first.stdout, `+++ ${dir}/tickerlock.service\n`);
  assertStringIncludes(
    first.stdout,
    "Next: systemctl daemon-reload && systemctl enable --now tickerlock.timer\n" +
      "It reads /etc/tickerlock/tickers.txt: one ticker a line\n",
  );
  assertEquals([...Deno.readDirSync(dir)].length, 4);
  assertStringIncludes((await install()).stdout, `${dir}/tickerlock.service: as it is\n`);
  const path = `${dir}/tickerlock.service`;
  const edited = Deno.readTextFileSync(path).replace("TimeoutStartSec=1h", "TimeoutStartSec=9h");
  Deno.writeTextFileSync(path, edited);
  const refused = await install("--memory-max", "2G");
  assertEquals(refused.code, 2);
  assertStringIncludes(refused.stdout, "-TimeoutStartSec=9h\n+TimeoutStartSec=1h\n");
  assertStringIncludes(refused.stderr, "tickerlock.service (edited by hand)");
  assertEquals(Deno.readTextFileSync(path), edited);
  // Of several files none is written where one is refused.
  assertStringIncludes(Deno.readTextFileSync(`${dir}/tickerlock@.service`), "MemoryMax=1G");
  const forced = await install("--memory-max", "2G", "--force");
  assertEquals(forced.code, 0);
  assertStringIncludes(forced.stdout, `wrote ${path}; what was there is kept as ${path}.~1~\n`);
  const other = await install("--kind", "collect", "--scope", "user", "--name", "other");
  assertStringIncludes(other.stdout, "reads ~/.config/tickerlock/tickerlock.json: see docs/");
  const named = await install(
    "--kind",
    "collect",
    "--ticker",
    "A",
    "--name",
    "x",
    "--",
    "--every",
    "1h",
  );
  assertEquals([named.code, named.stdout.includes("It reads")], [0, false]);
  assertEquals(Deno.readTextFileSync(`${path}.~1~`), edited);
  assertStringIncludes(Deno.readTextFileSync(path), "MemoryMax=2G");
});

Deno.test("uninstall removes what install wrote, by name, and tells it", async () => {
  await using space = await Workspace.create();
  const dir = `${space.path}/units`;
  for (const name of ["one", "two"]) {
    await systemd(space, "install", "--dir", dir, "--name", name, "--exec", "/usr/bin/env");
  }
  const uninstall = (...args: readonly string[]): Promise<Outcome> =>
    systemd(space, "uninstall", "--dir", dir, ...args);
  const dry = await uninstall("--name", "one", "--dry-run");
  assertEquals([dry.code, [...Deno.readDirSync(dir)].length], [0, 8]);
  assertMatch(dry.stdout, /^would remove .*one\.service\n[\s\S]*Nothing was removed\.\n$/);
  const { code, stdout, stderr } = await uninstall("--name", "one");
  assertEquals([code, stderr], [0, ""]);
  assertEquals(
    stdout,
    ["one.timer", "one@.timer", "one.service", "one@.service"].map((name) =>
      `removed ${dir}/${name}\n`
    ).join("") + "Next: systemctl daemon-reload\n",
  );
  assertEquals([...Deno.readDirSync(dir)].length, 4);
  const again = await uninstall("--name", "one");
  assertEquals([again.code, again.stdout], [
    0,
    `Nothing to remove: no one in ${dir} was written by tickerlock.\n`,
  ]);
  assertEquals((await uninstall()).code, 0);
  assertEquals([...Deno.readDirSync(dir)], []);
});

Deno.test("a timer that comes again soon has its run not started again, unless that is asked for", async () => {
  await using space = await Workspace.create();
  const restartsOf = async (...args: readonly string[]): Promise<string | undefined> => {
    const unit = ["print", "--exec", "/usr/bin/env", "--unit", "tickerlock.service"];
    const { stdout } = await systemd(space, ...unit, ...args);
    return /^StartLimitBurst=(.*)$/m.exec(stdout)?.[1];
  };
  assertEquals(await restartsOf(), "5");
  assertEquals(await restartsOf("--on-calendar", "*:0/5"), undefined);
  assertEquals(await restartsOf("--on-calendar", "*:0/5", "--restarts", "2"), "3");
  assertEquals(await restartsOf("--restarts", "0"), undefined);
});

Deno.test("a run has the longest time that is named, and a unit that tells of its failure", async () => {
  await using space = await Workspace.create();
  const args = ["print", "--unit", "tickerlock.service", "--exec", "/usr/bin/env"];
  const told = ["--time-limit", "90min", "--on-failure", "mail-admin@%n.service"];
  const { stdout } = await systemd(space, ...args, ...told);
  assertMatch(stdout, /^TimeoutStartSec=90min$/m);
  assertMatch(stdout, /^OnFailure=mail-admin@%n\.service$/m);
  assertNotMatch((await systemd(space, ...args)).stdout, /^OnFailure=|90min/m);
});

Deno.test("a program or list in /tmp, which the service cannot see, is told", async () => {
  await using space = await Workspace.create();
  const args = ["print", "--exec", "/tmp/tickerlock", "--tickers-file", "/var/tmp/list.txt"];
  const { code, stderr } = await systemd(space, ...args);
  assertEquals(code, 0);
  assertMatch(stderr, /^\/tmp\/tickerlock cannot be seen.*\n\/var\/tmp\/list.txt cannot be seen/);
});

Deno.test("what the service would not find or be able to write is told, and the units are printed", async () => {
  await using space = await Workspace.create();
  const args = ["print", "--exec", "/none/such", "--tickers-file", "/home/x/t.txt"];
  const { code, stdout, stderr } = await systemd(space, ...args, "--", "--db", "/srv/none/x.db");
  assertEquals(code, 0);
  assertMatch(stdout, /^ReadWritePaths=-\/srv\/none$/m);
  assertMatch(
    stderr,
    /^\/home\/x\/t.txt is in a home.*\n\/none\/such is not there.*\n\/srv\/none has to be there.*\n$/,
  );
});

Deno.test("a user's own folder of configuration is honoured where it is absolute, as systemd does", async () => {
  await using space = await Workspace.create();
  const install = async (folder: string): Promise<string> => {
    const args = ["systemd", "install", "--scope", "user", "--dry-run"];
    return (await inProcess(args, { env: { XDG_CONFIG_HOME: folder } })).stdout;
  };
  const own = `${space.path}/conf`;
  assertStringIncludes(await install(own), `+++ ${own}/systemd/user/tickerlock.timer\n`);
  assertMatch(await install("conf"), /^\+\+\+ \/.*\/\.config\/systemd\/user\/tickerlock\.timer$/m);
});

testNeeding(
  "systemd",
  "a user without an entry in the list of users has to name a folder",
  async () => {
    const { userInfo } = os;
    // As of a user whom the list does not have; the module's own object is what the program asks.
    os.userInfo = () => {
      throw Object.assign(new Error("Failed to get user info"), { code: "ENOENT" });
    };
    try {
      await using space = await Workspace.create();
      const args = ["systemd", "install", "--scope", "user", "--dry-run"];
      const { code, stderr } = await inProcess(args);
      assertEquals(code, 2);
      assertMatch(
        stderr,
        /^Error: no home folder of this user is known\nTry: [^\n]*--dir[^\n]*XDG_CONFIG_HOME/m,
      );
      const XDG_CONFIG_HOME = `${space.path}/conf`;
      for (
        const more of [{ args: ["--dir", space.path] }, { env: { XDG_CONFIG_HOME } }, {
          env: { HOME: space.path },
        }]
      ) {
        const outcome = await inProcess([...args, ...more.args ?? []], { env: more.env ?? {} });
        assertEquals(outcome.code, 0, outcome.stderr);
      }
      const doctor = await inSpace(space, ["doctor", "--offline"]);
      assertEquals(doctor.stderr.includes("internal_error"), false, doctor.stderr);
    } finally {
      os.userInfo = userInfo;
    }
  },
);

Deno.test("a time that was given is handed on, with the command that checks it", async () => {
  await using space = await Workspace.create();
  const args = ["print", "--exec", "/usr/bin/env", "--unit", "tickerlock.timer"];
  const { stdout, stderr } = await systemd(space, ...args, "--on-calendar", "*-02-30 06:00");
  assertMatch(stdout, /^OnCalendar=\*-02-30 06:00$/m);
  assertEquals(stderr, 'check the time with: systemd-analyze calendar "*-02-30 06:00"\n');
});

Deno.test("a line for cron says the same", async () => {
  await using space = await Workspace.create();
  const args = ["cron", "--exec", "/opt/a b/tickerlock", "--tickers-file", "/srv/100%.txt"];
  const own = await systemd(space, "cron", "--ticker", "A", "--on-calendar", "0 7 1 * mon");
  assertMatch(own.stdout, /^0 7 1 \* mon /);
  const { code, stdout } = await systemd(space, ...args, "--", "--db", "/srv/x.db");
  assertEquals(code, 0);
  assertEquals(
    stdout,
    "30 18 * * 1-5  '/opt/a b/tickerlock' ingest --source yahoo --tickers-file '/srv/100\\%.txt' " +
      "--deadline 5m --log-level warning --db /srv/x.db >/dev/null\n",
  );
});

Deno.test("files and datasets go behind the dashes", async () => {
  await using space = await Workspace.create();
  const base = ["print", "--exec", "/usr/bin/env", "--unit", "tickerlock.service", "--source"];
  const lineOf = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await systemd(space, ...base, ...args);
    return /^ExecStart=(.*)$/m.exec(stdout)?.[1] ?? "";
  };
  assertEquals(
    await lineOf("cotahist", "--", "--file", "/srv/my data/*.ZIP"),
    '/usr/bin/env ingest --source cotahist --file "/srv/my data/*.ZIP" --no-config',
  );
  assertEquals(
    await lineOf("kalshi", "--", "--dataset", "events"),
    "/usr/bin/env ingest --source kalshi --dataset events --no-config",
  );
  assertEquals(
    await lineOf("yahoo", "--", "--all"),
    "/usr/bin/env ingest --source yahoo --deadline 5m --all --no-config",
  );
  assertEquals(
    await lineOf("yahoo", "--tickers-file", "my list.txt"),
    `/usr/bin/env ingest --source yahoo --tickers-file "${
      Deno.realPathSync(space.path)
    }/my list.txt" --deadline 5m --no-config`,
  );
});

Deno.test("a collector with a task of its own has to be told how often", async () => {
  await using space = await Workspace.create();
  const task = ["print", "--kind", "collect", "--exec", "/usr/bin/env", "--ticker", "PETR4.SA"];
  const refused = await systemd(space, ...task);
  assertEquals({ code: refused.code, stdout: refused.stdout }, { code: 2, stdout: "" });
  assertMatch(refused.stderr, /needs an interval[\s\S]*--every 15m/);
  const { code, stdout } = await systemd(space, ...task, "--", "--every", "15m");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "collect --ticker PETR4.SA --every 15m --no-config\n");
});

Deno.test("a unit reads the configuration that was named for it, and no other", async () => {
  await using space = await Workspace.create();
  const folder = Deno.realPathSync(space.path);
  const { env } = writeUserFile(space, { source: "kalshi" });
  const print = async (...args: readonly string[]) => {
    const [subcommand = "", ...more] = args;
    const all = ["systemd", subcommand, "--exec", "/usr/bin/env", ...more];
    const { stdout, stderr } = await inProcess(all, { cwd: folder, env });
    return [/^ExecStart=(.*)$/m.exec(stdout)?.[1] ?? stdout, stderr];
  };
  // What the file says of the source is in the unit; the file itself is not read by it.
  const [line, note] = await print("print");
  assertEquals(line, "/usr/bin/env ingest --source kalshi --no-config");
  assertMatch(note ?? "", /the units do not read \S+\/config\.json; .* --config \S+config\.json/);
  const named = await print("print", "--config", "home/.config/tickerlock/config.json");
  const path = `${folder}/home/.config/tickerlock/config.json`;
  assertEquals(named[0], `/usr/bin/env ingest --source kalshi --config ${path}`);
  assertNotMatch(named[1] ?? "", /do not read/);
  assertEquals(
    (await print("print", "--kind", "collect"))[0],
    "/usr/bin/env collect --config /etc/tickerlock/tickerlock.json",
  );
  assertEquals(
    (await print("print", "--kind", "collect", "--config", path))[0],
    `/usr/bin/env collect --config ${path}`,
  );
  const [cron = ""] = await print("cron", "--config", path, "--", "--db", "/x.db");
  assertStringIncludes(cron, `--config ${path} >/dev/null`);
});

Deno.test("a secret in a URL goes into no unit and no crontab, and is not shown", async () => {
  await using space = await Workspace.create();
  const urls = [
    "postgres://u:hunter2@db/x",
    "postgres://:hunter2@db/x",
    "postgres://db/x?password=hunter2",
  ];
  const given = [
    ...urls.map((url) => ["--db", url]),
    // Of a receiver the path is the secret.
    ["--notify", "https://hooks.example.com/hunter2"],
  ];
  for (const [option = "", url = ""] of given) {
    for (const subcommand of ["print", "install", "cron"]) {
      for (const extra of [[option, url], [`${option}=${url}`]]) {
        const args = [subcommand, "--ticker", "A", "--", ...extra];
        const { code, stdout, stderr } = await systemd(space, ...args);
        assertEquals([code, stdout], [2, ""], stderr);
        assertStringIncludes(stderr, "has a secret in it");
        assertNotMatch(stderr, /hunter2/);
      }
    }
  }
  const plain = await systemd(space, "print", "--ticker", "A", "--", "--db", "/srv/u:x@y.db");
  assertEquals(plain.code, 0);
});
