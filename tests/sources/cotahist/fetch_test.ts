import { assertAlmostEquals, assertEquals, assertMatch } from "../../assert.ts";
import { inSpace } from "../../cli/in_process.ts";
import { endOf } from "../../../src/collect/task_run.ts";
import { ingest } from "../../../src/ingest/run.ts";
import { Workspace } from "../../e2e/workspace.ts";
import { type FakeB3, type FakeB3Options, startFakeB3 } from "../../fake/b3.ts";
import type { B3FaultName } from "../../fake/b3_faults.ts";
import { type SetClock, setClock } from "../../set_clock.ts";
import { askForAll } from "../../../src/sources/cotahist/fetch_files.ts";
import { type SeriesFile, seriesFile } from "../../../src/sources/cotahist/series.ts";

/** A Friday evening at the exchange, after that day's files. */
const FRIDAY = "2026-09-18T23:30:00Z";

/** Milliseconds from the real time to another one. */
function aheadOf(time: string): number {
  return Math.round(Date.parse(time) - performance.timeOrigin - performance.now());
}

function clockAt(time: string): SetClock {
  return setClock(aheadOf(time));
}

/** Ingests from the exchange; what was asked for meanwhile, and how it ended. */
async function fetched(space: Workspace, b3: FakeB3, ...args: readonly string[]) {
  const before = b3.requests.length;
  const quick = ["--rate", "none", "--timeout", "5"];
  const outcome = await space.ingest(["--source", "cotahist", ...quick, ...args], {
    env: { B3_BASE_URL: b3.url },
  });
  const asked = b3.requests.slice(before).map((each) => each.replace(/^.*COTAHIST_|\.ZIP$/g, ""));
  return { ...outcome, asked };
}

function start(options: FakeB3Options = {}): Promise<FakeB3> {
  return startFakeB3({ now: () => Date.now(), ...options });
}

/** Names in the folder of fetched files, those beside them left out. */
function kept(space: Workspace): string[] {
  return [...Deno.readDirSync(`${space.path}/files`)].map(({ name }) => name)
    .filter((name) => !name.startsWith(".")).sort();
}

Deno.test("each fault of a file has its code, exit code 1, and leaves nothing behind", async () => {
  using _clock = clockAt(FRIDAY);
  await using space = await Workspace.create();
  await using b3 = await start();
  const faults: [B3FaultName, string][] = [
    ["missing", "file_not_there"],
    ["html", "file_not_there"],
    ["empty", "file_not_there"],
    ["no-zip", "file_not_there"],
    ["redirect", "redirected"],
    ["error-503", "service_failed"],
    ["error-520", "service_failed"],
    ["stall", "timeout"],
    ["stall-body", "timeout"],
    ["reset", "connection_failed"],
    ["cut", "truncated_body"],
    ["half-zip", "zip_corrupt"],
    ["no-trailer", "trailer_missing"],
    ["bad-count", "trailer_mismatch"],
  ];
  for (const [fault, code] of faults) {
    b3.setFaults([{ fault }]);
    const args = ["--year", "2024", "--attempts", "1", "--timeout", "0.3"];
    const outcome = await fetched(space, b3, ...args);
    assertEquals([outcome.code, outcome.asked], [1, ["A2024"]], `${fault}: ${outcome.stderr}`);
    const [row] = space.logs().slice(-1);
    assertEquals([row?.status, row?.error_code, row?.ticker], ["failed", code, null], fault);
    assertEquals(kept(space), [], fault);
  }
  assertEquals(space.prices(), []);
  // What passes is tried again; then all is well.
  b3.setFaults([{ fault: "error-520", times: 1 }, { fault: "cut", times: 1 }]);
  const well = await fetched(space, b3, "--year", "2024", "--attempts", "3");
  assertEquals([well.code, well.asked.length], [0, 2], well.stderr);
  assertEquals(kept(space), ["COTAHIST_A2024.ZIP"]);
  const record = JSON.parse(Deno.readTextFileSync(`${space.path}/files/.COTAHIST_A2024.ZIP.json`));
  const bytes = Deno.readFileSync(`${space.path}/files/COTAHIST_A2024.ZIP`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  assertEquals([record.sha256, record.bytes, record.days.length], [digest, bytes.length, 251]);
});

Deno.test("a download that was cut goes on where it was cut, if the service can", async () => {
  using _clock = clockAt(FRIDAY);
  await using space = await Workspace.create();
  await using b3 = await start();
  const get = async (filesDir: string) => {
    const { exitCode } = await ingest({
      source: "cotahist",
      db: space.db,
      lockDir: space.lockDir,
      filesDir: `${space.path}/${filesDir}`,
      selection: { year: ["2024"] },
      network: { baseUrl: b3.url, rate: null, attempts: 4, backoffMs: 0, timeoutSeconds: 0.5 },
    });
    assertEquals(exitCode, 0);
    return Deno.readFileSync(`${space.path}/${filesDir}/COTAHIST_A2024.ZIP`);
  };
  const whole = await get("one");
  // Half, half of the rest, half of what is left then, and the end.
  b3.setFaults([{ fault: "cut", times: 2 }, { fault: "stall-body", times: 3 }]);
  assertEquals(await get("two"), whole);
  assertEquals(b3.requests.length, 5);
  const [, from] = /^bytes=(\d+)-$/.exec(b3.lastHeaders.get("range") ?? "") ?? [];
  assertAlmostEquals(Number(from), whole.length * 7 / 8, 8);
  assertEquals(b3.lastHeaders.get("if-range"), "Wed, 01 Jan 2025 00:00:00 GMT");
  // A service that sends no parts sends all of it again.
  b3.setFaults([{ fault: "no-ranges" }, { fault: "cut", times: 1 }]);
  assertEquals(await get("three"), whole);
  assertEquals([b3.requests.length, b3.lastHeaders.get("range")], [7, null]);
});

Deno.test("what is not published yet is skipped, until the next session's morning", async () => {
  using clock = clockAt(FRIDAY);
  await using space = await Workspace.create();
  // The exchange is late: nothing of Friday comes out.
  await using b3 = await start({ outAtHour: 200 });
  for (
    // Friday evening, Sunday, Monday at 08:59 and 09:01 in São Paulo.
    const [time, code, status] of [
      [FRIDAY, 0, "skipped"],
      ["2026-09-20T15:00:00Z", 0, "skipped"],
      ["2026-09-21T11:59:00Z", 0, "skipped"],
      ["2026-09-21T12:01:00Z", 1, "failed"],
    ] as const
  ) {
    clock.set(aheadOf(time));
    for (const fault of ["missing", "html", "empty"] as const) {
      b3.setFaults([{ fault }]);
      const outcome = await fetched(space, b3, "--day", "2026-09-18");
      assertEquals([outcome.code, outcome.asked], [code, ["D18092026"]], outcome.stderr);
      const [row] = space.logs().slice(-1);
      const told = status === "skipped" ? "not_published" : "file_not_there";
      assertEquals([row?.status, row?.error_code], [status, told], time);
    }
  }
});

Deno.test("a collector's task is told of what is not published yet, and comes back for it", async () => {
  using _clock = clockAt(FRIDAY);
  await using space = await Workspace.create();
  await using b3 = await start({ outAtHour: 24 });
  const report = await ingest({
    source: "cotahist",
    db: space.db,
    lockDir: space.lockDir,
    selection: { since: "2026-09-17" },
    network: { baseUrl: b3.url, rate: null },
  });
  const { exitCode, message, againMs } = endOf(report);
  assertEquals([exitCode, againMs], [0, 30 * 60_000]);
  assertMatch(message ?? "", /has not published COTAHIST_D18092026\.ZIP yet/);
  const { code, stdout, stderr } = await inSpace(
    space,
    ["collect", "--source", "cotahist", "--every", "1d", "--once", "--json"],
    { env: { B3_BASE_URL: b3.url } },
  );
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /has not published COTAHIST_D18092026\.ZIP yet/);
  const shown = await inSpace(space, ["logs", "--json", "--source", "cotahist"]);
  assertMatch(shown.stdout, /"error_code":"not_published"|"error_code": "not_published"/);
});

Deno.test("what is missing is caught up, holidays are never asked for", async () => {
  using clock = clockAt(FRIDAY);
  await using space = await Workspace.create();
  await using b3 = await start();
  const nothing = await fetched(space, b3);
  assertEquals([nothing.code, nothing.asked], [2, []], nothing.stderr);
  assertMatch(nothing.stderr, /nothing is stored yet[^]*--year 2024, --since/);
  for (const day of ["2026-09-07", "2026-09-12"]) {
    const holiday = await fetched(space, b3, "--day", day);
    assertEquals([holiday.code, holiday.asked], [0, []], holiday.stderr);
    assertMatch(holiday.stdout, /is no session/);
  }
  assertEquals((await fetched(space, b3, "--since", "2025-11-20")).asked, [
    ...["M112025", "M122025", "A2026", "D18092026"],
  ]);
  assertEquals(space.value("SELECT min(date) FROM prices"), "2025-11-21");
  // All is there, and nothing is asked for, on the weekend and on Monday before the close.
  for (const time of [FRIDAY, "2026-09-20T15:00:00Z", "2026-09-21T20:00:00Z"]) {
    clock.set(aheadOf(time));
    const again = await fetched(space, b3);
    assertEquals([again.code, again.asked], [0, []], again.stderr);
    assertMatch(again.stdout, /nothing is missing/);
  }
  clock.set(aheadOf("2026-09-21T23:30:00Z"));
  const monday = await fetched(space, b3, "--ticker", "PETR4.SA,VALE3.SA");
  assertEquals([monday.code, monday.asked], [0, ["D21092026"]], monday.stderr);
  // Another ticker of that day comes from the kept file, once the day is over without asking.
  clock.set(aheadOf("2026-09-22T15:00:00Z"));
  const other = await fetched(space, b3, "--ticker", "MGLU3.SA");
  assertEquals([other.code, other.asked], [0, ["D21092026"]], other.stderr);
  const third = await fetched(space, b3, "--ticker", "CIEL3.SA");
  assertEquals([third.code, third.asked], [0, []], third.stderr);
  assertEquals(space.value("SELECT count(*) FROM prices WHERE date = '2026-09-21'"), 4);
});

Deno.test("a kept file is asked for again only where it can have changed", async () => {
  using clock = clockAt(FRIDAY);
  await using space = await Workspace.create();
  await using b3 = await start();
  const ask = async (...args: readonly string[]) => {
    const { code, asked, stderr } = await fetched(space, b3, ...args);
    assertEquals(code, 0, stderr);
    return asked;
  };
  assertEquals(await ask("--year", "2025,2026"), ["A2025", "A2026"]);
  assertEquals(b3.lastHeaders.get("if-modified-since"), null);
  // The past does not change; this year's file is asked for, and has not.
  assertEquals(await ask("--year", "2025,2026"), ["A2026"]);
  assertMatch(b3.lastHeaders.get("if-modified-since") ?? "", /2026/);
  b3.setFaults([{ fault: "ignores-since" }]);
  assertEquals(await ask("--year", "2026"), ["A2026"]);
  assertEquals(await ask("--year", "2025", "--force-refresh"), ["A2025"]);
  // What was removed, or cut by others, is fetched again.
  Deno.truncateSync(`${space.path}/files/COTAHIST_A2025.ZIP`, 100);
  assertEquals(await ask("--year", "2025"), ["A2025"]);
  Deno.removeSync(`${space.path}/files/COTAHIST_A2025.ZIP`);
  assertEquals(await ask("--year", "2025"), ["A2025"]);
  // So is what has another byte, though the service says that it has not changed.
  await using file = await Deno.open(`${space.path}/files/COTAHIST_A2025.ZIP`, { write: true });
  await file.seek(5000, Deno.SeekMode.Start);
  await file.write(new Uint8Array(8));
  assertEquals(await ask("--year", "2025"), ["A2025"]);
  assertEquals(b3.lastHeaders.get("if-modified-since"), null);
  // A year that is over.
  clock.set(aheadOf("2027-01-05T15:00:00Z"));
  assertEquals(await ask("--year", "2026"), ["A2026"]);
  assertEquals(await ask("--year", "2026"), []);
});

Deno.test("a file that was read for another market has all of its sessions", async () => {
  using _clock = clockAt(FRIDAY);
  await using space = await Workspace.create();
  await using b3 = await start();
  const other = await fetched(space, b3, "--year", "2025", "--markets", "020");
  assertEquals([other.asked, space.prices()], [["A2025"], []]);
  const cash = await fetched(space, b3, "--since", "2025-01-02", "--to", "2025-12-30");
  assertEquals([cash.code, cash.asked], [0, ["A2026", "D18092026"]], cash.stderr);
  assertEquals(space.value("SELECT count(DISTINCT date) FROM prices"), 250);
});

Deno.test("a file that was cut and taken as it is says nothing of its sessions", async () => {
  using _clock = clockAt(FRIDAY);
  await using space = await Workspace.create();
  await using b3 = await start();
  b3.setFaults([{ fault: "no-trailer" }]);
  const cut = ["--year", "2025", "--allow-truncated"];
  assertEquals((await fetched(space, b3, ...cut)).code, 0);
  b3.setFaults([]);
  assertEquals((await fetched(space, b3, "--year", "2025")).asked, ["A2025"]);
  assertEquals((await fetched(space, b3, "--year", "2025", "--force-refresh")).code, 0);
  assertEquals((await fetched(space, b3, "--year", "2025")).asked, []);
});

Deno.test("a day that the exchange was closed on is told by the calendar's file", async () => {
  using _clock = clockAt(FRIDAY);
  await using space = await Workspace.create();
  await using b3 = await start();
  b3.setFaults([{ fault: "missing", path: "D16092026" }]);
  await fetched(space, b3, "--day", "2026-09-15");
  const failing = await fetched(space, b3);
  const asked = failing.asked.toSorted();
  assertEquals([failing.code, asked], [3, ["D16092026", "D17092026", "D18092026"]]);
  assertMatch(failing.stderr, /--calendar/);
  const file = space.write("closed.json", '{"endings":{".SA":{"closed":["2026-09-16"]}}}');
  const well = await fetched(space, b3, "--calendar", file);
  assertEquals([well.code, well.asked], [0, []], well.stderr);
});

Deno.test("a file is named or fetched, and where it is kept can be said", async () => {
  using _clock = clockAt(FRIDAY);
  await using space = await Workspace.create();
  await using b3 = await start();
  const both = await fetched(space, b3, "--year", "2024", "--file", "x.zip");
  assertEquals([both.code, both.asked], [2, []]);
  assertMatch(both.stderr, /--file/);
  const wrong = await fetched(space, b3, "--year", "1985");
  assertEquals([wrong.code, wrong.asked], [2, []]);
  const missing = await fetched(space, b3, "--day", "2026-09-18", "--ticker", "PETR44.SA");
  assertEquals(missing.code, 1, missing.stderr);
  assertMatch(missing.stderr, /PETR44\.SA is in none/);
  const { code } = await fetched(space, b3, "--day", "2026-09-18", "--files-dir", "kept/b3");
  assertEquals([code, Deno.statSync(`${space.path}/kept/b3/COTAHIST_D18092026.ZIP`).isFile], [
    0,
    true,
  ]);
  // A dry run keeps nothing.
  const dry = await fetched(space, b3, "--day", "2026-09-17", "--files-dir", "dry", "--dry-run");
  assertEquals([dry.code, space.names().includes("dry")], [0, false], dry.stderr);
});

Deno.test("days are asked for several at a time, years one after the other", async () => {
  const begun: string[] = [];
  const second = Promise.withResolvers<void>();
  const ask = async ({ name }: SeriesFile): Promise<undefined> => {
    begun.push(name);
    // The first day is answered once the second one has been asked for.
    if (name === seriesFile("2026-09-17").name) await second.promise;
    else if (name === seriesFile("2026-09-18").name) second.resolve();
    else {
      await new Promise((resolve) => setTimeout(resolve, 1));
      begun.push("answered");
    }
  };
  const spans = ["2024", "2025", "2026-09-17", "2026-09-18"];
  const answers = await askForAll(spans.map(seriesFile), ask);
  const names = spans.map((span) => seriesFile(span).name);
  assertEquals(answers.map(({ file }) => file.name), names);
  assertEquals(begun, [names[0], "answered", names[1], "answered", names[2], names[3]]);
});

Deno.test("sources test asks for the newest day's file, and says what came instead", async () => {
  using _clock = clockAt(FRIDAY);
  await using space = await Workspace.create();
  await using b3 = await start();
  const test = (...more: readonly string[]) =>
    inSpace(space, ["sources", "test", "cotahist", ...more], { env: { B3_BASE_URL: b3.url } });
  const well = await test();
  assertEquals(well.code, 0, well.stderr);
  // That of Friday need not be out on Friday evening.
  assertMatch(well.stdout, /COTAHIST_D17092026\.ZIP is there, \d+ bytes/);
  for (const fault of ["missing", "html", "empty", "no-zip"] as const) {
    b3.setFaults([{ fault }]);
    const { code, stdout, stderr } = await test();
    assertEquals(code, 1, fault);
    assertMatch(stdout + stderr, /D17092026\.ZIP has to be there, and the answer is no ZIP/);
  }
});
