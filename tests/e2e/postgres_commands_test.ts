/**
 * Commands on a server, beside the same on a file.
 *
 * @module
 */
import { Scene as KalshiScene } from "./kalshi_scene.ts";
import { PATIENT, SAMPLE } from "./program.ts";
import { naming, Scene as YahooScene } from "./yahoo_scene.ts";
import { Workspace } from "./workspace.ts";
import { startFakeB3 } from "../fake/b3.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { type CaptureOptions, inSpace, type Outcome } from "../cli/in_process.ts";
import { startFakeReceiver } from "../fake/receiver.ts";
import { newUrl } from "../store/postgres/places.ts";

/** Runs the program in a folder, on a database. */
type Program = (args: readonly string[], options?: CaptureOptions) => Promise<Outcome>;

function programOn(space: Workspace, db: string): Program {
  return (args, { env, ...options } = {}) =>
    inSpace(space, args, { ...options, env: { TICKERLOCK_DB: db, ...env } });
}

/** What a command must end with, and its output. */
async function must(program: Program, args: readonly string[], env = {}): Promise<string> {
  const { code, stdout, stderr } = await program(args, { env });
  assertEquals(code, 0, `${args.join(" ")}: ${stderr}`);
  return stdout;
}

const CSV = "ticker,date,open,high,low,close,volume\n" +
  "AAA,2024-01-02,1,2,0.5,1.25,1000\nAAA,2024-01-03,1.1,1.2,1,1.1,0.00123\n" +
  "BBB,2024-01-02,,,,3.3333333333333335,\nBBB,2024-01-03,9,9,5,6,5\n" +
  "BBB,2024-01-04,5,1,9,5,1\n";

/** Objects whose rows name no time and no id of a run, and columns that do not. */
const EXPORTED: readonly (readonly [object: string, columns: string | null])[] = [
  ["prices", "ticker,date,source,open,high,low,close,adj_close,volume"],
  ["prices_latest", null],
  ["prices_canonical", "ticker,date,open,high,low,close,volume,source,raw_checksum"],
  ["price_details", null],
  ["corporate_actions", "ticker,date,source,kind,amount,numerator,denominator"],
  ["adjustment_factors", null],
  ["prices_adjusted", null],
  ["corporate_events", null],
  ["events", null],
  ["markets", null],
  ["settlements", null],
  ["sync_state", "source,name,query"],
  ["notices", "job,host,reasons"],
  [
    "ingest_logs",
    "ticker,source,status,rows_fetched,rows_inserted,rows_updated,rows_unchanged,rows_rejected,payload_sha256,window_to,query,history,error_code",
  ],
  ["ingest_rejects", "ticker,source,origin,line,date,code,reason,raw"],
];

async function exportsOf(program: Program, format: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const [object, columns] of EXPORTED) {
    const all = ["export", object, "--format", format];
    found.set(
      object,
      await must(program, columns === null ? all : [...all, "--columns", columns]),
    );
  }
  return found;
}

Deno.test("every source leaves on a server what it leaves in a file, byte for byte in exports", async () => {
  await using yahoo = await YahooScene.create();
  await using b3 = await startFakeB3();
  await using kalshi = await KalshiScene.start({ events: 12, pageLimit: 10 });
  const settled = kalshi.kalshi.markets.find(({ status }) => status === "active");
  if (settled !== undefined) kalshi.kalshi.settle(settled.ticker, "yes");
  await using space = await Workspace.create();
  const file = space.write("prices.csv", CSV);
  const split = (): void => yahoo.yahoo.addSplit("PETR4.SA", "2024-05-20", 4, 1);
  const steps: readonly (readonly string[] | (() => void))[] = [
    ["--source", "cotahist", "--file", SAMPLE],
    ["--source", "cotahist", "--file", SAMPLE],
    ["--source", "csv", "--file", file],
    [...PATIENT, "--source", "yahoo", ...naming(["PETR4.SA", "NONE4.SA"])],
    // It fails, which is told and noted.
    [...PATIENT, "--source", "yahoo", ...naming(["NOPE.SA"])],
    [...PATIENT, "--source", "kalshi"],
    ["--source", "kalshi", ...PATIENT],
    // Other prices for all that is stored.
    split,
    [...PATIENT, "--source", "yahoo", "--force-refresh", ...naming(["PETR4.SA"])],
    [...PATIENT, "--source", "cotahist", "--year", "2024"],
    [...PATIENT, "--source", "b3-actions", ...naming(["PETR4.SA", "VALE3.SA", "MGLU3.SA"])],
    [...PATIENT, "--source", "b3-daily", ...naming(["VALE3.SA"])],
  ];
  await using receiver = await startFakeReceiver();
  const env = {
    YAHOO_BASE_URL: yahoo.yahoo.url,
    KALSHI_BASE_URL: kalshi.kalshi.url,
    B3_BASE_URL: b3.url,
    TICKERLOCK_NOTIFY: receiver.url,
  };
  const programs = [programOn(space, space.db), programOn(space, await newUrl())];
  const codes: number[] = [];
  for (const step of steps) {
    if (typeof step === "function") step();
    else {
      const [ofFile, ofServer] = [
        await programs[0]!(["ingest", ...step], { env }),
        await programs[1]!(["ingest", ...step], { env }),
      ];
      assertEquals(ofServer.code, ofFile.code, `${step.join(" ")}: ${ofServer.stderr}`);
      codes.push(ofFile.code);
    }
  }
  // That of the ticker that is not known.
  assertEquals(codes.filter((code) => code !== 0), [1]);
  for (const format of ["csv", "ndjson", "json"]) {
    const [ofFile, ofServer] = await Promise.all(programs.map((each) => exportsOf(each, format)));
    for (const [object, text] of ofFile ?? []) {
      if (format === "csv") assert(text.split("\n").length > 2, `${object} is empty`);
      assertEquals(ofServer?.get(object), text, `${object} as ${format}`);
    }
  }
});

Deno.test("a dry run makes no schema, and counts what is stored where there is one", async () => {
  await using space = await Workspace.create();
  const url = await newUrl();
  const program = programOn(space, url);
  const args = ["ingest", "--source", "cotahist", "--file", SAMPLE, "--dry-run", "--json"];
  const before = JSON.parse(await must(program, args));
  assert(before.totals.rows_inserted > 0);
  const { code, stderr } = await program(["logs"]);
  assertEquals(code, 1, stderr);
  assertStringIncludes(stderr, "has no tables");
  assertEquals(JSON.parse(await must(program, ["locks", "list", "--json"])).locks, []);
  assertEquals(await must(program, ["locks", "status", "EXMA3.SA"]), "EXMA3.SA is free\n");
  const { findings } = JSON.parse((await program(["doctor", "--offline", "--json"])).stdout);
  assertEquals(
    findings.filter(({ level }: { level: string }) => level !== "ok")
      .map(({ code }: { code: string }) => code),
    ["no_tables"],
  );
  await must(program, args.slice(0, 5));
  const after = JSON.parse(await must(program, args));
  assertEquals(
    [after.totals.rows_inserted, after.totals.rows_unchanged],
    [0, before.totals.rows_inserted],
  );
});

Deno.test("reports, locks, care and doctor answer on a server", async () => {
  await using space = await Workspace.create();
  const url = await newUrl();
  const program = programOn(space, url);
  const json = async (...args: string[]) => JSON.parse(await must(program, [...args, "--json"]));
  await must(program, ["ingest", "--source", "cotahist", "--file", SAMPLE]);
  const logs = await json("logs", "--limit", "3");
  assertEquals(logs.logs.length, 3);
  const shown = await must(program, ["logs", "show", logs.logs[0].job_id]);
  assertStringIncludes(shown, "success");
  assert((await json("stats")).stats.length > 3);
  await must(program, ["gaps"]);
  const locks = await json("locks", "list", "--all");
  assertEquals([locks.lock_dir, locks.locks.length > 3], [null, true]);
  assertEquals((await json("locks", "status", "EXMA3.SA")).state, "free");
  const named = await json("locks", "list", "--all", "--db", url);
  assertEquals(named.locks, locks.locks);
  assertEquals((await json("db", "verify")).ok, true);
  const info = await json("db", "info");
  assertEquals([info.engine, info.path, info.pooled, info.encrypted], [
    "postgres",
    url,
    false,
    false,
  ]);
  assertStringIncludes(await must(program, ["db", "info"]), "PostgreSQL");
  assertEquals((await json("db", "migrate", "--status")).migrations[0].name, "initial");
  assertStringIncludes(await must(program, ["db", "migrate", "--print"]), "GRANT SELECT, INSERT");
  const written = `${space.path}/prices.parquet`;
  const { snapshot_id } = await json("export", "--out", written);
  const { ok, manifest } = await json("export", "verify", written);
  assertEquals([ok, manifest.id], [true, snapshot_id]);
  assertStringIncludes(
    await must(program, ["export", "verify", written]),
    `as in line ${snapshot_id}`,
  );
  assertEquals((await json("logs", "prune", "--older-than", "1d")).removed.logs, 0);
  const { stdout } = await program(["doctor", "--json"]);
  const { findings } = JSON.parse(stdout);
  const server = findings.filter((each: { check: string }) => each.check === "server");
  assert(server.length >= 2, stdout);
  assertEquals(findings.filter((each: { check: string }) => each.check === "lock_folder"), []);
  const completed = await program(["__complete", "locks", "status", "EXMA"]);
  assertStringIncludes(completed.stdout, "EXMA3.SA");
});

Deno.test("a step back, which takes rows with it, is made on a server only where that is asked for", async () => {
  await using space = await Workspace.create();
  const program = programOn(space, await newUrl());
  await must(program, ["ingest", "--source", "cotahist", "--file", SAMPLE]);
  for (const step of [["--rollback"], ["--to", "0"]]) {
    const { code, stderr } = await program(["db", "migrate", ...step]);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr.replaceAll(/\n +/g, " "), "--without-backup: pg_dump -Fc");
  }
  assertStringIncludes(await must(program, ["export", "prices"]), "EXMA3.SA");
  assertStringIncludes(
    await must(program, ["db", "migrate", "--to", "0", "--without-backup"]),
    "took back migration 1\n",
  );
});

Deno.test("what only a file can do names the command of the server", async () => {
  await using space = await Workspace.create();
  const program = programOn(space, await newUrl());
  const cases: [args: string[], command: string][] = [
    [["db", "backup"], "pg_dump -Fc -n t_"],
    [["db", "backups"], "pg_restore --list"],
    [["db", "restore", "latest"], "pg_restore --clean"],
    [["db", "info", "--compact"], "VACUUM (FULL"],
    [["locks", "adopt"], "There is no folder to adopt"],
    [["locks", "list", "--lock-dir", "x"], "Leave --lock-dir out"],
    [["ingest", "AAA", "--lock-dir", "x"], "Leave --lock-dir out"],
    [["locks", "status", "AAA", "--db", "x.db"], "name the folder with --lock-dir"],
    [["locks", "list", "--db", "x.db"], "name the folder with --lock-dir"],
    [["db", "migrate", "--without-backup", "--db", "x.db"], "is for a database on a server"],
    [["db", "copy", "x.db", "y.db", "--db", "z.db"], "--db is for"],
  ];
  for (const [args, command] of cases) {
    const { code, stderr } = await program(args);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr.replaceAll(/\n +/g, " "), command);
  }
});
