/**
 * Answers that are one part of a history, or another one: what is stored stays one history, day by day,
 * and becomes in the end that of a database that is new.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { TODAY } from "../e2e/yahoo_scene.ts";
import type { Change } from "../fake/yahoo.ts";
import type { ChartResult } from "../fake/yahoo_chart.ts";
import { Story, T } from "./yahoo_story.ts";

function dayOf(stamp: unknown): string {
  return new Date(Number(stamp) * 1000).toISOString().slice(0, 10);
}

function columnsOf({ indicators }: ChartResult): unknown[][] {
  const { open, high, low, close } = indicators.quote[0];
  return [open, high, low, close, indicators.adjclose?.[0].adjclose]
    .filter((column) => column !== undefined);
}

/** Leaves out bars. */
function keep(result: ChartResult, isKept: (day: string, index: number) => boolean): void {
  const { timestamp: stamps = [] } = result;
  const kept = (_: unknown, index: number) => isKept(dayOf(stamps[index]), index);
  const [quote] = result.indicators.quote;
  for (const name of ["open", "high", "low", "close", "volume"] as const) {
    if (quote[name] !== undefined) quote[name] = quote[name].filter(kept);
  }
  const adjusted = result.indicators.adjclose?.[0];
  if (adjusted?.adjclose !== undefined) adjusted.adjclose = adjusted.adjclose.filter(kept);
  result.timestamp = stamps.filter(kept);
}

/** Multiplies the prices of some days; null for none. */
function scale(
  result: ChartResult,
  factor: number | null,
  isMeant: (day: string) => boolean,
): void {
  for (const column of columnsOf(result)) {
    for (const [index, stamp] of result.timestamp?.entries() ?? []) {
      if (!isMeant(dayOf(stamp))) continue;
      column[index] = factor === null ? null : Math.fround(Number(column[index]) * factor);
    }
  }
}

/** A story of which the first day is over. */
async function begun(change?: Change): Promise<Story> {
  const story = await Story.create();
  story.scene.yahoo.setChange(T, change);
  await story.on(TODAY);
  return story;
}

/** The newest row of the log. */
function newest({ scene }: Story) {
  const log = scene.space.logs().at(-1);
  assert(log !== undefined);
  return log;
}

/** Fails unless a run of that day is refused and leaves all as it is. */
async function assertRefused(story: Story, day: string, said: RegExp, ...args: string[]) {
  const before = story.scene.stored(T);
  const { code, report } = await story.on(day, args);
  assertEquals([code, report.tickers[0]?.error?.code], [1, "history_contradicted"]);
  assertMatch(report.tickers[0]?.error?.message ?? "", said);
  assertEquals(story.scene.stored(T), before);
  assertEquals(newest(story).history, "contradicted");
}

Deno.test("story: of a service that begins later, a split is refused until it is accepted", async () => {
  await using story = await begun((result, today) => {
    if (today >= "2024-06-06") keep(result, (day) => day >= "2023-09-01");
  });
  const { scene } = story;
  scene.yahoo.addSplit(T, "2024-06-10", 4, 1);
  // Without other prices what is older stays.
  const { stderr } = await story.on("2024-06-07", ["--force-refresh"]);
  assertMatch(stderr, /the answer lacks \d+ stored days, kept as they are: 2023-06-\d\d, .* more;/);
  const said = /the answer has other prices and lacks \d+ of \d+ stored days: 2023-06-\d\d, /;
  await assertRefused(story, "2024-06-10", said);
  await assertRefused(story, "2024-06-11", said, "--force-refresh");
  await story.on("2024-06-12", ["--accept-restatement"]);
  await story.assertAsFresh();
  assertMatch(
    newest(story).error_message ?? "",
    /^removed \d+ stored days that the new history lacks/,
  );
  assertEquals(newest(story).history, "whole");
  assert(!(await story.on("2024-06-13")).stderr.includes(T));
});

Deno.test("story: the younger half of other prices is refused, and the whole is taken the next day", async () => {
  await using story = await begun((result, today) => {
    if (today >= "2024-06-06") scale(result, 0.5, () => true);
    if (today === "2024-06-06") keep(result, (day) => day >= "2024-01-02");
  });
  await assertRefused(story, "2024-06-06", /has other prices and lacks/);
  await story.on("2024-06-07");
  await story.assertAsFresh();
  assertEquals([newest(story).history, newest(story).restated_by], ["whole", "prices"]);
});

Deno.test("story: other prices without the first or last days are refused, few as these are", async () => {
  await using story = await begun((result, today) => {
    const days = result.timestamp?.map(dayOf) ?? [];
    if (today === "2024-06-06") keep(result, (_, index) => index > 1);
    if (today === "2024-06-07") keep(result, (_, index) => index < days.length - 5);
  });
  story.scene.yahoo.addDividend(T, "2024-05-20", 3, { from: "2024-06-06" });
  await assertRefused(story, "2024-06-06", /lacks 2 of \d+ stored/, "--force-refresh");
  await assertRefused(story, "2024-06-07", /lacks 2 of \d+ stored days: 2024-06-03, 2024-06-04$/);
  await story.on("2024-06-10");
  await story.assertAsFresh();
});

Deno.test("story: a half that was accepted is completed by the next whole answer", async () => {
  await using story = await begun((result, today) => {
    if (today >= "2024-06-06") scale(result, 0.5, () => true);
    if (today <= "2024-06-07" && today > TODAY) keep(result, (day) => day >= "2024-02-01");
  });
  await assertRefused(story, "2024-06-06", /has other prices and lacks/);
  await story.on("2024-06-07", ["--accept-restatement"]);
  assertEquals(story.scene.stored(T)[0]?.date, "2024-02-01");
  await story.on("2024-06-10");
  await story.assertAsFresh();
});

Deno.test("story: a day of which a restated history has an empty bar goes, and is a gap", async () => {
  await using story = await begun((result, today) => {
    if (today >= "2024-06-06") scale(result, null, (day) => day === "2024-02-07");
  });
  const { scene } = story;
  scene.yahoo.addSplit(T, "2024-06-06", 4, 1);
  const { code, stderr } = await story.on("2024-06-06");
  assertEquals(code, 0);
  assertStringIncludes(stderr, "removes 1 stored day that the new history lacks: 2024-02-07");
  await story.assertAsFresh();
  const { stdout } = await scene.program(["gaps", "--all", "--db", scene.space.db]);
  assertMatch(stdout, /2024-02-07 +2024-02-07 +1 +refused \(null_bar\)/);
});

Deno.test("story: of a split with empty bars on two of five days nothing is taken", async () => {
  await using story = await begun((result, today) => {
    if (today !== "2024-06-06") return;
    const bars = result.timestamp?.map(dayOf) ?? [];
    scale(result, null, (day) => day < "2024-06-01" && bars.indexOf(day) % 5 < 2);
  });
  story.scene.yahoo.addSplit(T, "2024-06-06", 4, 1);
  await assertRefused(story, "2024-06-06", /has other prices and lacks/);
  await story.on("2024-06-07");
  await story.assertAsFresh();
});

Deno.test("story: a tiny dividend that a split divides and rounds contradicts nothing", async () => {
  await using story = await begun((result) => {
    for (const each of Object.values(result.events?.dividends ?? {})) {
      if (each.amount < 0.001) each.amount = Number(each.amount.toFixed(6));
    }
  });
  const { scene } = story;
  scene.yahoo.addDividend(T, "2024-03-14", 0.12 / 224);
  await story.on("2024-06-05", ["--force-refresh"]);
  scene.yahoo.addSplit(T, "2024-06-10", 3, 1);
  await story.until("2024-06-12");
  assertEquals(scene.actions(T).some(({ amount }) => amount === 0.000179), true);
  await story.assertAsFresh();
});

/** Fails unless adjusted closes before a day are all those of one history. */
function assertOneHistory({ scene }: Story, before: readonly { adj_close: number | null }[]): void {
  const now = scene.stored(T);
  for (const [index, { adj_close }] of before.entries()) {
    assertEquals(now[index]?.adj_close, adj_close);
  }
}

const CORRECTIONS: readonly [string, (story: Story) => void, RegExp][] = [
  ["corrected", ({ scene: { yahoo } }) => {
    yahoo.addDividend(T, "2024-06-06", 0.5, { lost: [["2024-06-11", "2030-01-01"]] });
    yahoo.addDividend(T, "2024-06-06", 0.55, { from: "2024-06-11" });
  }, /dividend 0\.5 of 2024-06-06 is stored, and the answer has the dividend 0\.55 of 2024-06-06/],
  ["moved by a day", ({ scene: { yahoo } }) => {
    yahoo.addDividend(T, "2024-06-06", 0.5, { lost: [["2024-06-11", "2030-01-01"]] });
    yahoo.addDividend(T, "2024-06-07", 0.5, { from: "2024-06-11" });
  }, /dividend 0\.5 of 2024-06-06 is stored, and the answer has the dividend 0\.5 of 2024-06-07/],
  ["moved behind the stored days", ({ scene: { yahoo } }) => {
    yahoo.addDividend(T, "2024-06-06", 0.5, { lost: [["2024-06-11", "2030-01-01"]] });
    yahoo.addDividend(T, "2024-06-11", 0.5, { from: "2024-06-11" });
  }, /dividend 0\.5 of 2024-06-06 is stored, and the answer has the dividend 0\.5 of 2024-06-11/],
  ["withdrawn", ({ scene: { yahoo } }) => {
    yahoo.addDividend(T, "2024-06-06", 0.5, { lost: [["2024-06-11", "2030-01-01"]] });
  }, /dividend 0\.5 of 2024-06-06 is stored, and the answer has none/],
];

for (const [what, arrange, said] of CORRECTIONS) {
  Deno.test(`story: a dividend that is ${what} stops no session, and is taken after seven days`, async () => {
    await using story = await begun();
    const { scene } = story;
    arrange(story);
    await story.until("2024-06-10");
    const before = scene.stored(T);
    await story.until("2024-06-17", (day) => {
      assertEquals([newest(story).status, newest(story).history], ["success", "contradicted"]);
      assertMatch(newest(story).error_message ?? "", said);
      assertEquals(scene.stored(T).at(-1)?.date, day);
      assertOneHistory(story, before);
    });
    const { code, stderr } = await story.on("2024-06-18");
    assertEquals(code, 0);
    assertMatch(stderr, said);
    assertStringIncludes(stderr, "at each run since 2024-06-11: the answer replaces the stored");
    await story.assertAsFresh();
    assertEquals([newest(story).history, newest(story).restated_by], ["whole", "dividend"]);
    assertMatch(newest(story).error_message ?? "", said);
    assert(!(await story.on("2024-06-19")).stderr.includes(T));
  });
}

Deno.test("story: a dividend that comes and goes is no correction, nor is what few answers say", async () => {
  await using story = await begun();
  story.scene.yahoo.addDividend(T, "2024-06-10", 0.5, {
    lost: [["2024-06-12", "2024-06-12"], ["2024-06-14", "2024-06-25"]],
  });
  await story.until("2024-06-11");
  const paid = () => story.scene.actions(T).some(({ date }) => date === "2024-06-10");
  await story.until("2024-06-20", (day) => {
    assertEquals([paid(), newest(story).history], [
      true,
      day === "2024-06-13" ? "whole" : "contradicted",
    ]);
  });
  await story.until("2024-06-21");
  assert(!paid());
  await story.until("2024-06-25");
  await story.on("2024-06-26", ["--force-refresh"]);
  await story.assertAsFresh();

  await using rare = await begun();
  rare.scene.yahoo.addDividend(T, "2024-06-06", 0.5, { lost: [["2024-06-11", "2030-01-01"]] });
  await rare.until("2024-06-10");
  for (const day of ["2024-06-11", "2024-06-28"]) {
    await rare.on(day);
    assertEquals(newest(rare).history, "contradicted");
  }
  await rare.on("2024-07-01");
  assertEquals(newest(rare).history, "whole");
});

Deno.test("story: a dividend that comes while another is denied leaves no mixture", async () => {
  await using story = await begun();
  const { scene } = story;
  scene.yahoo.addDividend(T, "2024-06-06", 0.5, { lost: [["2024-06-11", "2030-01-01"]] });
  scene.yahoo.addDividend(T, "2024-06-13", 0.7);
  await story.until("2024-06-12");
  await assertRefused(story, "2024-06-13", /dividend 0\.5 of 2024-06-06 is stored/);
  await story.until("2024-06-18");
  await story.assertAsFresh();
});

Deno.test("story: a split that is gone is no correction, also where no price tells of it", async () => {
  await using story = await begun((result, today) => {
    if (today >= "2024-06-12") delete result.events?.splits;
  });
  story.scene.yahoo.addSplit(T, "2024-06-06", 4, 1);
  await story.until("2024-06-25");
  assertEquals([newest(story).status, newest(story).history], ["success", "contradicted"]);
  assertEquals(story.scene.actions(T).at(-1)?.kind, "split");
});

Deno.test("story: a split of 1 for 1 that is gone changes nothing, and is taken as a correction", async () => {
  await using story = await begun((result, today) => {
    if (today >= "2024-06-12") delete result.events?.splits;
  });
  story.scene.yahoo.addSplit(T, "2024-06-06", 1, 1);
  await story.until("2024-06-18");
  assertEquals([newest(story).status, newest(story).history], ["success", "contradicted"]);
  await story.on("2024-06-19");
  await story.assertAsFresh();
});

Deno.test("story: an event of the first stored day that is gone goes", async () => {
  await using story = await Story.create();
  const { scene } = story;
  await story.on(TODAY);
  const first = scene.stored(T)[0]?.date ?? "";
  scene.yahoo.addDividend(T, first, 0.5, { lost: [["2024-06-10", "2030-01-01"]] });
  await story.on("2024-06-07", ["--force-refresh"]);
  assertEquals(scene.actions(T)[0]?.date, first);
  await story.on("2024-06-10", ["--force-refresh"]);
  await story.assertAsFresh();
});

Deno.test("story: an answer is accepted also where another run has just asked for the same", async () => {
  await using story = await begun();
  story.scene.yahoo.addDividend(T, "2024-06-06", 0.5, { lost: [["2024-06-11", "2030-01-01"]] });
  await story.until("2024-06-12");
  assertEquals([newest(story).status, newest(story).history], ["success", "contradicted"]);
  // The clock stands still: the run before has ended no sooner than this one begins.
  await story.on("2024-06-12", ["--accept-restatement"]);
  assertEquals([newest(story).status, newest(story).history], ["success", "whole"]);
  await story.assertAsFresh();
});

Deno.test("story: of several events that are denied each is told", async () => {
  await using story = await begun();
  const lost = [["2024-06-12", "2030-01-01"]] as const;
  story.scene.yahoo.addDividend(T, "2024-06-06", 0.5, { lost });
  story.scene.yahoo.addDividend(T, "2024-06-07", 0.25, { lost });
  await story.until("2024-06-11");
  const { stderr } = await story.on("2024-06-12");
  assertMatch(
    stderr,
    /dividend 0\.5 of 2024-06-06 is stored, and the answer has none; the dividend 0\.25 of 2024-06-07 is/,
  );
});

Deno.test("story: of a ticker that is traded seldom, other prices are seen at the newest day", async () => {
  await using story = await begun((result, today) => {
    const seldom = new Set(["2024-06-03", "2024-06-13", "2024-06-24"]);
    keep(result, (day) => seldom.has(day) || day < "2024-05-25" && day.endsWith("4"));
    if (today >= "2024-06-10") scale(result, 0.5, () => true);
  });
  await story.on("2024-06-07");
  assertEquals(newest(story).requests, 1);
  await story.on("2024-06-10");
  assertEquals([newest(story).restated_by, newest(story).requests], ["prices", 2]);
  await story.assertAsFresh();
});

Deno.test("story: a symbol that another company has now is refused until it is accepted", async () => {
  await using story = await begun((result, today) => {
    if (today >= "2024-06-10") keep(result, (day) => day >= "2024-06-10");
  });
  await assertRefused(story, "2024-06-10", /the answer has none of the \d+ stored days/);
  await assertRefused(story, "2024-06-24", /the answer has none of the \d+ stored days/);
  await story.on("2024-06-25", ["--accept-restatement"]);
  await story.assertAsFresh();
});

Deno.test("story: a whole answer without any day is refused, and named for what it is", async () => {
  await using story = await begun((result, today) => {
    if (today === "2024-06-06") keep(result, () => false);
  });
  const before = story.scene.stored(T);
  const { code, stderr } = await story.on("2024-06-06", ["--accept-restatement"]);
  assertEquals([code, story.scene.stored(T)], [1, before]);
  assertStringIncludes(stderr, "there is no day with prices from the beginning to 2024-06-07");
  await assertRefused(story, "2024-06-06", /the answer has none of the \d+ stored days/);
  await story.on("2024-06-07");
  await story.assertAsFresh();
});

Deno.test("story: a split whose prices are mended month by month is taken when all of them are", async () => {
  await using story = await begun((result, today) => {
    if (today < "2024-06-12" || today >= "2024-06-20") return;
    scale(result, 0.25, (day) => day >= "2024-05-13" && day < "2024-06-06");
  });
  const { scene } = story;
  scene.yahoo.addSplit(T, "2024-06-06", 4, 1, { falls: true, mended: "2024-06-20" });
  await story.until("2024-06-11");
  const before = scene.stored(T).filter(({ date }) => date < "2024-06-10");
  await story.until("2024-06-19", (day) => {
    if (day < "2024-06-12") return;
    assertMatch(newest(story).error_message ?? "", /some days before the split 4:1 .* in old ones/);
    assertEquals(scene.stored(T).slice(0, before.length), before);
    assertEquals(scene.stored(T).at(-1)?.date, day);
  });
  await story.until("2024-06-20");
  await story.assertAsFresh();
  assertEquals(newest(story).history, "whole");
});

Deno.test("story: a split on a bad day is not taken for one without mended prices", async () => {
  await using story = await begun((result) => scale(result, 0.78, (day) => day >= "2024-06-06"));
  story.scene.yahoo.addSplit(T, "2024-06-06", 3, 2);
  await story.until("2024-07-15", () => assert(newest(story).history !== "unmended"));
  await story.assertAsFresh();
});

Deno.test("story: a split whose prices are mended before its day has a bar is not doubted", async () => {
  await using story = await begun((result, today) => {
    if (today === "2024-06-11") scale(result, null, (day) => day === "2024-06-11");
  });
  const { scene } = story;
  scene.yahoo.addSplit(T, "2024-06-11", 4, 1);
  await story.until("2024-06-10");
  await story.until("2024-06-11");
  assertEquals([newest(story).history, newest(story).restated_by], ["whole", "prices"]);
  const { stderr } = await story.on("2024-06-12");
  assert(!stderr.includes(T), stderr);
  assertEquals(newest(story).history, "whole");
  await story.assertAsFresh();
});

Deno.test("story: a session that the service takes back is told, and goes where that is accepted", async () => {
  await using story = await begun((result, today) => {
    if (today >= "2024-06-12") keep(result, (day) => day !== "2024-05-28");
  });
  const { stderr } = await story.on("2024-06-12", ["--force-refresh"]);
  assertStringIncludes(stderr, "the answer lacks 1 stored day, kept as it is: 2024-05-28;");
  assert(story.scene.stored(T).some(({ date }) => date === "2024-05-28"));
  await story.on("2024-06-13", ["--accept-restatement"]);
  await story.assertAsFresh();
  assert(!(await story.on("2024-06-14", ["--force-refresh"])).stderr.includes(T));
});
