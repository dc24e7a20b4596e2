import { makeTempFolder, removeFolder } from "../paths.ts";
import { testNeeding } from "../system.ts";
import { prepareFolder, runPage } from "./page_commands.ts";

testNeeding(
  "utilLinux",
  "every command of docs/concurrency.md runs, in its order, and prints what it shows",
  async () => {
    const folder = await makeTempFolder("tickerlock_concurrency_");
    try {
      await runPage("docs/concurrency.md", {
        folder,
        env: await prepareFolder(folder),
        notRun: [[/python3 other\.py/, "any program; tests/lock/interop_test.ts"]],
      });
    } finally {
      await removeFolder(folder);
    }
  },
);
