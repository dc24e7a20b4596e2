/**
 * Copies of databases from a file to a server and back.
 *
 * @module
 */
import { copyDatabase } from "../../../src/store/copy.ts";
import { StoreError } from "../../../src/store/errors.ts";
import { openCare } from "../../../src/store/open.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { inSpace } from "../../cli/in_process.ts";
import { Scene as KalshiScene } from "../../e2e/kalshi_scene.ts";
import { PATIENT, SAMPLE } from "../../e2e/program.ts";
import type { Workspace } from "../../e2e/workspace.ts";
import { newUrl } from "./places.ts";

const CSV = "ticker,date,open,high,low,close,volume\n" +
  "AAA,2024-01-02,1,2,0.5,1.25,9007199254740991\nAAA,2024-01-03,1.1,1.2,1,0.1,0.00123\n" +
  "AAA,2024-01-04,5,1,9,5,1\n";

async function ingest(space: Workspace, db: string, ...args: string[]) {
  const env = { TICKERLOCK_DB: db };
  const { code, stdout, stderr } = await inSpace(space, ["ingest", "--json", ...args], { env });
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

Deno.test("db copy: a file goes to a server and back, the same in the end, and runs go on", async () => {
  await using scene = await KalshiScene.start({ events: 6, pageLimit: 10 });
  const { space } = scene;
  const csv = space.write("a.csv", CSV);
  await ingest(space, space.db, "--source", "cotahist", "--file", SAMPLE);
  await ingest(space, space.db, "--source", "csv", "--file", csv);
  const kalshi = ["ingest", "--source", "kalshi", ...PATIENT];
  const asked = await inSpace(space, kalshi, { env: { KALSHI_BASE_URL: scene.kalshi.url } });
  assertEquals(asked.code, 0, asked.stderr);
  const url = await newUrl();
  const back = `${space.path}/back.db`;
  const copied: unknown[] = [];
  for (const [from, to] of [[space.db, url], [space.db, url], [url, back]] as const) {
    const { code, stdout, stderr } = await inSpace(space, ["db", "copy", from, to, "--json"]);
    assertEquals(code, 0, stderr);
    const { tables } = JSON.parse(stdout);
    copied.push(tables);
    const rows = (table: string): number =>
      tables.find((each: { table: string }) => each.table === table).rows;
    assert(rows("prices") > 80 && rows("ingest_rejects") === 1 && rows("markets") > 0);
  }
  assertEquals(copied[1], copied[0]);
  assertEquals(copied[2], copied[0]);
  for (const db of [url, back]) {
    const { totals } = await ingest(space, db, "--source", "csv", "--file", csv);
    assertEquals([totals.rows_inserted, totals.rows_unchanged], [0, 2]);
  }
  // The server's own rows have numbers of their own by now.
  const { code, stderr } = await inSpace(space, ["db", "copy", space.db, url]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "has rows of its own");
});

Deno.test("db copy: what was ended goes on, a target with rows of its own is left as it is", async () => {
  await using scene = await KalshiScene.start({ events: 1 });
  const { space } = scene;
  await ingest(space, space.db, "--source", "cotahist", "--file", SAMPLE);
  const url = await newUrl();
  await using from = await openCare(space.db);
  await using to = await openCare(url);
  const stop = new AbortController();
  const reason = new Error("stopped");
  const stopped = () =>
    copyDatabase(from, to, {
      signal: stop.signal,
      onProgress: (table) => {
        if (table === "ingest_logs") stop.abort(reason);
      },
    });
  assertEquals(await assertRejects(stopped, Error), reason);
  assertEquals([(await to.info()).rows.ingest_logs, (await to.info()).rows.prices], [8, 0]);
  assertEquals((await copyDatabase(from, to)).find(({ table }) => table === "prices")?.rows, 80);
  const other = await newUrl();
  await ingest(space, other, "--source", "csv", "--file", space.write("a.csv", CSV));
  await using filled = await openCare(other);
  const before = (await filled.info()).rows;
  const error = await assertRejects(() => copyDatabase(from, filled), StoreError);
  assertEquals(error.code, "copy_target_filled");
  assertEquals((await filled.info()).rows, before);
  const { code, stderr } = await inSpace(space, ["db", "copy", space.db]);
  assertEquals(code, 2, stderr);
});
