/**
 * Histories that the service changes after the fact, day by day, each held in the end against a database
 * that is new.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { TODAY } from "../e2e/yahoo_scene.ts";
import { Story, T } from "./yahoo_story.ts";

Deno.test("story: prices are mended 19 days after a split, and one changed day tells of it", async () => {
  await using story = await Story.create();
  const { scene } = story;
  await story.on(TODAY);
  const before = story.close("2024-06-03");
  // A ratio that a day's own move could be: nothing but the changed day tells of it.
  scene.yahoo.addSplit(T, "2024-06-06", 6, 5, { mended: "2024-06-25" });
  await story.on("2024-06-06");
  assertEquals([story.close("2024-06-03"), scene.actions(T).at(-1)?.kind], [before, "split"]);
  const { report } = await story.on("2024-06-26", ["--full-every", "never"]);
  assertEquals(report.tickers[0]?.requests, 2);
  assert(Math.abs(story.close("2024-06-03") / before - 5 / 6) < 1e-6);
  await story.assertAsFresh();
  const log = scene.space.logs().at(-1);
  assertEquals(
    [log?.history, log?.restated_by, log?.restated_to, log?.restated],
    [
      "whole",
      "prices",
      "2024-06-05",
      scene.stored(T).filter(({ date }) => date < "2024-06-06").length,
    ],
  );
  assert(Math.abs((log?.restated_factor ?? 0) - 1.2) < 1e-3);
});

Deno.test("story: the same with a run each day is found when the whole history is due", async () => {
  await using story = await Story.create();
  await story.on(TODAY);
  story.scene.yahoo.addSplit(T, "2024-06-06", 6, 5, { mended: "2024-06-25" });
  await story.until("2024-07-26");
  await story.assertAsFresh();
  // Not more often than need be: the first, the split's own, one or two of the 30 days.
  const whole = story.scene.space.logs().filter(({ history }) => history === "whole");
  assert(whole.length <= 4, `${whole.length} whole histories`);
});

Deno.test("story: a split before which prices fall by its ratio is doubted until they are mended", async () => {
  await using story = await Story.create();
  const { scene } = story;
  await story.on(TODAY);
  scene.yahoo.addSplit(T, "2024-06-06", 10, 1, { mended: "2024-06-25", falls: true });
  const { code, stderr } = await story.on("2024-06-06");
  assertEquals(code, 0);
  assertStringIncludes(stderr, "the service tells of the split 10:1 of 2024-06-06, and its prices");
  const history = () => scene.space.logs().at(-1)?.history;
  await story.until("2024-06-24", () => assertEquals(history(), "unmended"));
  await story.until("2024-06-25");
  assertEquals(history(), "whole");
  await story.assertAsFresh();
  await story.until("2024-06-26");
  assertEquals(history(), null);
});

Deno.test("story: a split that is lost for four days changes nothing, nor does a forced refresh", async () => {
  await using story = await Story.create();
  const { scene } = story;
  await story.on(TODAY);
  scene.yahoo.addSplit(T, "2024-06-06", 4, 1, { lost: [["2024-06-12", "2024-06-17"]] });
  await story.until("2024-06-11");
  const before = scene.stored(T).filter(({ date }) => date < "2024-06-11");
  const first = await story.on("2024-06-12");
  assertEquals(first.code, 0);
  assertMatch(
    first.stderr,
    /PETR4\.SA: the split 4:1 of 2024-06-06 is stored, and the answer has none; stored days stay/,
  );
  for (
    const [day, ...args] of [["2024-06-13", "--force-refresh"], ["2024-06-14"], ["2024-06-17"]]
  ) {
    await story.on(day ?? "", args);
    const log = scene.space.logs().at(-1);
    // Due as a whole at once, and its new days go on in the stored terms.
    assertEquals([log?.history, log?.window_from], ["contradicted", null]);
    assertStringIncludes(log?.error_message ?? "", "the split 4:1 of 2024-06-06 is stored");
    assertEquals(scene.stored(T).at(-1)?.date, day);
    assertEquals(scene.stored(T).filter(({ date }) => date < "2024-06-11"), before);
  }
  await story.on("2024-06-18");
  assertEquals(scene.space.logs().at(-1)?.history, "whole");
  await story.assertAsFresh();
  await story.on("2024-06-19");
  assertEquals(scene.space.logs().at(-1)?.history, null);
});

Deno.test("story: an answer in other terms than the newest stored days fails and stores nothing", async () => {
  await using story = await Story.create();
  const { scene } = story;
  await story.on(TODAY);
  scene.yahoo.addSplit(T, "2024-06-06", 4, 1, { lost: [["2024-06-07", "2024-06-30"]] });
  await story.on("2024-06-06");
  const before = scene.stored(T);
  const { code, report } = await story.on("2024-06-07");
  assertEquals([code, report.tickers[0]?.error?.code], [1, "history_contradicted"]);
  assertEquals(scene.stored(T), before);
  // The user knows better.
  await story.on("2024-06-10", ["--accept-restatement"]);
  await story.assertAsFresh();
  assertEquals(scene.space.logs().at(-1)?.restated_by, "split");
});

Deno.test("story: a dividend that is taken back stays until the answer is accepted", async () => {
  await using story = await Story.create();
  const { scene } = story;
  await story.on(TODAY);
  scene.yahoo.addDividend(T, "2024-06-06", 5, { lost: [["2024-06-20", "2030-01-01"]] });
  await story.until("2024-06-19");
  const before = scene.stored(T)[0]?.adj_close;
  await story.on("2024-06-20", ["--force-refresh"]);
  assertEquals(scene.stored(T)[0]?.adj_close, before);
  await story.on("2024-06-21", ["--accept-restatement"]);
  await story.assertAsFresh();
});

Deno.test("story: a dividend that is added 19 days late is found when the whole history is due", async () => {
  await using story = await Story.create();
  await story.on(TODAY);
  await story.until("2024-06-07");
  story.scene.yahoo.addDividend(T, "2024-06-06", 5, { from: "2024-06-25" });
  await story.until("2024-07-26");
  await story.assertAsFresh();
});

Deno.test("story: a session that comes three weeks late is there within a quarter of the period", async () => {
  await using story = await Story.create();
  const { scene } = story;
  scene.yahoo.addLateSession(T, "2024-06-10", "2024-07-01");
  await story.on(TODAY);
  const whole = () => scene.space.logs().filter(({ history }) => history === "whole").length;
  await story.until("2024-06-28");
  const before = whole();
  // The first, its own turn within 30 days, and one for each 7.5 days since the session is missing.
  assert(before >= 3 && before <= 5, `${before} whole histories`);
  await story.until("2024-07-09");
  await story.assertAsFresh();
  assert(scene.stored(T).some(({ date }) => date === "2024-06-10"));
  const filled = whole();
  await story.until("2024-07-24");
  assert(whole() - filled <= 1, `${whole() - filled} whole histories of a ticker without gaps`);
});

Deno.test("story: of an answer that flips between two histories one is stored whole at any time", async () => {
  await using story = await Story.create();
  const { scene } = story;
  await story.on(TODAY);
  scene.yahoo.addSplit(T, "2024-06-06", 10, 1, {
    lost: [["2024-06-11", "2024-06-11"], ["2024-06-13", "2024-06-13"], [
      "2024-06-17",
      "2024-06-20",
    ]],
  });
  await story.until("2024-06-07");
  const whole = scene.stored(T);
  await story.until("2024-06-28", () => {
    for (const [index, { date, close }] of scene.stored(T).entries()) {
      if (whole[index] !== undefined && date < "2024-06-07") {
        assertEquals(close, whole[index].close);
      }
    }
  });
  await story.assertAsFresh();
});

Deno.test("story: of a renamed ticker the old name keeps its history, and the new one has all", async () => {
  await using story = await Story.create();
  const { scene } = story;
  await story.on(TODAY);
  const before = scene.stored(T);
  scene.yahoo.setFault(T, "NOPE");
  const { code, report } = await story.on("2024-06-06", ["--ticker", "NEWN3.SA"]);
  assertEquals([code, report.tickers.map(({ error }) => error?.code)], [
    3,
    [undefined, "ticker_unknown"],
  ]);
  assertEquals(scene.stored(T), before);
  await story.assertAsFresh("NEWN3.SA");
});

Deno.test("story: logs show and stats tell what became of the history", async () => {
  await using story = await Story.create();
  const { scene } = story;
  await story.on(TODAY);
  scene.yahoo.addSplit(T, "2024-06-06", 10, 1, { lost: [["2024-06-12", "2024-06-12"]] });
  await story.on("2024-06-06");
  const jobs = scene.space.logs().map(({ job_id }) => job_id);
  const show = (job = "") => scene.program(["logs", "show", job, "--db", scene.space.db]);
  const days = scene.stored(T).filter(({ date }) => date < "2024-06-04").length;
  assertMatch((await show(jobs[0])).stdout, /^history +all of it, nothing changed$/m);
  assertMatch(
    (await show(jobs[1])).stdout,
    new RegExp(
      `^history +${days} stored days changed \\(split\\), 2023-06-\\d\\d to 2024-06-03, the largest factor 10$`,
      "m",
    ),
  );
  const stats = async (...args: readonly string[]) => {
    const all = ["stats", "--json", "--db", scene.space.db, ...args];
    const { stdout } = await scene.program(all);
    return (JSON.parse(stdout) as { stats: Record<string, unknown>[] }).stats[0] ?? {};
  };
  const { whole_at, full_due_at, doubted } = await stats();
  assertEquals([whole_at, doubted], ["2024-06-06T21:30:00.000Z", false]);
  // Overdue by the clock of the table.
  assert(String(full_due_at) > "2024-06-07");
  assertEquals((await stats("--full-every", "never")).full_due_at, null);
  await story.on("2024-06-12");
  assertEquals((await stats()).doubted, true);
  const { stdout } = await scene.program(["stats", "--wide", "--db", scene.space.db]);
  assertMatch(stdout, / FULL DUE\n.* in doubt\n/);
  assertMatch(stdout, /^1 ticker and source: .* 1 with a history in doubt, /m);
  const doctor = await scene.program(["doctor", "--offline", "--db", scene.space.db]);
  assertMatch(
    doctor.stdout,
    /^warning: histories: 1 ticker with a history in doubt: PETR4\.SA \(yahoo\) contradicted$/m,
  );
});
