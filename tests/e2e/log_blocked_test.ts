import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { logLines, SAMPLE } from "./program.ts";
import { testNeeding } from "../system.ts";
import { bound } from "./unprivileged.ts";
import { Workspace } from "./workspace.ts";

testNeeding(
  "modes",
  "a log file that may be written, in a folder that may not, goes on and is told once",
  async () => {
    const prefix = await bound();
    if (prefix === undefined) return;
    await using space = await Workspace.create();
    const folder = `${space.path}/var-log`;
    const log = `${folder}/run.log`;
    Deno.mkdirSync(folder);
    Deno.writeTextFileSync(log, "", { mode: 0o600 });
    Deno.chmodSync(folder, 0o555);
    const run = async () => {
      const args = ["--source", "cotahist", "--file", SAMPLE, "--force-refresh", "-v"];
      const { code, stderr } = await space.spawn(
        ["ingest", ...args, "--log-file", log, "--log-file-size", "4kB", "--log-format", "json"],
        { prefix },
      );
      assertEquals(code, 0, stderr);
      const told = logLines(stderr).filter(({ level }) => level === "WARN" || level === "ERROR");
      return told.map(({ message, properties }) =>
        `${(properties as { code?: string }).code}: ${message}`
      );
    };
    const told: string[] = [];
    const sizes: number[] = [];
    for (let count = 0; count < 3; count++) {
      told.push(...await run());
      sizes.push(Deno.statSync(log).size);
    }
    const [first = 0, second = 0, third = 0] = sizes;
    assert(first > 4000 && second > first && third > second, sizes.join());
    assertEquals(told.length, 1);
    assertStringIncludes(told[0] ?? "", "log_not_put_aside: the log file ");
    assertStringIncludes(
      told[0] ?? "",
      "cannot be put aside: permission denied; it is written further",
    );
    // Every line of all three runs is there, and is whole.
    const lines = logLines(Deno.readTextFileSync(log));
    assertEquals(
      lines.filter(({ message }) => /^tickerlock ingest /.test(String(message))).length,
      3,
    );
    Deno.chmodSync(log, 0o400);
    assertEquals(await run(), [
      `log_file_failed: the log file ${log} cannot be written: permission denied; the work goes on`,
    ]);
    Deno.chmodSync(folder, 0o755);
  },
);
