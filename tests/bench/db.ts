/** What the database layer costs beyond SQLite itself, and what a backup costs beyond a copy. @module */
import { DatabaseSync } from "node:sqlite";
import { PriceColumns } from "../../src/model/price_columns.ts";
import { backupDatabase } from "../../src/store/sqlite/backup/backup.ts";
import { Database } from "../../src/store/sqlite/connection/database.ts";
import { Reader } from "../../src/store/sqlite/connection/reader.ts";
import { insertRunning } from "../../src/store/sqlite/tables/jobs.ts";
import { upsertPrices } from "../../src/store/sqlite/tables/prices.ts";
import { fill } from "../store/sqlite/filled.ts";
import { job } from "../store/sqlite/helpers.ts";
import { programCommand, projectPath } from "../e2e/program.ts";
import {
  type BenchFolder,
  type Benchmark,
  interleaved,
  measure,
  median,
  outputOrNull,
  ROUNDS,
  Samples,
  say,
  shown,
  sized,
  table,
} from "./harness.ts";
import { daysOf } from "../store/rows.ts";
import { runUpserts } from "./upserts.ts";

const TICKER = "PETR4.SA";
const ROWS = 10_000;
const BATCH = 1000;

/** Times of each measurement, after a tenth as many that do not count. */
const TIMES = sized(300, 3);

/** Rows that make a database of 200 MB. */
const LARGE_ROWS = sized(2_340_000, 50_000);

/** One thing that is measured, by ours and by `node:sqlite` alone. */
interface Measured {
  readonly name: string;
  readonly wantedMs: number;
  readonly ours: () => void | Promise<void>;
  readonly bare: () => void;
  readonly times?: number;
}

async function timesOf(work: () => void | Promise<void>, times: number): Promise<number[]> {
  const all: number[] = [];
  for (let time = -Math.ceil(times / 10); time < times; time++) {
    const started = performance.now();
    await work();
    if (time >= 0) all.push(performance.now() - started);
  }
  return all;
}

function simple(
  path: string,
  db: Database,
  reader: Reader,
  bare: DatabaseSync,
): readonly Measured[] {
  const one = "SELECT close FROM prices WHERE ticker = ? AND date = ? AND source = ?";
  const key = [TICKER, "2024-02-01", "csv"] as const;
  const many = "SELECT date, open, high, low, close, volume FROM prices WHERE ticker = ?";
  const write = "UPDATE ingest_logs SET attempts = attempts + 1 WHERE id = 1";
  const upsert = bare.prepare(
    `INSERT INTO prices (ticker, date, source, close, ingest_id) VALUES (?, ?, 'csv', ?, 1)
     ON CONFLICT (ticker, date, source) DO UPDATE SET close = excluded.close`,
  );
  let round = 0;
  const batch = () => {
    round++;
    return daysOf(BATCH, (day) => day + round / 1000);
  };
  return [
    {
      name: "open with pragmas",
      wantedMs: 2,
      ours: async () => (await Database.open(path)).close(),
      bare: () => new DatabaseSync(path).close(),
    },
    {
      name: "simple query",
      wantedMs: 0.1,
      ours: () => void reader.get(one, ...key),
      bare: () => void bare.prepare(one).get(...key),
    },
    {
      name: `${ROWS.toLocaleString("en")} rows read`,
      wantedMs: 15,
      times: 60,
      ours: () => void reader.all(many, TICKER),
      bare: () => void bare.prepare(many).all(TICKER),
    },
    {
      name: "single committed write",
      wantedMs: 0.5,
      ours: () => db.transaction("write to", () => void db.run(write)),
      bare: () => void bare.prepare(write).run(),
    },
    {
      name: `batch of ${BATCH.toLocaleString("en")} upserts`,
      wantedMs: 8,
      times: 100,
      ours: () =>
        db.transaction(
          "write to",
          () => void upsertPrices(db, TICKER, "csv", 1, PriceColumns.of(batch())),
        ),
      bare: () => {
        bare.exec("BEGIN IMMEDIATE");
        for (const { date, close } of batch()) upsert.run(TICKER, date, close);
        bare.exec("COMMIT");
      },
    },
  ];
}

async function runSimple(folder: BenchFolder): Promise<string> {
  const path = `${folder.fresh()}/small.db`;
  await fill(path, { [TICKER]: daysOf(ROWS) });
  using db = await Database.open(path);
  await db.transaction("write to", () => insertRunning(db, job(99)));
  using reader = Reader.open(path);
  using bare = new DatabaseSync(path, { timeout: 5000 });
  for (
    const pragma of ["synchronous = NORMAL", "wal_autocheckpoint = 8000", "cache_size = -4000"]
  ) {
    bare.exec(`PRAGMA ${pragma}`);
  }
  const measured = new Map<string, { wanted: number; ours: number[]; bare: number[] }>();
  for (
    const { name, wantedMs, ours, bare: alone, times = TIMES } of simple(path, db, reader, bare)
  ) {
    say(`  ${name}`);
    measured.set(name, {
      wanted: wantedMs,
      ours: await timesOf(ours, times),
      bare: await timesOf(alone, times),
    });
  }
  const of = (name: string) => measured.get(name) ?? { wanted: NaN, ours: [], bare: [] };
  return table("", [...measured.keys()], {
    MS: (name) => shown(median(of(name).ours), 3),
    "WORST MS": (name) => shown(Math.max(...of(name).ours), 1),
    "NODE:SQLITE MS": (name) => shown(median(of(name).bare), 3),
    "WANTED MS": (name) => shown(of(name).wanted, 1),
  });
}

async function writeLarge(path: string): Promise<void> {
  using db = await Database.open(path);
  await db.transaction("fill", () => {
    db.run(
      `INSERT INTO prices
       WITH RECURSIVE numbers (n) AS (
         SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${LARGE_ROWS - 1}
       )
       SELECT printf('T%04d.SA', n / 2500), date('2015-01-01', '+' || (n % 2500) || ' days'),
         'cotahist', 10.25 + n % 97 / 100.0, 11.5 + n % 97 / 100.0, 9.75 + n % 97 / 100.0,
         10.5 + n % 97 / 100.0, NULL, 100000 + n % 9973, 1 FROM numbers`,
    );
  });
}

const SHELL = "sqlite3 .backup";
const SHELL_CHECKED = "the same, integrity_check, sha256sum";
const OURS = "tickerlock db backup";
const COPY = "its copying alone";

async function runBackup(folder: BenchFolder): Promise<string> {
  if (await outputOrNull(["sqlite3", "--version"]) === null) {
    return "sqlite3 is not there: no peer.\n";
  }
  const path = await folder.file("large.db", writeLarge);
  const megabytes = (await Deno.stat(path)).size / 1e6;
  const samples = new Samples([SHELL, COPY, OURS, SHELL_CHECKED]);
  const shell = async () => {
    const to = `${folder.fresh()}/copy.db`;
    samples.add(SHELL, await measure(["sqlite3", path, `.backup ${to}`]));
    await Deno.remove(to);
  };
  const checked = async () => {
    const to = `${folder.fresh()}/copy.db`;
    const script =
      'sqlite3 "$0" ".backup $1" && sqlite3 "$1" "PRAGMA integrity_check" && sha256sum "$1"';
    samples.add(SHELL_CHECKED, await measure(["sh", "-c", script, path, to]));
    await Deno.remove(to);
  };
  const ours = async () => {
    const to = `${folder.fresh()}/copy.db`;
    const words = [...programCommand(), "db", "backup", "--db", path, "--to", to];
    samples.add(OURS, await measure(words, { cwd: projectPath(".") }));
    await Deno.remove(to);
  };
  const copy = async () => {
    const to = `${folder.fresh()}/copy.db`;
    await outputOrNull(["sync"]);
    const started = performance.now();
    let copied = started;
    await backupDatabase(path, { to, onProgress: () => copied = performance.now() });
    samples.add(COPY, { seconds: (copied - started) / 1000, peakMb: null, cpuSeconds: null });
    await Deno.remove(to);
  };
  await interleaved(ROUNDS, [shell, copy, ours, checked]);
  return table("", samples.names, {
    SECONDS: (name) => shown(samples.seconds(name), 2),
    RANGE: (name) => samples.range(name).map((each) => shown(each, 2)).join("–"),
    "TIME / .BACKUP": (name) => shown(samples.seconds(name) / samples.seconds(SHELL), 2),
    "TIME / CHECKED": (name) => shown(samples.seconds(name) / samples.seconds(SHELL_CHECKED), 2),
    "CPU S": (name) => shown(samples.cpuSeconds(name), 2),
    "PEAK MB": (name) => shown(samples.peakMb(name), 0),
  }) +
    `\nA database of ${
      shown(megabytes, 0)
    } MB, medians of ${ROUNDS} runs. tickerlock opens the copy, ` +
    "checks it with integrity_check while a thread takes its SHA-256; .backup " +
    "does neither. Its peak counts the copy, which is mapped into memory for the check.\n" +
    "Wanted: at most 0.80 of the checked one, for the whole command.\n";
}

async function run(folder: BenchFolder): Promise<string> {
  const parts = [];
  for (const part of [runSimple, runUpserts, runBackup]) parts.push(await part(folder));
  return parts.join("\n");
}

/** The benchmark. */
export const database: Benchmark = { name: "db", title: "the database layer, and backups", run };
