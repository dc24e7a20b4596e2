import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { CollectSpace } from "./collect_tools.ts";

// What another version of the program has made of the database cannot pass while this one runs.
const CHANGES: readonly [code: string, sql: string, hint: string][] = [
  [
    "db_schema_too_new",
    "INSERT INTO schema_migrations (version, name, checksum, applied_at, program_version) " +
    "VALUES (99, 'of_the_future', 'x', '2026-01-01T00:00:00.000Z', '99.0.0')",
    "Use the newer tickerlock",
  ],
  [
    "db_schema_changed",
    "UPDATE schema_migrations SET checksum = 'x' WHERE version = 1",
    "Use the tickerlock release that made the database",
  ],
];

for (const [code, sql, hint] of CHANGES) {
  Deno.test(`a collector that meets ${code} ends with the remedy`, async () => {
    await using live = await CollectSpace.create();
    live.configure([{ name: "quick", every: "1s", tickers: ["PETR4.SA"] }]);
    await using running = live.start();
    await live.rows("quick", "success", 1);
    live.space.execute(sql);
    const ended = await running.outcome();
    assertEquals(ended.code, 1, ended.stderr);
    assertStringIncludes(ended.stderr, hint);
    assertStringIncludes(ended.stderr, code);
    assert(!ended.stderr.includes("backs off"), ended.stderr);
    const [collector] = live.collectors();
    assertEquals(collector?.stop_reason?.includes("database"), true, collector?.stop_reason ?? "");
  });
}
