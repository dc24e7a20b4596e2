import { Database } from "../../src/store/sqlite/connection/database.ts";
import { StoreError } from "../../src/store/errors.ts";
import { verifyDatabase } from "../../src/store/sqlite/queries/verify.ts";
import { MIGRATIONS } from "../../src/store/sqlite/migrations/mod.ts";
import { spillPathOf } from "../../src/store/spill.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";
import { ALL_PAUSES, fakePatience } from "../store/sqlite/helpers.ts";
import { canMount, leaveOut } from "../installed.ts";
import { assertNothingHalf, manyTickers } from "./bulk.ts";
import { damage, db, dbJson, hasSqliteShell, SqliteShell } from "./db_tools.ts";
import { openAtOnce } from "./openers.ts";
import { errorOf, prepared } from "./prepared.ts";
import { logLines, SAMPLE, SAMPLE_TICKERS } from "./program.ts";
import { reportOf } from "./report_json.ts";
import { unprivileged } from "./unprivileged.ts";
import { waitFor } from "./wait_for.ts";
import { Workspace } from "./workspace.ts";
import { testNeeding } from "../system.ts";
import { whoHasOpen } from "../../src/platform/services.ts";

const INGEST = ["--source", "cotahist", "--file", SAMPLE];
const COMPANIONS = ["-wal", "-shm"];

Deno.test("sixteen processes that open a database that is not there all succeed", async () => {
  await using space = await Workspace.create();
  const path = `${space.path}/new/folder/prices.db`;
  const processes = 16;
  assertEquals(await openAtOnce(path, processes, 1), Array(processes).fill("done"));
  assert(verifyDatabase(path).ok);
  using opened = await Database.open(path);
  const count = (table: string): unknown => opened.get(`SELECT count(*) AS n FROM ${table}`)?.n;
  assertEquals(
    ["schema_migrations", "ingest_logs", "prices"].map(count),
    [MIGRATIONS.length, processes, 28],
  );
});

Deno.test("processes that insert the same keys at once never see a UNIQUE failure", async () => {
  await using space = await Workspace.create();
  const [processes, rounds] = [3, 60];
  assertEquals(await openAtOnce(space.db, processes, rounds), Array(processes).fill("done"));
  const [total] = space.query(
    "SELECT count(*) AS runs, sum(rows_inserted) AS inserted, sum(rows_updated) AS updated " +
      "FROM ingest_logs WHERE status = 'success'",
  );
  assertEquals({ ...total }, {
    runs: processes * rounds,
    inserted: 28,
    updated: 28 * (processes * rounds - 1),
  });
  // The last one to commit has them all.
  assertEquals(space.value("SELECT count(DISTINCT ingest_id) FROM prices"), 1);
  assertEquals(
    space.value("SELECT max(ingest_id) FROM prices"),
    space.value("SELECT max(id) FROM ingest_logs"),
  );
});

/** Few tickers, which are written one by one; and enough of them for groups, of 64 at most. */
const SCENES = [
  { how: "one by one", tickers: 60, days: 100, atOnce: 1 },
  { how: "in groups", tickers: 300, days: 20, atOnce: 64 },
] as const;

type Scene = typeof SCENES[number];

/** Checks a run that met its limit, and that the next one without it brings in the rest. */
async function checkCutShort(
  space: Workspace,
  args: readonly string[],
  outcome: { code: number; stdout: string },
  codes: readonly string[],
  { tickers: TICKERS, days: DAYS, atOnce }: Scene,
): Promise<void> {
  const { run_id, tickers, not_started } = reportOf(outcome.stdout);
  const success = tickers.filter(({ status }) => status === "success").length;
  // The tickers at work, where any were claimed, and the run as a whole; the others were not begun.
  const failed = tickers.filter(({ status }) => status === "failed");
  assertEquals([outcome.code, success + failed.length], [3, tickers.length], outcome.stdout);
  assertEquals(failed.at(-1)?.ticker, null);
  assert(failed.length >= 1 && failed.length <= atOnce + 1, outcome.stdout);
  assertEquals(success + failed.length - 1 + not_started, TICKERS);
  assert(success > 0 && not_started > 0, `${success} succeeded`);
  for (const { error } of failed) assert(codes.includes(error?.code ?? ""), error?.code);
  assertEquals(assertNothingHalf(space.db, DAYS), success);

  assertEquals((await space.ingest(args)).code, 0);
  assertNothingHalf(space.db, DAYS);
  assertEquals(space.value("SELECT count(*) FROM prices"), TICKERS * DAYS);
  // The rows that could not be written then are there now: each job of both runs is accounted for.
  const statuses = "SELECT status, count(*) AS n FROM ingest_logs WHERE run_id = ? GROUP BY status";
  const byStatus = space.query(statuses, run_id);
  assertEquals(
    Object.fromEntries(byStatus.map(({ status, n }) => [String(status), n])),
    { failed: failed.length, success },
  );
}

for (const scene of SCENES) {
  testNeeding(
    "shell",
    `a limit on the size of files in the middle of a write, ${scene.how}: nothing half, nothing lost`,
    async () => {
      await using space = await Workspace.create();
      const args = await manyTickers(space, scene.tickers, scene.days);
      assertEquals((await db(space, "migrate")).code, 0);
      // Blocks of 512 bytes. The signal, which would end any program, is ignored: then write(2) fails.
      const prefix = ["sh", "-c", 'trap "" XFSZ; ulimit -f "$0"; exec "$@"', "900"];
      const outcome = await space.spawn(["ingest", ...args, "--json"], { prefix });
      assertStringIncludes(outcome.stderr, "SQLite 778");
      assertStringIncludes(outcome.stderr, "ulimit -f; LimitFSIZE=");
      await checkCutShort(space, args, outcome, ["db_io", "db_full"], scene);
    },
  );

  testNeeding(
    "mounts",
    `a disk that is full in the middle of a write, ${scene.how}: nothing half, nothing lost`,
    async () => {
      if (!(await canMount(["unshare", "-m"]))) return;
      await using space = await Workspace.create();
      const args = await manyTickers(space, scene.tickers, scene.days);
      assertEquals((await db(space, "migrate")).code, 0);
      Deno.mkdirSync(`${space.path}/small`);
      // A disk of 900 kB of which only this process knows; what is on it at the end is saved.
      const script = `
    mount -t tmpfs -o size=900k tmpfs small && cp prices.db small/ || exit 99
    "$@"; code=$?
    cp small/prices.db* . && exit $code`;
      const prefix = ["unshare", "-m", "sh", "-c", script, "sh"];
      const words = ["ingest", ...args, "--json", "--db", "small/prices.db", "--min-free", "0"];
      const outcome = await space.spawn(words, { prefix });
      assertStringIncludes(outcome.stderr, "SQLite 13");
      // What the disk had no room for in the spill file either is in the log on standard error.
      const untold = logLines(outcome.stderr).flatMap(({ message, properties }) =>
        String(message).startsWith("could not keep a log row") ? [properties] : []
      );
      const lines = untold.map((each) => `${JSON.stringify(each)}\n`).join("");
      Deno.writeTextFileSync(spillPathOf(space.db), lines, { append: true });
      await checkCutShort(space, args, outcome, ["db_full", "db_io"], scene);
    },
  );
}

for (const way of ["removed", "replaced"] as const) {
  testNeeding(
    "openFiles",
    `a database that is ${way} under a run: db_moved, and no log row is lost`,
    async () => {
      await using space = await prepared();
      await using other = await prepared();
      using held = space.hold("EXMH4.SA");
      await using running = space.start([...INGEST, "--json"]);
      await waitFor("the other tickers", () => space.prices().length === 75);
      for (const suffix of COMPANIONS) Deno.removeSync(space.db + suffix);
      if (way === "removed") Deno.removeSync(space.db);
      else Deno.renameSync(other.db, space.db);
      held.release();
      const outcome = await running.outcome();
      assertEquals(outcome.code, 3);
      const { tickers, not_started } = reportOf(outcome.stdout);
      // EXMH4.SA, which could not be claimed, has not begun.
      assertEquals(
        tickers.filter(({ status }) => status !== "success")
          .map(({ ticker, error }) => [ticker, error?.code]),
        [[null, "db_moved"]],
      );
      assertEquals(not_started, 1);
      assertEquals(space.hasDatabase(), way === "replaced");
      assertEquals((await space.ingest(INGEST)).code, 0);
      assertEquals(space.prices().length, 80);
      assertEquals(verifyDatabase(space.db).findings, []);
      const lost = space.logs().filter(({ error_code }) => error_code === "db_moved");
      assertEquals(lost.map(({ ticker, status, pid }) => [ticker, status, pid]), [
        [null, "failed", running.pid],
      ]);
    },
  );
}

Deno.test("a truncated file is told of, by verify and by a run, and never made worse", async () => {
  await using space = await prepared();
  const whole = Deno.readFileSync(space.db);
  for (let size = 100; size < whole.length; size += Math.floor(whole.length / 37)) {
    Deno.writeFileSync(space.db, whole.slice(0, size));
    const { ok, findings } = verifyDatabase(space.db, { quick: size % 2 === 0 });
    assertEquals([ok, findings[0]?.check], [false, "integrity"], `${size} of ${whole.length}`);
  }
  const half = whole.slice(0, whole.length / 2);
  Deno.writeFileSync(space.db, half);
  const outcome = await space.ingest(INGEST);
  assertEquals(outcome.code, 1);
  assertEquals(errorOf(outcome).code, "db_corrupt");
  assertEquals(Deno.readFileSync(space.db), half);
});

Deno.test("a flipped byte: the run fails with db_corrupt and the remedy, ticker by ticker", async () => {
  await using space = await prepared();
  const root = Number(space.value("SELECT rootpage FROM sqlite_schema WHERE name = 'prices'"));
  damage(space.db, root, 0);
  const { code, stdout, stderr } = await space.ingest([...INGEST, "--json"]);
  assertEquals(code, 1, stderr);
  const codes = reportOf(stdout).tickers.map(({ error }) => error?.code);
  assertEquals(new Set(codes), new Set(["db_corrupt"]));
  assertStringIncludes(stderr, "tickerlock db restore latest --db");
  assertEquals((await dbJson(space, ["verify", "--quick"], 1) as { ok: boolean }).ok, false);
});

Deno.test("the write-ahead log of a killed process is a part of the database for everyone", async () => {
  await using space = await Workspace.create();
  using held = space.hold("EXMH4.SA");
  await using running = space.start(INGEST);
  await waitFor("the other tickers", () => space.hasDatabase() && running.alive && rows() === 70);
  function rows(): unknown {
    const made = space.value("SELECT count(*) FROM sqlite_schema WHERE name = 'prices'");
    return made === 1 ? space.value("SELECT count(*) FROM prices") : undefined;
  }
  running.kill("SIGKILL");
  await running.outcome();
  held.release();
  assert(Deno.statSync(`${space.db}-wal`).size > 0);
  const { rows: counted, wal_bytes } = await dbJson(space, ["info"]) as {
    rows: { prices: number };
    wal_bytes: number;
  };
  assertEquals([counted.prices, wal_bytes], [70, Deno.statSync(`${space.db}-wal`).size]);
  assertEquals((await dbJson(space, ["verify"]) as { ok: boolean }).ok, true);
  const { path } = await dbJson(space, ["backup"]) as { path: string };
  assertEquals((await space.ingest(INGEST)).code, 0);
  assertEquals(space.names().filter((name) => /-(wal|shm)$/.test(name)), []);
  assertEquals(space.prices().length, 80);
  assertEquals((await db(space, "restore", path)).code, 0);
  assertEquals(space.prices().length, 70);
});

testNeeding(
  "modes",
  "what may only be read can be verified and is refused for writing, with the remedy",
  async () => {
    const prefix = await unprivileged();
    if (prefix === undefined) return leaveOut("root cannot give up its rights here");
    await using space = await prepared();
    const before = Deno.readFileSync(space.db);
    Deno.chmodSync(space.db, 0o444);
    const options = { cwd: space.path, prefix, env: { TICKERLOCK_DB: space.db } };
    const { code, stdout } = await space.program(["db", "verify", "--json"], options);
    assertEquals([code, (JSON.parse(stdout) as { ok: boolean }).ok], [0, true]);
    for (const args of [["db", "migrate", "--rollback"], ["db", "info", "--compact"]]) {
      const outcome = await space.program(args, options);
      assertEquals(outcome.code, 1, args.join(" "));
      assertMatch(errorOf(outcome).code, /^db_read_only$/, args.join(" "));
    }
    assertEquals(Deno.readFileSync(space.db), before);
  },
);

Deno.test("another program's write transaction beyond the limit: db_locked, and who it may be", async () => {
  if (!(await hasSqliteShell())) return;
  await using space = await prepared();
  await using shell = new SqliteShell(space.db);
  await shell.run("BEGIN IMMEDIATE;");
  const fake = fakePatience();
  using opened = await Database.open(space.db, { busyTimeoutMs: 0, retry: fake.options });
  const work = (): number =>
    opened.run("DELETE FROM prices WHERE ticker = ?", SAMPLE_TICKERS[0] ?? "");
  const error = await assertRejects(() => opened.transaction("write to", work), StoreError);
  assertEquals([error.code, error.retryable], ["db_locked", true]);
  assertEquals(fake.pauses, [...ALL_PAUSES]);
  assertStringIncludes(error.hint ?? "", whoHasOpen(space.db));
  // The same work, once it is released.
  await shell.run("COMMIT;");
  assertEquals(await opened.transaction("write to", work), 5);
  assertEquals(space.prices().length, 35);
});
