/**
 * What every engine promises of `Care`.
 *
 * @module
 */
import type { Care, ExportQuery, FileCare } from "../../src/store/care.ts";
import { StoreError } from "../../src/store/errors.ts";
import { exportTable } from "../../src/store/export/export.ts";
import { exportPartitions } from "../../src/store/export/partitions.ts";
import { duckdb } from "../duckdb/ask.ts";
import { InterruptedError, UsageError } from "../../src/base/errors.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "../assert.ts";
import { at, type Engine, type Scene, testOf } from "./contract_reports.ts";
import { daysOf, type Logged } from "./rows.ts";

/** A query for all of a table. */
export function queryOf(object: string, over: Partial<ExportQuery> = {}): ExportQuery {
  return { object, tickers: [], source: null, from: null, to: null, columns: null, ...over };
}

/** Names in a folder, sorted; none where it is not there. */
function namesBelow(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** An export as text. */
async function csvOf(care: Care, query: ExportQuery, onPiece = async () => {}): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  await exportTable(care, query, {
    format: "csv",
    to: {
      write: async (piece) => {
        text += decoder.decode(piece, { stream: true });
        await onPiece();
        return true;
      },
    },
  });
  return text;
}

/** Registers the tests of an engine. */
export function testCare(engine: Engine): void {
  const test = testOf(engine);

  test("facts: rows per table, prices per source, versions", async ({ reports, care, log, prices }) => {
    await log([{ startedAt: at(1), finishedAt: at(1, 5) }]);
    await prices("PETR4.SA", "csv", daysOf(20));
    const info = await care.info();
    assertEquals([info.path, info.path], [care.name, reports.name]);
    assertEquals([info.rows.prices, info.rows.ingest_logs], [20, 1]);
    assertEquals(info.prices, [
      { source: "csv", tickers: 1, first_date: "2024-01-01", last_date: "2024-01-20" },
    ]);
    assertEquals([info.last_success_at, info.spill], [at(1, 5), null]);
    const version = info.engine === "sqlite" ? info.sqlite_version : info.server_version;
    assertEquals(version, await reports.engineVersion());
    const migrations = await care.migrations();
    assertEquals(info.schema_version, migrations.length);
    assert(migrations.every(({ appliedAt }) => appliedAt !== null));
  });

  test("writing is tried, and nothing of it stays", async ({ care, prices, folder }) => {
    await prices("PETR4.SA", "csv", daysOf(3));
    const before = [namesBelow(folder), (await care.info()).rows];
    assert(await care.tryWriting());
    assertEquals([namesBelow(folder), (await care.info()).rows], before);
  });

  test("migrations: one step back and up again, nothing to do where all is done", async ({ care, prices, reports, folder }) => {
    await prices("PETR4.SA", "csv", daysOf(3));
    const newest = (await care.migrations()).length;
    assertEquals(await care.migrate("newest"), []);
    assertEquals(await care.drops(newest), []);
    const all = (await care.drops(0)).filter(({ rows }) => rows > 0).map(({ what }) => what);
    assert(all.includes("prices"), all.join(", "));
    assertEquals((await care.drops("back")).map(({ what }) => what), ["notices"]);
    const [down, ...more] = await care.migrate("back");
    assertEquals([down?.version, down?.direction, more], [newest, "down", []]);
    assertEquals((await reports.health({ lockDir: folder })).schemaVersion, newest - 1);
    assertEquals((await care.migrations()).at(-1)?.appliedAt, null);
    const [up] = await care.migrate("newest");
    assertEquals([up?.version, up?.direction], [newest, "up"]);
    assertEquals((await care.info()).rows.prices, 3);
    const error = await assertRejects(() => care.migrate(newest + 1), StoreError);
    assertEquals(error.code, "db_no_such_version");
  });

  test("migrations: a backup before the first step, and a stop between two keeps what is done", async ({ care, prices }) => {
    const { file } = care;
    const newest = (await care.migrations()).length;
    if (file === undefined || newest < 3) return;
    await prices("PETR4.SA", "csv", daysOf(3));
    const versions = async () =>
      (await care.migrations()).filter(({ appliedAt }) => appliedAt !== null).length;
    const stop = new InterruptedError("stopped");
    const throwIfStopped = (): void => {
      if (backups().length > 0) throw stop;
    };
    const backups = () => namesBelow(file.backupFolder).filter((name) => name.endsWith(".sha256"));
    const stopped = () => care.migrate(newest - 2, { throwIfStopped });
    assertStrictEquals(await assertRejects(stopped, InterruptedError), stop);
    assertEquals([await versions(), backups().length], [newest - 1, 1]);
    const [down, ...more] = [
      ...await care.migrate(newest - 2),
      ...await care.migrate("newest"),
    ];
    assertEquals([down?.version, down?.direction], [newest - 1, "down"]);
    assertEquals(more.map(({ version, direction }) => [version, direction]), [
      [newest - 1, "up"],
      [newest, "up"],
    ]);
    assertEquals(new Set([down, ...more].map((step) => step?.backup)).size, 2);
    const info = await care.info();
    assert(info.engine === "sqlite");
    const before = info.migration_backups;
    assertEquals(before.map(({ before_version }) => before_version).sort((a, b) => a - b), [
      newest - 1,
      newest - 1,
      newest,
    ]);
    assert([down, ...more].every((step) => before.some(({ path }) => path === step?.backup)));
    // From nothing there is nothing to lose.
    await care.migrate(0);
    assertEquals((await care.migrate(1)).map(({ backup }) => backup), [null]);
  });

  test("verify: a sound database, a run that was killed, a price that cannot be", async ({ care, log, prices, folder, hold }) => {
    const sound = await care.verify({ lockDir: folder });
    assertEquals([sound.ok, sound.findings], [true, []]);
    await log([{ startedAt: at(1), ticker: "A", status: "running" }]);
    {
      await using _lock = await hold("A");
      assertEquals((await care.verify({ lockDir: folder, quick: true })).findings, []);
    }
    const [killed, ...more] = (await care.verify({ lockDir: folder })).findings;
    assertEquals([killed?.check, killed?.level, more], ["running_rows", "warning", []]);
    await prices("A", "csv", [{ date: "2024-01-02", close: 0 }]);
    const { ok, findings } = await care.verify({ lockDir: folder });
    assertEquals([ok, findings.at(-1)?.check], [false, "impossible_prices"]);
  });

  const BEFORE = at(10);
  const OLD: readonly Logged[] = [
    // 1: asked for the whole history, which no later run did.
    { startedAt: at(5), windowFrom: null, windowTo: "2026-11-05", rejects: 2 },
    { startedAt: at(5), windowFrom: "2026-11-01", windowTo: "2026-11-05", rejects: 3 },
    { startedAt: at(5), status: "failed", rejects: 1 },
    { startedAt: at(5), status: "running" },
    // 5: the newest success of its ticker, old as it is.
    { startedAt: at(5), ticker: "VALE3.SA", source: "cotahist" },
    { startedAt: at(5), ticker: "VALE3.SA", source: "cotahist", status: "lock_busy" },
    { startedAt: at(5), ticker: null, status: "failed" },
    { startedAt: at(20), windowFrom: "2026-11-15", windowTo: "2026-11-20" },
    { startedAt: at(5), status: "dry_run", finishedAt: at(20) },
  ];
  const idsOf = async ({ reports }: Scene): Promise<number[]> =>
    (await reports.logs({}, { limit: Infinity, first: "oldest" })).map(({ id }) => id);

  test("prune: old rows go with their rejects; what runs, is needed or young stays", async (scene) => {
    const { care, log } = scene;
    await log(OLD);
    assertEquals(await care.planPrune({ before: BEFORE }), {
      logs: 4,
      rejects: 4,
      needed: 2,
      failures: 0,
    });
    assertEquals(await care.prune({ before: BEFORE }), { logs: 4, rejects: 4 });
    assertEquals(await idsOf(scene), [1, 4, 5, 8, 9]);
    assertEquals((await care.info()).rows.ingest_rejects, 2);
    assertEquals(await care.prune({ before: BEFORE }), { logs: 0, rejects: 0 });
  });

  test("prune: failures stay where that is wanted", async (scene) => {
    const { care, log } = scene;
    await log(OLD);
    const options = { before: BEFORE, keepFailed: true };
    assertEquals(await care.planPrune(options), { logs: 1, rejects: 3, needed: 2, failures: 3 });
    assertEquals(await care.prune(options), { logs: 1, rejects: 3 });
    assertEquals(await idsOf(scene), [1, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("prune: the largest id stays, so that no later job gets the number of a pruned one", async ({ care, log }) => {
    const failed: Logged = { startedAt: at(5), status: "failed" };
    await log([failed, failed, failed]);
    assertEquals(await care.prune({ before: BEFORE }), { logs: 2, rejects: 0 });
    assertEquals(await log([failed]), [4]);
  });

  test("prune: many rows go in steps, and what was done before a stop stays done", async (scene) => {
    const { care, log } = scene;
    await log(Array.from({ length: 2501 }, () => ({ startedAt: at(5), status: "failed" })));
    const seen: number[] = [];
    const stopped = care.prune({ before: BEFORE }, ({ logs }) => {
      seen.push(logs);
      if (logs > 1000) throw new Error("enough");
    });
    await assertRejects(() => stopped, Error, "enough");
    assertEquals([seen, (await idsOf(scene)).length], [[1000, 2000], 501]);
    assertEquals((await care.prune({ before: BEFORE })).logs, 500);
  });

  test("prune: a signal ends waiting for a busy database", async (scene) => {
    const { care, log } = scene;
    await log(Array.from({ length: 1500 }, () => ({ startedAt: at(5), status: "failed" })));
    const stop = new AbortController();
    const reason = new InterruptedError("stopped");
    let held: AsyncDisposable | undefined;
    const stopped = care.prune({ before: BEFORE }, async () => {
      held = await scene.busy();
      stop.abort(reason);
    }, stop.signal);
    assertStrictEquals(await assertRejects(() => stopped, InterruptedError), reason);
    await held?.[Symbol.asyncDispose]();
    assertEquals((await idsOf(scene)).length, 500);
    const again = () => care.prune({ before: BEFORE }, undefined, stop.signal);
    assertStrictEquals(await assertRejects(again, InterruptedError), reason);
    assertEquals((await idsOf(scene)).length, 500);
  });

  test("exports come by the key: equal data are equal bytes, in whatever order they were written", async ({ care, prices }) => {
    const rows = daysOf(2500);
    const query = queryOf("prices", { columns: ["ticker", "date", "source", "open", "close"] });
    await prices("VALE3.SA", "csv", rows);
    await prices("PETR4.SA", "csv", rows);
    const text = await csvOf(care, query);
    const keys = text.split("\n").slice(1, -1).map((line) => line.split(",").slice(0, 3).join());
    assertEquals([keys.length, keys], [5000, keys.toSorted()]);
    await using other = await engine.make();
    await other.prices("PETR4.SA", "csv", rows.toReversed());
    await other.prices("VALE3.SA", "csv", rows.slice(900));
    await other.prices("VALE3.SA", "csv", rows.slice(0, 900));
    assert(text === await csvOf(other.care, query));
  });

  test("exports are filtered by ticker, source and day, by whichever column a table has for them", async ({ care, prices, log }) => {
    for (const ticker of ["A", "B"]) await prices(ticker, "csv", daysOf(5));
    await prices("C", "other", daysOf(5));
    await log([1, 2, 3].map((day) => ({ startedAt: at(day), ticker: "AB"[day] ?? "X" })));
    const keys = async (over: Partial<ExportQuery>, object = "prices") => {
      const text = await csvOf(care, queryOf(object, { columns: ["ticker", "date"], ...over }));
      return text.split("\n").slice(1, -1).map((line) => line.replace(/,.*(.)$/, "$1")).join(" ");
    };
    for (const object of ["prices", "prices_canonical"]) {
      assertEquals(
        await keys({ tickers: ["C", "A", "X"] }, object),
        "A1 A2 A3 A4 A5 C1 C2 C3 C4 C5",
      );
      assertEquals(
        await keys({ from: "2024-01-02", to: "2024-01-03" }, object),
        "A2 A3 B2 B3 C2 C3",
      );
      assertEquals(await keys({ source: "other", to: "2024-01-02" }, object), "C1 C2");
      assertEquals(await keys({ tickers: ["B"], from: "2024-01-05" }, object), "B5");
      assertEquals(await keys({ from: "2024-02-01" }, object), "");
      assertEquals(await keys({ tickers: ["B"], to: "9999-12-31" }, object), "B1 B2 B3 B4 B5");
    }
    assertEquals(await keys({ tickers: ["C"] }, "prices_latest"), "C5");
    assertEquals(
      await csvOf(care, queryOf("prices", { columns: ["close", "ticker"], to: "2024-01-01" })),
      "close,ticker\n1,A\n1,B\n1,C\n",
    );
    // A time of the last day belongs to it.
    const ids = (over: Partial<ExportQuery>) =>
      csvOf(care, queryOf("ingest_logs", { columns: ["id"], ...over }));
    assertEquals(await ids({ from: "2026-11-02", to: "2026-11-02" }), "id\n2\n");
    assertEquals(await ids({ tickers: ["X", "B"] }), "id\n1\n2\n3\n");
    assertEquals(await ids({ to: "2026-10-31" }), "id\n");
  });

  test("what an export asks for and is not there is refused by name, or told", async ({ care, prices }) => {
    await prices("PETR4.SA", "csv", daysOf(1));
    const cases: [ExportQuery, string, string][] = [
      [queryOf("price"), "unknown_table", "Did you mean prices?"],
      [queryOf("PRICES"), "unknown_table", "Did you mean prices?"],
      [queryOf("prices", { columns: ["date", "clse"] }), "unknown_column", "Did you mean close?"],
      [queryOf("sync_state", { tickers: ["A"] }), "filter_not_possible", "Leave --ticker out"],
      [queryOf("schema_migrations", { source: "csv" }), "filter_not_possible", "Leave --source"],
    ];
    for (const [query, code, hint] of cases) {
      const error = await assertRejects(() => care.exportRows(query), UsageError);
      assertEquals(error.code, code);
      assertStringIncludes(error.hint ?? "", hint);
    }
    await using rows = await care.exportRows(queryOf("prices", { tickers: ["PETR5.SA"] }));
    assertEquals(await rows.unknownNames(0), [
      { column: "ticker", name: "PETR5.SA", nearest: "PETR4.SA" },
    ]);
  });

  test("all pages of an export are of one moment, whatever is written meanwhile", async ({ care, prices }) => {
    await prices("B", "csv", daysOf(2000));
    let pieces = 0;
    const text = await csvOf(care, queryOf("prices", { columns: ["close"] }), async () => {
      if (pieces++ === 0) await prices("B", "csv", daysOf(3000, (day) => day + 10_000));
    });
    assert(pieces > 2, `${pieces}`);
    assertEquals(text.split("\n").slice(1, -1).map(Number), daysOf(2000).map(({ close }) => close));
  });

  test("an export of a file is kept in the manifest, and found by content, path or name", async ({ care, prices, folder }) => {
    await prices("B", "csv", daysOf(2));
    const made = await exportTable(care, queryOf("prices"), {
      format: "csv",
      to: `${folder}/b.csv`,
    });
    assertEquals([made.rows, made.manifestError], [2, null]);
    const { path, sha256 } = made.file ?? { path: "", sha256: "" };
    const found = await care.snapshotOf(path, sha256);
    assertEquals([found?.id, found?.path, found?.rows], [made.snapshotId, path, 2]);
    const other = "0".repeat(64);
    assertEquals((await care.snapshotOf("/elsewhere/x.csv", sha256))?.id, made.snapshotId);
    assertEquals((await care.snapshotOf(path, other))?.id, made.snapshotId);
    assertEquals((await care.snapshotOf("/elsewhere/b.csv", other))?.id, made.snapshotId);
    assertEquals(await care.snapshotOf("/elsewhere/x.csv", other), undefined);
  });

  test("exports as Parquet, in one file and by year, are read back by another reader", async ({ care, prices, log, folder }) => {
    await prices("B", "csv", daysOf(800));
    await prices("A", "csv", daysOf(400, (day) => day + 0.5));
    await log([{ startedAt: at(1), finishedAt: at(1, 5) }]);
    const to = `${folder}/x.parquet`;
    const logs = `${folder}/logs.parquet`;
    await exportTable(care, queryOf("prices"), { format: "parquet", to });
    await exportTable(care, queryOf("ingest_logs"), { format: "parquet", to: logs });
    const made = await exportPartitions(care, queryOf("prices"), { to: `${folder}/parts` });
    assertEquals(made.files.map(({ rows }) => rows), [366 * 2, 34 + 365, 69]);
    assertEquals(made.files.map(({ snapshotId }) => snapshotId), [3, 4, 5]);
    const sums = "count(*) AS n, sum(close) AS close, min(date) AS first, max(date) AS last";
    const [one, many, times] = await duckdb(
      `SELECT ticker, ${sums} FROM '${to}' GROUP BY ticker ORDER BY ticker`,
      `SELECT ticker, ${sums} FROM '${folder}/parts/*/*.parquet' GROUP BY ticker ORDER BY ticker`,
      `SELECT epoch_ms(started_at) AS started, duration_ms, error_code FROM '${logs}'`,
    );
    const first = "2024-01-01";
    assertEquals(one, [
      { ticker: "A", n: "400", close: 80_000, first, last: "2025-02-03" },
      { ticker: "B", n: "800", close: 320_400, first, last: "2026-03-10" },
    ]);
    assertEquals(many, one);
    assertEquals(times?.map(({ started }) => started), [String(Date.parse(at(1)))]);
  });

  test("an export of an older schema has no line in the manifest, and leaves the schema", async ({ care, prices, folder }) => {
    await prices("B", "csv", daysOf(2));
    const [down] = await care.migrate("back");
    await using rows = await care.exportRows(queryOf("prices"));
    assertEquals((await rows.page(10))?.length, 2);
    const snapshot = {
      takenAt: rows.takenAt,
      object: "prices",
      query: "{}",
      format: "csv",
      path: `${folder}/b.csv`,
      rows: 2,
      bytes: 1,
      sha256: "0".repeat(64),
    };
    const error = await assertRejects(() => rows.keep([snapshot]), StoreError);
    assertEquals(error.code, "db_schema_old");
    assertEquals((await care.info()).schema_version, (down?.version ?? 0) - 1);
  });

  /** Registers a test for engines whose database is a file. */
  const fileTest = (
    name: string,
    run: (file: FileCare, scene: Scene) => Promise<void>,
  ): void =>
    test(name, async (scene) => {
      const { file } = scene.care;
      if (file !== undefined) await run(file, scene);
    });

  fileTest("a file is backed up, compacted and restored", async (file, scene) => {
    const { care, reports, prices, folder } = scene;
    await prices("B", "csv", daysOf(3));
    const made = await file.backup({ to: `${folder}/b.backup` });
    await prices("B", "csv", daysOf(9));
    assertEquals(await file.compact(), 0);
    assertEquals((await reports.statistics({})).length, 1);
    const inUse = await assertRejects(() => file.restore(made.path), StoreError);
    assertEquals([inUse.code, inUse.retryable], ["db_in_use", true]);
    assertEquals((await care.info()).rows.prices, 9);
    await reports[Symbol.asyncDispose]();
    const { replaced, checks } = await file.restore(made.path);
    assertEquals(checks.sha256, "matched");
    assertEquals((await care.info()).rows.prices, 3);
    assert(replaced !== null);
    assertEquals((await file.restore(replaced)).checks.sha256, "none");
    assertEquals((await care.info()).rows.prices, 9);
  });

  fileTest(
    "a backup replaces no other file, and a database not itself",
    async (file, scene) => {
      const { care: { name }, folder } = scene;
      await Deno.writeTextFile(`${folder}/notes.txt`, "mine");
      const cases: [string, () => Promise<unknown>][] = [
        ["backup_onto_itself", () => file.backup({ to: name })],
        ["backup_target_taken", () => file.backup({ to: `${folder}/notes.txt` })],
        ["backup_target_taken", () => file.backup({ to: `${name}-wal` })],
        ["restore_onto_itself", () => file.restore(name)],
      ];
      for (const [code, refused] of cases) {
        assertEquals((await assertRejects(refused, UsageError)).code, code);
      }
      assertEquals(namesBelow(folder), ["notes.txt"]);
      assertEquals(await Deno.readTextFile(`${folder}/notes.txt`), "mine");
    },
  );

  fileTest("as many backups are kept as are wanted, the newest", async (file) => {
    const { path: first } = await file.backup({});
    const { path: second } = await file.backup({});
    const { path: third, removed } = await file.backup({ keep: 2 });
    assertEquals(removed, [first]);
    const left = [second, third];
    assertEquals((await file.backup({ keep: 1 })).removed.toSorted(), left.toSorted());
    assertEquals(namesBelow(file.backupFolder).length, 2);
  });

  fileTest("a backup that is stopped leaves nothing", async (file, { folder }) => {
    const stop = new InterruptedError("stopped");
    const stopped = () =>
      file.backup({
        to: `${folder}/b.backup`,
        throwIfStopped: () => {
          throw stop;
        },
      });
    assertStrictEquals(await assertRejects(stopped, InterruptedError), stop);
    assertEquals(namesBelow(folder), []);
  });

  fileTest("a file with an older schema is not compacted", async (file, { care }) => {
    await care.migrate("back");
    const before = (await care.info()).schema_version;
    assertEquals((await assertRejects(() => file.compact(), StoreError)).code, "db_schema_old");
    assertEquals((await care.info()).schema_version, before);
  });
}
