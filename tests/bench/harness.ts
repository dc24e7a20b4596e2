/** What the benchmarks have in common: timed processes, rounds in turns, medians, tables. @module */
import { processIo } from "../../src/cli/output/io.ts";
import { type Column, renderTable } from "../../src/cli/output/table.ts";
import { programEnvironment } from "../e2e/program.ts";
import { makeTempFolderSync } from "../paths.ts";

const io = processIo();

/** Tries that every benchmark runs to its end; the figures say nothing then. */
export const QUICK = "--quick";

const isQuick = Deno.args.includes(QUICK);

/** How many of something there are. @param quick For {@linkcode QUICK}. */
export function sized(usual: number, quick: number): number {
  return isQuick ? quick : usual;
}

/** Rounds of every benchmark whose single runs take seconds. */
export const ROUNDS = sized(3, 1);

/** One benchmark. */
export interface Benchmark {
  /** What it is called on the command line. */
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  /** Measures and returns tables and sentences to print. */
  readonly run: (folder: BenchFolder) => Promise<string>;
}

/** What one run cost. */
export interface Cost {
  /** Wall time. */
  readonly seconds: number;
  /** Peak resident memory in MB (10^6 bytes), or null where it cannot be measured. */
  readonly peakMb: number | null;
  /**
   * Processor time of all threads, or null where it cannot be measured. On a busy machine it says
   * more than wall time, except that work on several threads at once counts several times.
   */
  readonly cpuSeconds: number | null;
}

/** What a process cost and printed. */
export interface Ran extends Cost {
  readonly stdout: string;
}

/**
 * A folder for everything that the benchmarks write, removed at the very end: ext4 does not hand out
 * inodes again that were freed within the last seconds, and looking for others slows
 * down the creation of thousands of files after a removal.
 */
export class BenchFolder implements Disposable {
  readonly path: string = makeTempFolderSync("tickerlock_bench_");
  readonly #files = new Map<string, Promise<string>>();
  #count = 0;

  /**
   * A file that is made once per run, at the first call.
   * @param name Its name.
   * @param make Writes it to the path given.
   * @returns Its path.
   */
  file(name: string, make: (path: string) => Promise<void>): Promise<string> {
    let file = this.#files.get(name);
    if (file === undefined) {
      const path = `${this.path}/${name}`;
      say(`writing ${path}`);
      file = make(path).then(() => path);
      this.#files.set(name, file);
    }
    return file;
  }

  /** A new empty folder. */
  fresh(): string {
    const path = `${this.path}/${++this.#count}`;
    Deno.mkdirSync(path);
    return path;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Tells on standard error what is being done: the whole takes minutes. */
export function say(text: string): void {
  io.err(`${text}\n`);
}

const decoder = new TextDecoder();

async function output(
  words: readonly string[],
  { cwd, env = {} }: Pick<MeasureOptions, "cwd" | "env"> = {},
): Promise<string> {
  const [command = "", ...args] = words;
  const { success, code, stdout, stderr } = await new Deno.Command(command, {
    args,
    clearEnv: true,
    env: programEnvironment({ NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env }),
    stdin: "null",
    ...(cwd === undefined ? {} : { cwd }),
  }).output();
  if (success) return decoder.decode(stdout);
  const said = decoder.decode(stdout) + decoder.decode(stderr);
  throw new Error(`${words.join(" ")} ended with ${code}:\n${said}`);
}

/** What a program prints, or null where it is not there or fails. */
export async function outputOrNull(words: readonly string[]): Promise<string | null> {
  try {
    return (await output(words)).trim();
  } catch {
    return null;
  }
}

// What the kernel knows of a process's peak memory is in /proc, which Deno reads under full rights
// only; a process that has ended reports it to its parent, which GNU time prints: peak memory in kB,
// seconds in user mode, seconds in the kernel.
const TIME = ["/usr/bin/time", "-f", "%M %U %S"];
let timeIsThere: Promise<boolean> | undefined;

function canMeasureProcesses(): Promise<boolean> {
  timeIsThere ??= outputOrNull([...TIME, "-o", "/dev/stdout", "true"])
    .then((text) => text !== null && /^\d+ [\d.]+ [\d.]+$/.test(text));
  return timeIsThere;
}

/** How to run a process. */
export interface MeasureOptions {
  /** Working folder. Default that of this process. */
  readonly cwd?: string;
  /** Variables on top of this process's own. Default none. */
  readonly env?: Readonly<Record<string, string>>;
  /** Wall time only: the rest takes another process around it. Default false. */
  readonly wallTimeOnly?: boolean;
}

/**
 * Runs a process to its end, after the disk has caught up with the one before: otherwise its first
 * `fsync` would wait for pages that another has written.
 * @param words The program and its arguments.
 * @param options Folder, and what to measure.
 * @throws {Error} Where it fails.
 */
export async function measure(
  words: readonly string[],
  options: MeasureOptions = {},
): Promise<Ran> {
  await outputOrNull(["sync"]);
  const whole = !(options.wallTimeOnly ?? false) && await canMeasureProcesses();
  const report = whole ? await Deno.makeTempFile({ prefix: "tickerlock_bench_" }) : "";
  try {
    const prefix = whole ? [...TIME, "-o", report] : [];
    const started = performance.now();
    const stdout = await output([...prefix, ...words], options);
    const seconds = (performance.now() - started) / 1000;
    if (!whole) return { seconds, peakMb: null, cpuSeconds: null, stdout };
    const text = await Deno.readTextFile(report);
    const [peak = NaN, user = NaN, system = NaN] = text.split(" ").map(Number);
    return { seconds, peakMb: peak * 1024 / 1e6, cpuSeconds: user + system, stdout };
  } finally {
    if (whole) await Deno.remove(report);
  }
}

/**
 * Runs the contenders once per round, each round beginning with another, so that whatever else the
 * machine does meanwhile, and the order of the contenders, falls on all of them alike.
 * @param rounds How often.
 * @param contenders Each does one run and keeps what it cost.
 */
export async function interleaved(
  rounds: number,
  contenders: readonly (() => Promise<void>)[],
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    say(`  round ${round + 1} of ${rounds}`);
    for (let i = 0; i < contenders.length; i++) {
      await contenders[(round + i) % contenders.length]?.();
    }
  }
}

/** The middle one, or the mean of the two in the middle. NaN of nothing. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** What the runs of each contender cost, by its name, in the order in which names first appear. */
export class Samples {
  readonly #costs = new Map<string, Cost[]>();

  /** @param names Contenders in the order of the table, those included that may have no run. */
  constructor(names: readonly string[]) {
    for (const name of names) this.#costs.set(name, []);
  }

  /** Names of the contenders that were run. */
  get names(): string[] {
    return [...this.#costs.keys()].filter((name) => this.#of(name).length > 0);
  }

  #of(name: string): Cost[] {
    const costs = this.#costs.get(name);
    if (costs === undefined) throw new Error(`no contender is called ${name}`);
    return costs;
  }

  /** Keeps what one run cost. */
  add(name: string, { seconds, peakMb, cpuSeconds }: Cost): void {
    this.#of(name).push({ seconds, peakMb, cpuSeconds });
  }

  /** Median wall time; NaN where there was no run. */
  seconds(name: string): number {
    return median(this.#of(name).map(({ seconds }) => seconds));
  }

  /** Fastest and slowest run, in seconds. */
  range(name: string): readonly [number, number] {
    const all = this.#of(name).map(({ seconds }) => seconds);
    return [Math.min(...all), Math.max(...all)];
  }

  /** Median peak memory in MB; NaN where it could not be measured. */
  peakMb(name: string): number {
    return median(this.#of(name).map(({ peakMb }) => peakMb ?? NaN));
  }

  /** Median processor time in seconds; NaN where it could not be measured. */
  cpuSeconds(name: string): number {
    return median(this.#of(name).map(({ cpuSeconds }) => cpuSeconds ?? NaN));
  }
}

/** A number with so many decimals, or `n/a`. */
export function shown(number: number, decimals: number): string {
  if (!Number.isFinite(number)) return "n/a";
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return number.toLocaleString("en", digits);
}

/**
 * A table with a row per contender.
 * @param first Title of the column with their names.
 * @param names The rows.
 * @param columns Titles and cells of the columns with numbers.
 */
export function table(
  first: string,
  names: readonly string[],
  columns: Readonly<Record<string, (name: string) => string>>,
): string {
  const numbers = Object.entries(columns).map(([title, cell]): Column<string> => ({
    title,
    align: "right",
    cell,
  }));
  return renderTable([{ title: first, cell: (name) => name }, ...numbers], names);
}

/** Runs benchmarks and prints each as soon as it is done. */
export async function runBenchmarks(
  benchmarks: readonly Benchmark[],
  folder: BenchFolder,
): Promise<void> {
  for (const { name, title, run } of benchmarks) {
    say(`measuring ${name}`);
    const text = await run(folder);
    io.out(`\n${name}: ${title}\n\n${text}`);
  }
}
