import { sqliteCare } from "../../../../src/store/sqlite/care.ts";
import { exportTable } from "../../../../src/store/export/export.ts";
import { factsOf } from "../../../../src/store/export/objects.ts";
import { exportableNames, exportObject } from "../../../../src/store/sqlite/export/schema.ts";
import { StoreError } from "../../../../src/store/errors.ts";
import { reader } from "../../../../src/store/sqlite/connection/reader.ts";
import { UsageError } from "../../../../src/base/errors.ts";
import { assert, assertEquals, assertRejects } from "../../../assert.ts";
import { queryOf } from "../../contract_care.ts";
import { rowsOf, textOf } from "./exported.ts";
import { filled } from "../filled.ts";

filled.test("every table and view of the schema can be exported, and its filters' columns are there", async ({ path }) => {
  using db = reader(path);
  const names = exportableNames(db);
  assert(names.length >= 13 && names.includes("prices_canonical"), names.join());
  for (const name of names) {
    const { columns, key } = exportObject(db, name);
    const facts = factsOf(name);
    assert(key !== null && key.length > 0, `${name} has no key`);
    for (const column of [facts.ticker, facts.date, ...facts.key ?? []]) {
      assert(column === undefined || columns.includes(column), `${name}.${column}`);
    }
    const text = await textOf(path, queryOf(name));
    assertEquals(text.split("\n")[0], columns.join(","));
    const there = Number(db.get(`SELECT count(*) AS n FROM "${name}"`)?.n);
    assertEquals((await rowsOf(path, queryOf(name))).length, there, name);
  }
});

filled.test("SQLite's own tables are none to export, and an empty file has none; nothing is made", async ({ path, folder }) => {
  const to = `${folder.path}/new/x.csv`;
  const work = () => exportTable(sqliteCare(path), queryOf("sqlite_schema"), { format: "csv", to });
  assertEquals((await assertRejects(work, UsageError)).code, "unknown_table");
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["x.db"]);
  await Deno.writeTextFile(`${folder.path}/empty.db`, "");
  const empty = () => textOf(`${folder.path}/empty.db`, queryOf("prices"));
  assertEquals((await assertRejects(empty, StoreError)).code, "db_empty");
});
