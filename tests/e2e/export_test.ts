import { openCare } from "../../src/store/open.ts";
import { verifyExport } from "../../src/store/export/verify.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertObjectMatch,
  assertStringIncludes,
} from "../assert.ts";
import { leaveOut } from "../installed.ts";
import { damage, inside } from "./db_tools.ts";
import { addManyPrices } from "./many_prices.ts";
import { errorOf, prepared } from "./prepared.ts";
import { logLines, type Outcome, Running, runProgram, type StartOptions } from "./program.ts";
import { unprivileged } from "./unprivileged.ts";
import { waitFor } from "./wait_for.ts";
import { Workspace } from "./workspace.ts";
import { killed, testNeeding } from "../system.ts";

function run(
  space: Workspace,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Outcome> {
  return runProgram(["export", ...args], inside(space, options));
}

/** What `--json` prints, as much of it as is looked at; tests/json has every field. */
interface Report {
  readonly path: string;
  readonly format: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly snapshot_id: number | null;
  readonly manifest_error: string | null;
}

Deno.test("on standard output there are the data and nothing else; the summary is on standard error", async () => {
  await using space = await prepared();
  for (const args of [[], ["--out", "-"], ["prices", "--format", "csv"]]) {
    const { code, stdout, stderr } = await run(space, args);
    assertEquals(code, 0, stderr);
    const lines = stdout.split("\n");
    assertEquals(lines.length, 42);
    assertMatch(
      lines[1] ?? "",
      /^EXMA3\.SA,2024-01-02,cotahist,[\d.]+,[\d.]+,[\d.]+,[\d.]+,,\d+,1$/,
    );
    const [line, ...others] = logLines(stderr);
    assertEquals(others, []);
    assertStringIncludes(String(line?.message), "exported 40 rows of prices");
  }
  assertEquals((await run(space, ["--log-level", "warning"])).stderr, "");
  // TICKERLOCK_SOURCE says where data come from, not which are wanted.
  const { stdout } = await run(space, ["--format", "json"], { env: { TICKERLOCK_SOURCE: "csv" } });
  assertEquals(JSON.parse(stdout).length, 40);
  assertEquals(space.value("SELECT count(*) FROM snapshots"), 0);
});

Deno.test("--out, --json and verify: what is printed is what is there", async () => {
  await using space = await prepared();
  for (const format of ["csv", "json", "ndjson"] as const) {
    const { code, stdout, stderr } = await run(space, ["--out", `sub/p.${format}`, "--json"]);
    assertEquals([code, stderr], [0, ""]);
    const made = JSON.parse(stdout) as Report;
    assertObjectMatch(made, { format, rows: 40, manifest_error: null });
    assertEquals(Deno.statSync(made.path).size, made.bytes);
    const verified = await run(space, ["verify", `sub/p.${format}`, "--json"]);
    assertObjectMatch(verified, { code: 0, stderr: "" });
    const found = JSON.parse(verified.stdout);
    assertObjectMatch(found, { ok: true, sha256: made.sha256, manifest: { id: made.snapshot_id } });
  }
  Deno.writeTextFileSync(`${space.path}/sub/p.csv`, "x", { append: true });
  const changed = await run(space, ["verify", "sub/p.csv"]);
  assertEquals(changed.code, 1);
  assertMatch(
    changed.stdout,
    /not ok, it was changed\n.*\n {2}not as in .*sha256.*\n {2}not as in line/,
  );
  const alone = await run(space, ["verify", space.write("other.csv", "x")]);
  assertEquals(alone.code, 1);
  assertMatch(alone.stdout, /not ok, nothing to compare with/);
});

testNeeding(
  "fullDevice",
  "a reader that goes away is no error; an output that cannot be written is one",
  async () => {
    await using space = await prepared();
    addManyPrices(space.db, 20_000);
    const { code, stdout, stderr } = await run(space, [], {
      prefix: ["sh", "-c", '{ "$@"; echo $? > code; } | head -1', "sh"],
    });
    assertEquals([code, stdout.split(",")[0], stderr], [0, "ticker", ""]);
    assertEquals(Deno.readTextFileSync(`${space.path}/code`), "0\n");
    const full = await run(space, [], { prefix: ["sh", "-c", '"$@" > /dev/full', "sh"] });
    assertEquals([full.code, errorOf(full).code], [1, "output_failed"]);
  },
);

Deno.test("damage in the middle: an error, no file, and what was there stays", async () => {
  await using space = await prepared();
  assertEquals((await run(space, ["--out", "p.csv"])).code, 0);
  const before = Deno.readTextFileSync(`${space.path}/p.csv`);
  addManyPrices(space.db, 100_000);
  space.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  const pages = Number(space.value("PRAGMA page_count"));
  // Leaves of the table: nothing in them is a cell any more.
  for (let page = pages - 40; page < pages - 20; page++) damage(space.db, page, 0);
  // With a filter nothing is counted beforehand, and the damage is met page by page.
  const file = await run(space, ["--out", "p.csv", "--from", "2000-01-01"]);
  assertEquals([file.code, errorOf(file).code], [1, "db_corrupt"]);
  assertEquals(Deno.readTextFileSync(`${space.path}/p.csv`), before);
  assertEquals(space.names().filter((name) => name.startsWith(".")), []);
  const stdout = await run(space, ["--from", "2000-01-01"]);
  assertEquals([stdout.code, errorOf(stdout).code], [1, "db_corrupt"]);
  assert(stdout.stdout.length > 1_000_000, "it was read up to the damage");
});

testNeeding(
  "shell",
  "a limit on the size of files in the middle: what was there stays, nothing hidden",
  async () => {
    await using space = await prepared();
    assertEquals((await run(space, ["--out", "p.csv"])).code, 0);
    const [before, sum] = ["p.csv", "p.csv.sha256"].map((name) =>
      Deno.readTextFileSync(`${space.path}/${name}`)
    );
    addManyPrices(space.db, 50_000);
    const prefix = ["sh", "-c", 'trap "" XFSZ; ulimit -f "$0"; exec "$@"', "900"];
    const outcome = await run(space, ["--out", "p.csv"], { prefix });
    const { code, hint } = errorOf(outcome);
    assertEquals([outcome.code, code], [1, "export_failed"]);
    assertStringIncludes(hint, "ulimit -f");
    assertEquals(Deno.readTextFileSync(`${space.path}/p.csv`), before);
    assertEquals(Deno.readTextFileSync(`${space.path}/p.csv.sha256`), sum);
    assertEquals(space.names().filter((name) => name.startsWith(".")), []);
    assertEquals((await run(space, ["--out", "p.csv"])).code, 0);
    assert((await verifyExport(`${space.path}/p.csv`, await openCare(space.db))).ok);
  },
);

/** Size of what an export has hidden so far; 0 where there is nothing. */
function hiddenBytes(space: Workspace, name: string): number {
  try {
    return Deno.statSync(`${space.path}/.${name}.tickerlock-export.tmp`).size;
  } catch {
    return 0;
  }
}

for (
  const [signal, expected] of [["SIGKILL", killed().code], ["SIGTERM", 143], [
    "SIGINT",
    130,
  ]] as const
) {
  testNeeding("signals", `${signal} in the middle leaves the old file as it was`, async () => {
    await using space = await prepared();
    assertEquals((await run(space, ["--out", "p.csv"])).code, 0);
    const before = Deno.readTextFileSync(`${space.path}/p.csv`);
    addManyPrices(space.db, 400_000);
    await using running = new Running(["export", "--out", "p.csv"], inside(space));
    await waitFor("the first bytes", () => hiddenBytes(space, "p.csv") > 0 || !running.alive);
    running.kill(signal);
    const { code, stderr } = await running.outcome();
    assertEquals(code, expected);
    if (signal !== "SIGKILL") {
      assertStringIncludes(stderr, "nothing was written; what was there before is as it was");
    }
    assertEquals(Deno.readTextFileSync(`${space.path}/p.csv`), before);
    assert((await verifyExport(`${space.path}/p.csv`, await openCare(space.db))).ok);
    assertEquals(hiddenBytes(space, "p.csv") > 0, signal === "SIGKILL");
    // The next one of another name clears up.
    assertEquals((await run(space, ["--ticker", "EXMA3.SA", "--out", "q.csv"])).code, 0);
    assertEquals(space.names().filter((name) => name.startsWith(".")), []);
  });
}

testNeeding("signals", "a signal is obeyed also while nobody reads", async () => {
  await using space = await prepared();
  addManyPrices(space.db, 20_000);
  await using running = new Running(
    ["export", "--format", "ndjson"],
    inside(space, { holdStdout: true }),
  );
  // Its companions are there as long as it reads.
  await waitFor("the export to read", () => space.names().includes("prices.db-shm"));
  running.kill("SIGTERM");
  const { code } = await running.outcome();
  assertEquals(code, 143);
});

testNeeding(
  "modes",
  "a database that can only be read is exported; the missing line is a warning",
  async () => {
    const prefix = await unprivileged();
    if (prefix === undefined) return leaveOut("root cannot give up its rights here");
    await using space = await prepared();
    const folder = `${space.path}/media`;
    Deno.mkdirSync(folder);
    Deno.renameSync(space.db, `${folder}/prices.db`);
    Deno.chmodSync(`${folder}/prices.db`, 0o444);
    Deno.chmodSync(folder, 0o555);
    try {
      const args = ["--db", `${folder}/prices.db`, "--out", `${space.path}/p.csv`];
      const { code, stdout, stderr } = await run(space, args, { prefix });
      assertEquals([code, stdout], [0, ""], stderr);
      const [warning, summary] = logLines(stderr);
      assertEquals([warning?.level, summary?.level], ["WARN", "INFO"]);
      assertMatch(String(warning?.message), /^no line in the manifest: .*can only be read/);
      const verified = await run(space, ["verify", "p.csv", "--db", `${folder}/prices.db`], {
        prefix,
      });
      assertEquals(verified.code, 0);
      assertMatch(
        verified.stdout,
        /as in .*p\.csv\.sha256\n {2}the manifest in .* has no line of it/,
      );
      assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["prices.db"]);
    } finally {
      Deno.chmodSync(folder, 0o755);
    }
  },
);

Deno.test("an export goes on beside runs that write, and both come to a good end", async () => {
  await using space = await prepared();
  addManyPrices(space.db, 100_000);
  await using exporting = new Running(["export", "--out", "p.csv"], inside(space));
  const file = space.write("more.csv", "date,close\n2024-02-01,5\n");
  const more = ["--source", "csv", "--file", file, "--ticker", "NEW3.SA"];
  assertEquals((await space.ingest(more)).code, 0);
  assertEquals((await exporting.outcome()).code, 0);
  const { manifest } = await verifyExport(`${space.path}/p.csv`, await openCare(space.db));
  assert([100_040, 100_041].includes(manifest.snapshot?.rows ?? 0), `${manifest.snapshot?.rows}`);
});
