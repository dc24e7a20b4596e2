import { assert, assertEquals } from "../../../assert.ts";
import { Workspace } from "../../../e2e/workspace.ts";
import { inSpace } from "../../in_process.ts";

/** Completes with a slow clock: the 60 ms for a search are short on a loaded machine. */
async function complete(
  space: Workspace,
  words: readonly string[],
  env: Record<string, string> = {},
) {
  const realNow = performance.now;
  performance.now = () => realNow.call(performance) / 1000;
  try {
    return await inSpace(space, ["__complete", ...words], { env });
  } finally {
    performance.now = realNow;
  }
}

Deno.test("looking names up makes nothing, says nothing and never fails", async () => {
  await using space = await Workspace.create();
  space.write("broken.db", "this is no database");
  space.write("text", "no folder");
  const rows: [string[], string][] = [
    [["ingest", "--ticker", ""], "words\n"],
    [["ingest", "--db", "broken.db", "--ticker", ""], "words\n"],
    [["ingest", "--db", "", "--ticker", ""], "words\n"],
    [["locks", "status", ""], "words\n"],
    [["locks", "status", "--lock-dir", "text", ""], "words\n"],
    [["nosuch", "x", ""], "words\n"],
    [["__complete", ""], "words\n"],
    [["constructor", ""], "words\n"],
  ];
  for (const [words, wanted] of rows) {
    const { code, stdout, stderr } = await complete(space, words);
    assertEquals([code, stdout, stderr], [0, wanted, ""], words.join(" "));
  }
  assertEquals((await complete(space, [])).code, 0);
  assertEquals(space.names(), ["broken.db", "text"]);
});

Deno.test("tickers are found in the database, beside a writer and without a trace", async () => {
  await using space = await Workspace.create();
  space.write("p.csv", "date;ticker;close\n2024-01-02;PETR4.SA;1\n2024-01-02;VALE3.SA;1\n");
  assertEquals((await space.ingest(["--source", "csv", "--file", "p.csv"])).code, 0);
  const before = space.names();
  const all = await complete(space, ["ingest", "--ticker", ""]);
  assertEquals([all.stdout, all.stderr], ["words\nPETR4.SA\t\nVALE3.SA\t\n", ""]);
  const second = await complete(space, ["ingest", "petr4.sa,"]);
  assertEquals(second.stdout, "words\npetr4.sa,VALE3.SA\t\n");
  assertEquals(space.names(), before);
  {
    using _writing = space.holdDatabase();
    const some = await complete(space, ["ingest", "--ticker", "va"]);
    assertEquals([some.stdout, some.stderr], ["words\nVALE3.SA\t\n", ""]);
  }
  using _held = space.hold("PETR4.SA");
  const locks = await complete(space, ["locks", "release", "p"]);
  assertEquals(locks.stdout, "words\nPETR4.SA\t\n");
  const help = await inSpace(space, ["--help"]);
  assert(!help.stdout.includes("__complete"));
});

Deno.test("an old schema will do, and a database of many tickers is not read to its end", async () => {
  await using space = await Workspace.create();
  space.write("p.csv", "date;ticker;close\n2024-01-02;A1;1\n");
  assertEquals((await space.ingest(["--source", "csv", "--file", "p.csv"])).code, 0);
  space.execute(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    INSERT INTO prices (ticker, date, source, close, ingest_id)
    SELECT 'T' || i, '2024-01-02', 'csv', 1, 1 FROM n`);
  const { stdout } = await complete(space, ["ingest", "--ticker", ""]);
  const count = stdout.split("\n").length - 2;
  assert(count >= 1 && count <= 1000, `${count}`);
  assertEquals((await complete(space, ["ingest", "--ticker", "t4999"])).stdout, "words\nT4999\t\n");
});

Deno.test("export: tables and views of the database, and the columns of the one that is named", async () => {
  await using space = await Workspace.create();
  assertEquals(
    (await complete(space, ["export", ""])).stdout,
    "words\nverify\tCompare a file with its SHA-256\n",
  );
  assertEquals(space.names(), []);
  space.write("p.csv", "date;ticker;close\n2024-01-02;A1;1\n");
  assertEquals((await space.ingest(["--source", "csv", "--file", "p.csv"])).code, 0);
  space.execute('CREATE VIEW "My view" (day, "high, low") AS SELECT date, high FROM prices');
  const before = space.names();
  const values = async (...words: string[]): Promise<string[]> =>
    (await complete(space, ["export", ...words])).stdout.trimEnd().split("\n").slice(1).map((
      line,
    ) => line.split("\t")[0] ?? "");
  assertEquals(await values("pri"), [
    "price_details",
    "price_snapshots",
    "prices",
    "prices_adjusted",
    "prices_canonical",
    "prices_latest",
  ]);
  assertEquals(await values("my"), ["My view"]);
  assert((await values("")).includes("verify") && (await values("")).includes("ingest_logs"));
  assertEquals(await values("sqlite_"), []);
  assertEquals(await values("--columns", "d"), ["date"]);
  assertEquals(await values("ingest_logs", "--columns", "STA"), ["started_at", "status"]);
  // Each column once, and none whose name no list can have.
  assertEquals(await values("ingest_logs", "--columns", "status,sta"), ["status,started_at"]);
  assertEquals(await values("My view", "--columns="), ["--columns=day"]);
  assertEquals(await values("nosuch", "--columns", ""), []);
  assertEquals(space.names(), before);
});
