import { assertEquals, assertMatch, assertStringIncludes } from "../../../assert.ts";
import { prepared } from "../../../e2e/prepared.ts";
import { type CaptureOptions, inSpace } from "../../in_process.ts";
import { testNeeding } from "../../../system.ts";

const HOSTILE = '=HYPERLINK("http://x")\u001b]0;owned\u0007\u009b2J\u202e';

async function scene() {
  const space = await prepared();
  space.execute(
    `UPDATE ingest_logs SET error_message = '${HOSTILE}', error_code = 'x' WHERE id = 1`,
  );
  const run = (line: string, options: CaptureOptions = {}) =>
    inSpace(space, [...line.split(" "), "--log-level", "error"], options);
  return { space, run };
}

const EXPORT = "export ingest_logs --columns error_message";

Deno.test("--csv-safe takes a formula's sign from text; without it the export is faithful", async () => {
  const { space, run } = await scene();
  await using _space = space;
  assertMatch((await run(EXPORT)).stdout, /^"=HYPERLINK/m);
  for (const line of [`${EXPORT} --csv-safe`, "logs --csv --csv-safe"]) {
    const { code, stdout } = await run(line);
    assertEquals(code, 0, line);
    assertStringIncludes(stdout, `"'=HYPERLINK`);
  }
  for (const line of [`${EXPORT} --format json --csv-safe`, "logs --csv-safe"]) {
    const { code, stderr } = await run(line);
    assertEquals(code, 2, line);
    assertStringIncludes(stderr, "--csv-safe is for CSV");
  }
});

Deno.test("on a terminal data cannot steer it, elsewhere they are as stored", async () => {
  const { space, run } = await scene();
  await using _space = space;
  const lines = [
    EXPORT,
    `${EXPORT} --format ndjson`,
    `${EXPORT} --format json`,
    "logs --csv",
    "logs --ndjson",
    "logs --json",
    "logs",
  ];
  for (const line of lines) {
    const { stdout } = await run(line, { terminal: true, env: { NO_COLOR: "1" } });
    // deno-lint-ignore no-control-regex
    assertEquals(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/.exec(stdout), null, line);
    if (line !== "logs") assertStringIncludes(stdout, "\\u202e", line);
  }
  const { stdout } = await run("logs --json", { terminal: true });
  const { logs } = JSON.parse(stdout) as { logs: { error_message: string }[] };
  assertEquals(logs.some(({ error_message }) => error_message === HOSTILE), true);
  assertStringIncludes((await run(EXPORT)).stdout, "\u202e");
});

testNeeding("names", "on a terminal no name and no unit that is there steers it", async () => {
  const { space, run } = await scene();
  await using _space = space;
  space.execute(`UPDATE ingest_logs SET ticker = '${HOSTILE}' WHERE id = 1`);
  const file = `${space.path}/\u001b[2J.csv`;
  Deno.writeTextFileSync(file, "{}");
  const units = `${space.path}/\u001b[2J`;
  Deno.mkdirSync(units);
  Deno.writeTextFileSync(`${units}/tickerlock.service`, `# ${HOSTILE}\n`);
  const lines = [
    "stats --prometheus",
    `export verify ${file}`,
    `systemd install --dry-run --force --dir ${units} -t A`,
    `systemd uninstall --dir ${units}`,
    `config path --config ${file}`,
  ];
  for (const line of lines) {
    const { stdout } = await run(line, { terminal: true, env: { NO_COLOR: "1" } });
    // deno-lint-ignore no-control-regex
    assertEquals(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/.exec(stdout), null, line);
    assertStringIncludes(stdout, "\\u001b", line);
  }
});
