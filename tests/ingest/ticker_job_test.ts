import { InterruptedError, SourceError } from "../../src/base/errors.ts";
import { sleep } from "../../src/base/sleep.ts";
import type { OpenedContext } from "../../src/ingest/context.ts";
import { runTickers } from "../../src/ingest/schedule.ts";
import type { TickerResult } from "../../src/ingest/types.ts";
import { LockBusyError, LockError } from "../../src/lock/mod.ts";
import { ClaimLostError, StoreError } from "../../src/store/errors.ts";
import { spillPathOf } from "../../src/store/spill.ts";
import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "../assert.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";
import { fakeSource, type FakeTicker, reject } from "./fake_source.ts";
import { type FakeAnswers, FakeStore } from "./fake_store.ts";

/** How a run went. */
interface Ran {
  readonly store: FakeStore;
  readonly results: readonly TickerResult[];
  /** What the run as a whole failed with. */
  readonly error: unknown;
  /** Ticker, status and code of each result, in the order in which they were told. */
  readonly outline: unknown[][];
}

interface Scene {
  readonly answers?: FakeAnswers;
  readonly sources: Readonly<Record<string, FakeTicker>>;
  /** What is not as in a run that asks a service for one ticker at a time. */
  readonly over?: Partial<OpenedContext>;
  readonly plan?: OpenedContext["opened"]["plan"];
  readonly name?: string;
  /** Receives the store before the run begins. */
  readonly onStore?: (store: FakeStore) => void;
}

/** Runs; fails unless every ticker that was taken is released in the end. */
async function run({ answers = {}, sources, over, plan, name, onStore }: Scene): Promise<Ran> {
  const store = new FakeStore(name ?? ":memory:", answers);
  onStore?.(store);
  const { signal } = new AbortController();
  const source = fakeSource(sources, plan === undefined ? {} : { plan });
  const request = { files: [], tickers: null, from: null, to: null, signal };
  await using opened = await source.open(request);
  const context: OpenedContext = {
    runId: "run-1",
    source: source.name,
    command: "test",
    holder: "test",
    startedAt: new Date().toISOString(),
    startedMs: performance.now(),
    wait: false,
    lockTimeoutSeconds: 1,
    forceRefresh: false,
    acceptRestatement: false,
    dryRun: false,
    maxRejected: 0.5,
    minFreeBytes: 0,
    allStored: false,
    isNetwork: true,
    concurrency: 1,
    rawFolder: null,
    signal,
    store,
    logged: true,
    jobLock: undefined,
    lastDay: "2024-12-31",
    opened,
    calendar: {},
    fullEveryMs: undefined,
    firstGaps: null,
    ...over,
  };
  const results: TickerResult[] = [];
  let error: unknown;
  try {
    await runTickers(context, opened.tickers, (result) => void results.push(result));
  } catch (thrown) {
    error = thrown;
  }
  assertEquals([...store.held], []);
  const outline = results.map((each) => [each.ticker, each.status, each.error?.code ?? null]);
  return { store, results, error, outline };
}

const BUSY = new LockBusyError("A", undefined);
const REFUSED = new StoreError("db_constraint", "a row is refused", "x.db");
const FULL = new StoreError("db_full", "the disk is full", "x.db", { scope: "store" });
const NO_COUNTS = { inserted: 0, updated: 0, unchanged: 1 };

const failing: FakeTicker = {
  before: () => {
    throw new SourceError("file_changed", "it has changed");
  },
};

/** What happens to A, what the store is asked for A, and how its result is. */
const CASES: Readonly<
  Record<string, readonly [Partial<Scene> & { a?: FakeTicker }, string, unknown[]]>
> = {
  "all goes well": [{}, "take A, write A, release A", ["success", null]],
  "the same payload is in": [
    {
      answers: {
        written: () => ({ outcome: "skipped", counts: NO_COUNTS, durationMs: 1 }),
      },
    },
    "take A, write A, release A",
    ["skipped", null],
  ],
  "its claim was revoked": [
    { answers: { written: () => ({ outcome: "revoked", code: "claim_revoked" }) } },
    "take A, write A, release A",
    ["abandoned", "claim_revoked"],
  ],
  "it was taken for dead": [
    { answers: { written: () => ({ outcome: "revoked", code: "abandoned" }) } },
    "take A, write A, release A",
    ["abandoned", "abandoned"],
  ],
  "its rows are refused": [
    { answers: { written: () => ({ outcome: "failed", error: REFUSED }) } },
    "take A, write A, end A failed db_constraint, release A",
    ["failed", "db_constraint"],
  ],
  "its source fails": [
    { a: failing },
    "take A, end A failed file_changed, release A",
    ["failed", "file_changed"],
  ],
  "its source fails after its claim was revoked": [
    { a: failing, answers: { end: () => "claim_revoked" } },
    "take A, end A failed file_changed, release A",
    ["abandoned", "claim_revoked"],
  ],
  "none of its rows is good": [
    { a: { prices: [], rejects: [reject(1, "bad_date")] } },
    "take A, end A failed no_valid_rows, release A",
    ["failed", "no_valid_rows"],
  ],
  "another run has it": [
    { answers: { refuse: () => BUSY } },
    "take A, record A lock_busy lock_busy",
    ["lock_busy", "lock_busy"],
  ],
  "its claim fails": [
    { answers: { refuse: () => REFUSED } },
    "take A, record A failed db_constraint",
    ["failed", "db_constraint"],
  ],
  "it is a trial": [
    { over: { dryRun: true } },
    "take A, rehearse A, record A dry_run, release A",
    ["dry_run", null],
  ],
};

for (const [name, [{ a = {}, answers = {}, over }, calls, result]] of Object.entries(CASES)) {
  Deno.test(`one ticker of a run: ${name}; the next one goes in`, async () => {
    const { refuse, written, end } = answers;
    const { store, outline, error } = await run({
      answers: {
        refuse: (ticker, options) => ticker === "A" ? refuse?.(ticker, options) : undefined,
        written: (ticker) => ticker === "A" ? written?.(ticker) : undefined,
        end: (ticker) => end?.(ticker) ?? null,
      },
      sources: { A: a, B: {} },
      ...over && { over },
    });
    assertEquals(store.calls.filter((call) => call.includes(" A")).join(", "), calls);
    assertEquals(outline, [["A", ...result], [
      "B",
      over?.dryRun === true ? "dry_run" : "success",
      null,
    ]]);
    assertEquals([error, store.calls.at(-1)], [undefined, "release B"]);
  });
}

Deno.test("the end of a job that the store cannot take goes to the spill file", async () => {
  const folder = await makeTempFolder("tickerlock_job_");
  try {
    const { results, outline, error } = await run({
      name: `${folder}/x.db`,
      answers: {
        end: () => {
          throw new StoreError("db_locked", "it is busy", "x.db", { retryable: true });
        },
      },
      sources: { A: { prices: [], rejects: [reject(1, "bad_date")] }, B: {} },
    });
    assertEquals(outline, [["A", "failed", "no_valid_rows"], ["B", "success", null]]);
    assertEquals([error, results[0]?.rejectsLost], [undefined, true]);
    const lines = (await Deno.readTextFile(spillPathOf(`${folder}/x.db`))).trim().split("\n");
    const [spilled, ...more] = lines.map((line) => JSON.parse(line));
    assertEquals([spilled.job.jobId, more], [results[0]?.jobId, []]);
    assertEquals([spilled.end.status, spilled.end.errorCode], ["failed", "no_valid_rows"]);
  } finally {
    await removeFolder(folder);
  }
});

const MANY = Array.from({ length: 256 }, (_, index) => `T${String(index).padStart(3, "0")}`);
const MANY_SOURCES = Object.fromEntries(MANY.map((ticker) => [ticker, {}]));
const FILES = { isNetwork: false };

function releasesOf(store: FakeStore): string[] {
  return store.calls.filter((call) => call.startsWith("release"));
}

Deno.test("of a group each ticker ends as the store says, and is released", async () => {
  const { store, outline } = await run({
    answers: {
      refuse: (ticker) => ticker === "T004" ? BUSY : undefined,
      written: (ticker) =>
        ticker === "T001"
          ? { outcome: "revoked", code: "claim_revoked" }
          : ticker === "T002"
          ? { outcome: "failed", error: REFUSED }
          : undefined,
    },
    sources: { ...MANY_SOURCES, T003: failing },
    over: FILES,
  });
  const odd = outline.filter(([, status]) => status !== "success");
  assertEquals(odd.sort(), [
    ["T001", "abandoned", "claim_revoked"],
    ["T002", "failed", "db_constraint"],
    ["T003", "failed", "file_changed"],
    ["T004", "lock_busy", "lock_busy"],
  ]);
  const first = MANY.slice(0, 64);
  assertEquals(store.calls[0], `take ${first.join(" ")}`);
  const written = first.filter((ticker) => ticker !== "T003" && ticker !== "T004");
  assertEquals(
    store.calls.find((call) => call.startsWith("write")),
    `write ${written.join(" ")}`,
  );
  assertEquals([outline.length, releasesOf(store).length], [256, 255]);
  // Each is released as soon as it has ended, not with the last one of its group.
  const [released, ended] = ["release T000", "end T002 failed db_constraint"];
  assert(store.calls.indexOf(released) < store.calls.indexOf(ended));
});

Deno.test("a bug in the middle of a group ends the run, and its tickers are released", async () => {
  const bug = new TypeError("undefined is not a function");
  const written = (): never => {
    throw bug;
  };
  const { store, error } = await run({ answers: { written }, sources: MANY_SOURCES, over: FILES });
  assertStrictEquals(error, bug);
  assertEquals(releasesOf(store).length, 64);
});

Deno.test("a stop between two tickers of a group: the first goes in, no other is begun", async () => {
  const stop = new AbortController();
  const fetched: string[] = [];
  const { store, outline, error } = await run({
    sources: Object.fromEntries(
      MANY.map((ticker) => [ticker, { before: () => void fetched.push(ticker) }]),
    ),
    plan: (ticker) => {
      if (ticker === "T001") stop.abort(new InterruptedError("stopped"));
      return { kind: "all", from: null, to: null };
    },
    over: { ...FILES, signal: stop.signal },
  });
  const [first, ...others] = MANY.slice(0, 64);
  assertEquals(fetched, [first]);
  assertEquals(outline.sort(), [
    [first, "success", null],
    ...others.map((ticker) => [ticker, "interrupted", "interrupted"]),
  ]);
  assertEquals(error, undefined);
  assertEquals(store.calls.filter((call) => /^(take|write)/.test(call)), [
    `take ${[first, ...others].join(" ")}`,
    `write ${first}`,
  ]);
});

/** Waits, as a store does for a lock, until it is free or the run stops. */
async function untilFree(free: Promise<void>, signal: AbortSignal): Promise<unknown> {
  const stopped = new Promise<unknown>((resolve) =>
    signal.addEventListener("abort", () => resolve(signal.reason))
  );
  return await Promise.race([free, stopped]);
}

Deno.test("what a store cannot do at all stops the run, also what waits, and is told once", async () => {
  const never = new Promise<void>(() => {});
  const { store, outline, error } = await run({
    answers: {
      refuse: (ticker, { wait, signal }) =>
        ticker !== "A" ? undefined : wait ? untilFree(never, signal) : BUSY,
      written: () => ({ outcome: "failed", error: FULL }),
    },
    sources: { A: {}, B: {}, C: {}, D: {} },
    over: { wait: true },
  });
  assertStrictEquals(error, FULL);
  // A, which was waited for, has not begun.
  assertEquals(outline, [["B", "failed", "db_full"]]);
  assertEquals(store.calls.filter((call) => /[CD]$/.test(call)), []);
});

Deno.test("where a write stops the run, what is at work does not fail with that ticker's words", async () => {
  const full = new StoreError("db_full", "could not write the prices of B", "x.db", {
    scope: "store",
    hint: "Free some space.",
  });
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  const { error, results } = await run({
    answers: {
      written: () => ({ outcome: "failed", error: full }),
      end: () => {
        resolve();
        return null;
      },
    },
    sources: { A: { before: () => stopped.then(() => sleep(0)) }, B: {}, C: {} },
    over: { concurrency: 2 },
  });
  assertStrictEquals(error, full);
  const [b, a, ...more] = results;
  assertEquals([b?.ticker, b?.error?.message], ["B", full.message]);
  assertEquals([a?.ticker, a?.status, more], ["A", "failed", []]);
  assertEquals(a?.error, {
    code: "db_full",
    message: "the run was ended: the database x.db can take nothing more (db_full)",
    hint: "Free some space.",
  });
});

Deno.test("several that fail for the store's sake at once: the first is told", async () => {
  const errors = ["A", "B"].map((name) =>
    new StoreError("db_full", name, "x.db", { scope: "store" })
  );
  const { error, outline } = await run({
    answers: { written: (ticker) => ({ outcome: "failed", error: errors["AB".indexOf(ticker)] }) },
    sources: { A: {}, B: {}, C: {} },
    over: { concurrency: 2 },
  });
  assertStrictEquals(error, errors[0]);
  assertEquals(outline, [["A", "failed", "db_full"], ["B", "failed", "db_full"]]);
});

Deno.test("a run that cannot lock, or has lost its own lock, ends before it takes a ticker", async () => {
  const unusable = new LockError("lock_dir_unusable", "no folder", {});
  const refuse = (): never => {
    throw unusable;
  };
  const folder = await run({ answers: { refuse }, sources: { A: {}, B: {} } });
  assertStrictEquals(folder.error, unusable);
  assertEquals([folder.outline, folder.store.calls], [[], ["take A"]]);

  const jobLock = { name: ".nightly", action: "acquired" as const, waitedSeconds: 0 };
  const lost = await run({
    sources: { A: {} },
    over: { jobLock: { ...jobLock, isCurrent: () => false } },
  });
  assertInstanceOf(lost.error, ClaimLostError);
  assertEquals([lost.outline, lost.store.calls], [[], []]);
});

Deno.test("the next ticker asks while those that were answered are still at work", async () => {
  let [open, most, mostHeld] = [0, 0, 0];
  const cAsks = Promise.withResolvers<void>();
  let held: ReadonlySet<string> = new Set();
  const asking = (then: () => void | Promise<void>): FakeTicker => ({
    before: async (options) => {
      // A history that is asked for again takes its turn anew.
      for (let request = 0; request < 2; request++) {
        using _permit = await options?.permit?.();
        most = Math.max(most, ++open);
        mostHeld = Math.max(mostHeld, held.size);
        await sleep(0);
        open--;
      }
      await then();
    },
  });
  const answered = asking(() => cAsks.promise);
  const { outline } = await run({
    sources: { A: answered, B: answered, C: asking(() => cAsks.resolve()), D: asking(() => {}) },
    over: { concurrency: 2 },
    onStore: (store) => held = store.held,
  });
  assertEquals(outline.map(([ticker, status]) => `${ticker} ${status}`).sort(), [
    "A success",
    "B success",
    "C success",
    "D success",
  ]);
  assertEquals([most, mostHeld], [2, 3]);
});

Deno.test("a busy ticker is waited for without a slot, while the others go in", async () => {
  const { promise: free, resolve } = Promise.withResolvers<void>();
  const { store, outline } = await run({
    answers: {
      refuse: (ticker, { wait, signal }) =>
        ticker !== "A" ? undefined : wait ? untilFree(free, signal) : BUSY,
      written: (ticker) => void (ticker === "C" && resolve()),
    },
    sources: { A: {}, B: {}, C: {} },
    over: { wait: true },
  });
  assertEquals(outline.map(([ticker, status]) => [ticker, status]), [
    ["B", "success"],
    ["C", "success"],
    ["A", "success"],
  ]);
  assertEquals(store.calls.filter((call) => call.includes("A")), [
    "take A",
    "wait A",
    "write A",
    "release A",
  ]);
});

Deno.test("with one slot no ticker is taken while another one has the slot", async () => {
  const { promise: free, resolve } = Promise.withResolvers<void>();
  let store: FakeStore | undefined;
  const held: Record<string, string[]> = {};
  // Turns of the event loop, in which a ticker would be taken that need not wait.
  const look = async (ticker: string): Promise<void> => {
    for (let turn = 0; turn < 3; turn++) await new Promise((done) => setTimeout(done, 0));
    held[ticker] = [...store?.held ?? []].sort();
  };
  const { outline } = await run({
    answers: {
      refuse: (ticker, { wait, signal }) =>
        ticker !== "A" ? undefined : wait ? untilFree(free, signal) : BUSY,
    },
    sources: {
      A: { before: () => look("A") },
      B: {
        before: async () => {
          resolve();
          await look("B");
        },
      },
      C: { before: () => look("C") },
      D: { before: () => look("D") },
    },
    over: { wait: true },
    onStore: (made) => store = made,
  });
  assert(outline.every(([, status]) => status === "success"));
  // A came free while B had the slot.
  assertEquals(held, { A: ["A"], B: ["A", "B"], C: ["C"], D: ["D"] });
});
