/**
 * Databases that the system, or SQLite, refuses for what is not plain to see, and the remedies for them.
 *
 * @module
 */
import { assertEquals, assertMatch, assertNotMatch } from "../assert.ts";
import { leaveOut, succeeds } from "../installed.ts";
import { ANA, as, testAsRoot } from "../users.ts";
import { inProcess, type Outcome } from "./in_process.ts";

const CSV = "date,ticker,open,high,low,close,volume\n2024-01-02,PETR4.SA,37.2,37.9,36.8,37.5,41\n";

function run(state: string, args: readonly string[]): Promise<Outcome> {
  const env = {
    TICKERLOCK_DB: `${state}/t.db`,
    TICKERLOCK_LOCK_DIR: `${state}/locks`,
    TICKERLOCK_LOG_FORMAT: "pretty",
    COLUMNS: "9999",
  };
  return inProcess(args, { env, cwd: state });
}

function ingest(state: string): Promise<Outcome> {
  const file = ["--source", "csv", "--file", `${state}/../p.csv`];
  return run(state, ["ingest", ...file, "--force-refresh"]);
}

async function findings(state: string): Promise<string> {
  return (await run(state, ["doctor", "--offline", "--no-config"])).stdout;
}

function setByte(path: string, at: number, value: number): void {
  using file = Deno.openSync(path, { write: true });
  file.seekSync(at, Deno.SeekMode.Start);
  file.writeSync(Uint8Array.of(value));
}

type Folder = Parameters<Parameters<typeof testAsRoot>[1]>[0];

/** A folder of the user's with a database in it. */
async function filled(folder: Folder): Promise<string> {
  folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
  const state = folder.make("state", ANA, ANA, 0o700);
  await as(ANA, async () => assertEquals((await ingest(state)).code, 0));
  return state;
}

/** An empty `-wal` that its user may read is cleared away: tests/cli/users_sharing_test.ts. */
const FOREIGN: readonly (readonly [suffixes: readonly string[], mode: number])[] = [
  [["-wal", "-shm"], 0o600],
  [["-wal", "-shm"], 0o644],
  [["-wal"], 0o600],
];

for (const [suffixes, mode] of FOREIGN) {
  const what = `${suffixes.join(" and ")} of root, mode 0${mode.toString(8)}`;
  testAsRoot(`${what}: the run and doctor name it, its owner and the remedy`, async (folder) => {
    const state = await filled(folder);
    for (const suffix of suffixes) folder.put(`${state}/t.db${suffix}`, "not empty", 0, mode);
    const names = suffixes.map((suffix) => `t.db${suffix}`);
    const told = new RegExp(`${names.join(" and ")} beside it, of user 0, cannot be`);
    const paths = names.map((name) => `${state}/${name}`).join(" ");
    const remedy = new RegExp(`Try: As root, .*: chown ${ANA}:${ANA} ${paths}; chmod 600 ${paths}`);
    await as(ANA, async () => {
      const { code, stderr } = await ingest(state);
      assertEquals(code, 1);
      assertMatch(stderr, told);
      assertMatch(stderr, remedy);
      const found = await findings(state);
      assertMatch(found, told);
      assertMatch(found, remedy);
      assertNotMatch(found, /^ok: database:/m);
    });
    // The remedy helps.
    for (const name of names) {
      Deno.chownSync(`${state}/${name}`, ANA, ANA);
      Deno.chmodSync(`${state}/${name}`, 0o600);
    }
    await as(ANA, async () => assertEquals((await ingest(state)).code, 0));
  });
}

testAsRoot("a database that may not be changed at all is told so by the run", async (folder) => {
  const state = await filled(folder);
  const db = `${state}/t.db`;
  if (!await succeeds(["chattr", "+i", db])) return leaveOut("chattr does not work here");
  try {
    const { code, stderr } = await as(ANA, () => ingest(state));
    assertEquals(code, 1);
    assertMatch(stderr, /it can only be read/);
    assertMatch(stderr, /Try: See whether it may not be changed at all \(lsattr, chattr -i\)/);
  } finally {
    await succeeds(["chattr", "-i", db]);
  }
});

for (const at of [18, 19, 28, 47]) {
  testAsRoot(`byte ${at} of the header is damaged: restoring is the remedy`, async (folder) => {
    const state = await filled(folder);
    setByte(`${state}/t.db`, at, 0xff);
    await as(ANA, async () => {
      for (const told of [(await ingest(state)).stderr, await findings(state)]) {
        assertMatch(told, /damaged/);
        assertMatch(
          told,
          /ring back a good backup: .*db restore FILE .*There is none in its folder/,
        );
        assertNotMatch(told, /Report this|write permission/);
      }
    });
  });
}
