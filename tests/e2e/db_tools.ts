/**
 * For tests of `tickerlock db`, and of what other programs do to the database.
 *
 * @module
 */
import type {
  Backup,
  FileInfo,
  MigrationStep,
  Restored,
  StoredBackup,
  Verification,
} from "../../src/store/care.ts";
import { assertEquals, fail } from "../assert.ts";
import { installed } from "../installed.ts";
import { inSpace, type Outcome } from "../cli/in_process.ts";
import type { StartOptions } from "./program.ts";
import type { Workspace } from "./workspace.ts";

/** How `tickerlock` is told of a workspace's database and locks. */
export function inside(space: Workspace, options: StartOptions = {}): StartOptions {
  const env = { TICKERLOCK_DB: space.db, LOCK_DIR: space.lockDir, ...options.env };
  return { cwd: space.path, ...options, env };
}

/** Runs `tickerlock db` in this process with a workspace's database and locks. */
export function db(space: Workspace, ...args: readonly string[]): Promise<Outcome> {
  return inSpace(space, ["db", ...args]);
}

/** Runs `tickerlock db … --json`, which has to say nothing else. @returns The document. */
export async function dbJson(
  space: Workspace,
  args: readonly string[],
  code = 0,
): Promise<unknown> {
  const outcome = await db(space, ...args, "--json");
  assertEquals([outcome.code, outcome.stderr], [code, ""]);
  return JSON.parse(outcome.stdout);
}

/** What the commands print with `--json`; tests/json has every field. */
export interface Documents {
  readonly info: FileInfo & { readonly compacted_pages?: number };
  readonly verify: Verification;
  readonly backup: Backup;
  readonly restore: Restored & { readonly dry_run: boolean };
  readonly backups: { readonly folder: string; readonly backups: readonly StoredBackup[] };
  readonly migrate: { readonly done: readonly MigrationStep[] };
  readonly status: {
    readonly migrations: readonly {
      readonly version: number;
      readonly applied_at: string | null;
    }[];
  };
}

/** The same, with the type of a document. */
export async function jsonOf<K extends keyof Documents>(
  space: Workspace,
  _kind: K,
  args: readonly string[],
  code = 0,
): Promise<Documents[K]> {
  return await dbJson(space, args, code) as Documents[K];
}

/**
 * Flips a bit in a page of a database that is closed.
 *
 * @param page Its number, from 1.
 * @param byte Where in the page. Default in the number of its cells.
 */
export function damage(path: string, page = 4, byte = 4): void {
  const bytes = Deno.readFileSync(path);
  const at = (page - 1) * ((bytes[16] ?? 0) * 256 + (bytes[17] ?? 0)) + byte;
  bytes[at] = (bytes[at] ?? 0) ^ 0x01;
  Deno.writeFileSync(path, bytes);
}

/** Whether the shell of SQLite is there. Where `CI` is set it has to be. */
export function hasSqliteShell(): Promise<boolean> {
  return installed("sqlite3");
}

/** The `sqlite3` shell on a database: a writer that knows nothing of us. Dispose it to end it. */
export class SqliteShell implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;
  #rest = "";
  #count = 0;

  /** @param path The database. */
  constructor(path: string) {
    this.#child = new Deno.Command("sqlite3", {
      args: ["-batch", path],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Runs SQL, and waits until it is done. @returns What it printed. */
  async run(sql: string): Promise<string> {
    const mark = `done ${++this.#count}\n`;
    await this.#input.write(new TextEncoder().encode(`${sql}\n.print ${mark}`));
    while (!this.#rest.includes(mark)) {
      const { value, done } = await this.#output.read();
      if (done) fail(`the sqlite3 shell ended at ${sql}`);
      this.#rest += value;
    }
    const [text = "", ...after] = this.#rest.split(mark);
    this.#rest = after.join(mark);
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#output.cancel();
    await this.#child.status;
  }
}
