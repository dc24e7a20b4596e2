import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertMatch } from "../assert.ts";
import { testNeeding } from "../system.ts";
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
