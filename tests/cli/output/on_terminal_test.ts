import { inSpace } from "../in_process.ts";
import type { Workspace } from "../../e2e/workspace.ts";
import widthOf from "fast-string-width";
import { assert, assertEquals, assertMatch, assertNotMatch } from "../../assert.ts";
import { CUT_NOTE } from "../../../src/cli/output/terminal.ts";
import { loggedSpace } from "../../e2e/log_tools.ts";

/** What a run writes to a terminal of so many columns. */
async function seenAt(
  space: Workspace,
  columns: number,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return (await inSpace(space, args, { terminal: true, columns, env })).stdout;
}

const COMMANDS: readonly (readonly string[])[] = [["logs"], ["logs", "--failed"], ["stats"]];

// deno-lint-ignore no-control-regex
const ESCAPE = /\x1b/;

Deno.test("tables fit terminals of 80 and 160 columns, and are whole where there is none", async () => {
  await using space = await loggedSpace();
  for (const args of COMMANDS) {
    const widest = (seen: string): number =>
      Math.max(...seen.split("\n").map((line) => widthOf(line)));
    const narrow = await seenAt(space, 80, args, { NO_COLOR: "1" });
    const broad = await seenAt(space, 160, args, { NO_COLOR: "1" });
    const { stdout: piped } = await inSpace(space, args);
    assert(widest(narrow) <= 80 && widest(broad) <= 160, `${narrow}\n${broad}`);
    const titles = [narrow, broad, piped].map((seen) => seen.split("\n")[0]?.split(/ {2,}/) ?? []);
    const [few = [], more = [], all = []] = titles;
    assert(few.length < more.length && more.length <= all.length, `${narrow}\n${piped}`);
    assert(few.every((title) => all.includes(title)), narrow);
    for (const seen of [narrow, broad, piped]) assertNotMatch(seen, ESCAPE);
    // The same rows, whatever the width.
    const table = (seen: string): number => (seen.split("\n\n")[0] ?? "").split("\n").length;
    assertEquals(table(narrow), table(piped));
  }
});

Deno.test("long texts in any script are cut to the terminal and told in full elsewhere", async () => {
  await using space = await loggedSpace();
  const args = ["logs", "--status", "failed"];
  const seen = await seenAt(space, 80, args, { NO_COLOR: "1" });
  assertMatch(seen, /^2026-11-01 .*failed .*file_not_found: 東京.*…$/m);
  assertMatch((await inSpace(space, args)).stdout, /a long story to tell$/m);
  const wide = await seenAt(space, 80, [...args, "--wide"], { NO_COLOR: "1" });
  assertMatch(wide, /a long story to tell$/m);
  assertMatch(wide, / 0190f000-0000-7000-8000-000000000003 /);
});

Deno.test("a terminal gets colours, with NO_COLOR none", async () => {
  await using space = await loggedSpace();
  // An empty NO_COLOR counts as none: https://no-color.org
  const colored = await seenAt(space, 80, ["logs"], { NO_COLOR: "" });
  // deno-lint-ignore no-control-regex
  assertMatch(colored, /\x1b\[32msuccess\x1b\[0m/);
  // deno-lint-ignore no-control-regex
  assertMatch(colored, /\x1b\[31mfailed\x1b\[0m/);
  assertNotMatch(await seenAt(space, 80, ["logs"], { NO_COLOR: "1" }), ESCAPE);
});

/** A database with a backup, and two files. */
async function spaceToFit(): Promise<Workspace> {
  const space = await loggedSpace();
  space.write("a.csv", "ticker,date,close\nEXMA3.SA,2024-01-02,5\nEXMB4.SA,2024-01-02,5\n");
  space.write("b.csv", "ticker,date,close\nEXMA3.SA,2024-01-02,-5\nEXMB4.SA,2024-13-02,5\n");
  await inSpace(space, ["db", "backup"]);
  return space;
}

const COLLECT = (
  "--ticker PETR4.SA --every 15m --jitter 30s --active-hours 10:00-10:45 --time-zone America/Sao_Paulo"
).split(" ");

const TO_FIT: readonly (readonly string[])[] = [
  ["sources", "list"],
  ["ingest", "--source", "csv", "--file", "a.csv", "--lock-dir", "locks"],
  ["ingest", "--source", "csv", "--file", "b.csv", "--lock-dir", "locks", "--dry-run"],
  ["locks", "list", "--all", "--lock-dir", "locks"],
  ["doctor", "--offline", "--lock-dir", "locks", "--unit-dir", "units"],
  ["stats"],
  ["logs"],
  ["config", "show", "--lock-dir", "a-folder-of-locks/with-a-long-name/for-this-test"],
  ["db", "backups"],
  ["collect", ...COLLECT, "--dry-run"],
];

Deno.test("every table and every line beneath it fits 80 columns, and fewer", async () => {
  await using space = await spaceToFit();
  for (const width of [80, 60]) {
    for (const args of TO_FIT) {
      const seen = await seenAt(space, width, args, { NO_COLOR: "1" });
      assert(seen.split("\n").length > 3, args.join(" "));
      for (const line of seen.split("\n")) {
        // A path is not broken: a user may copy it.
        const words = line.trim().split(" ");
        assert(widthOf(line) <= width || words.length === 1, `${args.join(" ")}: ${line}`);
      }
    }
  }
  const { stdout } = await inSpace(space, ["sources", "list"]);
  assert(stdout.split("\n").some((line) => line.length > 150), stdout);
  const colored = await seenAt(space, 80, TO_FIT[1] ?? [], { NO_COLOR: "" });
  // deno-lint-ignore no-control-regex
  assertMatch(colored, /\x1b\[\d+m(success|skipped)\x1b\[0m/);
});

Deno.test("every table that is cut says so, and is whole with --wide", async () => {
  await using space = await spaceToFit();
  using _held = space.hold("PETR4.SA");
  const tables = TO_FIT.filter((args) => !args.includes("b.csv"));
  for (const args of tables) {
    const narrow = await seenAt(space, 24, args, { NO_COLOR: "1" });
    assert(narrow.split("\n").includes(CUT_NOTE), `${args.join(" ")}\n${narrow}`);
    const wide = await seenAt(space, 24, [...args, "--wide"], { NO_COLOR: "1" });
    assert(!wide.includes(CUT_NOTE), wide);
    const [first = ""] = wide.split("\n");
    // Only the log has columns that are for --wide alone.
    const { stdout } = await inSpace(space, args);
    if (args[0] === "logs") assert(first.length > (stdout.split("\n")[0] ?? "").length, first);
    else assertEquals(first.split(/ {2,}/), stdout.split("\n")[0]?.split(/ {2,}/), args.join(" "));
    assert(!stdout.includes(CUT_NOTE), stdout);
  }
});

Deno.test("a table that goes on past its first page uses the width that there is", async () => {
  await using space = await loggedSpace();
  space.execute(`WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
    INSERT INTO ingest_logs (job_id, run_id, source, command, started_at, status, host, pid, version)
    SELECT 'job-' || i, 'run', 'csv', 'test', '2026-11-06', 'running', 'host', 1, '0' FROM n`);
  const seen = await seenAt(space, 160, ["logs", "--limit", "all"], { NO_COLOR: "1" });
  assertMatch(seen, /^2026-11-01 .*failed .*file_not_found: 東.*…$/m);
  for (const line of seen.split("\n")) assert(widthOf(line) <= 160, line);
  assertMatch(seen, /^STARTED .* ERROR$/m);
});

Deno.test("findings and locks have colours on a terminal, and none on a dumb one", async () => {
  await using space = await loggedSpace();
  using _held = space.hold("PETR4.SA");
  const seen = async (args: readonly string[], env: Record<string, string>): Promise<string> =>
    await seenAt(space, 200, args, env);
  const doctor = ["doctor", "--offline"];
  const colored = await seen(doctor, {});
  // deno-lint-ignore no-control-regex
  assertMatch(colored, /^\x1b\[32mok\x1b\[0m: versions: /m);
  // deno-lint-ignore no-control-regex
  assertMatch(colored, /^\x1b\[33mwarning\x1b\[0m: locks: PETR4\.SA/m);
  // deno-lint-ignore no-control-regex
  assertMatch(await seen(["locks", "list"], {}), /^PETR4\.SA +\x1b\[32mheld\x1b\[0m +-/m);
  for (const args of [doctor, ["locks", "list"], ["logs"]]) {
    for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
      assertNotMatch(await seen(args, { ...env }), ESCAPE);
    }
  }
});

Deno.test("why a row was refused is never cut, however narrow the terminal", async () => {
  await using space = await loggedSpace();
  const raw = `2024-01-02;${"9".repeat(70)};东京`;
  const reason = "the high of the day, 38, is below its low, 38.6, " +
    "and more of that ".repeat(4);
  space.execute(`UPDATE ingest_rejects SET reason = '${reason}end', raw = '${raw}'`);
  for (const columns of [40, 80]) {
    const seen = await seenAt(space, columns, ["logs", "show", "00000006"], { NO_COLOR: "1" });
    const rejects = seen.slice(seen.indexOf("25 rejected rows"));
    const words = rejects.replaceAll(/\s+/g, " ");
    assertEquals(words.split(`${reason}end`).length - 1, 20, seen);
    assert(rejects.replaceAll(/\s+/g, "").includes(raw), rejects);
    assert(rejects.split("\n").slice(2).every((line) => widthOf(line) <= columns), rejects);
  }
});

// Marks of direction, no width: a name that has them looks like another.
const DECEIVING = /[\p{Cf}\u0080-\u009f]/u;

Deno.test("no error, note, line of the log or cell shows a terminal what nobody can see", async () => {
  await using space = await loggedSpace();
  const deceit = "x\u202ecod\u200b.csv\u2066\x9b31m";
  const runs: readonly (readonly string[])[] = [
    ["ingest", "--source", deceit],
    ["ingest", "--source", "csv", "--file", deceit, "--log-format", "pretty", "-v"],
    ["ingest", "--source", "csv", "--file", deceit, "--log-format", "json", "-v"],
    ["logs", "--wide"],
    ["logs", "--json"],
    ["stats", "--db", deceit],
  ];
  for (const args of runs) {
    const { stdout, stderr } = await inSpace(space, args, { terminal: true, columns: 200 });
    assert((stdout + stderr).length > 0, args.join(" "));
    assertNotMatch(stdout + stderr, DECEIVING, args.join(" "));
  }
  const { stderr } = await inSpace(space, ["ingest", "--source", deceit]);
  assertNotMatch(stderr, DECEIVING, "where there is no terminal");
});
