import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertMatch } from "../assert.ts";
import { testNeeding } from "../system.ts";
import { processLives } from "../../src/platform/host.ts";
import { inSpace } from "../cli/in_process.ts";
import { FakedClock } from "./faked_clock.ts";
import { Running } from "./program.ts";
import { Workspace } from "./workspace.ts";
import { canMount } from "../installed.ts";
import { prepared } from "./prepared.ts";
import { unprivileged } from "./unprivileged.ts";

testNeeding(
  "modes",
  "folders that cannot be written are told by trying, with the remedy",
  async () => {
    const prefix = await unprivileged();
    if (prefix === undefined) return;
    await using space = await prepared();
    const folder = `${space.path}/closed`;
    Deno.mkdirSync(folder);
    Deno.copyFileSync(space.db, `${folder}/x.db`);
    Deno.chmodSync(`${folder}/x.db`, 0o600);
    Deno.chmodSync(folder, 0o555);
    const args = [
      "doctor",
      "--unit-dir",
      "units",
      "--db",
      `${folder}/x.db`,
      "--lock-dir",
      `${folder}/locks`,
      "--offline",
      "--json",
    ];
    const { code, stdout } = await space.spawn(args, { prefix });
    const { findings } = JSON.parse(stdout) as {
      findings: { level: string; message: string; hint: string | null }[];
    };
    assertEquals(code, 1);
    const [database, locks, ...more] = findings.filter(({ level }) => level === "error");
    assertEquals(more, []);
    for (const each of [database, locks]) {
      assertMatch(each?.hint ?? "", /right to write .* with --/);
    }
    assertMatch(
      database?.message ?? "",
      /closed does not let .* write-ahead log: permission denied/,
    );
    assertMatch(locks?.message ?? "", /closed does not let this user make it: permission denied/);
    Deno.chmodSync(folder, 0o755);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["x.db"]);
  },
);

interface Problem {
  readonly code: string | null;
  readonly level: string;
  readonly message: string;
}

function errorsOf(stdout: string): Problem[] {
  return (JSON.parse(stdout) as { findings: Problem[] }).findings
    .filter(({ level }) => level === "error");
}

testNeeding("modes", "companions of another user, with which no run can write", async () => {
  const prefix = await unprivileged();
  if (prefix === undefined || prefix.length === 0) return;
  await using space = await prepared();
  using db = new DatabaseSync(space.db);
  db.exec("CREATE TABLE t (a)");
  for (const suffix of ["-wal", "-shm"]) {
    Deno.chownSync(space.db + suffix, 65534, 65534);
    Deno.chmodSync(space.db + suffix, 0o644);
  }
  const args = ["doctor", "--offline", "--unit-dir", "units", "--json"];
  const { code, stdout } = await space.spawn([...args, "--lock-dir", space.lockDir], { prefix });
  assertEquals(code, 1);
  const found = errorsOf(stdout);
  assertEquals(found.map((each) => each.code), ["database_not_writable"], stdout);
});

testNeeding("mounts", "a database that is mounted as a single file", async () => {
  const unshare = ["unshare", "--mount"];
  if (!await canMount(unshare)) return;
  await using space = await prepared();
  const script = 'mkdir box && touch box/x.db && mount --bind prices.db box/x.db && exec "$@"';
  const prefix = [...unshare, "sh", "-c", script, "sh"];
  const args = ["doctor", "--offline", "--unit-dir", "units", "--json", "--db", "box/x.db"];
  const { stdout } = await space.spawn(args, { prefix });
  assertEquals(errorsOf(stdout).map(({ code }) => code), ["database_mounted_alone"], stdout);
  assertEquals([...Deno.readDirSync(`${space.path}/box`)].map(({ name }) => name), ["x.db"]);
});

/** A collector of one task, under other words than those of the tests. */
function collector(space: Workspace, prefix: readonly string[]): Running {
  const file = space.write("p.csv", "date,ticker,close\n2024-01-02,PETR4.SA,37.5\n");
  const env = { TICKERLOCK_DB: space.db, LOCK_DIR: space.lockDir };
  const args = ["collect", "--source", "csv", "--file", file, "--every", "1h"];
  return new Running(args, { cwd: space.path, env, prefix });
}

async function problemsOf(space: Workspace): Promise<Problem[]> {
  const args = ["doctor", "--offline", "--unit-dir", "units", "--json"];
  const { stdout } = await inSpace(space, args);
  const { findings } = JSON.parse(stdout) as { findings: Problem[] };
  return findings.filter(({ level }) => level !== "ok");
}

testNeeding(
  "faketime",
  "a collector whose clock is another is alive, and its clock is told",
  async () => {
    await using clock = await FakedClock.create(new Date(Date.now() - 21_600_000).toISOString());
    if (clock === undefined) return;
    await using space = await Workspace.create();
    await using running = collector(space, clock.prefix);
    await running.says("the initial sync is done");
    const [only, ...more] = await problemsOf(space);
    assertEquals([only?.code, more], ["holder_clock_other", []]);
    assertMatch(only?.message ?? "", /job_running is held .* whose clock is 6 h behind this one/);
  },
);

testNeeding(
  "mounts",
  "a collector in a container of the same host name: its pid is no one's here",
  async () => {
    if (!await canMount(["unshare", "--mount"])) return;
    await using space = await Workspace.create();
    let pid = 30_000;
    while (processLives(pid) !== false) pid--;
    const script = `echo ${pid - 1} > /proc/sys/kernel/ns_last_pid; "$@" & wait`;
    const prefix = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
    await using running = collector(space, [...prefix, "sh", "-c", script, "sh"]);
    await running.says("the initial sync is done");
    const [row] = space.query("SELECT pid FROM collectors");
    assertEquals(row?.pid, pid);
    assertEquals(await problemsOf(space), []);
  },
);
