import { assert, assertEquals, assertHas, assertMatch, assertStringIncludes } from "../assert.ts";
import { exists } from "../../src/platform/files.ts";
import { canMount } from "../installed.ts";
import { db, inside } from "./db_tools.ts";
import { addManyPrices } from "./many_prices.ts";
import { errorOf, prepared } from "./prepared.ts";
import { Running, runProgram } from "./program.ts";
import { waitFor } from "./wait_for.ts";
import type { Workspace } from "./workspace.ts";
import { testNeeding } from "../system.ts";

function hiddenIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.startsWith(".")
  );
}

const SIGNALS = [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const;

testNeeding(
  "signals",
  "a backup that a signal stops says so, and nothing of it stays",
  async () => {
    await using space = await prepared();
    addManyPrices(space.db, 400_000);
    const copies = `${space.path}/copies`;
    Deno.mkdirSync(copies);
    for (const [name, code] of SIGNALS) {
      await using running = new Running(
        ["db", "backup", "--to", copies, "--log-format", "pretty"],
        inside(space),
      );
      await waitFor("the copy", () => hiddenIn(copies).some((each) => each.endsWith(".tmp")));
      running.kill(name);
      const outcome = await running.outcome();
      assertHas(outcome, { code, signal: null, stdout: "" });
      assertMatch(outcome.stderr, new RegExp(`^Error: stopped by ${name}; .*\\nTry: `));
      assertEquals([...Deno.readDirSync(copies)], []);
    }
  },
);

testNeeding("signals", "a signal that stops a copy or a migration says which", async () => {
  await using space = await prepared();
  addManyPrices(space.db, 400_000);
  const copy = `${space.path}/copy.db`;
  const cases = [
    [["copy", space.db, copy], () => exists(copy), "the copy", "which stays"],
    [
      ["migrate", "--rollback"],
      () => exists(`${space.path}/backups`),
      "the migration",
      "half done",
    ],
  ] as const;
  for (const [args, hasBegun, what, left] of cases) {
    await using running = new Running(["db", ...args, "--log-format", "pretty"], inside(space));
    await waitFor(what, hasBegun);
    running.kill("SIGTERM");
    const { code, stderr } = await running.outcome();
    assertEquals(code, 143, stderr);
    assertMatch(
      stderr,
      new RegExp(`^Error: stopped by SIGTERM; ${what} was not.*\\nTry: .*${left}`, "m"),
    );
  }
});

/** A disk of 2 MB of which only this process knows, with a database on it that leaves no room. */
const SMALL_DISK = `
  mkdir small && mount -t tmpfs -o size=2m tmpfs small && cp prices.db small/ || exit 99
  "$@"; code=$?
  ls -A small small/backups && exit $code`;

testNeeding(
  "mounts",
  "a disk that is full during a backup: db_full, where, and nothing stays",
  async () => {
    if (!(await canMount(["unshare", "-m"]))) return;
    for (const args of [["backup"], ["backup", "--to", "small/backups/x.db"], ["migrate"]]) {
      await using space = await prepared();
      addManyPrices(space.db, 15_000);
      if (args[0] === "migrate") assertEquals((await db(space, "migrate", "--rollback")).code, 0);
      space.execute("PRAGMA wal_checkpoint(TRUNCATE)");
      const { size } = Deno.statSync(space.db);
      assert(size > 1_050_000 && size < 1_900_000, `${size} bytes`);
      const prefix = ["unshare", "-m", "sh", "-c", SMALL_DISK, "sh"];
      const outcome = await runProgram(
        ["db", ...args, "--db", "small/prices.db", "--log-format", "json"],
        inside(space, { prefix }),
      );
      const { code, hint } = errorOf(outcome);
      assertEquals([outcome.code, code], [1, "db_full"], outcome.stderr);
      assertMatch(hint, /^Free some space on the disk of small\/backups, /);
      assertMatch(outcome.stdout, /small\/backups:\n$/);
    }
  },
);

/**
 * Starts the program under a limit on the size of files, and with caches of its own: Deno writes those
 * before the program begins, and larger ones than the limit would end it there.
 *
 * @param blocks Blocks of 512 bytes.
 */
async function limited(space: Workspace, blocks: number): Promise<ReturnType<typeof inside>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout)) as { npmCache: string };
  const caches = `${space.path}/caches`;
  Deno.mkdirSync(caches, { recursive: true });
  try {
    Deno.symlinkSync(npmCache, `${caches}/npm`);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  const prefix = ["sh", "-c", 'ulimit -f "$0"; exec "$@"', String(blocks)];
  return inside(space, { prefix, env: { DENO_DIR: caches } });
}

testNeeding(
  "shell",
  "a limit on the size of files: the program lives, and says what to raise",
  async () => {
    await using space = await prepared();
    addManyPrices(space.db, 400_000);
    const options = await limited(space, 8500);
    // One transaction that is larger than the limit.
    const day = (number: number): string =>
      new Date(Date.UTC(1800, 0, 1 + number)).toISOString().slice(0, 10);
    const lines = Array.from(
      { length: 80_000 },
      (_, number) => `${day(number)},10.25,10.75,10.125,10.5,${4e12 + number}\n`,
    ).join("");
    const file = space.write("prices.csv", `date,open,high,low,close,volume\n${lines}`);
    const ingest = ["ingest", "--source", "csv", "--file", file, "--ticker", "EXMA3.SA"];
    const cases = [
      [["db", "backup"], "db_io"],
      [["export", "--out", "p.csv"], "export_failed"],
      [ingest, "db_io"],
    ] as const;
    for (const [args, code] of cases) {
      const outcome = await runProgram([...args, "--log-format", "json"], options);
      assertEquals([outcome.code, outcome.signal], [1, null], `${args}: ${outcome.stderr}`);
      assertStringIncludes(outcome.stderr, "ulimit -f");
      assertStringIncludes(outcome.stdout + outcome.stderr, code);
    }
    assertEquals(space.query("SELECT id FROM ingest_logs WHERE status = 'running'"), []);
  },
);
