import { assert, assertEquals } from "../assert.ts";
import { FakedClock } from "./faked_clock.ts";
import { logLines, Running } from "./program.ts";
import { waitFor } from "./wait_for.ts";
import { testNeeding } from "../system.ts";
import { Workspace } from "./workspace.ts";

testNeeding(
  "faketime",
  "a collector goes by its machine's clock: set forward, slept over, across summer time, set back",
  async () => {
    await using clock = await FakedClock.create("2026-03-28T03:00:00Z");
    if (clock === undefined) return;
    await using space = await Workspace.create();
    const file = space.write("p.csv", "date,ticker,close\n2024-01-02,PETR4.SA,37.5\n");
    space.write(
      "tickerlock.json",
      JSON.stringify({
        time_zone: "Europe/London",
        tasks: [{ name: "a", source: "csv", file, every: "1s", active_hours: "08:00-18:00" }],
      }),
    );
    await using running = new Running(["collect", "--config", "tickerlock.json"], {
      cwd: space.path,
      env: { TICKERLOCK_DB: space.db, LOCK_DIR: space.lockDir },
      prefix: clock.prefix,
    });
    const nextTurnIs = (prefix: string) =>
      waitFor(`a next turn ${prefix} of ${running.describe()}`, () => {
        if (!running.alive) throw new Error(running.describe());
        if (!space.hasDatabase()) return false;
        const [row] = space.query("SELECT next_turn_at FROM collectors");
        return String(row?.next_turn_at).startsWith(prefix);
      });
    const begunAt = (prefix: string): number =>
      space.logs().filter(({ started_at }) => started_at.startsWith(prefix)).length;
    const runsAt = (prefix: string, count: number) =>
      waitFor(`${count} runs at ${prefix}`, () => begunAt(prefix) >= count);

    await running.says("the initial sync is done");
    await nextTurnIs("2026-03-28T08:00:00");
    // NTP sets a clock that was hours behind, or a person does.
    clock.set("2026-03-28T09:30:00Z");
    await runsAt("2026-03-28T09:3", 3);
    // What a suspended machine's clocks say when it wakes up: the monotonic one rests meanwhile.
    clock.set("2026-03-28T20:00:00Z");
    await nextTurnIs("2026-03-29T07:00:00");
    // The night in which London's clocks go forward is over.
    clock.set("2026-03-29T06:59:57Z");
    await runsAt("2026-03-29T07:0", 2);
    clock.set("2026-03-28T12:00:00Z");
    await runsAt("2026-03-28T12:0", 2);
    running.kill("SIGTERM");
    const { code, stderr } = await running.outcome();
    assertEquals(code, 143, stderr);
    // The turn that was slept over, and came after the active hours, has left a row that says so.
    const outside = space.logs().filter(({ started_at, status }) =>
      status === "success" && /^2026-03-28T(1[89]|2)|^2026-03-29T0[0-6]/.test(started_at)
    );
    assertEquals(outside, []);
    assert(space.logs().some(({ error_code }) => error_code === "turn_missed"), stderr);
    const told = logLines(stderr).filter(({ level }) => level === "WARN")
      .map(({ message }) => String(message)).filter((text) => text.startsWith("the clock was set"))
      .map((text) => text.slice(0, 28));
    assertEquals(told, [
      "the clock was set forward by",
      "the clock was set forward by",
      "the clock was set forward by",
      "the clock was set back by 19",
    ]);
  },
);
