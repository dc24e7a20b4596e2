import { PROGRESS_INTERVAL_MS, throttledProgress } from "../../../src/sources/files/progress.ts";
import { assertEquals } from "../../assert.ts";

Deno.test("progress is reported at once and then ten times per second at most", () => {
  const reported: number[] = [];
  let now = 0;
  const report = throttledProgress((progress) => reported.push(progress.rows), () => now);
  for (let rows = 0; rows < 100; rows++) {
    report({ label: "a.csv", bytesDone: 0, bytesTotal: 0, rows });
    now += PROGRESS_INTERVAL_MS / 4;
  }
  assertEquals(reported, Array.from({ length: 25 }, (_, i) => i * 4));
});

Deno.test("without anyone to report to, nothing happens", () => {
  const report = throttledProgress(undefined, () => {
    throw new Error("the clock was read");
  });
  report({ label: "a.csv", bytesDone: 0, bytesTotal: 0, rows: 0 });
});
