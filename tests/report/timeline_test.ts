import { timelineOf } from "../../src/report/timeline.ts";
import type { ActivityRow } from "../../src/store/activity.ts";
import { assertEquals } from "../assert.ts";

function at(minute: number): string {
  return new Date(Date.UTC(2024, 0, 2, 10, minute)).toISOString();
}

function row(from: number, to: number | null, over: Partial<ActivityRow> = {}): ActivityRow {
  return {
    ...{
      run_id: "a",
      command: "tickerlock ingest",
      from: at(from),
      to: to === null ? null : at(to),
    },
    ...{ jobs: 1, failures: 0, rows: 2, waited: 0, ...over },
  };
}

Deno.test("jobs of a run without a pause are one bar, and those of others are not", () => {
  const rows = [
    row(0, 1),
    row(1, 2, { failures: 1, waited: 3 }),
    row(1, 9, { run_id: "b" }),
    row(3, 4),
    row(6, 7),
  ];
  const [line] = timelineOf(rows, at(0), at(30));
  assertEquals(
    line?.bars.map((
      bar,
    ) => [bar.run_id, bar.from, bar.to, bar.jobs, bar.failures, bar.rows, bar.waited]),
    [
      ["a", at(0), at(4), 3, 1, 6, 3],
      ["b", at(1), at(9), 1, 0, 2, 0],
      ["a", at(6), at(7), 1, 0, 2, 0],
    ],
  );
});

Deno.test("a bar at work stays open, and the newest bars and commands are kept", () => {
  const [line] = timelineOf([row(0, 1), row(1, null), row(2, 3)], at(0), at(30));
  assertEquals(line?.bars.map(({ to, jobs }) => [to, jobs]), [[null, 3]]);
  const many = Array.from({ length: 200 }, (_, n) => row(n * 5, n * 5 + 1));
  const [all] = timelineOf(many, at(0), at(2000));
  assertEquals([all?.bars.length, all?.left_out, all?.bars.at(-1)?.from], [150, 50, at(995)]);
  const commands = Array.from({ length: 20 }, (_, n) => row(n, n + 1, { command: `c${n}` }));
  const names = timelineOf(commands, at(0), at(30)).map(({ command }) => command);
  assertEquals([names.length, names[0], names.at(-1)], [12, "c19", "9 other commands"]);
});

Deno.test("what began before and ended since is there, and what is still at work", () => {
  const rows = [row(-90, -1), row(-90, 5, { run_id: "b" }), row(-80, null, { run_id: "c" })];
  const [line] = timelineOf(rows, at(0), at(30));
  assertEquals(line?.bars.map(({ run_id }) => run_id), ["b", "c"]);
});
