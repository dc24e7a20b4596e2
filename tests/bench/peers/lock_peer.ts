/**
 * One way to lock, as a process of its own: measures what it costs, or acquires and releases on demand.
 *
 *     lock_peer.ts cost KIND PATH COUNT        prints the median in µs
 *     lock_peer.ts hand-off KIND PATH          reads "acquire" and "release", line by line
 *
 * KIND is `tickerlock`, `raw` (open, lock, close and nothing else) or the module of proper-lockfile. On
 * a demand it prints what it is doing and when, in ms of the epoch: "asking", "acquired TIME",
 * "releasing TIME".
 *
 * @module
 */
import { processIo } from "../../../src/cli/output/io.ts";
import { acquireTickerLock } from "../../../src/lock/mod.ts";

const io = processIo();

type Release = () => void | Promise<void>;

/** A way to lock. */
interface Way {
  /** Acquires a free lock, and releases it. */
  once(): void | Promise<void>;
  /** Waits for a lock. */
  acquire(): Promise<Release>;
}

const FOREVER = { timeoutSeconds: Infinity };

function tickerlock(path: string): Way {
  const [, lockDir = "", ticker = ""] = /^(.*)\/([^/]*)\.lock$/.exec(path) ?? [];
  return {
    async once() {
      using _lock = await acquireTickerLock(ticker, { lockDir });
    },
    async acquire() {
      const lock = await acquireTickerLock(ticker, { lockDir, ...FOREVER });
      return () => lock.release();
    },
  };
}

function raw(path: string): Way {
  const open = { read: true, write: true, create: true };
  return {
    once() {
      const file = Deno.openSync(path, open);
      if (!file.tryLockSync(true)) throw new Error(`${path} is not free`);
      file.close();
    },
    async acquire() {
      const file = Deno.openSync(path, open);
      await file.lock(true);
      return () => file.close();
    },
  };
}

interface ProperLockfile {
  lock(path: string, options: Record<string, unknown>): Promise<() => Promise<void>>;
}

async function properLockfile(module: string, path: string): Promise<Way> {
  // By name at run time: a peer is no dependency of the project, and not in its lock file.
  const { default: library } = await import(module) as { default: ProperLockfile };
  return {
    async once() {
      const release = await library.lock(path, { realpath: false });
      await release();
    },
    // The simple form of its documentation, with pauses of 1, 2, 4 … seconds.
    acquire: () => library.lock(path, { realpath: false, retries: 10 }),
  };
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

async function cost(way: Way, count: number): Promise<void> {
  // The first thousands are slower until the compiler has seen them.
  const warm = count;
  const times: number[] = [];
  for (let i = 0; i < warm + count; i++) {
    const started = performance.now();
    const pending = way.once();
    // A synchronous way must not pay for a turn of the queue.
    if (pending !== undefined) await pending;
    if (i >= warm) times.push((performance.now() - started) * 1000);
  }
  times.sort((a, b) => a - b);
  io.out(`${times[count >> 1]}\n`);
}

async function handOff(way: Way): Promise<void> {
  let release: Release = () => {};
  let rest = "";
  io.out("ready\n");
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "release") {
        const at = now();
        await release();
        io.out(`releasing ${at}\n`);
      } else {
        io.out("asking\n");
        release = await way.acquire();
        io.out(`acquired ${now()}\n`);
      }
    }
  }
}

const [mode, kind = "", path = "", count = "0"] = Deno.args;
const way = kind === "tickerlock"
  ? tickerlock(path)
  : kind === "raw"
  ? raw(path)
  : await properLockfile(kind, path);
if (mode === "cost") await cost(way, Number(count));
else await handOff(way);
// A wait that is left behind must not keep the process.
Deno.exit(0);
