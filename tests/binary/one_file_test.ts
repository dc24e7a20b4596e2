import config from "../../deno.json" with { type: "json" };
import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { SAMPLE } from "../e2e/program.ts";
import { installed, leaveOut, succeeds } from "../installed.ts";
import { binary, ordinaryUser, Place, runBare } from "./binary.ts";
import { testNeeding } from "../system.ts";

const INGEST = ["ingest", "--source", "cotahist", "--file", "sample.txt", "--json"];

/** A place with the sample file in it, readable for everybody. */
async function placeWithSample(): Promise<Place> {
  const place = await Place.create();
  await Deno.copyFile(SAMPLE, `${place.path}/sample.txt`);
  return place;
}

Deno.test("the version names commit, time, runtime and platform", async () => {
  const path = binary();
  if (path === undefined) return;
  const { code, stdout, stderr } = await runBare([path, "--version", "--json"], "/");
  assertEquals([code, stderr], [0, ""]);
  const { version, commit, built, deno, target, ...rest } = JSON.parse(stdout);
  assertEquals([version, target, rest], [config.version, Deno.build.target, {}]);
  assertMatch(commit, /^[0-9a-f]{40}(\+modified)?$/);
  assertEquals(new Date(built).toISOString(), built);
  assertMatch(deno, /^\d+\.\d+\.\d+$/);
});

testNeeding(
  "utilLinux",
  "an ordinary user without HOME and variables: it works, and leaves nothing but its own",
  async () => {
    const path = binary();
    if (path === undefined || !await installed("setpriv")) return;
    await using place = await placeWithSample();
    const temporary = await place.folder("temporary");
    const program = `${await place.folder("bin")}/tickerlock`;
    await Deno.copyFile(path, program);
    await Deno.chmod(program, 0o755);
    const command = [...ordinaryUser(), program, ...INGEST];
    const { code, stdout, stderr } = await runBare(command, place.path);
    assertEquals(code, 0, stderr);
    assertEquals(JSON.parse(stdout).totals.tickers, 8);
    assertEquals(place.names("."), ["bin", "data", "locks", "sample.txt", "temporary"]);
    assertEquals(place.names("bin"), ["tickerlock"]);
    // Where a program may keep what it likes, it keeps nothing.
    const env = {
      HOME: temporary,
      TMPDIR: temporary,
      XDG_CACHE_HOME: temporary,
      DENO_DIR: temporary,
    };
    const again = await runBare(command, place.path, env);
    assertEquals([again.code, place.names("temporary")], [0, []], again.stderr);
  },
);

testNeeding("utilLinux", "from a read-only folder, and through a symbolic link", async () => {
  const path = binary();
  if (path === undefined || !await installed("setpriv")) return;
  await using place = await placeWithSample();
  const folder = await place.folder("read only");
  await Deno.copyFile(path, `${folder}/tickerlock`);
  await Deno.chmod(`${folder}/tickerlock`, 0o555);
  await Deno.chmod(folder, 0o555);
  await Deno.symlink("read only/tickerlock", `${place.path}/a link`);
  for (const program of [`${folder}/tickerlock`, "./a link", `${place.path}/a link`]) {
    const command = [...ordinaryUser(), program, ...INGEST];
    const { code, stderr } = await runBare(command, place.path);
    assertEquals(code, 0, `${program}: ${stderr}`);
    assertEquals(place.names("read only"), ["tickerlock"]);
  }
  await Deno.chmod(folder, 0o755);
});

testNeeding("shell", "with a standard input that is closed", async () => {
  const path = binary();
  if (path === undefined) return;
  await using place = await placeWithSample();
  for (const args of [["--version"], ["--help"], INGEST]) {
    const command = ["sh", "-c", 'exec "$0" "$@" <&-', path, ...args];
    const { code, stderr } = await runBare(command, place.path);
    assertEquals(code, 0, `${args[0]}: ${stderr}`);
  }
});

testNeeding("utilLinux", "without any network", async () => {
  const path = binary();
  if (path === undefined || !await installed("unshare")) return;
  const words = ["unshare", ...(Deno.uid() === 0 ? [] : ["--map-root-user"]), "--net"];
  if (!await succeeds([...words, "true"])) return leaveOut("the network cannot be taken away here");
  await using place = await placeWithSample();
  const { code, stderr } = await runBare([...words, path, ...INGEST], place.path);
  assertEquals(code, 0, stderr);
});

Deno.test("a large backup is hashed in a thread, whose code is inside as well", async () => {
  const path = binary();
  if (path === undefined) return;
  await using place = await placeWithSample();
  assertEquals((await runBare([path, ...INGEST], place.path)).code, 0);
  const { DatabaseSync } = await import("node:sqlite");
  const db = new DatabaseSync(`${place.path}/data/tickerlock.db`);
  db.exec("UPDATE ingest_logs SET error_message = hex(zeroblob(10000000)) WHERE id = 1");
  db.close();
  const { code, stderr } = await runBare([path, "db", "backup", "--to", "copy.db"], place.path);
  assertEquals(code, 0, stderr);
  const copy = await Deno.readFile(`${place.path}/copy.db`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", copy)).toHex();
  assertStringIncludes(await Deno.readTextFile(`${place.path}/copy.db.sha256`), digest);
});
