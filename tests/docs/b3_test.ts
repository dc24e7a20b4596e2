import { startFakeB3 } from "../fake/b3.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";
import { textOf } from "../pages.ts";
import { testNeeding } from "../system.ts";
import { prepareFolder, runPage } from "./page_commands.ts";

testNeeding(
  "utilLinux",
  "every command of docs/b3.md runs, in its order, and its configuration collects",
  async () => {
    const folder = await makeTempFolder("tickerlock_b3_");
    await using b3 = await startFakeB3();
    try {
      const [, config = ""] = /```json\n([\s\S]*?)```/.exec(textOf("docs/b3.md")) ?? [];
      await Deno.writeTextFile(`${folder}/tickerlock.json`, config);
      const env = { B3_BASE_URL: b3.url, TZ: "UTC" };
      await runPage("docs/b3.md", {
        folder,
        env: { ...await prepareFolder(folder), ...env },
        notRun: [],
      });
    } finally {
      await removeFolder(folder);
    }
  },
);
