import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";
import { ingest, loadSource } from "../../mod.ts";
import { sendDebugTo } from "../../src/base/debug.ts";
import { retryOnBusy } from "../../src/store/sqlite/connection/retry.ts";
import { HostLimiters } from "../../src/sources/http/rate_limit.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";

interface Seen {
  readonly category: string;
  readonly text: string;
}

/** Runs `work` while LogTape is configured as a user of the library does it. */
async function logged(level: "debug" | "info", work: () => Promise<void>): Promise<Seen[]> {
  const seen: Seen[] = [];
  const note = (record: LogRecord): void => {
    seen.push({ category: record.category.join("."), text: record.message.join("") });
  };
  configureSync<"list", string>({
    reset: true,
    sinks: { list: note },
    loggers: [
      { category: "tickerlock", lowestLevel: level, sinks: ["list"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
  });
  try {
    await work();
  } finally {
    resetSync();
  }
  return seen;
}

async function ingestCsv(): Promise<void> {
  const folder = await makeTempFolder("tickerlock_debug_");
  try {
    await Deno.writeTextFile(`${folder}/{p}.csv`, "date,close\n2024-01-02,37.5\n2024-01-03,x\n");
    const report = await ingest({
      source: await loadSource("csv"),
      files: [`${folder}/{p}.csv`],
      tickers: ["PETR4.SA"],
      db: `${folder}/{p}.db`,
      lockDir: `${folder}/locks`,
    });
    assertEquals(report.results[0]?.rowsInserted, 1);
  } finally {
    await removeFolder(folder);
  }
}

Deno.test("a user of the library gets every step of an ingest by configuring LogTape", async () => {
  const seen = await logged("debug", ingestCsv);
  const has = (category: string, text: RegExp): void => {
    const found = seen.some((each) => each.category === category && text.test(each.text));
    assert(found, `${category} ${text}: ${JSON.stringify(seen, null, 1)}`);
  };
  // The braces of the path are no placeholders.
  has("tickerlock.db", /^database \S+\/\{p\}\.db: migrated to schema version \d+ after [\d.]+ ms$/);
  has("tickerlock.db", /\{p\}\.db: opened for writing, schema version \d+, after [\d.]+ ms$/);
  has("tickerlock.ingest", /^source csv: opened after [\d.]+ ms, 1 ticker to do$/);
  has("tickerlock.lock", /^lock PETR4\.SA: asked for at \S+\/locks\/PETR4\.SA\.lock, /);
  has("tickerlock.lock", /^lock PETR4\.SA: acquired after [\d.]+ ms$/);
  has("tickerlock.ingest", /^PETR4\.SA: wanted is all that the input has$/);
  has("tickerlock.ingest", /^PETR4\.SA: 1 row parsed, 1 rejected, 0 repeated after/);
  has("tickerlock.db", /^committed after [\d.]+ ms: write the prices of PETR4\.SA to \S+\.db$/);
  has("tickerlock.ingest", /^PETR4\.SA: success, 1 row inserted, 0 updated/);
  has("tickerlock.lock", /^lock PETR4\.SA: released after [\d.]+ ms$/);
});

Deno.test("where debug is off nothing of it is logged, and no record is made", async () => {
  const seen = await logged("info", ingestCsv);
  assertEquals(seen.filter(({ text }) => /asked for|committed|opened/.test(text)), []);
});

/** The texts of what is told while `work` runs. */
async function told(work: () => Promise<void>): Promise<string[]> {
  const texts: string[] = [];
  sendDebugTo((area, tell) => texts.push(`${area} ${tell()[0]}`));
  try {
    await work();
  } finally {
    sendDebugTo(undefined);
  }
  return texts;
}

Deno.test("each wait for a busy database is told with its try and its time", async () => {
  const busy = Object.assign(new Error("database is locked"), {
    code: "ERR_SQLITE_ERROR",
    errcode: 5,
  });
  let tries = 0;
  const texts = await told(async () => {
    await retryOnBusy(() => {
      if (++tries < 3) throw busy;
    }, { sleep: () => Promise.resolve(), random: () => 0, now: () => 0 });
  });
  assertEquals(texts, [
    "db the database is busy (database is locked): try 2 in 500 ms",
    "db the database is busy (database is locked): try 3 in 1000 ms",
  ]);
});

Deno.test("each wait for leave to ask a service is told with its reason", async () => {
  let now = 0;
  const clock = {
    now: () => now,
    elapsed: () => now,
    sleep: (ms: number) => {
      now += ms;
      return Promise.resolve();
    },
  };
  const signal = new AbortController().signal;
  const texts = await told(async () => {
    const limiter = new HostLimiters(clock).limiter("http://example.com", {
      count: 1,
      perMs: 1000,
    });
    limiter.answered();
    await limiter.take(signal);
    const turn = await limiter.take(signal);
    limiter.refused(turn, 5000);
    await limiter.take(signal);
  });
  assertMatch(texts[0] ?? "", /^http waiting 1000 ms to ask example\.com: the rate allows/);
  assertMatch(texts[1] ?? "", /^http waiting 5000 ms to ask example\.com: it asked for silence$/);
});
