import { assertEquals, assertStringIncludes } from "../assert.ts";
import { FakedClock } from "./faked_clock.ts";
import { prepared } from "./prepared.ts";
import { logLines, PATIENT } from "./program.ts";
import { reportOf } from "./report_json.ts";
import { testNeeding } from "../system.ts";
import { Scene } from "./yahoo_scene.ts";

testNeeding(
  "faketime",
  "one run while the clock is 40 days ahead: the next one asks, and run and doctor tell of it",
  async () => {
    await using clock = await FakedClock.create("2026-11-30T12:00:00Z");
    if (clock === undefined) return;
    await using scene = await Scene.create();
    const { space, yahoo } = scene;
    const { prefix } = clock;
    const options = { prefix, env: { YAHOO_BASE_URL: yahoo.url } };
    const run = async () => {
      const args = ["ingest", "--ticker", "PETR4.SA", "--json", "--log-format", "json", ...PATIENT];
      const { code, stdout, stderr } = await space.spawn(args, options);
      assertEquals(code, 0, stderr);
      const [ticker] = reportOf(stdout).tickers;
      return { status: ticker?.status, inserted: ticker?.rows_inserted, lines: logLines(stderr) };
    };
    await run();
    clock.set("2027-01-09T12:00:00Z");
    await run();
    clock.set("2026-11-30T12:10:00Z");
    yahoo.setToday("2024-06-06");
    const { status, inserted, lines } = await run();
    assertEquals([status, inserted], ["success", 2]);
    const [warning] = lines.filter(({ level }) => level === "WARN");
    assertEquals((warning?.properties as { code?: string })?.code, "clock");
    const doctor = await space.spawn(["doctor", "--offline", "--json"], options);
    const { findings } = JSON.parse(doctor.stdout) as {
      findings: { check: string; level: string; message: string }[];
    };
    const [found] = findings.filter(({ check }) => check === "clock");
    assertEquals([doctor.code, found?.level], [1, "error"]);
    assertStringIncludes(found?.message ?? "", "later (2027-01-09");
    const stats = await space.spawn(["stats", "--json"], options);
    assertStringIncludes(stats.stdout, '"last_success_at": "2026-11-30T12:');
  },
);

testNeeding(
  "faketime",
  "backups of a clock that was ahead neither push out the real ones nor are the newest",
  async () => {
    await using clock = await FakedClock.create("2027-12-01T12:00:00Z");
    if (clock === undefined) return;
    await using space = await prepared();
    const backup = async () => {
      const { code, stdout, stderr } = await space.spawn(
        ["db", "backup", "--keep", "2", "--json", "--log-format", "json"],
        { prefix: clock.prefix },
      );
      assertEquals(code, 0, stderr);
      const made = JSON.parse(stdout) as { path: string; removed: string[]; from_future: string[] };
      return { ...made, lines: logLines(stderr) };
    };
    const ahead = [await backup(), await backup()].map(({ path }) => path);
    clock.set("2026-11-30T12:00:00Z");
    const real: string[] = [];
    for (let count = 0; count < 3; count++) {
      const made = await backup();
      assertEquals([made.removed, made.from_future], [
        real.slice(0, count - 1),
        ahead.toReversed(),
      ]);
      const [warning] = made.lines.filter(({ level }) => level === "WARN");
      assertEquals((warning?.properties as { code?: string })?.code, "clock");
      real.push(made.path);
    }
    const info = await space.spawn(["db", "info", "--json"], { prefix: clock.prefix });
    assertEquals(JSON.parse(info.stdout).last_backup.path, real.at(-1));
  },
);
