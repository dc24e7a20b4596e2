import { inSpace } from "../cli/in_process.ts";
import { openCare } from "../../src/store/open.ts";
import { verifyExport } from "../../src/store/export/verify.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { leaveOut } from "../installed.ts";
import { inside } from "./db_tools.ts";
import { addManyPrices } from "./many_prices.ts";
import { errorOf, prepared } from "./prepared.ts";
import { logLines, type Outcome, Running, type StartOptions } from "./program.ts";
import { unprivileged } from "./unprivileged.ts";
import { waitFor } from "./wait_for.ts";
import { Workspace } from "./workspace.ts";
import { killed, testNeeding } from "../system.ts";

const OUT = ["export", "--out", "p.csv"];

function run(
  space: Workspace,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Outcome> {
  return space.spawn(["export", ...args], options);
}

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
    assertMatch(full.stderr, /could not be written: no space is left on its disk"/);
  },
);

testNeeding(
  "shell",
  "a limit on the size of files in the middle: what was there stays, nothing hidden",
  async () => {
    await using space = await prepared();
    assertEquals((await inSpace(space, OUT)).code, 0);
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
    assertEquals((await inSpace(space, OUT)).code, 0);
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
    assertEquals((await inSpace(space, OUT)).code, 0);
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
    assertEquals(
      (await inSpace(space, ["export", "--ticker", "EXMA3.SA", "--out", "q.csv"])).code,
      0,
    );
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
