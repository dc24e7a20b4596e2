import {
  addUp,
  failures,
  groupLine,
  groupsOf,
  parseWords,
  PEERS,
  type Result,
  runningLine,
  summaryLine,
  testFiles,
  withoutPeers,
  withoutSummary,
} from "../../scripts/test_run.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";
import { projectPath } from "../e2e/program.ts";

/** A group that printed this. */
function result(success: boolean, output: string, file = "tests/a_test.ts"): Result {
  return { files: [file], success, output, seconds: 1 };
}

/** A line of a colourful runner. */
const BRIGHT =
  "\x1b[0m\x1b[32mok\x1b[0m | 28 passed (3 steps) | 0 failed \x1b[0m\x1b[38m(6s)\x1b[0m";

Deno.test("every test file is run, once", async () => {
  const all = await testFiles(projectPath(""), ["tests/"]);
  assert(all.length > 200 && all.includes("tests/scripts/test_run_test.ts"), `${all.length}`);
  assertEquals(groupsOf(all).flat().sort(), all);
  const some = ["./tests/lock", "tests/lock/", "tests/lock/guard_test.ts"];
  const locks = await testFiles(projectPath(""), some);
  assertEquals(locks, all.filter((file) => file.startsWith("tests/lock/")));
});

Deno.test("a path that is not there or has no test is an error, also beside one that has", async () => {
  const root = projectPath("");
  await assertRejects(() => testFiles(root, ["tests/", "tests/nowhere"]), Deno.errors.NotFound);
  await assertRejects(
    () => testFiles(root, ["tests/", "scripts/"]),
    Error,
    "no test below scripts/",
  );
});

Deno.test("files that start processes stand alone and first", () => {
  const cheap = Array.from({ length: 8 }, (_, index) => `tests/cli/${index}_test.ts`);
  const groups = groupsOf([...cheap, "tests/e2e/x_test.ts", "tests/lock/y_test.ts"]);
  assertEquals(groups.map((group) => group.length), [1, 1, 6, 2]);
  assertEquals(groups.slice(0, 2).flat(), ["tests/e2e/x_test.ts", "tests/lock/y_test.ts"]);
});

Deno.test("what a missing program would take is left out, and told in a line each", async () => {
  const all = await testFiles(projectPath(""), ["tests/"]);
  assertEquals(withoutPeers(all, []), { files: all, lines: [] });
  const { files, lines } = withoutPeers(all, PEERS);
  const rest = all.filter((file) => !files.includes(file));
  // None that starts one of these programs stays.
  const starts = /from ".*(postgres\/(places|server)|postgres_scene|\/browser)\.ts"/;
  for (const file of files) assert(!starts.test(await Deno.readTextFile(projectPath(file))), file);
  const count = (part: string) => rest.filter((file) => file.includes(part)).length;
  assertEquals(lines, [
    `left out, PostgreSQL is not installed: ${
      count("postgres") + count("stories/team")
    } test files (apt-get install postgresql)\n`,
    `left out, PgBouncer is not installed: 1 test file (apt-get install pgbouncer)\n`,
    `left out, Chromium is not installed: ${
      count("browser")
    } test files (apt-get install chromium)\n`,
  ]);
  assertEquals(withoutPeers(["tests/lock/guard_test.ts"], PEERS).lines, []);
});

Deno.test("words are paths, options of the runner and the number of jobs", () => {
  const words = parseWords(["tests/db", "--filter=lock", "--jobs=3"]);
  assertEquals(words, { paths: ["tests/db"], options: ["--filter=lock"], jobs: 3 });
  assertEquals(parseWords([]), { paths: [], options: [], jobs: undefined });
  for (const word of ["--jobs", "--jobs=0", "--jobs=two", "--jobs=-1"]) {
    assertThrows(() => parseWords([word]), Error, `not a number of jobs: ${word}`);
  }
});

Deno.test("the summaries are added up, and what crashed has failed", () => {
  const good = result(true, `... ok | 7 passed | 7 failed\n${BRIGHT}\n\n`);
  assertEquals(addUp([good, good]), { passed: 56, failed: 0, ignored: 0, filteredOut: 0 });
  const bad = result(false, "FAILED | 3 passed | 2 failed | 1 ignored | 4 filtered out (1s)\n");
  assertEquals(addUp([good, bad]), { passed: 31, failed: 2, ignored: 1, filteredOut: 4 });
  for (const crash of ["", "error: no such module\n"]) {
    for (const success of [true, false]) {
      assertEquals(addUp([result(success, crash), good]).failed, 1, `${crash} ${success}`);
    }
  }
  // A leak that is found after the last test: nothing is named, the exit code alone tells.
  assertEquals(addUp([result(false, BRIGHT)]).failed, 1);
});

Deno.test("what failed is told at the end, with its errors or all that a crash printed", () => {
  const output =
    "a ... FAILED\n\n ERRORS \n\na => ./a.ts:1:1\nerror: no\n\nFAILED | 0 passed | 1 failed (1s)";
  const text = failures([
    result(true, "quiet"),
    result(false, output),
    result(false, "crash", "b.ts"),
  ]);
  assert(!text.includes("quiet") && !text.includes("a ... FAILED"), text);
  assert(
    text.includes("FAILED in tests/a_test.ts\n\n ERRORS \n\na => ./a.ts:1:1\nerror: no"),
    text,
  );
  assert(text.endsWith("FAILED in b.ts\ncrash"), text);
  assert(!text.includes("0 passed"), text);
  assertEquals(failures([result(true, output)]), "");
  assertEquals(withoutSummary(`a ... ok\n\n${BRIGHT}\n\n`), "a ... ok\n\n\n");
});

Deno.test("a group that has ended is a line, and all that it printed where it failed", () => {
  const good = result(true, `a ... ok\n\n${BRIGHT}\n`);
  assertEquals(groupLine(good, 9, 12), "[ 9/12] ok      28 tests    1.0 s  tests/a_test.ts\n");
  const bad = result(false, "a ... FAILED\n\n ERRORS \n\nno\n\nFAILED | 0 passed | 1 failed (1s)");
  assertEquals(
    groupLine({ ...bad, files: ["a.ts", "b.ts", "c.ts"] }, 12, 12),
    "[12/12] FAILED   1 tests    1.0 s  a.ts and 2 more\na ... FAILED\n\n ERRORS \n\nno\n\n",
  );
});

Deno.test("what is running is told, longest first", () => {
  const running = new Map([[["b.ts"], 5000], [["a.ts", "c.ts"], 1000]]);
  assertEquals(
    runningLine(running, 32_400),
    "still running: a.ts and 1 more (31 s), b.ts (27 s)\n",
  );
});

Deno.test("the summary has the form of the runner's own", () => {
  const total = { passed: 9, failed: 0, ignored: 0, filteredOut: 0 };
  assertEquals(summaryLine(total, 59.4), "ok | 9 passed | 0 failed (59s)");
  const bad = { passed: 9, failed: 2, ignored: 1, filteredOut: 3 };
  const line = "FAILED | 9 passed | 2 failed | 1 ignored | 3 filtered out (2m5s)";
  assertEquals(summaryLine(bad, 125), line);
  assertEquals(addUp([result(false, line)]), bad);
});
