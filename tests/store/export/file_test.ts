import { DatabaseSync } from "node:sqlite";
import { type Exported, exportTable } from "../../../src/store/export/export.ts";
import { sqliteCare } from "../../../src/store/sqlite/care.ts";
import { verifyExport } from "../../../src/store/export/verify.ts";
import { StoreError } from "../../../src/store/errors.ts";
import { writeExportFile } from "../../../src/store/export/file.ts";
import { rollBack } from "../../../src/store/sqlite/connection/migrate.ts";
import { MIGRATIONS } from "../../../src/store/sqlite/migrations/mod.ts";
import { SourceError, UsageError } from "../../../src/base/errors.ts";
import { assert, assertEquals, assertHas, assertRejects } from "../../assert.ts";
import { fill, filled, namesIn } from "../sqlite/filled.ts";
import { has, modeOf, wantedMode } from "../../system.ts";
import { needing, test } from "../sqlite/leaks.ts";

const names = needing("names");

const ALL = { object: "prices", tickers: [], source: null, from: null, to: null, columns: null };

function exportTo(path: string, to: string, tickers: readonly string[] = []): Promise<Exported> {
  return exportTable(sqliteCare(path), { ...ALL, tickers }, { format: "csv", to });
}

/** Writes a file as an export does, with a text as its content. */
function writeText(target: string, text: string) {
  return writeExportFile("x.db", target, async (sink) => {
    await sink.write(new TextEncoder().encode(text));
  });
}

function hiddenIn(folder: string): string[] {
  return namesIn(folder).filter((name) => name.startsWith("."));
}

filled.test("a file comes with its checksum and a line in the manifest; both are of its bytes", async ({ path, folder }) => {
  const to = `${folder.path}/new/prices.csv`;
  const { rows, bytes, file, snapshotId, takenAt } = await exportTo(path, to, ["VALE3.SA"]);
  assertEquals(rows, 20);
  assertEquals(namesIn(`${folder.path}/new`), ["prices.csv", "prices.csv.sha256"]);
  assertEquals(await Deno.readTextFile(`${to}.sha256`), `${file?.sha256}  prices.csv\n`);
  assertEquals([modeOf(to), modeOf(`${to}.sha256`), Deno.statSync(to).size], [
    wantedMode(0o600),
    wantedMode(0o600),
    bytes,
  ]);
  using db = new DatabaseSync(path, { readOnly: true });
  const line = db.prepare("SELECT * FROM snapshots").get();
  assertHas(line, {
    id: snapshotId,
    taken_at: takenAt,
    object: "prices",
    rows: 20,
    bytes,
    sha256: file?.sha256,
  });
  assertEquals(line?.path, Deno.realPathSync(to));
  assertEquals(JSON.parse(String(line?.query)).tickers, ["VALE3.SA"]);
  db.close();
  const found = await verifyExport(to, sqliteCare(path));
  assertEquals({
    ok: found.ok,
    besideResult: found.beside.result,
    manifestResult: found.manifest.result,
  }, { ok: true, besideResult: "matched", manifestResult: "matched" });
});

test("a file that is replaced keeps its mode, a link stays a link", async ({ path, folder }) => {
  const to = `${folder.path}/a.csv`;
  await writeText(to, "one");
  await Deno.chmod(to, 0o644);
  await Deno.chmod(`${to}.sha256`, 0o640);
  await writeText(to, "two");
  assertEquals([await Deno.readTextFile(to), modeOf(to), modeOf(`${to}.sha256`)], [
    "two",
    wantedMode(0o644),
    wantedMode(0o640),
  ]);
  assert((await verifyExport(to, sqliteCare("none.db"))).ok);
  await fill(path);
  if (!has("links")) return;
  await Deno.symlink("a.csv", `${folder.path}/link.csv`);
  const { file } = await exportTo(path, `${folder.path}/link.csv`);
  assertEquals(file?.path, Deno.realPathSync(to));
  assert(Deno.lstatSync(`${folder.path}/link.csv`).isSymlink);
  assertEquals(hiddenIn(folder.path), []);
});

filled.test("what must not be replaced is refused, and stays: databases, what belongs to one, folders, devices", async ({ path, folder }) => {
  await Deno.copyFile(path, `${folder.path}/other.db`);
  await Deno.link(path, `${folder.path}/same.csv`);
  if (has("links")) await Deno.symlink("nothing", `${folder.path}/dangling.csv`);
  const before = namesIn(folder.path);
  const names = [
    "x.db",
    "other.db",
    "same.csv",
    ...has("links") ? ["dangling.csv"] : [],
    "x.db-wal",
    "a.sha256",
    "b.lock",
    "",
  ];
  const device = has("deviceFiles") ? ["/dev/null"] : [];
  for (const to of [...names.map((name) => `${folder.path}/${name}`), ...device]) {
    const error = await assertRejects(() => exportTo(path, to), UsageError);
    assertEquals(error.code, "export_target_refused", to);
  }
  assertEquals(namesIn(folder.path), before);
  assertEquals((await exportTo(path, `${folder.path}/a.csv`)).rows, 40);
});

test("an export that fails in the middle leaves what was there, and nothing hidden", async ({ path, folder }) => {
  const to = `${folder.path}/a.csv`;
  await writeText(to, "one");
  const before = await Deno.readTextFile(`${to}.sha256`);
  const failing = () =>
    writeExportFile("x.db", to, async (sink) => {
      await sink.write(new Uint8Array(1 << 20));
      throw new RangeError("in the middle");
    });
  await assertRejects(failing, RangeError);
  assertEquals(namesIn(folder.path), ["a.csv", "a.csv.sha256"]);
  assertEquals(await Deno.readTextFile(to), "one");
  assertEquals(await Deno.readTextFile(`${to}.sha256`), before);
  await fill(path);
  const signal = AbortSignal.abort(new RangeError("stopped"));
  await assertRejects(
    () => exportTable(sqliteCare(path), ALL, { format: "csv", to, signal }),
    RangeError,
    "stopped",
  );
  assertEquals(await Deno.readTextFile(to), "one");
  assertEquals(hiddenIn(folder.path), []);
});

test("what killed exports left is removed by the next; what a living one writes, and others' files, stay", async ({ folder }) => {
  const hide = (name: string) => Deno.writeTextFile(`${folder.path}/${name}`, "half");
  for (const suffix of ["tmp", "sha256", "lock"]) {
    await hide(`.dead.csv.tickerlock-export.${suffix}`);
  }
  // Renamed before its file was: of no use without it.
  await hide("dead.csv.sha256");
  const others = [".dead.csv.tmp", ".x.db.tickerlock-backup.tmp", ".a.csv.9f86d081.tmp"];
  for (const name of others) await hide(name);
  const living = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const slow = writeExportFile("x.db", `${folder.path}/slow.csv`, async (sink) => {
    await sink.write(new TextEncoder().encode("slow"));
    begun.resolve();
    await living.promise;
  });
  await begun.promise;
  await writeText(`${folder.path}/quick.csv`, "quick");
  assertEquals(
    hiddenIn(folder.path),
    [...others, ".slow.csv.tickerlock-export.lock", ".slow.csv.tickerlock-export.tmp"].sort(),
  );
  const second = () => writeText(`${folder.path}/slow.csv`, "second");
  const error = await assertRejects(second, StoreError);
  assertEquals([error.code, error.retryable], ["export_running", true]);
  living.resolve();
  await slow;
  assertEquals(await Deno.readTextFile(`${folder.path}/slow.csv`), "slow");
  assertEquals(hiddenIn(folder.path), others.toSorted());
  assert(!namesIn(folder.path).includes("dead.csv.sha256"));
});

names.test("names as odd as names can be get a checksum line that says them", async ({ folder }) => {
  const to = `${folder.path}/a\nb\\c.csv`;
  const { sha256 } = await writeText(to, "x");
  assertEquals(await Deno.readTextFile(`${to}.sha256`), `\\${sha256}  a\\nb\\\\c.csv\n`);
  assertEquals((await verifyExport(to, sqliteCare("none.db"))).beside.result, "matched");
});

filled.test("verify: what differs, what is missing, what was moved", async ({ path, folder }) => {
  const to = `${folder.path}/a.csv`;
  const { file } = await exportTo(path, to);
  const results = async (name: string, db = path) => {
    const { ok, beside, manifest } = await verifyExport(`${folder.path}/${name}`, sqliteCare(db));
    return [ok, beside.result, manifest.result];
  };
  assertEquals(await results("a.csv", `${folder.path}/none.db`), [true, "matched", "none"]);
  assertEquals(await results("a.csv", `${to}.sha256`), [true, "matched", "unreadable"]);
  // A copy elsewhere is known by its content, a changed one by its name.
  await Deno.mkdir(`${folder.path}/moved`);
  await Deno.copyFile(to, `${folder.path}/moved/b.csv`);
  await Deno.copyFile(to, `${folder.path}/moved/a.csv`);
  assertEquals(await results("moved/b.csv"), [true, "none", "matched"]);
  await Deno.writeTextFile(`${folder.path}/moved/a.csv`, "x", { append: true });
  assertEquals(await results("moved/a.csv"), [false, "none", "differs"]);
  await Deno.writeTextFile(`${folder.path}/moved/b.csv`, "x", { append: true });
  assertEquals(await results("moved/b.csv"), [false, "none", "none"]);
  await Deno.writeTextFile(to, "x");
  assertEquals(await results("a.csv"), [false, "differs", "differs"]);
  const { sha256 } = await verifyExport(to, sqliteCare(path));
  await Deno.writeTextFile(`${to}.sha256`, `${sha256}  a.csv\n`);
  // A whole file of a later export looks the same, where its line is missing.
  assertEquals(await results("a.csv"), [true, "matched", "older"]);
  await Deno.utime(to, new Date(0), new Date(0));
  assertEquals(await results("a.csv"), [false, "matched", "differs"]);
  await Deno.writeTextFile(`${to}.sha256`, "nonsense\n");
  assertEquals(await results("a.csv"), [false, "unreadable", "differs"]);
  // The newest line of a path counts.
  const again = await exportTo(path, to, ["VALE3.SA"]);
  assert(again.file?.sha256 !== file?.sha256);
  assertEquals(await results("a.csv"), [true, "matched", "matched"]);
  const missing = await assertRejects(() => results("none.csv"), SourceError);
  assertEquals(missing.code, "file_not_found");
  assertEquals(
    (await assertRejects(() => results("moved"), SourceError)).code,
    "file_unreadable",
  );
});

filled.test("an older schema is read and left as it is; the missing line is told", async ({ path, folder }) => {
  const version = MIGRATIONS.find(({ name }) => name === "snapshots")?.version ?? 0;
  {
    using db = new DatabaseSync(path);
    rollBack(db, path, version - 1);
  }
  const to = `${folder.path}/a.csv`;
  const { rows, snapshotId, manifestError } = await exportTo(path, to);
  assertEquals({ rows, snapshotId, code: manifestError?.code }, {
    rows: 40,
    snapshotId: null,
    code: "db_schema_old",
  });
  const { ok, manifest } = await verifyExport(to, sqliteCare(path));
  assertEquals([ok, manifest.result], [true, "none"]);
});
