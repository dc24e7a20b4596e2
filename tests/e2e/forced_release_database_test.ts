import { inProcess } from "../cli/in_process.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { ForeignHolder, listed, locks } from "./lock_tools.ts";
import { plantUnfinished, StalledRun } from "./stalled_run.ts";
import { Workspace } from "./workspace.ts";
import { testNeeding } from "../system.ts";

// A claim can be revoked in the run's own database only.

function csv(space: Workspace, tickers: readonly string[]): string[] {
  const lines = tickers.map((ticker) => `2024-01-02,${ticker},1`);
  const text = `date,ticker,close\n${lines.join("\n")}\n`;
  return ["--source", "csv", "--file", space.write(`${tickers.join("_")}.csv`, text)];
}

Deno.test("where the claim cannot be revoked, the lock stays with its holder", async () => {
  await using space = await Workspace.create();
  using _held = space.hold("PETR4.SA");
  const { ino } = Deno.statSync(space.lockPath("PETR4.SA"));
  Deno.writeTextFileSync(space.db, "this is not a database, but a text of more than sixteen bytes");
  const { code, stdout, stderr } = await locks(
    space,
    "release",
    "PETR4.SA",
    "--force",
    "--log-format=pretty",
  );
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^Error: .*not a SQLite database.*\nTry: .+\n$/);
  assertEquals(Deno.statSync(space.lockPath("PETR4.SA")).ino, ino);
  assertEquals((await listed(space, "--held")).map(({ name }) => name), ["PETR4.SA"]);
  assertEquals([...Deno.readDirSync(space.lockDir)].map(({ name }) => name), ["PETR4.SA.lock"]);
});

testNeeding(
  "utilLinux",
  "the lock of another program is taken without a database, and none is made",
  async () => {
    await using space = await Workspace.create();
    Deno.mkdirSync(space.lockDir);
    await using _holder = await ForeignHolder.start(space.lockPath("PETR4.SA"), space.path);
    const { code, stdout } = await locks(
      space,
      "release",
      "PETR4.SA",
      "--force",
      "--log-format=pretty",
    );
    assertEquals(code, 0);
    assertMatch(
      stdout,
      /^PETR4\.SA was taken from an unknown holder; there is no database .*no audit row.*--db\n$/,
    );
    assertEquals(space.names(), ["locks"]);
    assertEquals([...Deno.readDirSync(space.lockDir)].map(({ name }) => name), ["PETR4.SA.lock"]);
    assert(space.isFree("PETR4.SA"));
  },
);

Deno.test("without the database of the run its lock stays with it; another one is told of", async () => {
  await using space = await Workspace.create();
  assertEquals((await space.ingest(csv(space, ["ABEV3.SA"]))).code, 0);
  plantUnfinished(space, "PETR4.SA");
  await using stalled = await StalledRun.start(space, csv(space, ["PETR4.SA"]));
  const claim = await stalled.stopOnceClaimed("PETR4.SA");
  const { ino } = Deno.statSync(space.lockPath("PETR4.SA"));
  const missing = `${space.path}/wrong.db`;
  const args = ["locks", "release", "PETR4.SA", "--force", "--lock-dir", space.lockDir, "--db"];
  const refused = await inProcess([...args, missing]);
  assertEquals([refused.code, refused.stdout], [1, ""]);
  assertStringIncludes(refused.stderr, `there is no database ${missing}`);
  assertMatch(refused.stderr, /--db.*PETR4\.SA\.lock.*kill -CONT .*kill -9/);
  assertEquals(Deno.statSync(space.lockPath("PETR4.SA")).ino, ino);
  assert(!space.names().includes("wrong.db"));

  await using other = await Workspace.create();
  assertEquals((await other.ingest(csv(other, ["ABEV3.SA"]))).code, 0);
  const taken = await inProcess([...args, other.db]);
  assertEquals(taken.code, 0);
  assertStringIncludes(
    taken.stderr,
    `no claim was revoked: ${other.db} has no running row of job ${claim.job_id}`,
  );
  assertStringIncludes(taken.stderr, "--db");

  // The run lives, so it may not have been killed.
  const doctor = ["doctor", "--offline", "--json", "--lock-dir", space.lockDir, "--db", space.db];
  const { stdout } = await inProcess(doctor);
  const findings = (JSON.parse(stdout) as { findings: { check: string; message: string }[] })
    .findings.filter(({ check }) => check === "running");
  const own = findings.find(({ message }) => message.includes(`pid ${stalled.pid} `));
  assertStringIncludes(
    own?.message ?? "",
    `there is a process ${stalled.pid}, but its lock is free`,
  );
});
