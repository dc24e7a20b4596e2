import { SourceError } from "../../src/base/errors.ts";
import { assertEquals } from "../assert.ts";
import { Workspace } from "../e2e/workspace.ts";
import { withoutLeaks } from "../store/sqlite/leaks.ts";
import { fakeSource } from "./fake_source.ts";
import { impatient } from "./impatient.ts";
import { logOutline, outline, run } from "./outline.ts";

Deno.test("a database that stays busy is db_locked; the next run says so in the row", async () => {
  await using space = await Workspace.create();
  let blocker: Disposable | undefined;
  const block = (): void => void (blocker = space.holdDatabase());
  {
    using _impatient = impatient();
    const report = await run(space, fakeSource({ A: { before: block } }));
    assertEquals([report.exitCode, outline(report)], [1, [["A", "failed", "db_locked"]]]);
  }
  blocker?.[Symbol.dispose]();
  assertEquals(logOutline(space), [["A", "running", null]]);
  assertEquals(space.prices(), []);
  assertEquals((await run(space, fakeSource({ A: {} }))).exitCode, 0);
  assertEquals(logOutline(space), [["A", "failed", "db_locked"], ["A", "success", null]]);
});

Deno.test(
  "how often the database was asked is in the row, where it ended well and where it did not",
  withoutLeaks(async () => {
    await using space = await Workspace.create();
    const free = (): void => {};
    const failing = (): never => {
      throw new SourceError("file_changed", "the file has changed");
    };
    for (const [pausesUntilFree, then] of [[0, free], [3, free], [2, failing]] as const) {
      let held: Disposable | undefined;
      let pauses = 0;
      const sleep = (): Promise<void> => {
        if (++pauses === pausesUntilFree) held?.[Symbol.dispose]();
        return Promise.resolve();
      };
      const before = (): void => {
        if (pausesUntilFree > 0) held = space.holdDatabase();
        then();
      };
      using _impatient = impatient({ totalMs: 60_000, sleep });
      await run(space, fakeSource({ A: { before } }));
    }
    const rows = space.query("SELECT status, attempts FROM ingest_logs ORDER BY id");
    assertEquals(rows.map(Object.values), [["success", 1], ["success", 4], ["failed", 3]]);
  }),
);
