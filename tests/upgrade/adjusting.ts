/** Adjusted prices of days that 0.1.0 stored, which kept no distribution number. @module */
import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { startFakeB3 } from "../fake/b3.ts";
import { projectPath } from "../paths.ts";
import type { OldWorld } from "./old_world.ts";

const NOT_KNOWN = "not known yet: ingest the files of cotahist with the days before it again";

/** Fails unless such days are adjusted as soon as their file was ingested again, and not before. */
export async function assertAdjustedAgain(
  world: OldWorld,
  db: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  await world.ends(0, ["db", "migrate"]);
  // The fake of the exchange knows this paper.
  using old = new DatabaseSync(world.db);
  for (const table of ["prices", "adjustment_factors"]) {
    old.exec(`UPDATE ${table} SET ticker = 'PETR3.SA' WHERE ticker = 'EXMB4.SA'`);
  }
  old.close();
  await using b3 = await startFakeB3();
  if (db !== "data/tickerlock.db") {
    await world.ends(0, ["db", "copy", "data/tickerlock.db", db], env);
  }
  const ingest = (...args: readonly string[]) =>
    world.ends(0, ["ingest", "--db", db, "--rate", "none", ...args], {
      ...env,
      B3_BASE_URL: b3.url,
    });
  const known = async (ticker: string) => {
    const columns = ["--columns", "raw_close,close,reason", "--format", "json", "--db", db];
    const what = ["prices_adjusted", "--ticker", ticker];
    const told = await world.ends(0, ["export", ...what, ...columns], env);
    const rows: Record<string, unknown>[] = JSON.parse(told);
    return rows.map(({ raw_close, close, reason }) => close === raw_close ? "" : reason);
  };
  const sample = projectPath("docs/examples/cotahist-sample.txt");
  const file = ["--source", "cotahist", "--file", sample];
  // Events alone do not say that there was no other.
  await ingest("--source", "b3-actions", "PETR3.SA");
  assertEquals(await known("PETR3.SA"), Array(10).fill(NOT_KNOWN));
  await ingest(...file, "--from", "2024-01-10");
  assertEquals(await known("EXMA3.SA"), [...Array(6).fill(NOT_KNOWN), "", "", "", ""]);
  const gaps = await world.ends(0, ["gaps", "EXMA3.SA", "--db", db], env);
  assertStringIncludes(gaps, `EXMA3.SA  2024-01-10           ${NOT_KNOWN}`);
  assertEquals(/ingest --source b3-actions/.test(gaps), false);
  const doctor = await world.run(["doctor", "--offline", "--db", db], { env });
  assertMatch(doctor.stdout, /warning: adjustment: .*EXMA3\.SA/);
  await ingest(...file);
  assertEquals(await known("EXMA3.SA"), Array(10).fill(""));
}
