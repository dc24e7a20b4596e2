import { processIo } from "../../src/cli/output/io.ts";
import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals } from "../assert.ts";
import { inside } from "./db_tools.ts";
import { type Outcome, Running } from "./program.ts";
import { Workspace } from "./workspace.ts";
import { randomNumbers } from "../lock/random.ts";
import { killed } from "../system.ts";

// Several writers on one database, each of them killed at a moment that nobody has chosen. Every run brings
// in another generation of the same tickers and days, so that every run has something to write and every
// row tells which run has written it.

/** Enough for the runs to claim in groups. */
const TICKERS = 270;
const DAYS = ["2024-01-02", "2024-01-03", "2024-01-04"];

/** The rows that go back to a run, found by its process. */
const GOOD_ENDS = ["success", "skipped", "failed", "interrupted", "abandoned"];

/** A storm. */
interface StormOptions {
  /** How many processes to kill. */
  readonly kills: number;
  /** Of the random numbers. */
  readonly seed: number;
  /** Processes at a time. Default 3. */
  readonly writers?: number;
}

/** What a storm has come to. */
interface StormReport {
  readonly kills: number;
  /** Runs that came to their end before they were killed. */
  readonly finished: number;
  /** Rows of the log by status, after the last run. */
  readonly byStatus: Readonly<Record<string, number>>;
}

/** Kills a process after some milliseconds, unless it ends before. @returns How it ended. */
async function killAfter(ms: number, running: Running): Promise<Outcome> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([late, running.outcome()]);
  clearTimeout(timer);
  try {
    running.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
  return await running.outcome();
}

/** A storm over one workspace. */
class KillStorm {
  readonly #space: Workspace;
  readonly #options: StormOptions;
  #generation = 0;
  #kills = 0;
  /** Generations by process id; several where the system has given an id out again. */
  readonly #generations = new Map<number, number[]>();
  /** Processes that came to their end by themselves, with success. */
  readonly #finished = new Map<number, number>();

  /** @param space Where. @param options How much. */
  constructor(space: Workspace, options: StormOptions) {
    this.#space = space;
    this.#options = options;
  }

  #nextFile(): string {
    const generation = ++this.#generation;
    const lines = ["ticker,date,close,volume"];
    for (let ticker = 0; ticker < TICKERS; ticker++) {
      for (const date of DAYS) lines.push(`T${100 + ticker},${date},${1 + ticker},${generation}`);
    }
    return this.#space.write(`generation-${generation}.csv`, `${lines.join("\n")}\n`);
  }

  #start(file: string, generation: number): Running {
    const args = ["ingest", "--source", "csv", "--file", file, "--lock-timeout", "60"];
    const running = new Running(args, inside(this.#space));
    const { pid } = running;
    this.#generations.set(pid, [...this.#generations.get(pid) ?? [], generation]);
    return running;
  }

  /** One run to its end. @returns Milliseconds that it took. */
  async #whole(): Promise<number> {
    const file = this.#nextFile();
    const started = performance.now();
    await using running = this.#start(file, this.#generation);
    const { code, stderr } = await running.outcome();
    assertEquals(code, 0, stderr);
    this.#finished.set(running.pid, TICKERS);
    await Deno.remove(file);
    return performance.now() - started;
  }

  async #killOne(ms: number): Promise<void> {
    const file = this.#nextFile();
    await using running = this.#start(file, this.#generation);
    const { code, signal, stderr } = await killAfter(ms, running);
    if (code === killed().code) {
      this.#kills++;
    } else {
      assertEquals([code, signal], [0, null], stderr);
      this.#finished.set(running.pid, TICKERS);
    }
    await Deno.remove(file);
  }

  /** One after the other: a backup is killed as well, and a copy that has its name is whole. */
  async #backUp(ms: number): Promise<void> {
    const args = ["db", "backup", "--keep", "2"];
    await using running = new Running(args, inside(this.#space));
    const { code, signal, stderr } = await killAfter(ms, running);
    assert(code === killed().code || code === 0, `${signal}: ${stderr}`);
  }

  async #writer(number: number, usualMs: number): Promise<void> {
    const { kills, seed } = this.#options;
    const random = randomNumbers(seed * 1000 + number);
    while (this.#kills < kills) {
      // Several at a time take longer than one alone. Some come to their end.
      const ms = usualMs * (0.3 + 1.4 * random());
      if (random() < 0.1) await this.#backUp(ms);
      else await this.#killOne(ms);
      if (random() < 5 / Math.max(25, kills)) this.#checkState(this.#space.db);
    }
  }

  /** Makes a storm, looks at what is left, and has one last run set everything right. */
  async run(): Promise<StormReport> {
    const { writers = 3 } = this.#options;
    const usualMs = await this.#whole();
    await Promise.all(Array.from({ length: writers }, (_, i) => this.#writer(i, usualMs)));
    this.#checkState(this.#space.db);
    await this.#whole();
    this.#checkState(this.#space.db);
    this.#checkEnd();
    await this.#checkBackups();
    const byStatus = this.#space.query(
      "SELECT status, count(*) AS n FROM ingest_logs GROUP BY status ORDER BY status",
    );
    return {
      kills: this.#kills,
      finished: this.#finished.size,
      byStatus: Object.fromEntries(byStatus.map(({ status, n }) => [String(status), Number(n)])),
    };
  }

  /**
   * What is true at every moment, also while others write: every ticker is there whole, from the run
   * that the log names, which is the last one that succeeded.
   */
  #checkState(path: string): void {
    using db = new DatabaseSync(path, { readOnly: true });
    db.exec("BEGIN");
    const all = (sql: string): Record<string, unknown>[] => db.prepare(sql).all();
    assertEquals(
      all(`SELECT ticker FROM prices GROUP BY ticker HAVING count(*) <> ${DAYS.length}
        OR count(DISTINCT ingest_id) <> 1 OR count(DISTINCT volume) <> 1`),
      [],
    );
    const stored = "SELECT DISTINCT ticker, ingest_id FROM prices";
    const logged = "SELECT ticker, max(id) FROM ingest_logs WHERE status = 'success' " +
      "AND rows_inserted + rows_updated > 0 GROUP BY ticker";
    assertEquals(all(`${stored} EXCEPT ${logged}`), []);
    assertEquals(all(`${logged} EXCEPT ${stored}`), []);
    const counts = "SELECT id FROM ingest_logs WHERE status = 'success' " +
      `AND rows_inserted + rows_updated <> ${DAYS.length}`;
    assertEquals(all(counts), []);
    const written = all(
      "SELECT DISTINCT volume, pid FROM prices JOIN ingest_logs ON ingest_logs.id = ingest_id",
    );
    for (const { volume, pid } of written) {
      const generations = this.#generations.get(Number(pid)) ?? [];
      assert(generations.includes(Number(volume)), `${volume} was not written by ${pid}`);
    }
    db.exec("COMMIT");
  }

  #checkEnd(): void {
    const space = this.#space;
    assertEquals(space.value("PRAGMA integrity_check"), "ok");
    assertEquals(space.query("PRAGMA foreign_key_check"), []);
    assertEquals(space.value("SELECT count(*) FROM prices"), TICKERS * DAYS.length);
    assertEquals(space.value("SELECT min(volume) FROM prices"), this.#generation);
    // Every run that was begun is accounted for, none of its tickers twice.
    const ends = GOOD_ENDS.map((status) => `'${status}'`).join(", ");
    assertEquals(
      space.query(`SELECT id, status FROM ingest_logs WHERE status NOT IN (${ends})`),
      [],
    );
    assertEquals(
      space.query("SELECT run_id FROM ingest_logs GROUP BY run_id, ticker HAVING count(*) > 1"),
      [],
    );
    const perPid = new Map(
      space.query(
        "SELECT pid, count(*) AS n FROM ingest_logs WHERE status = 'success' GROUP BY pid",
      )
        .map(({ pid, n }) => [Number(pid), Number(n)]),
    );
    for (const [pid, tickers] of this.#finished) {
      assert((perPid.get(pid) ?? 0) >= tickers, `process ${pid} has ${perPid.get(pid)} rows`);
    }
    for (const pid of perPid.keys()) assert(this.#generations.has(pid), `${pid} is nobody`);
    const names = space.names().filter((name) =>
      name.startsWith("prices.db") && name !== "prices.db"
    );
    assertEquals(names.filter((name) => !/-(wal|shm)$/.test(name)), []);
  }

  async #checkBackups(): Promise<void> {
    const folder = `${this.#space.path}/backups`;
    const names = this.#space.names().includes("backups")
      ? [...Deno.readDirSync(folder)].map(({ name }) => name)
      : [];
    const copies = names.filter((name) => name.startsWith("prices-") && name.endsWith(".db"));
    for (const name of copies) {
      const path = `${folder}/${name}`;
      this.#checkState(path);
      const [sum = ""] = Deno.readTextFileSync(`${path}.sha256`).split(" ");
      const digest = await crypto.subtle.digest("SHA-256", Deno.readFileSync(path));
      const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0"));
      assertEquals(hex.join(""), sum, name);
    }
  }
}

/** `deno task test:kill` sets it to 1,000. */
const KILLS = Number(Deno.env.get("TICKERLOCK_TEST_KILLS") ?? 25);
const SEED = Number(Deno.env.get("TICKERLOCK_TEST_SEED") ?? 1);

Deno.test(`${KILLS} kills over several writers (seed ${SEED}): nothing half, nothing lost`, async () => {
  await using space = await Workspace.create();
  const report = await new KillStorm(space, { kills: KILLS, seed: SEED }).run();
  assert(report.kills >= KILLS);
  if (KILLS > 100) processIo().out(`${JSON.stringify(report)}\n`);
});
