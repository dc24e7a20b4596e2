/**
 * Benchmarks, side by side with the alternatives:
 *
 *     deno task bench [--quick] [NAME]...
 *
 * Without names, all of them: startup, binary, lock, db, export, parse, csv, ingest, yahoo, kalshi,
 * b3, report, memory, postgres. With --quick all is small, to see that it runs. Figures are medians of runs
 * that take turns; on a busy machine only the ratios mean anything.
 * No test depends on them.
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { processIo } from "../../src/cli/output/io.ts";
import { b3 } from "./b3.ts";
import { binary } from "./binary.ts";
import { csvFiles } from "./csv.ts";
import { database } from "./db.ts";
import { exporting } from "./export.ts";
import { BenchFolder, outputOrNull, QUICK, runBenchmarks } from "./harness.ts";
import { ingestFile } from "./ingest_file.ts";
import { kalshi } from "./kalshi.ts";
import { lock } from "./lock.ts";
import { memory } from "./memory.ts";
import { parse } from "./parse.ts";
import { postgres } from "./postgres.ts";
import { report } from "./report.ts";
import { startup } from "./startup.ts";
import { yahoo } from "./yahoo.ts";

const io = processIo();

const BENCHMARKS = [
  startup,
  binary,
  lock,
  database,
  exporting,
  parse,
  csvFiles,
  ingestFile,
  yahoo,
  kalshi,
  b3,
  report,
  memory,
  postgres,
];

function sqliteVersion(): unknown {
  using db = new DatabaseSync(":memory:");
  return db.prepare("SELECT sqlite_version() AS version").get()?.version;
}

const given = Deno.args.filter((each) => each !== QUICK);
const unknown = given.filter((name) => !BENCHMARKS.some((each) => each.name === name));
if (unknown.length > 0) {
  const names = BENCHMARKS.map(({ name }) => name).join(", ");
  io.err(`Error: there is no benchmark ${unknown.join(", ")}\nTry: one or more of ${names}\n`);
  Deno.exit(2);
}
const chosen = BENCHMARKS.filter(({ name }) => given.length === 0 || given.includes(name));
const commit = await outputOrNull(["git", "describe", "--always", "--dirty"]) ?? "no commit";
io.out(
  `${new Date().toISOString().slice(0, 10)}, commit ${commit}: Deno ${Deno.version.deno} with ` +
    `SQLite ${sqliteVersion()}; ${navigator.hardwareConcurrency} cores, load ` +
    `${Deno.loadavg()[0]?.toFixed(1)}\n`,
);
/** What is measured beside it. */
const PEERS: readonly (readonly string[])[] = [
  ["python3", "--version"],
  ["cc", "--version"],
  ["sqlite3", "--version"],
  ["psql", "--version"],
];
for (const command of PEERS) {
  const [said = ""] = (await outputOrNull(command) ?? "not there").split("\n");
  io.out(`${command[0]}: ${said}\n`);
}
using folder = new BenchFolder();
// The folder grows to gigabytes: it goes when the run is broken off as well.
Deno.addSignalListener("SIGINT", () => {
  folder[Symbol.dispose]();
  Deno.exit(130);
});
await runBenchmarks(chosen, folder);
