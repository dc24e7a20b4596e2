import { DatabaseSync } from "node:sqlite";
import { VERSION } from "../../src/base/version.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { PATIENT, Running } from "../e2e/program.ts";
import { waitFor } from "../e2e/wait_for.ts";
import { startFakeB3 } from "../fake/b3.ts";
import { SAMPLE } from "../e2e/program.ts";
import { ServedPlace } from "../report/serve/place.ts";
import { Services } from "./services.ts";
import { assertKept, OldWorld, readTables, type Tables } from "./old_world.ts";

/** A migrated folder, with its tables as 0.1.0 left them. */
async function migrated(): Promise<{ world: OldWorld; before: Tables } & AsyncDisposable> {
  const world = await OldWorld.create();
  const before = world.tables();
  await world.ends(0, ["db", "migrate"]);
  return { world, before, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

/** Tables without the rows that a run of the same tickers changes: jobs that had no end. */
function ended(tables: Tables): Tables {
  return new Map([...tables].map(([name, rows]) => [
    name,
    new Map([...rows].filter(([, { status }]) => status !== "running")),
  ]));
}

interface Report {
  readonly tickers: readonly Readonly<Record<string, unknown>>[];
}

function sums(report: Record<string, unknown>): unknown[] {
  const { tickers } = report as unknown as Report;
  return ["rows_inserted", "rows_updated", "rows_rejected"].map((key) =>
    tickers.reduce((sum, each) => sum + Number(each[key]), 0)
  );
}

Deno.test("each source goes on from what 0.1.0 stored, and nothing of that changes", async () => {
  await using place = await migrated();
  const { world, before } = place;
  await using services = await Services.start();
  services.moveOn();
  const ingest = async (...args: string[]) =>
    JSON.parse(await world.ends(0, ["ingest", "--json", ...args], services.env));
  // Only the last days are asked for: the log of 0.1.0 says what it has. Its days lie ever longer ago.
  assertEquals(sums(await ingest("--all", "--full-every", "never", ...PATIENT)), [0, 0, 0]);
  assertEquals(services.yahoo.requests.some(({ period1 }) => period1 < 0), false);
  assertEquals(sums(await ingest("--source", "kalshi", ...PATIENT)), [1, 0, 0]);
  assertEquals(sums(await ingest("--source", "csv", "--file", "quotes.csv")), [0, 0, 1]);
  const kept = ended(before);
  // What has come along of a question is the row's one purpose.
  kept.delete("sync_state");
  assertKept(kept, world.tables());
  // Prices of the exchange's file get the details that 0.1.0 did not keep.
  assertEquals(sums(await ingest("--source", "cotahist", "--file", SAMPLE)), [0, 80, 0]);
  const after = world.tables();
  assertEquals(after.get("price_details")?.size, 80);
  for (const [key, row] of before.get("prices") ?? []) {
    const { ingest_id: _, ...price } = after.get("prices")?.get(key) ?? {};
    assertEquals({ ...price, ingest_id: row.ingest_id }, { ...row }, key);
  }
  // A ticker's adjusted prices are there once it was asked for again.
  const adjusted = await world.ends(0, ["export", "prices_adjusted", "--ticker", "PETR4.SA"]);
  assertMatch(adjusted, /^PETR4\.SA,2024-05-21,yahoo,.*,1,0\.99\d+,$/m);
  // A ticker whose claim was left by a kill is taken, and that row is ended.
  await ingest("--ticker", "GONE3.SA", ...PATIENT);
  const gone = [...world.tables().get("ingest_logs")?.values() ?? []]
    .filter(({ ticker }) => ticker === "GONE3.SA").map(({ status }) => status);
  assertEquals(gone, ["abandoned", "success"]);
  assertEquals((await world.json(0, ["db", "verify"])).ok, true);
});

Deno.test("the exchange's sources go into a database of 0.1.0", async () => {
  await using place = await migrated();
  const { world, before } = place;
  await using b3 = await startFakeB3();
  const env = { B3_BASE_URL: b3.url };
  await world.ends(0, ["ingest", "--source", "cotahist", "--year", "2024", "--rate", "none"], env);
  await world.ends(0, [
    "ingest",
    "--source",
    "b3-actions",
    "--ticker",
    "PETR4.SA",
    "--rate",
    "none",
  ], env);
  const { code, stderr } = await world.run(["ingest", "--source", "b3-daily", "--rate", "none"], {
    env,
  });
  assert([0, 75, 3].includes(code), stderr);
  assertKept(ended(before), world.tables());
  assert((world.tables().get("corporate_events")?.size ?? 0) > 0);
});

Deno.test("a collector takes the tasks of 0.1.0, and ends the life that was left", async () => {
  await using place = await migrated();
  const { world, before } = place;
  await using services = await Services.start();
  services.moveOn();
  await Deno.mkdir(`${world.path}/files`);
  await Deno.copyFile(SAMPLE, `${world.path}/files/sample.txt`);
  const args = ["collect", "--config", "tickerlock.json"];
  const plan = await world.json(0, [...args, "--dry-run"]);
  assertEquals(plan.initial_sync, ["day", "known", "listed", "files", "markets"]);
  const plain = await world.run(["collect", "--once"]);
  assertEquals(plain.code, 2);
  assertMatch(plain.stderr, /Try: To start that: tickerlock collect --config tickerlock\.json/);
  const stdout = await world.ends(0, [...args, "--once"], services.env);
  assertMatch(stdout, /^day +2 success +0 +0$/m);
  assertMatch(stdout, /^files +8 success +80 +0$/m);
  const lives = [...world.tables().get("collectors")?.values() ?? []];
  assertEquals(lives.map(({ state }) => state), ["stopped", "stopped", "stopped"]);
  assertEquals(lives.map(({ version }) => version), ["0.1.0", "0.1.0", VERSION]);
  assertEquals(before.get("collectors")?.size, 2);
});

Deno.test("logs, stats and gaps tell of the jobs of 0.1.0", async () => {
  await using place = await migrated();
  const { world, before } = place;
  const rows = [...before.get("ingest_logs")?.values() ?? []];
  const { logs } = await world.json(0, ["logs", "list", "--limit", "all"]) as {
    logs: Record<string, unknown>[];
  };
  assertEquals(logs.length, rows.length);
  for (const row of rows) {
    const shown = logs.find(({ id }) => id === row.id);
    for (const [column, value] of Object.entries(row)) assertEquals(shown?.[column], value, column);
    assertEquals([shown?.history, shown?.restated], [null, null]);
  }
  for (const status of ["abandoned", "skipped", "lock_busy", "running"]) {
    const { logs } = await world.json(0, ["logs", "--status", status]) as { logs: unknown[] };
    assertEquals(logs.length, rows.filter((row) => row.status === status).length, status);
  }
  const rejected = rows.find(({ ticker }) => ticker === "QUOT3.SA");
  const shown = await world.ends(0, ["logs", "show", String(rejected?.job_id)]);
  assertMatch(shown, /high_below_low/);
  const { runs } = await world.json(0, ["logs", "runs", "--limit", "all"]) as { runs: unknown[] };
  assertEquals(runs.length, new Set(rows.map(({ run_id }) => run_id)).size);
  assertStringIncludes(await world.ends(0, ["logs", "--csv", "--limit", "1"]), "job_id");

  const { stats } = await world.json(0, ["stats"]) as { stats: Record<string, unknown>[] };
  const petr4 = stats.find(({ ticker }) => ticker === "PETR4.SA");
  assertEquals([petr4?.last_day, petr4?.failures], ["2024-06-04", 0]);
  const nope = stats.find(({ ticker }) => ticker === "NOPE.SA");
  assertEquals([nope?.last_success_at, nope?.error_code], [null, "ticker_unknown"]);
  const by = await world.json(0, ["stats", "--by", "source"]) as { stats: { key: string }[] };
  assertEquals(by.stats.map(({ key }) => key), ["cotahist", "csv", "kalshi", "yahoo"]);
  assertMatch(await world.ends(0, ["stats", "--prometheus"]), /ticker="PETR4\.SA"/);

  const { gaps } = await world.json(0, ["gaps"]) as {
    gaps: { ticker: string; gaps: { code: string }[] }[];
  };
  assertEquals(gaps.map(({ ticker, gaps }) => [ticker, gaps.length, gaps[0]?.code]), [
    ["NULLBARS.SA", 4, "null_bar"],
    ["QUOT3.SA", 1, "high_below_low"],
  ]);
  assertKept(before, world.tables());
});

Deno.test("pruning removes old rows of 0.1.0 and never what a run still needs", async () => {
  await using place = await migrated();
  const { world, before } = place;
  await using services = await Services.start();
  using db = new DatabaseSync(world.db);
  // As of 2020: old, whatever the clock says.
  db.exec(`UPDATE ingest_logs SET started_at = replace(started_at, '2026-', '2020-'),
    finished_at = replace(finished_at, '2026-', '2020-')`);
  db.close();
  const prune = ["logs", "prune", "--older-than", "2021-01-01"];
  const plan = await world.json(0, [...prune, "--dry-run"]);
  const done = await world.json(0, prune) as {
    removed: { logs: number };
    kept: { needed: number };
  };
  assertEquals([done.removed, done.kept], [plan.would_remove, plan.kept]);
  assert(done.removed.logs > 20 && done.kept.needed > 10, JSON.stringify(done));
  const left = world.tables();
  assertEquals(
    left.get("ingest_logs")?.size,
    (before.get("ingest_logs")?.size ?? 0) - done.removed.logs,
  );
  assertEquals(left.get("prices"), before.get("prices"));
  await world.ends(
    0,
    ["ingest", "--ticker", "PETR4.SA", ...PATIENT, "--full-every", "never"],
    services.env,
  );
  assertEquals(services.yahoo.requests.map(({ period1 }) => period1 > 0), [true]);
});

Deno.test("exports of 0.1.0 are verified, and each format has its rows", async () => {
  await using place = await migrated();
  const { world, before } = place;
  for (const name of ["prices.csv", "actions.ndjson"]) {
    const verified = await world.json(0, ["export", "verify", `exports/${name}`]) as {
      beside: { result: string };
      manifest: { result: string };
    };
    assertEquals([verified.beside.result, verified.manifest.result], ["matched", "matched"]);
  }
  const csv = await Deno.readTextFile(`${world.path}/exports/prices.csv`);
  assertEquals(await world.ends(0, ["export"]), csv);
  const rows = JSON.parse(await world.ends(0, ["export", "--format", "json"]));
  assertEquals(rows, [...before.get("prices")?.values() ?? []].map((row) => ({ ...row })));
  const lines = await world.ends(0, ["export", "corporate_actions", "--format", "ndjson"]);
  assertEquals(lines, await Deno.readTextFile(`${world.path}/exports/actions.ndjson`));
  await world.ends(0, ["export", "--out", "exports/prices.parquet"]);
  await world.ends(0, ["export", "verify", "exports/prices.parquet"]);
  // The export of 0.1.0 is replaced by one that is the same, with a line of its own.
  await world.ends(0, ["export", "--out", "exports/prices.csv"]);
  const snapshots = [...world.tables().get("snapshots")?.values() ?? []];
  assertEquals(snapshots.map(({ version }) => version), ["0.1.0", "0.1.0", VERSION, VERSION]);
  assertEquals(snapshots.at(-1)?.sha256, snapshots[0]?.sha256);
});

Deno.test("report and serve show what 0.1.0 stored", async () => {
  await using place = await migrated();
  const { world } = place;
  await world.ends(0, ["report", "--out", "report.html"]);
  const page = await Deno.readTextFile(`${world.path}/report.html`);
  assertStringIncludes(page, "PETR4.SA");
  await using served = await ServedPlace.start({}, world.db);
  await served.enter();
  for (const path of ["/", "/ticker/PETR4.SA", "/metrics", "/healthz"]) {
    const { status, text } = await served.ask(path);
    assert(status === 200 || path === "/healthz" && status === 503, `${path}: ${status} ${text}`);
    if (path.startsWith("/t")) assertStringIncludes(text, "PETR4.SA");
  }
  assertEquals(served.errors, []);
});

Deno.test("db: backup, restore, compacting; doctor and completions on what was 0.1.0's", async () => {
  await using place = await migrated();
  const { world, before } = place;
  const { path } = await world.json(0, ["db", "backup"]) as { path: string };
  const after = world.tables();
  assertEquals(readTables(`${world.path}/${path}`), after);
  const info = await world.json(0, ["db", "info"]) as { rows: Record<string, number> };
  for (const [table, rows] of before) {
    if (table !== "schema_migrations") assertEquals(info.rows[table], rows.size, table);
  }
  await world.ends(0, ["db", "info", "--compact"]);
  assertEquals(world.tables(), after);
  assertStringIncludes(await world.ends(0, ["db", "restore", "latest"]), path);
  assertKept(after, world.tables());
  const { stdout } = await world.run(["doctor", "--offline"]);
  assertMatch(stdout, /^ok: schema: schema version \d+, the newest$/m);
  assertMatch(
    stdout,
    /^warning: running: GONE3\.SA of yahoo, pid \d+ on .*: that run was killed$/m,
  );
  assertMatch(stdout, /^error: collector: pid \d+ .* it was killed$/m);
  await world.ends(0, ["locks", "adopt", "--lock-dir", "other-locks"]);
  assertEquals((await world.run(["ingest", "--source", "csv", "--file", "quotes.csv"])).code, 2);
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    assert((await world.ends(0, ["completions", shell])).length > 100, shell);
  }
});

Deno.test("logs --follow begins with rows of 0.1.0 and goes on with new ones", async () => {
  await using place = await migrated();
  const { world } = place;
  const running = new Running(["logs", "--follow", "--ndjson", "--limit", "1"], {
    cwd: world.path,
    env: { TICKERLOCK_LOG_LEVEL: "debug" },
  });
  await using _ = running;
  await waitFor("a row of 0.1.0", () => running.describe().includes('"version":"0.1.0"'));
  await world.ends(0, ["ingest", "--source", "csv", "--file", "quotes.csv", "--force-refresh"]);
  await waitFor("a new row", () => running.describe().split("QUOT3.SA").length > 1);
  running.kill("SIGINT");
  assertEquals((await running.outcome()).code, 130);
});
