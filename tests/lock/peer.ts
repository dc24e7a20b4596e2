/**
 * Another process that uses the library, led by a test step by step.
 *
 * @module
 */
import type { HolderRecord } from "../../src/lock/mod.ts";
import { fail } from "../assert.ts";
import { projectPath } from "../e2e/program.ts";

/** What a peer can be told to do. `late` puts its clock forward by an hour. */
export interface Command {
  readonly do: "acquire" | "release" | "try" | "inspect" | "spawn" | "late" | "exit";
  /** Ticker, or job with a leading dot. */
  readonly name: string;
  readonly options?: {
    readonly lockDir?: string;
    readonly wait?: boolean;
    readonly timeoutSeconds?: number;
  };
  /** For `try` and `inspect`: how often. */
  readonly times?: number;
}

/** What a peer tells. */
export interface Event {
  readonly event:
    | "ready"
    | "waiting"
    | "acquired"
    | "refused"
    | "released"
    | "spawned"
    | "repeated";
  readonly name: string;
  readonly holder?: HolderRecord | null;
  readonly action?: string;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
  readonly pid?: number;
  readonly failures?: number;
}

/** Longest time that a peer may take for anything, in ms: far above what the slowest needs. */
const DEADLINE_MS = 60_000;

/** How a peer is started. */
export interface PeerOptions {
  /** Words before the command: a program that starts another. */
  readonly prefix?: readonly string[];
  /** Rights beyond reading and writing. */
  readonly rights?: readonly string[];
  /** With locks and records as they are on Windows; it ends with 99 where it touches a lock file. */
  readonly asOnWindows?: boolean;
}

/** Rejects after a time, unless the promise settles before. */
export async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`waited ${DEADLINE_MS / 1000} s in vain for ${what}`));
    }, DEADLINE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The command that runs one of the tests' scripts as a process, on the Deno that runs the tests. */
export function scriptCommand(
  script: string,
  rights: readonly string[] = [],
): readonly [string, ...string[]] {
  const given = ["--no-prompt", "--allow-read", "--allow-write", "--allow-sys=hostname", ...rights];
  return [Deno.execPath(), "run", ...given, projectPath(`tests/lock/${script}`)];
}

/** A process of the library. Dispose it: one that is still alive then is killed. */
export class Peer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #events: Event[] = [];
  readonly #pump: Promise<void>;
  #wake: () => void = () => {};
  #ended = false;

  private constructor({ prefix = [], rights = [], asOnWindows = false }: PeerOptions) {
    const script = asOnWindows
      ? [...scriptCommand("as_on_windows_main.ts", rights), "./peer_main.ts"]
      : scriptCommand("peer_main.ts", rights);
    const [first, ...args] = [...prefix, ...script];
    this.#child = new Deno.Command(first ?? "", {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#pump = this.#read();
  }

  /** Starts one, and waits until it is ready. */
  static async start(options: PeerOptions = {}): Promise<Peer> {
    const peer = new Peer(options);
    await peer.tells("ready", "");
    return peer;
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#events.push(JSON.parse(line) as Event);
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }

  /** Process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Tells it what to do. */
  async order(command: Command): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify(command)}\n`));
  }

  /** Waits for an event, and takes it out. Fails where it ends without. */
  async tells(kind: Event["event"], name: string): Promise<Event> {
    for (;;) {
      const index = this.#events.findIndex((each) => each.event === kind && each.name === name);
      const [found] = index < 0 ? [] : this.#events.splice(index, 1);
      if (found !== undefined) return found;
      if (this.#ended) fail(`a peer ended without "${kind}": ${JSON.stringify(this.#events)}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await within(`"${kind}" of a peer; it told ${JSON.stringify(this.#events)}`, promise);
    }
  }

  /** Has it acquire a lock, and waits until it has it. */
  async hold(name: string, lockDir: string): Promise<void> {
    await this.order({ do: "acquire", name, options: { lockDir } });
    await this.tells("acquired", name);
  }

  /** Has it release a lock, and waits until it has. */
  async release(name: string): Promise<void> {
    await this.order({ do: "release", name });
    await this.tells("released", name);
  }

  /** Sends a signal. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Ends its input, and waits for it to end by itself. */
  async end(): Promise<Deno.CommandStatus> {
    try {
      await this.#input.close();
    } catch {
      // It has closed it before.
    }
    await within("the end of a peer", this.#pump);
    return await this.#child.status;
  }

  /** Kills it with SIGKILL, and waits until it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.end();
  }
}
