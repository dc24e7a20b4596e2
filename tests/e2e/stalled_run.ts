/**
 * A run that stands still between its claim and its work, for as long as a test wants.
 *
 * Between the commit of its `running` row and the transaction that writes its data a run waits for
 * nothing that a test could hold. But where it finds that an earlier run has ended without finishing,
 * it says so on standard error just then; and a write to a full pipe waits for its reader.
 *
 * @module
 */
import { assert, assertEquals } from "../assert.ts";
import type { LogRow } from "../../src/model/job.ts";
import type { Workspace } from "./workspace.ts";
import { Running } from "./program.ts";
import { waitFor } from "./wait_for.ts";

async function run(command: string, ...args: string[]): Promise<boolean> {
  const child = new Deno.Command(command, { args, stdout: "null", stderr: "null" });
  return (await child.output()).success;
}

/** Leaves what a run leaves that was killed before it could finish: a row that says `running`. */
export function plantUnfinished(space: Workspace, ticker: string): void {
  space.execute(
    `INSERT INTO ingest_logs (job_id, run_id, ticker, source, command, started_at, status, host, pid,
       version)
     SELECT 'planted-${ticker}', 'planted', '${ticker}', source, command, started_at, 'running', host,
       pid, version FROM ingest_logs ORDER BY id LIMIT 1`,
  );
}

/** A run whose standard error is a full pipe. Dispose it: it is killed then. */
export class StalledRun implements AsyncDisposable {
  readonly #pipe: string;
  readonly #running: Running;
  readonly #space: Workspace;
  #keeper: Deno.FsFile | undefined;

  private constructor(space: Workspace, running: Running, pipe: string, keeper: Deno.FsFile) {
    this.#space = space;
    this.#running = running;
    this.#pipe = pipe;
    this.#keeper = keeper;
  }

  /**
   * Starts `tickerlock ingest`. It comes to a standstill once it has claimed a ticker for which
   * {@linkcode plantUnfinished} was called.
   */
  static async start(space: Workspace, args: readonly string[]): Promise<StalledRun> {
    const pipe = `${space.path}/stderr.pipe`;
    assert(await run("mkfifo", pipe));
    // Open for both, so that neither opening it waits, nor writing into it fails.
    const keeper = await Deno.open(pipe, { read: true, write: true });
    // Fails as soon as the pipe is full, which is what it is for.
    await run("dd", "if=/dev/zero", `of=${pipe}`, "oflag=nonblock", "bs=4096");
    const prefix = ["sh", "-c", 'exec "$@" 2>"$0"', pipe];
    return new StalledRun(space, space.start(args, { prefix }), pipe, keeper);
  }

  /** Process id. */
  get pid(): number {
    return this.#running.pid;
  }

  /** The run's rows. */
  rows(): LogRow[] {
    return this.#space.logs().filter(({ pid }) => pid === this.pid);
  }

  /** Waits until it has claimed a ticker, and stops it. @returns The row of its claim. */
  async stopOnceClaimed(ticker: string): Promise<LogRow> {
    const isClaim = (row: LogRow) => row.ticker === ticker && row.status === "running";
    const claim = await waitFor(`the claim on ${ticker}`, () => this.rows().find(isClaim));
    this.#running.kill("SIGSTOP");
    return claim;
  }

  /** Stops it. */
  stop(): void {
    this.#running.kill("SIGSTOP");
  }

  /** Lets it go on, to its end. @returns How it ended, with what it wrote to standard error. */
  async goOn(): Promise<{ code: number; stdout: string; stderr: string }> {
    const reader = await Deno.open(this.#pipe, { read: true });
    // The run is the only one now who keeps the pipe open for writing: its end is the pipe's end.
    this.#keeper?.close();
    this.#keeper = undefined;
    this.#running.kill("SIGCONT");
    const text = await new Response(reader.readable).text();
    const { code, signal, stdout, stderr } = await this.#running.outcome();
    assertEquals([signal, stderr], [null, ""]);
    return { code, stdout, stderr: text.replaceAll("\0", "") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running[Symbol.asyncDispose]();
    this.#keeper?.close();
  }
}
