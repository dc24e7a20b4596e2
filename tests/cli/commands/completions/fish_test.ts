import { assertEquals } from "../../../assert.ts";
import { installed } from "../../../installed.ts";
import { ShellSpace, TYPED } from "./shells.ts";
import { testNeeding } from "../../../system.ts";

/** What fish offers at the end of a line, with what it means. */
async function offered(shells: ShellSpace, line: string, settings = ""): Promise<string[]> {
  const script = `${settings}; tickerlock completions fish | source; complete -C '${
    line.replaceAll("'", "\\'")
  }'`;
  const text = await shells.output(["fish", "--no-config", "-c", script]);
  return text.split("\n").filter((each) => each !== "");
}

testNeeding("completionShells", "fish offers what is typed elsewhere", async () => {
  if (!await installed("fish")) return;
  await using shells = await ShellSpace.create();
  for (const [line, result] of TYPED) {
    const typed = line.replace("\t", "").replaceAll("\\ ", " ").replaceAll("'", "");
    const whole = result.slice(typed.lastIndexOf(" ") + 1);
    const found = (await offered(shells, `tickerlock ${line.replace("\t", "")}`))
      .map((each) => each.split("\t")[0] ?? "");
    if (whole === "PETR") assertEquals(found, ["PETR3.SA", "PETR4.SA"]);
    else if (whole === "BT" || result === "nosuch") assertEquals(found, [], line);
    else assertEquals(found, [whole], line);
  }
});

testNeeding("completionShells", "fish completes whatever the user has set", async () => {
  if (!await installed("fish")) return;
  await using shells = await ShellSpace.create();
  for (const settings of ["set -g IFS ''", "set -e HOME", "set -g kind x; set -g lines y"]) {
    const found = await offered(shells, "tickerlock ingest --ticker PE", settings);
    assertEquals(found.map((each) => each.trim()), ["PETR3.SA", "PETR4.SA"], settings);
  }
});

testNeeding("completionShells", "fish shows what commands and options mean", async () => {
  if (!await installed("fish")) return;
  await using shells = await ShellSpace.create();
  assertEquals(await offered(shells, "tickerlock locks "), [
    "list\tLocks that are held or odd, and who holds them",
    "status\tHow one lock stands",
    "release\tClear what a dead holder left",
    "adopt\tMake this the lock folder of a database",
    "prune\tRemove the files of locks that are long unused",
  ]);
  assertEquals(await offered(shells, "tickerlock locks release --fo"), [
    "--force\tTake the lock from a living holder, and revoke its claim",
  ]);
});
