import { LOG_COLUMNS, type LogRow } from "../../../../src/model/job.ts";
import { inSpace } from "../../in_process.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../../assert.ts";
import { loggedSpace, NEWEST } from "../../../e2e/log_tools.ts";
import { prepared } from "../../../e2e/prepared.ts";
import { Workspace } from "../../../e2e/workspace.ts";
import { jobIdOf } from "../../../store/rows.ts";
import { makeLogged } from "../../../store/sqlite/logged.ts";

/** What `--json` prints; tests/json has every field. */
interface Document {
  readonly db: string;
  readonly logs: LogRow[];
  readonly more: boolean;
}

Deno.test("people get a table, the newest row first, with the number of rows and the zone", async () => {
  await using space = await loggedSpace();
  const { code, stdout, stderr } = await inSpace(space, ["logs"], {
    env: { TZ: "America/Sao_Paulo" },
  });
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.split("\n");
  assertMatch(lines[0] ?? "", /^STARTED +TICKER +SOURCE +STATUS +LOCK +WAIT +ROWS .* JOB +ERROR$/);
  // Three hours behind UTC.
  assertMatch(
    lines[1] ?? "",
    /^2026-11-05 09:34:56 {2}PETR4\.SA {2}yahoo +success +waited +3\.2 s /,
  );
  assertMatch(lines[1] ?? "", / {2}00000006$/);
  assertStringIncludes(
    stdout,
    "file_not_found: 東京証券取引所.csv is \ufffd[31mnot\ufffd[0m there, and that is",
  );
  assertEquals(lines.slice(-3), ["", "6 rows; times in America/Sao_Paulo", ""]);
});

Deno.test("the copy for programs has every column of the table, in UTC", async () => {
  await using space = await loggedSpace();
  const stored = space.logs().toReversed();
  const json = await inSpace(space, ["logs", "--json"], { env: { TZ: "America/Sao_Paulo" } });
  const document = JSON.parse(json.stdout) as Document;
  assertEquals({ ...document, logs: document.logs.length }, { db: space.db, more: false, logs: 6 });
  assertEquals(document.logs[0]?.started_at, NEWEST);
  assertEquals(
    document.logs.map((row) => row.error_message),
    stored.map((row) => row.error_message),
  );
  // Only pruning writes and runs read that one.
  const columns = Object.keys(stored[0] ?? {}).filter((column) => column !== "joined_from");
  assertEquals(columns.sort(), [...LOG_COLUMNS].sort());

  const ndjson = await inSpace(space, ["logs", "--ndjson"]);
  const lines = ndjson.stdout.split("\n");
  assertEquals(lines.pop(), "");
  assertEquals(lines.map((line) => JSON.parse(line) as unknown), document.logs);

  const csv = await inSpace(space, ["logs", "list", "--csv", "--limit", "4"]);
  assert(csv.stdout.startsWith(`${LOG_COLUMNS.join(",")}\n6,${jobIdOf(6)},run-1,PETR4.SA,yahoo,`));
  assertStringIncludes(csv.stdout, ',"東京証券取引所.csv\nis \x1b[31mnot');
});

Deno.test("one JSON document is whole with no rows and when it is cut", async () => {
  await using space = await loggedSpace();
  const parsed = async (...args: string[]): Promise<Document> =>
    JSON.parse((await inSpace(space, ["logs", "--json", ...args])).stdout);
  const none = await parsed("--status", "abandoned");
  assertEquals(none, { db: space.db, logs: [], more: false });
  const two = await parsed("--limit", "2");
  assertEquals([two.logs.map(({ id }) => id), two.more], [[6, 5], true]);
});

Deno.test("filters combine, and a name that is nearly right is answered", async () => {
  await using space = await loggedSpace();
  const ids = async (...args: string[]): Promise<number[]> => {
    const { code, stdout } = await inSpace(space, ["logs", "--ndjson", ...args]);
    assertEquals(code, 0);
    return stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line).id);
  };
  assertEquals(await ids("--failed"), [4, 3]);
  assertEquals(await ids("--failed", "--status", "lock_busy,success"), [4]);
  assertEquals(await ids("--source", "yahoo", "--ticker", "petr4.sa", "--status", "success"), [6]);
  assertEquals(await ids("--since", "2026-11-02"), [6]);
  assertEquals(await ids("--until", "2026-11-02", "--limit", "1"), [5]);
  assertEquals(await ids("--since", "1s"), []);
  assertEquals(await ids("--job", "00000002"), [2]);
  const { code, stdout, stderr } = await inSpace(space, ["logs", "--ticker", "PETR3.SA"]);
  assertEquals([code, stdout], [0, "no rows\n"]);
  assertEquals(stderr, "no job of ticker PETR3.SA is in the log; did you mean PETR4.SA?\n");
});

Deno.test("one job is shown with its lock, attempts, times and rejects", async () => {
  await using space = await loggedSpace();
  const env = { TZ: "Asia/Tokyo", LOCK_DIR: space.lockDir };
  const killed = await inSpace(space, ["logs", "show", jobIdOf(5)], { env });
  assertMatch(killed.stdout, /^lock now +free in \S+locks: this run was killed/m);
  using _held = space.hold("PETR4.SA");
  const { code, stdout } = await inSpace(space, ["logs", "show", jobIdOf(6).toUpperCase()], {
    env,
  });
  assertEquals(code, 0);
  for (
    const line of [
      /^started +2026-11-05 21:34:56$/m,
      /^lock +held by another, acquired after waiting 3\.2 s$/m,
      /^lock now +held by another: an unknown holder/m,
      /^lock was with +0190f000-0000-7000-8000-000000000005, pid 42 on host, .* to -$/m,
      /^attempts +2, 3 requests$/m,
      /^rows +-$/m,
      /^run +run-1, 6 jobs: 1 failed, 1 lock_busy, 1 running, 1 skipped, 2 success$/m,
      /^25 rejected rows \(25 high_below_low\), the first 20 of them; all with --limit all$/m,
      /^high_below_low {2}high 38 is below low 38\.6 {2}2024-01-02 +4 {2}prices\.csv$/m,
      /^times in Asia\/Tokyo$/m,
    ]
  ) assertMatch(stdout, line);
  const json = JSON.parse((await inSpace(space, ["logs", "show", "00000006", "--json"])).stdout);
  assertEquals([json.job.started_at, json.rejects.length], [NEWEST, 25]);
  assertEquals(json.rejects_by_code, { high_below_low: 25 });
  assertEquals(json.lock_holders.map((each: { job_id: string }) => each.job_id), [jobIdOf(5)]);
});

Deno.test("a part of an id that several jobs share is answered with all of them", async () => {
  await using space = await loggedSpace();
  const { code, stdout, stderr } = await inSpace(space, ["logs", "show", "0190f000"]);
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /^Error: 6 jobs have an id that begins or ends with 0190f000: /);
  for (let number = 1; number <= 6; number++) assertStringIncludes(stderr, jobIdOf(number));
  assertMatch(stderr, /\nTry: .*last 8 characters/);
});

Deno.test("pruning tells what it would do, does it, and keeps what runs need", async () => {
  await using space = await loggedSpace();
  const args = ["logs", "prune", "--older-than", "2026-11-03T00:00Z"];
  const dry = JSON.parse((await inSpace(space, [...args, "--dry-run", "--json"])).stdout);
  assertEquals(dry, {
    db: space.db,
    older_than: "2026-11-03T00:00:00.000Z",
    dry_run: true,
    keep_failed: false,
    would_remove: { logs: 3, rejects: 0 },
    removed: { logs: 0, rejects: 0 },
    kept: { needed: 1, failures: 0 },
  });
  assertEquals(space.logs().length, 6);
  const { code, stdout } = await inSpace(space, [...args, "--keep-failed"]);
  assertEquals(code, 0);
  assertMatch(
    stdout,
    /^\S+: removed 1 log row that ended before 2026-11-0\d \d\d:00:00 \S+, and 0 rejects\n/,
  );
  assertMatch(
    stdout,
    /\nkept 1 older row that runs need: .*\nkept 2 older failures \(--keep-failed\)\n/,
  );
  assertEquals(space.logs().map(({ id }) => id), [1, 3, 4, 5, 6]);
});

Deno.test("looking leaves no file and changes none", async () => {
  await using space = await prepared();
  const before = [space.names(), Deno.readFileSync(space.db)];
  for (const args of [["logs"], ["logs", "--json"], ["stats"], ["stats", "--prometheus"]]) {
    assertEquals((await inSpace(space, args)).code, 0);
  }
  assertEquals([space.names(), Deno.readFileSync(space.db)], before);
});

Deno.test("failures show at 80 columns how they begin, and the job to look at", async () => {
  await using space = await Workspace.create();
  const startedAt = "2026-11-01T10:00:00.000Z";
  const failed = { startedAt, ticker: "LONGNAME11.SA", source: "yahoo", rowsFetched: 1_234_567 };
  await makeLogged(space.db, [
    {
      ...failed,
      status: "failed",
      errorCode: "rate_limited",
      errorMessage: "LONGNAME11.SA: status 429: the service was asked too often (GET http://x/y)",
    },
    { ...failed, status: "lock_timeout", errorCode: "lock_timeout", errorMessage: "still locked" },
  ]);
  const lines = async (...args: string[]): Promise<string[]> => {
    const options = { terminal: true, columns: 80, env: { NO_COLOR: "1" } };
    const { stdout } = await inSpace(space, ["logs", ...args], options);
    const all = stdout.split("\n");
    assertEquals(all.filter((line) => line.length > 80), []);
    return all;
  };
  const [title = "", newest = "", oldest = ""] = await lines("--failed");
  assertMatch(title, /^STARTED .* JOB +ERROR$/);
  assertMatch(newest, / 00000002 +lock_timeout: still locked$/);
  assertMatch(oldest, / 00000001 +rate_limited: status 429: the serv…$/);
  // With the other rows the status is worth more, and the cause shows all the same.
  const [all = "", , limited = ""] = await lines();
  assertMatch(all, / STATUS .* ERROR$/);
  assertMatch(limited, / failed .* rate_limited: stat/);
});

Deno.test("rows of several hosts say which at 80 columns, also those of a run", async () => {
  await using space = await Workspace.create();
  const failed = { ticker: "LONGNAME11.SA", source: "yahoo", status: "failed" } as const;
  const error = { errorCode: "rate_limited", errorMessage: "status 429: asked too often" };
  await makeLogged(space.db, [
    { ...failed, ...error, startedAt: "2026-11-01T10:00:00.000Z" },
    { ...failed, status: "lock_timeout", startedAt: "2026-11-01T11:00:00.000Z" },
  ]);
  const options = { terminal: true, columns: 80, env: { NO_COLOR: "1" } };
  const lines = async (...args: string[]): Promise<string[]> => {
    const all = (await inSpace(space, ["logs", ...args], options)).stdout.split("\n");
    assertEquals(all.filter((line) => line.length > 80), []);
    return all;
  };
  for (const args of [[], ["runs"]]) assert(!(await lines(...args))[0]?.includes("HOST"));
  space.execute("UPDATE ingest_logs SET host = 'ingest-2', run_id = 'two' WHERE id = 2");
  space.execute("UPDATE ingest_logs SET host = 'ingest-1.example.com' WHERE id = 1");
  const [title = "", newest = "", oldest = ""] = await lines();
  assertMatch(title, / TICKER +HOST +STATUS +JOB +ERROR$/);
  assertMatch(newest, / ingest-2 +lock_timeout /);
  assertMatch(oldest, / ingest-1… +failed +00000001 +rate_limi…$/);
  assertMatch((await lines("--failed"))[2] ?? "", / ingest-1\S+ .* rate_limited: /);
  const [runs = "", run = ""] = await lines("runs");
  assertMatch(runs, / HOST .* FAILED .* COMMAND$/);
  assertMatch(run, / ingest-2 /);
  assertMatch(
    (await inSpace(space, ["logs", "runs", "--wide"])).stdout,
    / ingest-1\.example\.com /,
  );
});
