import { startFakeKalshi } from "../fake/kalshi.ts";
import { startFakeYahoo } from "../fake/yahoo.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";
import { testNeeding } from "../system.ts";
import { type NotRun, prepareFolder, runPage } from "./page_commands.ts";

/** What cannot run here, and what shows it instead. */
const NOT_RUN: readonly NotRun[] = [
  [
    /^tickerlock collect (?!.*--(dry-run|once))/,
    "it works until a signal; tests/e2e/collect_run_test.ts",
  ],
  [/^tickerlock serve/, "it works until a signal; tests/e2e/serve_test.ts"],
  [/^tickerlock logs --follow/, "it works until a signal; tests/e2e/logs_follow_test.ts"],
  [/^tickerlock logs show f2c6e0f3/, "the id is that of a job; tests/cli/commands/logs/"],
  [/^tickerlock db restore data\/backups\/FILE$/, "FILE is any; docs/operations.md restores one"],
  [
    /^(source <\()?tickerlock completions /,
    "for the user's shell; tests/cli/commands/completions/",
  ],
];

for (const [path, notRun] of [["docs/commands.md", NOT_RUN], ["docs/report.md", []]] as const) {
  testNeeding(
    "utilLinux",
    `every command of ${path} runs, in its order, and prints what it shows`,
    async () => {
      const folder = await makeTempFolder("tickerlock_commands_");
      await using yahoo = await startFakeYahoo();
      await using kalshi = await startFakeKalshi();
      try {
        const env = { YAHOO_BASE_URL: yahoo.url, KALSHI_BASE_URL: kalshi.url, TZ: "UTC" };
        await runPage(path, { folder, env: { ...await prepareFolder(folder), ...env }, notRun });
      } finally {
        await removeFolder(folder);
      }
    },
  );
}
