/**
 * For tests of `collect`: a workspace with a fake service, and a listener in systemd's place.
 *
 * @module
 */
import { type FakeYahoo, type FakeYahooOptions, startFakeYahoo } from "../fake/yahoo.ts";
import { programCommand, programEnvironment, Running, type StartOptions } from "./program.ts";
import { projectPath } from "../paths.ts";
import { waitFor } from "./wait_for.ts";
import { Workspace } from "./workspace.ts";

/** A row of `collectors`. */
export interface CollectorJson {
  readonly run_id: string;
  readonly pid: number;
  readonly state: string;
  readonly task: string | null;
  readonly heartbeat_at: string;
  readonly stopped_at: string | null;
  readonly stop_reason: string | null;
  readonly next_turn_at: string | null;
  readonly tasks: string;
}

/** A folder, a fake service, and collectors on both. */
export class CollectSpace implements AsyncDisposable {
  readonly space: Workspace;
  readonly yahoo: FakeYahoo;

  private constructor(space: Workspace, yahoo: FakeYahoo) {
    this.space = space;
    this.yahoo = yahoo;
  }

  /** Makes one. @param options Of the fake. */
  static async create(options: FakeYahooOptions = {}): Promise<CollectSpace> {
    const yahoo = await startFakeYahoo({ years: 1, ...options });
    return new CollectSpace(await Workspace.create(), yahoo);
  }

  /** Writes the configuration. No rate holds requests back, and an answer may take its time. */
  configure(tasks: readonly Readonly<Record<string, unknown>>[]): void {
    const all = { rate: "none", attempts: 1, timeout: 100, deadline: 1000, tasks };
    this.space.write("tickerlock.json", JSON.stringify(all));
  }

  /** Starts `tickerlock collect` here, with the configuration. */
  start(args: readonly string[] = [], options: StartOptions = {}): Running {
    const { path, db, lockDir } = this.space;
    const env = {
      TICKERLOCK_DB: db,
      LOCK_DIR: lockDir,
      YAHOO_BASE_URL: this.yahoo.url,
      ...options.env,
    };
    return new Running(["collect", "--config", "tickerlock.json", ...args], {
      cwd: path,
      ...options,
      env,
    });
  }

  /** All rows of `collectors`, oldest first; none before there is a database. */
  collectors(): CollectorJson[] {
    const sql = "SELECT * FROM collectors ORDER BY started_at, run_id";
    try {
      return this.space.query(sql) as unknown as CollectorJson[];
    } catch {
      // Not made yet, or just being made.
      return [];
    }
  }

  /** Waits for a collector to be in a state. */
  async state(running: Running, ...states: readonly string[]): Promise<CollectorJson> {
    return await waitFor(
      `${states.join(" or ")} of ${running.describe()}`,
      () =>
        this.collectors().find(({ pid, state }) => pid === running.pid && states.includes(state)),
    );
  }

  /** Waits until a task has so many rows with a status. */
  async rows(task: string, status: string, count: number): Promise<void> {
    await waitFor(`${count} rows ${status} of ${task}`, () => {
      const rows = this.space.hasDatabase() ? this.#logs() : [];
      return rows.filter((row) =>
        row.command.startsWith(`tickerlock collect ${task}: ingest `) && row.status === status
      ).length >= count;
    });
  }

  #logs() {
    try {
      return this.space.logs();
    } catch {
      return [];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.space[Symbol.asyncDispose]();
    await this.yahoo[Symbol.asyncDispose]();
  }
}

/** What listens in systemd's place: a process of its own, with the program's rights. */
export class FakeManager implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #pump: Promise<void>;
  #text = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#pump = (async () => {
      for await (const chunk of child.stdout) this.#text += new TextDecoder().decode(chunk);
    })();
  }

  /** @param address What it listens at: a path, or `@name`. */
  static async start(address: string): Promise<FakeManager> {
    const [deno = "", ...rest] = programCommand().slice(0, -1);
    const main = projectPath("tests/e2e/notify_listener_main.ts");
    const compiled = Deno.env.get("TICKERLOCK_BIN") !== undefined;
    const rights = ["run", "--no-prompt", "--allow-net", "--allow-read", "--allow-write"];
    const child = new Deno.Command(compiled ? Deno.execPath() : deno, {
      args: [...(compiled ? rights : rest), main, address],
      clearEnv: true,
      env: programEnvironment({}),
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const manager = new FakeManager(child);
    await waitFor("the listener", () => manager.messages.includes("listening"));
    return manager;
  }

  /** What it has heard, oldest first. */
  get messages(): string[] {
    return this.#text.split("\n").filter((line) => line !== "");
  }

  /** Waits for a message. */
  async hears(message: string, times = 1): Promise<void> {
    await waitFor(
      `${times} × ${message} among ${this.messages.join(", ")}`,
      () => this.messages.filter((each) => each.startsWith(message)).length >= times,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#pump;
  }
}
