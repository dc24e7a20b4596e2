import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertHas, assertMatch, assertStringIncludes } from "../../../assert.ts";
import { duckdb } from "../../../duckdb/ask.ts";
import { errorOf, prepared } from "../../../e2e/prepared.ts";
import { logLines } from "../../../e2e/program.ts";
import type { Workspace } from "../../../e2e/workspace.ts";
import { FAILURES, faulty, type Step } from "../../../files/faults.ts";
import { useFileSystem } from "../../../../src/files/file_system.ts";
import { type CaptureOptions, inSpace, type Outcome } from "../../in_process.ts";

function run(
  space: Workspace,
  args: readonly string[],
  options: CaptureOptions = {},
): Promise<Outcome> {
  return inSpace(space, ["export", ...args], options);
}

const BY_YEAR = ["--format", "parquet", "--partition", "year", "--out", "parts"] as const;

function change(space: Workspace, sql: string): void {
  using db = new DatabaseSync(space.db);
  db.exec(sql);
}

/** Prices of three years: those of 2024 are there. */
async function ofThreeYears(): Promise<Workspace> {
  const space = await prepared();
  const rest = "source, open, high, low, close, adj_close, volume, ingest_id FROM prices";
  change(
    space,
    `INSERT INTO prices SELECT ticker, '2022-' || substr(date, 6), ${rest}
       WHERE ticker < 'EXMC' AND date < '2024-01-04';
     INSERT INTO prices SELECT ticker, '2023-01-02', ${rest} WHERE date = '2024-01-02'`,
  );
  return space;
}

/** Everything below a folder, sorted. */
function below(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? below(`${folder}/${name}`).map((path) => `${name}/${path}`) : [name]
  ).sort();
}

const YEARS = ["2022", "2023", "2024"];
const FILES = YEARS.flatMap((year) =>
  ["_part-0.parquet.sha256", "part-0.parquet"].map((name) => `year=${year}/${name}`)
);

Deno.test("the ending chooses Parquet; verify and the manifest are as of any file", async () => {
  await using space = await prepared();
  const { code, stdout } = await run(space, ["--out", "p.parquet", "--json"]);
  const made = JSON.parse(stdout);
  assertEquals(code, 0);
  assertHas(made, { format: "parquet", rows: 40, manifest_error: null, files: null });
  const verified = JSON.parse((await run(space, ["verify", "p.parquet", "--json"])).stdout);
  assertHas(verified, { ok: true, sha256: made.sha256 });
  assertEquals(verified.manifest.id, made.snapshot_id);
});

Deno.test("by year: a folder that readers know, each file whole, with its checksum and its line", async () => {
  await using space = await ofThreeYears();
  const { code, stdout } = await run(space, [...BY_YEAR, "--json"]);
  assertEquals(code, 0);
  const made = JSON.parse(stdout);
  const all = Number(space.value("SELECT count(*) FROM prices"));
  assertHas(made, { rows: all, sha256: null, snapshot_id: null });
  const folder = `${space.path}/parts`;
  assertEquals(below(folder), FILES);
  assertEquals(made.files.length, 3);
  for (const { path } of made.files) {
    assertHas(await run(space, ["verify", path, "--json"]), { code: 0 });
  }
  assertEquals(space.value("SELECT count(*) FROM snapshots WHERE format = 'parquet'"), 3);
  const [years] = await duckdb(
    `SELECT year, count(*) AS n, min(date) AS first, max(date) AS last
     FROM read_parquet('${folder}/*/*.parquet', hive_partitioning = true)
     GROUP BY year ORDER BY year`,
  );
  assertEquals(
    years?.map(({ n, first, last }) => [n, String(first).slice(0, 4), String(last).slice(0, 4)]),
    YEARS.map((year) => [
      String(space.value(`SELECT count(*) FROM prices WHERE date LIKE '${year}%'`)),
      year,
      year,
    ]),
  );
  // Again: the same bytes, and nothing beside them.
  const before = made.files.map(({ sha256 }: { sha256: string }) => sha256);
  const again = JSON.parse((await run(space, [...BY_YEAR, "--json"])).stdout);
  assertEquals(again.files.map(({ sha256 }: { sha256: string }) => sha256), before);
  assertEquals(below(folder), FILES);
});

Deno.test("a year whose rows are gone, or a file of another, is not left to be read with the rest", async () => {
  await using space = await ofThreeYears();
  assertEquals((await run(space, BY_YEAR)).code, 0);
  const old = Deno.readTextFileSync(`${space.path}/parts/year=2024/_part-0.parquet.sha256`);
  change(space, "DELETE FROM prices WHERE date < '2023' OR date LIKE '2024-01-02'");
  const gone = await run(space, BY_YEAR);
  const { code, message, hint } = errorOf(gone);
  assertEquals([gone.code, code], [1, "export_stale_partition"]);
  assertStringIncludes(message, "has year=2022/part-0.parquet, of which this export has no rows");
  assertStringIncludes(hint, "Remove what is there");
  assertEquals(below(`${space.path}/parts`), FILES);
  assertEquals(Deno.readTextFileSync(`${space.path}/parts/year=2024/_part-0.parquet.sha256`), old);
  Deno.removeSync(`${space.path}/parts/year=2022`, { recursive: true });
  assertEquals((await run(space, BY_YEAR)).code, 0);
  space.write("parts/other.parquet", "x");
  assertStringIncludes(errorOf(await run(space, BY_YEAR)).message, "has other.parquet, of which");
  Deno.removeSync(`${space.path}/parts/other.parquet`);
  // A filter leaves years out, too.
  const filtered = await run(space, [...BY_YEAR, "--from", "2024-01-01"]);
  assertStringIncludes(errorOf(filtered).message, "has year=2023/part-0.parquet");
});

Deno.test("bad use has one error that says what to do, and nothing is written", async () => {
  await using space = await prepared();
  space.write("file", "x");
  Deno.mkdirSync(`${space.path}/folder.parquet`);
  const cases: readonly [readonly string[], string, RegExp][] = [
    [
      ["--format", "parquet", "--separator", ";"],
      "unused_option",
      /--separator is for CSV.*parquet/,
    ],
    [["--out", "x.parquet", "--decimal", ","], "unused_option", /--decimal is for CSV/],
    [["--out", "x.parquet", "--csv-safe"], "unused_option", /--csv-safe is for CSV/],
    [["--out", "x.csv", "--partition", "year"], "unused_option", /--partition is for Parquet.*csv/],
    [["--partition", "year", "--format", "parquet"], "missing_option", /writes a folder/],
    [["--partition", "month", "--format", "parquet"], "bad_value", /month/],
    [["--out", "folder.parquet"], "export_target_refused", /is a folder/],
    [[...BY_YEAR.slice(0, 5), "file"], "export_target_refused", /is a file/],
    [
      ["events", ...BY_YEAR],
      "partition_not_possible",
      /no column last_updated_ts of days or times/,
    ],
    [[...BY_YEAR, "--columns", "close"], "partition_not_possible", /--columns leaves date out/],
  ];
  const before = below(space.path);
  for (const [args, code, message] of cases) {
    // With it, what is refused before the log begins is told as the rest.
    const ended = await run(space, [...args, "--log-format", "json"]);
    const error = errorOf(ended);
    assertEquals([ended.code, error.code, ended.stdout], [2, code, ""], args.join(" "));
    assertMatch(error.message, message);
  }
  assertEquals(below(space.path), before);
});

Deno.test("what a terminal cannot show is not written to it", async () => {
  await using space = await prepared();
  const ended = await run(space, ["--format", "parquet"], { terminal: true });
  assertEquals(ended.code, 2);
  assertStringIncludes(ended.stderr, "--out prices.parquet");
  assertEquals(ended.stdout, "");
});

Deno.test("another exports into the same folder: the later one is refused", async () => {
  await using space = await ofThreeYears();
  Deno.mkdirSync(`${space.path}/parts/year=2023`, { recursive: true });
  using lock = Deno.openSync(
    `${space.path}/parts/year=2023/.part-0.parquet.tickerlock-export.lock`,
    {
      write: true,
      create: true,
    },
  );
  lock.lockSync(true);
  const ended = await run(space, BY_YEAR);
  assertEquals(errorOf(ended).code, "export_running");
  assertEquals(below(`${space.path}/parts`).filter((name) => name.endsWith(".parquet")), []);
  assertEquals(logLines(ended.stderr).length, 1);
});

Deno.test("whichever step of the files fails, each is whole, and the next export makes all of them", async () => {
  await using space = await ofThreeYears();
  const parts = `${space.path}/parts`;
  const change2024 = (close: number): void =>
    change(space, `UPDATE prices SET close = ${close} WHERE date = '2024-01-02'`);
  const steps: Step[] = [];
  {
    using _watched = useFileSystem(faulty({ before: (step) => void steps.push(step) }));
    assertEquals((await run(space, BY_YEAR)).code, 0);
  }
  const failing = steps.flatMap((step, at) => ["write", "rename"].includes(step) ? [at + 1] : []);
  for (const [close, number] of failing.entries()) {
    change2024(close);
    {
      using _full = useFileSystem(faulty({
        before: (_step, at) => {
          if (at === number) throw FAILURES.full();
        },
      }));
      const ended = await run(space, BY_YEAR);
      assertEquals([ended.code, errorOf(ended).code], [1, "export_failed"], `${number}`);
    }
    assertEquals(below(parts), FILES, `${number}`);
    for (const year of YEARS) {
      const { code } = await run(space, ["verify", `parts/year=${year}/part-0.parquet`, "--json"]);
      assertEquals(code, 0, `${number}, ${year}`);
    }
  }
  assertEquals((await run(space, BY_YEAR)).code, 0);
  const last =
    `SELECT max(close) AS n FROM read_parquet('${parts}/*/*.parquet') WHERE date = '2024-01-02'`;
  assertEquals(await duckdb(last), [[{ n: failing.length - 1 }]]);
});
