/**
 * The engine on a server, beside `psql`: on a private server that is started for it, which writes its
 * commits to the disk.
 * @module
 */
import { openStore } from "../../src/store/open.ts";
import { DETAIL_NAMES, PRICES } from "../../src/store/postgres/tables/prices.ts";
import { Connection } from "../../src/store/postgres/connection/connection.ts";
import { parseTarget } from "../../src/store/postgres/connection/target.ts";
import { programCommand, projectPath } from "../e2e/program.ts";
import { claim, claimAll } from "../store/contract_tools.ts";
import { newUrl } from "../store/postgres/places.ts";
import { type OwnServer, startServer } from "../store/postgres/server.ts";
import {
  type BenchFolder,
  type Benchmark,
  interleaved,
  measure,
  median,
  outputOrNull,
  type Ran,
  ROUNDS,
  Samples,
  shown,
  table,
} from "./harness.ts";
import { DAYS, inputFile, MARKETS, TICKERS } from "./input.ts";
import { serveYahoo, tickerNames } from "./yahoo_tools.ts";

const KEY = ["ticker", "date", "source"];
const ROWS = TICKERS * DAYS;
const EXPORTED = 1_000_000;

/** Clock ticks a second of `/proc/PID/stat`. */
const TICKS = 100;

/** A server, and what the processes that it ended have cost. */
class Bench {
  readonly server: OwnServer;

  constructor(server: OwnServer) {
    this.server = server;
  }

  async #endedSeconds(): Promise<number> {
    const stat = await outputOrNull(["cat", `/proc/${this.server.pid}/stat`]) ?? "";
    const fields = stat.split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[13]) + Number(fields[14])) / TICKS;
  }

  /** Measures a process; processor time is that of the server's process for it, too. */
  async measure(
    words: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ran> {
    const before = await this.#endedSeconds();
    const all = { PGPASSWORD: this.server.password, ...env };
    const ran = await measure(words, { cwd: projectPath("."), env: all });
    // The server ends its process a moment after the client has gone.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const served = await this.#endedSeconds() - before;
    return { ...ran, cpuSeconds: ran.cpuSeconds === null ? null : ran.cpuSeconds + served };
  }

  psql(schema: string, script: readonly string[]): Promise<Ran> {
    const { port, user } = this.server;
    const where = ["-h", "127.0.0.1", "-p", String(port), "-U", user, "-d", "postgres"];
    return this.measure(
      ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", ...where, ...script.flatMap((sql) => ["-c", sql])],
      { PGOPTIONS: `-csearch_path=${schema}` },
    );
  }

  program(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    return this.measure([...programCommand(), ...words], env);
  }
}

function schemaOf(url: string): string {
  return parseTarget(url).schema;
}

function upsert(name: string, columns: readonly string[]): string {
  const all = [...KEY, ...columns];
  const list = (prefix: string) => columns.map((column) => `${prefix}.${column}`).join(", ");
  return `INSERT INTO ${name} (${all.join(", ")}, ingest_id) SELECT ${all.join(", ")}, 1 FROM given
    ON CONFLICT (${KEY.join(", ")}) DO UPDATE SET
      ${[...columns, "ingest_id"].map((column) => `${column} = excluded.${column}`).join(", ")}
    WHERE (${list(name)}) IS DISTINCT FROM (${list("excluded")})`;
}

const [INGEST, AGAIN, PSQL] = ["tickerlock ingest", "tickerlock, the same again", "psql"];

/** Bytes of the write-ahead log about prices since a place in it; vacuum's are not a run's. */
async function walOfPrices(bench: Bench, schema: string, from: string): Promise<number> {
  const { stdout } = await bench.psql("public", [
    "CREATE EXTENSION IF NOT EXISTS pg_walinspect",
    `SELECT coalesce(sum(record_length), 0)
     FROM pg_get_wal_records_info('${from}', pg_current_wal_flush_lsn()) AS record
     WHERE record_type NOT IN ('VISIBLE', 'PRUNE', 'VACUUM', 'FREEZE_PAGE') AND EXISTS (
       SELECT FROM pg_class WHERE relnamespace = '${schema}'::regnamespace
         AND relname LIKE 'price%' AND relfilenode > 0
         AND block_ref LIKE '%/' || relfilenode || ' %')`,
  ]);
  return Number(stdout.trim());
}

async function runFile(bench: Bench, folder: BenchFolder): Promise<string> {
  const file = await inputFile(folder);
  const samples = new Samples([PSQL, INGEST, AGAIN]);
  const ingest = (url: string) =>
    bench.program(
      [
        "ingest",
        "--source",
        "cotahist",
        "--markets",
        MARKETS.join(","),
        "--file",
        file,
        "--db",
        url,
      ],
    );
  const first = await newUrl(bench.server);
  await ingest(first);
  const columns = [...KEY, ...PRICES, ...DETAIL_NAMES].join(", ");
  const csv = `${folder.fresh()}/rows.csv`;
  await bench.psql(schemaOf(first), [
    `\\copy (SELECT ${columns} FROM prices JOIN price_details USING (${KEY.join(", ")})
      ORDER BY ${KEY.join(", ")}) TO '${csv}' CSV`.replaceAll("\n", " "),
  ]);
  const digest = async (schema: string) => {
    const { stdout } = await bench.psql(schema, [
      `SELECT count(*), md5(string_agg(md5(ROW(${columns})::text), '' ORDER BY ${KEY.join(", ")}))
       FROM prices JOIN price_details USING (${KEY.join(", ")})`,
    ]);
    return stdout;
  };
  const wanted = await digest(schemaOf(first));
  const check = async (schema: string) => {
    if (await digest(schema) !== wanted) throw new Error("not every contender has stored the same");
    await bench.psql(schema, [`DROP SCHEMA ${schema} CASCADE`]);
  };
  const wal: number[] = [];
  const ours = async () => {
    const url = await newUrl(bench.server);
    samples.add(INGEST, await ingest(url));
    const { stdout } = await bench.psql("public", ["SELECT pg_current_wal_flush_lsn()"]);
    const again = await ingest(url);
    if (!again.stdout.includes("Nothing new")) {
      throw new Error(`not all unchanged:\n${again.stdout}`);
    }
    samples.add(AGAIN, again);
    wal.push(await walOfPrices(bench, schemaOf(url), stdout.trim()));
    await check(schemaOf(url));
  };
  let peers = 0;
  const peer = async () => {
    const schema = `peer_${++peers}`;
    const like = ["prices", "price_details"].map((name) =>
      `CREATE TABLE ${schema}.${name} (LIKE ${schemaOf(first)}.${name} INCLUDING ALL)`
    );
    await bench.psql("public", [`CREATE SCHEMA ${schema}`, ...like]);
    samples.add(
      PSQL,
      await bench.psql(schema, [
        `CREATE TEMP TABLE given AS SELECT ${columns}
         FROM prices JOIN price_details USING (${KEY.join(", ")})`,
        "BEGIN",
        `\\copy given FROM '${csv}' CSV`,
        upsert("prices", PRICES),
        upsert("price_details", DETAIL_NAMES),
        "COMMIT",
      ]),
    );
    await check(schema);
  };
  await interleaved(ROUNDS, [ours, peer]);
  return costs(`${shown(ROWS, 0)} RECORDS`, samples, PSQL) +
    `\n${
      shown(TICKERS, 0)
    } tickers, prices and details. psql: COPY into a temporary table and an ` +
    "INSERT … ON CONFLICT for each of the two.\n" +
    `The same again has written ${shown(median(wal) / 1e6, 3)} MB of the log for prices.\n` +
    "Wanted: TIME / PSQL at most 2.0, the same again at most as long as the first, and below 1 MB.\n";
}

function costs(title: string, samples: Samples, peer: string): string {
  return table(title, samples.names, {
    SECONDS: (name) => shown(samples.seconds(name), 1),
    RANGE: (name) => samples.range(name).map((each) => shown(each, 1)).join("–"),
    "TIME / PSQL": (name) => shown(samples.seconds(name) / samples.seconds(peer), 2),
    "CPU S": (name) => shown(samples.cpuSeconds(name), 1),
    "CPU / PSQL": (name) => shown(samples.cpuSeconds(name) / samples.cpuSeconds(peer), 2),
    "PEAK MB": (name) => shown(samples.peakMb(name), 0),
  });
}

const MANY = 500;

/** Weekdays that are cut off what is stored, in days of the calendar. */
const CUT_DAYS = 8;

async function runService(bench: Bench, folder: BenchFolder): Promise<string> {
  await using service = await serveYahoo({ years: 1 });
  const list = `${folder.fresh()}/tickers.txt`;
  await Deno.writeTextFile(list, tickerNames(MANY).join("\n"));
  const url = await newUrl(bench.server);
  const schema = schemaOf(url);
  const words = ["--tickers-file", list, "--rate", "none", "--concurrency", "16", "--db", url];
  const ingest = () => bench.program(["ingest", ...words], { YAHOO_BASE_URL: service.url });
  await ingest();
  const all: Ran[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await bench.psql(schema, [
      `DELETE FROM prices USING (SELECT ticker, max(date) AS newest FROM prices GROUP BY ticker) AS known
       WHERE known.ticker = prices.ticker AND prices.date > newest - ${CUT_DAYS}`,
    ]);
    const ran = await ingest();
    if (!ran.stdout.includes(`${shown(MANY * 6, 0)} new`)) {
      throw new Error(`not six new days of each ticker:\n${ran.stdout}`);
    }
    all.push(ran);
  }
  const [wall, cpu] = [all.map(({ seconds }) => seconds), all.map((each) => each.cpuSeconds ?? NaN)]
    .map((each) => median(each) * 1000 / MANY);
  return `${MANY} tickers of 6 new days each, 16 at once, from start to end: ${
    shown(wall ?? NaN, 1)
  } ms a ticker (processor ${shown(cpu ?? NaN, 1)} ms, the server's too). Wanted: at most 3 ms.\n`;
}

/** A process that takes a ticker, and lets it go when it is disposed of. */
class Holder implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(url: string, ticker: string) {
    const script = projectPath("tests/bench/peers/postgres_holder.ts");
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", script, url, ticker],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  async line(): Promise<string> {
    while (!this.#text.includes("\n")) {
      const { value, done } = await this.#lines.read();
      if (done) throw new Error("the holder has ended");
      this.#text += value;
    }
    const [line = "", ...rest] = this.#text.split("\n");
    this.#text = rest.join("\n");
    return line;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // One that was killed has none.
    await this.#child.stdin.close().catch(() => {});
    await this.#child.status;
    await this.#lines.cancel();
  }
}

const LOCK_ROUNDS = 9;

function times(all: readonly number[], unit = 1): string {
  const [middle, low, high] = [median(all), Math.min(...all), Math.max(...all)]
    .map((each) => shown(each / unit, unit === 1 ? 0 : 1));
  return `${middle} (${low}–${high})`;
}

async function runLocks(bench: Bench): Promise<string> {
  const url = await newUrl(bench.server);
  await using store = await openStore(url, { lockDir: "none" });
  const [claims, hands, kills]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < LOCK_ROUNDS; round++) {
    const started = performance.now();
    const all = await claimAll(store, tickerNames(MANY));
    claims.push(performance.now() - started);
    for (const each of all) await each[Symbol.asyncDispose]();
  }
  for (let round = 0; round < LOCK_ROUNDS; round++) {
    const claimed = await claim(store, "HAND3.SA");
    await using holder = new Holder(url, "HAND3.SA");
    if (await holder.line() !== "waiting") throw new Error("it does not wait");
    await store.end(claimed.job, { status: "skipped", durationMs: 0 });
    const letGo = performance.timeOrigin + performance.now();
    hands.push(Number(await holder.line()) - letGo);
  }
  for (let round = 0; round < ROUNDS; round++) {
    await using holder = new Holder(url, "KILL3.SA");
    await holder.line();
    await using waiter = new Holder(url, "KILL3.SA");
    await waiter.line();
    holder.kill();
    const killed = performance.timeOrigin + performance.now();
    kills.push(Number(await waiter.line()) - killed);
  }
  return `Claim of ${MANY} tickers in one call: ${times(claims)} ms. Wanted: at most 50 ms.\n` +
    `From one process to one that waits: ${times(hands)} ms. Wanted: at most 40 ms.\n` +
    `From a process that was killed to one that waits: ${times(kills, 1000)} s. ` +
    "Wanted: at most 3 s.\n";
}

async function runExport(bench: Bench, folder: BenchFolder): Promise<string> {
  const url = await newUrl(bench.server);
  const schema = schemaOf(url);
  await bench.program(["db", "migrate", "--db", url]);
  await using connection = new Connection(parseTarget(url));
  await connection.transaction("fill", (db) =>
    db.run(
      `INSERT INTO prices SELECT 'M' || lpad((n / 2500)::text, 4, '0') || '.SA',
         date '2015-01-01' + n % 2500, 'cotahist', 10.25 + n % 97 / 100.0, 11.5 + n % 97 / 100.0,
         9.75 + n % 97 / 100.0, 10.5 + n % 97 / 100.0, NULL, 100000 + n % 9973, 1
       FROM generate_series(0, $1::int) AS n`,
      EXPORTED - 1,
    ));
  const ours = "tickerlock export";
  const samples = new Samples([PSQL, ours]);
  const files: string[] = [];
  const to = () => files[files.push(`${folder.fresh()}/prices.csv`) - 1] ?? "";
  await interleaved(ROUNDS, [
    async () => samples.add(ours, await bench.program(["export", "--db", url, "--out", to()])),
    async () =>
      samples.add(
        PSQL,
        await bench.psql(schema, [
          `\\copy (SELECT * FROM prices ORDER BY ${KEY.join(", ")}) TO '${to()}' CSV HEADER`,
        ]),
      ),
  ]);
  const texts = new Set(files.map((file) => Deno.readTextFileSync(file)));
  if (texts.size !== 1) throw new Error("not every contender has written the same");
  return costs(`${shown(EXPORTED, 0)} PRICES TO CSV`, samples, PSQL) +
    "\ntickerlock syncs the file, takes its SHA-256 and writes the manifest; psql does none of that.\n" +
    "Wanted: TIME / PSQL at most 2.0.\n";
}

async function run(folder: BenchFolder): Promise<string> {
  const psql = await outputOrNull(["psql", "--version"]);
  if (psql === null) return "psql is not there: apt-get install postgresql\n";
  await using server = await startServer({ durable: true });
  const bench = new Bench(server);
  return [
    `${psql}; processor time is that of the client and of the server's process for it.\n`,
    await runFile(bench, folder),
    await runService(bench, folder),
    await runLocks(bench),
    await runExport(bench, folder),
  ].join("\n");
}

/** The benchmark. */
export const postgres: Benchmark = {
  name: "postgres",
  title: "a database on a server, beside psql",
  run,
};
