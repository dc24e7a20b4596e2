import { assertEquals } from "../assert.ts";
import { Workspace } from "../e2e/workspace.ts";
import { fakeSource } from "./fake_source.ts";
import { impatient } from "./impatient.ts";
import { logOutline, outline, run } from "./outline.ts";

Deno.test("a database that is busy when the prices are ready is tried again", async () => {
  await using space = await Workspace.create();
  let blocker: Disposable | undefined;
  let pauses = 0;
  const sleep = (): Promise<void> => {
    if (++pauses === 3) blocker?.[Symbol.dispose]();
    return Promise.resolve();
  };
  using _impatient = impatient({ totalMs: 30_000, sleep });
  const block = (): void => void (blocker = space.holdDatabase());
  const report = await run(space, fakeSource({ A: { before: block }, B: {} }));
  assertEquals([report.exitCode, pauses], [0, 3]);
  assertEquals(outline(report), [["A", "success", null], ["B", "success", null]]);
  assertEquals(space.prices().length, 2);
});

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
