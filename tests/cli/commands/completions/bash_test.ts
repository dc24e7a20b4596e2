import { assertEquals } from "../../../assert.ts";
import { installed } from "../../../installed.ts";
import { ShellSpace, TYPED } from "./shells.ts";
import { testNeeding } from "../../../system.ts";

const LINES = TYPED.map(([line]) => line);
const RESULTS = TYPED.map(([, result]) => result);

async function hasBash(): Promise<boolean> {
  return await installed("bash") && await installed("script");
}

testNeeding("completionShells", "bash by itself completes what is typed", async () => {
  if (!await hasBash()) return;
  await using shells = await ShellSpace.create();
  shells.space.write("rc", "source <(tickerlock completions bash)\n");
  assertEquals(await shells.typed("bash --noprofile --rcfile rc -i", LINES), RESULTS);
});

const PACKAGE = "/usr/share/bash-completion/bash_completion";

testNeeding(
  "completionShells",
  "bash with the package bash-completion loads the file when it is needed",
  async () => {
    if (!await hasBash()) return;
    if (!await installed("bash-completion", ["test", "-f", PACKAGE])) return;
    await using shells = await ShellSpace.create();
    const { path } = shells.space;
    Deno.mkdirSync(`${path}/share/bash-completion/completions`, { recursive: true });
    const script = await shells.output(["tickerlock", "completions", "bash"]);
    shells.space.write("share/bash-completion/completions/tickerlock", script);
    shells.space.write("rc", `source ${PACKAGE}\n`);
    assertEquals(await shells.typed("bash --noprofile --rcfile rc -i", LINES), RESULTS);
  },
);

/** What the function offers where the cursor is at `|`. */
async function offered(shells: ShellSpace, line: string, settings = ""): Promise<string[]> {
  const point = line.indexOf("|");
  const text = line.replace("|", "");
  // As bash itself breaks a line: at blanks, and at = and :, which are words of their own.
  const words = [...text.matchAll(/[=:]+|[^\s=:]+/g)];
  const at = words.findIndex(({ 0: word, index }) => index + word.length >= point);
  const list = words.map(({ 0: word }) => `'${word}'`).join(" ");
  const script = `
    shopt -s expand_aliases
    ${settings}
    source <(tickerlock completions bash)
    COMP_LINE='${text}' COMP_POINT=${point} COMP_WORDS=(${list}${at < 0 ? " ''" : ""})
    COMP_CWORD=${at < 0 ? words.length : at}
    _tickerlock tickerlock
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = await shells.output(["bash", "--norc", "-c", script]);
  return out.split("\n").filter((each) => each !== "");
}

testNeeding(
  "completionShells",
  "bash offers every candidate, and looks at nothing behind the cursor",
  async () => {
    if (!await installed("bash")) return;
    await using shells = await ShellSpace.create();
    assertEquals(await offered(shells, "tickerlock ingest --ticker PE|TR9 --json"), [
      "PETR3.SA",
      "PETR4.SA",
    ]);
    assertEquals(await offered(shells, "tickerlock ingest --log-level |"), [
      "debug",
      "info",
      "warning",
      "error",
    ]);
    assertEquals(await offered(shells, "tickerlock locks |"), [
      "list",
      "status",
      "release",
      "adopt",
      "prune",
    ]);
  },
);

testNeeding("completionShells", "bash completes whatever the user has set", async () => {
  if (!await installed("bash")) return;
  await using shells = await ShellSpace.create();
  for (
    const settings of [
      "set -eu -o pipefail; unset HOME",
      "shopt -s nullglob failglob nocasematch",
      "IFS=:",
      "set -o posix",
      "set -f -o noclobber",
      "alias grep='grep --color=always'",
    ]
  ) {
    assertEquals(await offered(shells, "tickerlock locks re|", settings), ["release"], settings);
    const tickers = await offered(shells, "tickerlock ingest --ticker PE|", settings);
    assertEquals(tickers, ["PETR3.SA", "PETR4.SA"], settings);
    // A leading ~/ with HOME unset is no reason to fail.
    assertEquals(await offered(shells, "tickerlock ingest --db ~/x --on-l|", settings), [
      "--on-locked",
    ], settings);
  }
});

testNeeding("completionShells", "bash never runs what stands on the line", async () => {
  if (!await hasBash()) return;
  await using shells = await ShellSpace.create();
  shells.space.write("rc", "source <(tickerlock completions bash)\n");
  // Tab, then the line is taken back: what was on it has not been run by anything else.
  await shells.typed("bash --noprofile --rcfile rc -i", [
    "ingest --db $(touch done) --ticker \t\x15tickerlock x",
    "ingest --db `touch done` --ticker=\t\x15tickerlock y",
  ]);
  assertEquals(shells.space.names().includes("done"), false);
});

testNeeding("completionShells", "the script is good for the bash of old systems", async () => {
  if (!await installed("bash")) return;
  await using shells = await ShellSpace.create();
  const script = await shells.output(["tickerlock", "completions", "bash"]);
  // Of bash 4: arrays with negative places, readarray, associative arrays, changes of case.
  for (const later of [/\[-1\]/, /\b(readarray|mapfile)\b/, /-A\b/, /\$\{\w+(,,|\^\^)/]) {
    assertEquals(later.exec(script)?.[0], undefined);
  }
});
