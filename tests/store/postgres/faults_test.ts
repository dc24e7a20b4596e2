/**
 * What is lost, and what is not, where connections, processes and servers fail.
 *
 * @module
 */
import { addDays } from "../../../src/base/day.ts";
import { Connection } from "../../../src/store/postgres/connection/connection.ts";
import { parseTarget } from "../../../src/store/postgres/connection/target.ts";
import { LockTimeoutError } from "../../../src/lock/mod.ts";
import { StoreError } from "../../../src/store/errors.ts";
import { openStore } from "../../../src/store/open.ts";
import type { Store } from "../../../src/store/store.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { claim, outcomes, PAGE, reject, row, untilTrue, write } from "../contract_tools.ts";
import { canMount } from "../../installed.ts";
import { temporaryFolder } from "../sqlite/helpers.ts";
import { newUrl, through } from "./places.ts";
import { type Fault, startProxy } from "./proxy.ts";
import { startServer } from "./server.ts";

const PATIENCE = { patience: { blockingMs: 2000, totalMs: 20_000 }, lockDir: "none" };

/** A connection that no fault is of. */
function direct(url: string): Connection {
  return new Connection(parseTarget(url));
}

async function ingestOnce(store: Store, ticker: string): Promise<void> {
  await using a = await claim(store, ticker);
  const page = { markets: PAGE, rejects: [reject("page")], checkpoint: undefined };
  await store.writePage(a.job, page);
  const written = await store.write([
    write(a, [row("2024-01-02", 1), row("2024-01-03", 2)], { rejects: [reject("r")] }),
  ]);
  assertEquals(outcomes(written), ["success"], JSON.stringify(written));
}

for (const fault of ["cut", "answer_lost"] as const satisfies readonly Fault[]) {
  Deno.test(`a connection that ends at any piece (${fault}): all is written once, and told`, async () => {
    const url = await newUrl();
    await using proxy = startProxy(Number(new URL(url).port));
    await using store = await openStore(through(url, proxy.port), PATIENCE);
    let tickers = 0;
    // The last ones come behind all that a ticker needs.
    for (let piece = 1;; piece += 1) {
      const before = proxy.faults;
      proxy.plan(fault, piece);
      await ingestOnce(store, `T${tickers++}`);
      if (proxy.faults === before) break;
    }
    assert(tickers > 10, `${tickers} tickers`);
    await using connection = direct(url);
    const found = await connection.read("read", (db) =>
      db.get(
        `SELECT (SELECT count(*) FROM prices) AS prices,
           (SELECT count(*) FROM ingest_rejects) AS rejects,
           (SELECT count(*) FROM ingest_logs WHERE status = 'success') AS successes,
           (SELECT count(*) FROM ingest_logs WHERE status <> 'success') AS others,
           (SELECT count(*) FROM locks WHERE owner IS NOT NULL) AS held`,
      ));
    assertEquals(found, {
      prices: 2 * tickers,
      rejects: 2 * tickers,
      successes: tickers,
      others: 0,
      held: 0,
    });
  });
}

Deno.test("backends that are terminated: the lock stays, and the write is done", async () => {
  await using own = await startServer();
  const before = Deno.env.get("PGPASSWORD");
  const url = await newUrl(own);
  await using store = await openStore(url, PATIENCE);
  await using other = await openStore(url, PATIENCE);
  await using connection = direct(url);
  const terminate = () =>
    connection.read("end", (db) =>
      db.all(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'tickerlock' AND pid <> pg_backend_pid()
           AND query NOT LIKE '%pg_stat_activity%'`,
      ));
  await using a = await claim(store, "A");
  await terminate();
  const written = await store.write([write(a, [row("2024-01-02", 1)])]);
  assertEquals(outcomes(written), ["success"]);
  await using b = await claim(store, "B");
  await terminate();
  // Longer than the time for which a holder without a session is only suspected.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  await assertRejects(() => claim(other, "B", { wait: true, timeoutSeconds: 2 }), LockTimeoutError);
  assert(b.taken.lock.isCurrent());
  assertEquals(outcomes(await store.write([write(b, [row("2024-01-02", 1)])])), ["success"]);
  if (before !== undefined) Deno.env.set("PGPASSWORD", before);
});

Deno.test("a standby that lags behind and is promoted: what it lacks is refused, and data are as its log says", async () => {
  const before = Deno.env.get("PGPASSWORD");
  await using primary = await startServer();
  await using between = startProxy(primary.port);
  const { user, password } = primary;
  await using standby = await startServer({
    standbyOf: { user, password, port: between.port },
  });
  await using proxy = startProxy(primary.port);
  const url = await newUrl(primary);
  await using store = await openStore(through(url, proxy.port), PATIENCE);
  await using there = direct(through(url, standby.port));
  const ask = (sql: string) => there.read("ask", (db) => db.get(sql));
  await using first = await claim(store, "FIRST");
  await store.write([write(first, [row("2024-01-02", 1)])]);
  await using known = await claim(store, "KNOWN");
  while (
    await ask("SELECT FROM ingest_logs WHERE ticker = 'KNOWN'").catch(() => {}) === undefined
  ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  between.refuse(true);
  await using lost = await claim(store, "LOST");
  await using gone = await claim(store, "GONE");
  assertEquals(outcomes(await store.write([write(gone, [row("2024-01-02", 1)])])), ["success"]);
  await primary.kill();
  proxy.redirect(standby.port);
  await ask("SELECT pg_promote()");
  const late = await store.write([write(lost, [row("2024-01-02", 1)])]);
  assertEquals(outcomes(late), ["revoked"], Deno.inspect(late));
  assertEquals(outcomes(await store.write([write(known, [row("2024-01-02", 1)])])), ["success"]);
  const found = await there.read("ask", (db) =>
    db.arrays(
      `SELECT l.ticker, l.status, p.ticker IS NOT NULL FROM ingest_logs AS l
         LEFT JOIN prices AS p ON p.ingest_id = l.id AND p.ticker = l.ticker ORDER BY 1`,
    ));
  assertEquals(found, [["FIRST", "success", true], ["KNOWN", "success", true]]);
  if (before !== undefined) Deno.env.set("PGPASSWORD", before);
});

Deno.test("a full disk of the server: nothing of the group, the failure in the log, and on again with space", async () => {
  if (!await canMount(["unshare", "-m"])) return;
  const before = Deno.env.get("PGPASSWORD");
  await using folder = await temporaryFolder();
  await Deno.chmod(folder.path, 0o755);
  const mount = `mount -t tmpfs -o size=2m,uid=65534,gid=65534,mode=700 tmpfs ${folder.path}`;
  await using own = await startServer({
    prefix: ["unshare", "-m", "sh", "-c", `${mount} && exec "$@"`, "sh"],
  });
  const url = await newUrl(own);
  await using store = await openStore(url, PATIENCE);
  await using connection = direct(url);
  await connection.session(
    "make",
    (client) => client.query(`CREATE TABLESPACE small LOCATION '${folder.path}'`),
  );
  await connection.transaction("fill", (db) =>
    db.run(
      `CREATE TABLE filler TABLESPACE small AS SELECT repeat('x', 1000) FROM generate_series(1, 1400);
       ALTER TABLE prices SET TABLESPACE small; ALTER INDEX prices_pkey SET TABLESPACE small`,
    ));
  const rows = Array.from({ length: 5000 }, (_, n) => row(addDays("2000-01-01", n), 1));
  await using a = await claim(store, "A");
  const [failed] = await store.write([write(a, rows)]);
  assert(failed?.outcome === "failed" && failed.error instanceof StoreError);
  assertEquals([failed.error.code, failed.error.scope], ["db_full", "store"]);
  await store.end(a.job, { status: "failed", durationMs: 1, errorCode: failed.error.code });
  await connection.transaction("free", (db) => db.run("DROP TABLE filler"));
  await using again = await claim(store, "A");
  assertEquals(outcomes(await store.write([write(again, rows)])), ["success"]);
  const found = await connection.read("look", (db) =>
    db.arrays(
      `SELECT status, error_code, (SELECT count(*)::int FROM prices WHERE ingest_id = l.id)
       FROM ingest_logs AS l ORDER BY id`,
    ));
  assertEquals(found, [["failed", "db_full", 0], ["success", null, 5000]]);
  if (before !== undefined) Deno.env.set("PGPASSWORD", before);
});

Deno.test("a network that is back, of which the server has not heard that it was away: leases go on", async () => {
  const url = await newUrl();
  await using proxy = startProxy(Number(new URL(url).port));
  await using store = await openStore(through(url, proxy.port), PATIENCE);
  await using connection = direct(url);
  await using a = await claim(store, "A");
  // The next that is sent is a heartbeat.
  proxy.plan("swallow", 1);
  await untilTrue(() => proxy.faults === 1);
  const beat = "SELECT FROM locks WHERE beat_at > $1::timestamptz";
  const now = await connection.read("look", (db) => db.get("SELECT clock_timestamp() AS at"));
  const since = String(now?.at);
  while (await connection.read("look", (db) => db.get(beat, since)) === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await using b = await claim(store, "B");
  for (const each of [a, b]) {
    assertEquals(outcomes(await store.write([write(each, [row("2024-01-02", 1)])])), ["success"]);
  }
});

Deno.test("a network that swallows everything: the operation fails in time, the lock is lost in the end", async () => {
  const url = await newUrl();
  await using proxy = startProxy(Number(new URL(url).port));
  await using connection = direct(url);
  const slow = new Connection(parseTarget(through(url, proxy.port)), {
    totalMs: 0,
    queryMs: 500,
  });
  await slow.read("ask", (db) => db.all("SELECT 1"));
  proxy.plan("swallow", 1);
  const error = await assertRejects(
    () => slow.read("ask", (db) => db.all("SELECT 1")),
    StoreError,
  );
  assertEquals([error.code, error.retryable], ["db_unreachable", true]);
  // The next one connects anew.
  assertEquals(await slow.read("ask", (db) => db.all("SELECT 1 AS n")), [{ n: 1 }]);
  await slow[Symbol.asyncDispose]();
  await connection.read("ask", (db) => db.all("SELECT 1"));
});

Deno.test("a server that was away for longer than a lease lasts: it is held on where no one came", async () => {
  const url = await newUrl();
  await using proxy = startProxy(Number(new URL(url).port));
  await using store = await openStore(through(url, proxy.port), PATIENCE);
  await using connection = direct(url);
  const lock = await store.locks.holdJob(".job_x", {
    ...{ command: "test", wait: false, timeoutSeconds: 0, signal: new AbortController().signal },
  });
  const now = performance.now.bind(performance);
  try {
    proxy.refuse(true);
    performance.now = () => now() + 70_000;
    await connection.transaction(
      "age",
      (db) => db.run("UPDATE locks SET beat_at = beat_at - interval '70 s'"),
    );
    assert(lock.isCurrent());
    proxy.refuse(false);
    const renewed = "SELECT FROM locks WHERE beat_at > clock_timestamp() - interval '10 s'";
    while (await connection.read("look", (db) => db.get(renewed)) === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert(lock.isCurrent());
  } finally {
    performance.now = now;
  }
  await lock[Symbol.asyncDispose]();
});

Deno.test("a holder whose lease ran out is refused, and its successor's rows stay", async () => {
  const url = await newUrl();
  await using store = await openStore(url, PATIENCE);
  await using other = await openStore(url, PATIENCE);
  await using connection = direct(url);
  await using a = await claim(store, "A");
  await connection.transaction("age", (db) =>
    db.run(
      `UPDATE locks SET beat_at = clock_timestamp() - interval '61 s' WHERE name = 'A'`,
    ));
  await using b = await claim(other, "A");
  assertEquals(b.taken.abandoned, 1);
  const late = await store.write([write(a, [row("2024-01-02", 1)])]);
  assertEquals(late, [{ outcome: "revoked", code: "abandoned" }]);
  assertEquals(outcomes(await other.write([write(b, [row("2024-01-02", 2)])])), ["success"]);
  await untilTrue(() => !b.taken.lock.isCurrent());
  assertEquals((await other.prices("A", { from: "2024-01-01", to: "2024-01-31" }))[0]?.close, 2);
});
