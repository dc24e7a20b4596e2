import {
  assert,
  assertEquals,
  assertHas,
  assertMatch,
  assertStringIncludes,
} from "../../../assert.ts";
import { assertAllFree } from "../../../e2e/lock_tools.ts";
import { logLines, SAMPLE, SAMPLE_TICKERS } from "../../../e2e/program.ts";
import { reportOf } from "../../../e2e/report_json.ts";
import { Workspace } from "../../../e2e/workspace.ts";

const FILE = ["--source", "cotahist", "--file", SAMPLE];
const INGEST = [...FILE, "--ticker", "EXMA3.SA"];

Deno.test("the options name the job lock that a run needs, and it takes no other", async () => {
  await using space = await Workspace.create();
  assertEquals((await space.cotahist(SAMPLE, "--to", "2024-01-02")).code, 0);
  for (
    const [name, args] of [
      [".job_running", [...INGEST, "--job-lock"]],
      [".job_running", ["--job-lock", ...INGEST]],
      [".nightly", [...INGEST, "--job-lock", "nightly"]],
      [".nightly", [...INGEST, "--job-lock=.nightly"]],
      [".job_running", [...FILE, "--all"]],
      [".nightly", [...FILE, "--all", "--job-lock", "nightly"]],
      [".job_running", [...INGEST, "--job-lock", "--dry-run"]],
    ] as const
  ) {
    const shown = args.filter((arg) => !FILE.includes(arg)).join(" ");
    {
      using _held = space.hold(name);
      const { code, stderr } = await space.ingest([...args, "--on-locked", "exit"]);
      assertEquals(code, 75, shown);
      assertStringIncludes(stderr, `another run holds the job lock ${name}: `);
    }
    assertEquals((await space.ingest(args)).code, 0, shown);
    const other = name === ".nightly" ? ".job_running" : ".nightly";
    const files = [...Deno.readDirSync(space.lockDir)].map((file) => file.name);
    assert(
      files.includes(`${name}.lock`) && !files.includes(`${other}.lock`),
      `${shown}: ${files}`,
    );
    Deno.removeSync(space.lockPath(name));
    await assertAllFree(space);
  }
});

Deno.test("without --job-lock and --all no job lock is taken", async () => {
  await using space = await Workspace.create();
  using _held = space.hold(".job_running");
  assertEquals((await space.ingest([...FILE, "--on-locked", "exit"])).code, 0);
});

Deno.test("the time to wait for the job lock is an option, and a variable that it wins over", async () => {
  await using space = await Workspace.create();
  using _held = space.hold(".job_running");
  const cases = [
    [0, ["--job-lock-timeout", "0"], { JOB_LOCK_TIMEOUT_SEC: "600" }],
    [0.2, ["--job-lock-timeout", "0.2", "--lock-timeout", "600"], {}],
    [0.3, [], { JOB_LOCK_TIMEOUT_SEC: "0.3", INGEST_LOCK_TIMEOUT_SECONDS: "600" }],
  ] as const;
  for (const [seconds, args, env] of cases) {
    const { code, stderr } = await space.ingest([...FILE, "--job-lock", ...args], { env });
    assertEquals(code, 75);
    const { message, properties } = logLines(stderr).at(-1) ?? {};
    assertMatch(
      String(message),
      /^another run still holds the job lock \.job_running after \d[\d.]* m?s: an unknown holder/,
    );
    assertMatch(String((properties as { hint?: string }).hint), /-lock-timeout SECONDS/);
    const row = space.logs().at(-1);
    assertHas(row, {
      ticker: null,
      status: "lock_timeout",
      lock_action: "timed_out",
      error_code: "lock_timeout",
    });
    const waited = row?.lock_waited_seconds ?? -1;
    assert(waited >= seconds && waited < 300, `${waited}`);
  }
  assertEquals(space.logs().length, cases.length);
  assertEquals(space.prices(), []);
});

Deno.test("a dry run minds the job lock, and makes nothing but lock files", async () => {
  await using space = await Workspace.create();
  const dry = [...FILE, "--job-lock", "--dry-run", "--on-locked", "exit"];
  {
    using _held = space.hold(".job_running");
    assertEquals((await space.ingest(dry)).code, 75);
  }
  assertEquals(space.names(), ["locks"]);
  assertEquals((await space.ingest(dry)).code, 0);
  assertEquals(space.names(), ["locks"]);
  await assertAllFree(space);
});

Deno.test("--all is every ticker that the database has of the source, and no other", async () => {
  await using space = await Workspace.create();
  const empty = await space.ingest([...FILE, "--all", "--json"]);
  assertEquals(empty.code, 1);
  const error = logLines(empty.stderr).at(-1);
  assertMatch(
    String(error?.message),
    /the database .*prices\.db has no ticker of the source cotahist yet$/,
  );
  const told = error?.properties as { code?: string; hint?: string };
  assertEquals(told.code, "no_tickers_stored");
  assertMatch(String(told.hint), /^Leave --all out/);
  assertEquals(
    space.logs().map(({ ticker, status, error_code }) => [ticker, status, error_code]),
    [[null, "failed", "no_tickers_stored"]],
  );
  const { stderr } = await space.ingest(["--all"]);
  assertMatch(stderr, /"hint":"Name the tickers the first time, or bring in prices/);

  // A ticker of another source does not count.
  const csv = space.write("x.csv", "date,ticker,close\n2024-01-02,PETR4.SA,1\n");
  assertEquals((await space.ingest(["--source", "csv", "--file", csv])).code, 0);
  assertEquals((await space.ingest([...FILE, "--all"])).code, 1);

  const two = SAMPLE_TICKERS.slice(2, 4);
  const first = [...FILE, "--to", "2024-01-02", ...two.flatMap((ticker) => ["--ticker", ticker])];
  assertEquals((await space.ingest(first)).code, 0);
  const { code, stdout } = await space.ingest([...FILE, "--all", "--json"]);
  assertEquals(code, 0);
  assertEquals(
    reportOf(stdout).tickers.map((each) => [each.ticker, each.status, each.rows_inserted]),
    two.map((ticker) => [ticker, "success", 9]),
  );
});
