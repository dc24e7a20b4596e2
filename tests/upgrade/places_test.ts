import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { PATIENT } from "../e2e/program.ts";
import { HeldLock } from "../e2e/workspace.ts";
import { OldWorld } from "./old_world.ts";
import { Services } from "./services.ts";

/** The record of a 0.1.0 that was killed at work. */
const RECORD = "GONE3.SA";

Deno.test("lock files of 0.1.0 are listed with their records, and pruned only when old", async () => {
  await using world = await OldWorld.create();
  const { locks } = await world.json(0, ["locks", "list", "--all"]) as {
    locks: { name: string; state: string; stale: boolean }[];
  };
  assertEquals(locks.length, [...Deno.readDirSync(world.lockDir)].length);
  assert(locks.every(({ state }) => state === "free"));
  assertEquals(locks.filter(({ stale }) => stale).map(({ name }) => name), [
    ".job_running",
    RECORD,
  ]);
  const { holder } = await world.json(0, ["locks", "status", RECORD]) as {
    holder: Record<string, unknown>;
  };
  const record = JSON.parse(await Deno.readTextFile(`${world.lockDir}/${RECORD}.lock`));
  const { v: _, ...fields } = record;
  assertEquals(holder, fields);
  const usedOn = (day: Date) => {
    for (const { name } of locks) Deno.utimeSync(`${world.lockDir}/${name}.lock`, day, day);
  };
  usedOn(new Date());
  const pruned = await world.json(0, ["locks", "prune", "--older-than", "1d"]);
  assertEquals([pruned.removed, pruned.kept], [[], locks.length]);
  usedOn(new Date("2020-01-01"));
  const { removed } = await world.json(0, ["locks", "prune", "--older-than", "90d"]) as {
    removed: unknown[];
  };
  assert(removed.length > 0);
  await world.ends(0, ["locks", "release", RECORD, "--force"]);
});

Deno.test("a ticker that a 0.1.0 has locked is left out, and told with its record", async () => {
  await using world = await OldWorld.create();
  await using services = await Services.start();
  const path = `${world.lockDir}/${RECORD}.lock`;
  using held = new HeldLock(path);
  const ingest = ["ingest", "--ticker", RECORD, ...PATIENT, "--on-locked", "exit"];
  const { code, stderr } = await world.run(ingest, { env: services.env });
  const { pid } = JSON.parse(await Deno.readTextFile(path));
  assertEquals(code, 75);
  assertStringIncludes(stderr, `${RECORD} is locked by pid ${pid} (tickerlock ingest) on `);
  const release = await world.run(["locks", "release", RECORD]);
  assertEquals(release.code, 75);
  held.release();
  await world.ends(0, ingest, services.env);
  // 0.1.0 holds the whole lock of a run under the same name.
  using job = new HeldLock(`${world.lockDir}/.job_running.lock`);
  const all = ["ingest", "--all", ...PATIENT, "--job-lock-timeout", "0"];
  assertEquals((await world.run(all, { env: services.env })).code, 75);
  const down = ["db", "migrate", "--to", "8", "--job-lock-timeout", "0"];
  assertEquals((await world.run(down)).code, 75);
  job.release();
  await world.ends(0, down);
});

Deno.test("the record that this version writes is one that 0.1.0 reads", async () => {
  await using world = await OldWorld.create();
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await using services = await Services.start({
    onRequest: () => {
      asked.resolve();
      return gate.promise;
    },
  });
  const path = `${world.lockDir}/${RECORD}.lock`;
  const before = JSON.parse(await Deno.readTextFile(path));
  const run = world.ends(0, ["ingest", "--ticker", RECORD, ...PATIENT], services.env);
  await asked.promise;
  const text = await Deno.readTextFile(path);
  const record = JSON.parse(text);
  assertEquals(record.v, before.v);
  for (const [key, value] of Object.entries(before)) {
    assertEquals(typeof record[key], typeof value, key);
  }
  assertEquals([text.length, text.at(-1)], [512, "\n"]);
  // The lock is flock(2) on the very file that 0.1.0 locks.
  using file = Deno.openSync(path, { read: true, write: true });
  assertEquals(file.tryLockSync(true), false);
  gate.resolve();
  await run;
});

/** `Environment=` and the words behind the program of a unit, with the places of the folder. */
function unitOf(world: OldWorld, name: string): { env: Record<string, string>; words: string[] } {
  const text = Deno.readTextFileSync(`${world.path}/units/${name}`)
    .replaceAll("/etc/tickerlock/%i.txt", `${world.path}/list.txt`)
    .replaceAll("/etc/tickerlock/tickers.txt", `${world.path}/list.txt`)
    .replaceAll("/etc/tickerlock", world.path)
    .replaceAll("%S/tickerlock", `${world.path}/data`)
    .replaceAll("%t/tickerlock", world.lockDir);
  const env = [...text.matchAll(/^Environment=(\w+)=(.*)$/gm)].map(([, key = "", value = ""]) =>
    [key, value] as const
  );
  const [, line = ""] = /^ExecStart=\S+ (.*)$/m.exec(text) ?? [];
  return { env: Object.fromEntries(env), words: line.split(" ") };
}

Deno.test("units of 0.1.0 start this version on the same database and locks", async () => {
  await using world = await OldWorld.create();
  await using services = await Services.start();
  for (const name of ["tickerlock.service", "tickerlock@.service"]) {
    const { env, words } = unitOf(world, name);
    assertEquals(Object.keys(env), ["TICKERLOCK_DB", "LOCK_DIR"]);
    const stdout = await world.ends(0, words, { ...services.env, ...env });
    assertMatch(stdout, /^2 tickers \(2 success\), \d+ rows: 0 new/m);
  }
  const { env, words } = unitOf(world, "tickerlock-collect.service");
  assertEquals(words[0], "collect");
  const plan = await world.ends(0, [...words, "--dry-run"], env);
  assertStringIncludes(plan, "day");
});

Deno.test("units of 0.1.0 are replaced and removed; one that was edited by hand is left alone", async () => {
  await using world = await OldWorld.create();
  const units = `${world.path}/units`;
  const install = ["systemd", "install", "--dir", units, "--exec", "/usr/local/bin/tickerlock"];
  const collect = `${units}/tickerlock-collect.service`;
  const edited = (await Deno.readTextFile(collect)).replace("MemoryMax=1G", "MemoryMax=2G");
  await Deno.writeTextFile(collect, edited);
  await world.ends(0, install);
  assertStringIncludes(
    await Deno.readTextFile(`${units}/tickerlock.service`),
    "Environment=TICKERLOCK_LOCK_DIR=%t/tickerlock",
  );
  const refused = await world.run([...install, "--kind", "collect"]);
  assertEquals(refused.code, 2);
  assertStringIncludes(refused.stderr, "tickerlock-collect.service");
  assertEquals(await Deno.readTextFile(collect), edited);
  await world.ends(0, [...install, "--kind", "collect", "--force"]);
  const { stdout } = await world.run(["systemd", "uninstall", "--dir", units]);
  assertMatch(stdout, /removed .*tickerlock\.service/);
  // The one that was edited by hand is kept beside it.
  assertEquals([...Deno.readDirSync(units)].map(({ name }) => name), [
    "tickerlock-collect.service.~1~",
  ]);
});

Deno.test("config show tells what the file of 0.1.0 and its variables set", async () => {
  await using world = await OldWorld.create();
  const show = ["config", "show", "--config", "tickerlock.json"];
  const stdout = await world.ends(0, show, {
    LOCK_DIR: "locks",
    INGEST_LOCK_MODE: "exit",
    INGEST_LOCK_TIMEOUT_SECONDS: "7",
    JOB_LOCK_TIMEOUT_SEC: "8",
  });
  assertMatch(stdout, /^--lock-dir +locks +environment LOCK_DIR$/m);
  assertMatch(stdout, /^--on-locked +exit +environment INGEST_LOCK_MODE$/m);
  assertMatch(stdout, /^--lock-timeout +7 +environment INGEST_LOCK_TIMEOUT_SECONDS$/m);
  assertMatch(stdout, /^--job-lock-timeout +8 +environment JOB_LOCK_TIMEOUT_SEC$/m);
  assertMatch(stdout, /^--attempts +2 +file: attempts$/m);
  assertStringIncludes(
    await world.ends(0, ["config", "path", "--config", "tickerlock.json"]),
    "tickerlock.json",
  );
  // The same file serves the other commands, whose settings it may name.
  await world.ends(0, ["db", "info", "--config", "tickerlock.json"]);
  for (const source of ["list", "test csv --file quotes.csv"]) {
    await world.ends(0, ["sources", ...source.split(" ")]);
  }
});
