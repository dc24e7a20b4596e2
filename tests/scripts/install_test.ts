import config from "../../deno.json" with { type: "json" };
import { commandFile } from "../../scripts/install.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { programEnvironment, projectPath, SAMPLE } from "../e2e/program.ts";
import { denoFolder, makeTempFolder, removeFolder } from "../paths.ts";
import { testNeeding } from "../system.ts";

/** Runs a command in a folder, without the home folder of the tests. */
async function run(folder: string, ...command: string[]) {
  const [first = "", ...args] = command;
  // A task keeps the INIT_CWD that it is given: that of the task that runs the tests.
  const { INIT_CWD: _, ...env } = programEnvironment({
    HOME: `${folder}/home`,
    DENO_DIR: await denoFolder(),
  });
  const { code, stdout, stderr } = await new Deno.Command(first, {
    args,
    cwd: folder,
    clearEnv: true,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs a task of the checkout, called in a folder. */
function task(folder: string, ...words: string[]) {
  const config = projectPath("deno.json");
  return run(folder, Deno.execPath(), "task", "--quiet", "--config", config, ...words);
}

testNeeding(
  "shell",
  "a checkout is installed, runs in another folder, and is uninstalled",
  async () => {
    const folder = await makeTempFolder("tickerlock_install_");
    try {
      const first = await task(folder, "install", "--root", "a root");
      const path = `${folder}/a root/bin/tickerlock`;
      assertEquals([first.code, first.stderr], [0, ""]);
      assertStringIncludes(first.stdout, `Installed tickerlock ${config.version} as ${path};`);
      assertStringIncludes(first.stdout, `${folder}/a root/bin is not on your PATH: add it.`);
      assertEquals((await task(folder, "install", `--root=${folder}/a root`)).code, 0);
      assertEquals([...Deno.readDirSync(`${folder}/a root/bin`)].map(({ name }) => name), [
        "tickerlock",
      ]);

      await Deno.mkdir(`${folder}/elsewhere`);
      const ran = await run(
        `${folder}/elsewhere`,
        ...[path, "ingest", "--source", "cotahist", "--file", SAMPLE, "--ticker", "EXMA3.SA"],
      );
      assertEquals(ran.code, 0, ran.stderr);
      assertStringIncludes(ran.stdout, "10 new");
      assert((await Deno.stat(`${folder}/elsewhere/data/tickerlock.db`)).isFile);

      assertEquals((await task(folder, "install")).code, 0);
      assert((await Deno.stat(`${folder}/home/.local/bin/tickerlock`)).isFile);
      const installed = `${folder}/home/.local/bin/tickerlock`;
      const text = await Deno.readTextFile(installed);
      await Deno.writeTextFile(installed, text.replaceAll(projectPath(""), "/another/checkout/"));
      const foreign = await task(folder, "uninstall");
      assertEquals(foreign.code, 1);
      assertStringIncludes(foreign.stderr, `${installed} runs another checkout`);
      await Deno.writeTextFile(installed, text);
      assertStringIncludes((await task(folder, "uninstall")).stdout, "Removed");
      assertStringIncludes((await task(folder, "uninstall")).stdout, "nothing to remove");
      assertEquals([...Deno.readDirSync(`${folder}/home/.local/bin`)], []);
    } finally {
      await removeFolder(folder);
    }
  },
);

testNeeding("shell", "another program of that name is neither replaced nor removed", async () => {
  const folder = await makeTempFolder("tickerlock_install_");
  try {
    await Deno.mkdir(`${folder}/bin`);
    await Deno.writeTextFile(`${folder}/bin/tickerlock`, "another\n");
    for (const name of ["install", "uninstall"]) {
      const { code, stderr } = await task(folder, name, "--root", ".");
      assertEquals(code, 1);
      assertStringIncludes(stderr, `Error: ${folder}/bin/tickerlock is another program`);
    }
    assertStringIncludes((await task(folder, "install", "--help")).stdout, "[--root DIR]");
    const inFile = await task(folder, "install", "--root", "bin/tickerlock");
    assertStringIncludes(
      inFile.stderr,
      "tickerlock is not a folder. Check the path, or name another",
    );
    for (const words of [["--rot", "x"], ["--root"], ["--root="]]) {
      assertEquals((await task(folder, "install", ...words)).code, 1);
    }
    assertEquals(await Deno.readTextFile(`${folder}/bin/tickerlock`), "another\n");
    assertEquals([...Deno.readDirSync(`${folder}/bin`)].length, 1);
  } finally {
    await removeFolder(folder);
  }
});

testNeeding(
  "shell",
  "the command has the words of the task, and survives odd paths and a lost Deno",
  async () => {
    const folder = await makeTempFolder("tickerlock_install_");
    try {
      const root = `${folder}/it's $HOME/`;
      const made = commandFile({ windows: false, deno: `${folder}/gone`, root });
      await Deno.mkdir(`${folder}/bin`);
      await Deno.writeTextFile(`${folder}/tickerlock`, made, { mode: 0o755 });
      // In the place of Deno, what prints its arguments.
      await Deno.writeTextFile(`${folder}/bin/deno`, '#!/bin/sh\nprintf "%s\\n" "$@"\n', {
        mode: 0o755,
      });
      const { stdout } = await run(
        folder,
        ...["env", `PATH=${folder}/bin:/usr/bin:/bin`, `${folder}/tickerlock`, "a b", "$x"],
      );
      const words = config.tasks.tickerlock.command.split(" ").slice(1, -1);
      assertEquals(stdout.trimEnd().split("\n"), [
        ...words,
        ...["--config", `${root}deno.json`, `${root}src/main.ts`, "a b", "$x"],
      ]);
    } finally {
      await removeFolder(folder);
    }
  },
);

Deno.test("on Windows the command is a batch file", () => {
  const made = commandFile({ windows: true, deno: "C:\\De no\\deno.exe", root: "C:/100%/" });
  const words = config.tasks.tickerlock.command.split(" ").slice(1, -1).join(" ");
  assertStringIncludes(made, 'set DENO="C:\\De no\\deno.exe"\r\n');
  assertStringIncludes(
    made,
    `\r\n%DENO% ${words} --config "C:/100%%/deno.json" "C:/100%%/src/main.ts" %*\r\n`,
  );
});
