import {
  assert,
  assertEquals,
  assertHas,
  assertMatch,
  assertStringIncludes,
} from "../../../assert.ts";
import { damage } from "../../../e2e/db_tools.ts";
import { addManyPrices } from "../../../e2e/many_prices.ts";
import { errorOf, prepared } from "../../../e2e/prepared.ts";
import { logLines } from "../../../e2e/program.ts";
import type { Workspace } from "../../../e2e/workspace.ts";
import { type CaptureOptions, inSpace, type Outcome } from "../../in_process.ts";

function run(
  space: Workspace,
  args: readonly string[],
  options: CaptureOptions = {},
): Promise<Outcome> {
  return inSpace(space, ["export", ...args], options);
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
    assertHas(made, { format, rows: 40, manifest_error: null });
    assertEquals(Deno.statSync(made.path).size, made.bytes);
    const verified = await run(space, ["verify", `sub/p.${format}`, "--json"]);
    assertHas(verified, { code: 0, stderr: "" });
    const found = JSON.parse(verified.stdout);
    assertHas(found, { ok: true, sha256: made.sha256 });
    assertEquals(found.manifest.id, made.snapshot_id);
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

Deno.test("a file is judged by its own checksum where the line of the manifest is of an earlier export", async () => {
  await using space = await prepared();
  const all = async (): Promise<string> => (await run(space, ["verify", "p.csv"])).stdout;
  assertEquals((await run(space, ["--out", "p.csv"])).code, 0);
  assertEquals((await run(space, ["--out", "p.csv", "--from", "2024-01-03"])).code, 0);
  // Killed after both names, before its line.
  space.execute("DELETE FROM snapshots WHERE id = 2");
  const { code, stdout } = await run(space, ["verify", "p.csv", "--json"]);
  const { ok, manifest } = JSON.parse(stdout);
  assertEquals([code, ok, manifest.id, manifest.result], [0, true, 1, "older"]);
  assertMatch(await all(), /: ok\n.*\n {2}as in .*p\.csv\.sha256\n {2}line 1 .* earlier export/);
  // Killed between the two names.
  const hidden = `${space.path}/.p.csv.tickerlock-export.sha256`;
  Deno.renameSync(`${space.path}/p.csv.sha256`, hidden);
  assertMatch(await all(), /: ok\n.*\n {2}as in .*\.p\.csv\.tickerlock-export\.sha256\n/);
  // Its own checksum is not that of a file that is not in its place yet.
  Deno.writeTextFileSync(`${space.path}/.p.csv.tickerlock-export.tmp`, "x");
  assertMatch(await all(), /: not ok, it was changed\n/);
  Deno.removeSync(`${space.path}/.p.csv.tickerlock-export.tmp`);
  Deno.renameSync(hidden, `${space.path}/p.csv.sha256`);
  Deno.writeTextFileSync(`${space.path}/p.csv`, "x", { append: true });
  assertMatch(await all(), /: not ok, it was changed\n/);
});

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
