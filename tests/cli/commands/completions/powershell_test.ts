import { assert, assertEquals, assertMatch } from "../../../assert.ts";
import { leaveOut, succeeds } from "../../../installed.ts";
import { testNeeding } from "../../../system.ts";
import { inProcess } from "../../in_process.ts";
import { ShellSpace, TYPED } from "./shells.ts";

async function script(): Promise<string> {
  const { code, stdout } = await inProcess(["completions", "powershell"]);
  assertEquals(code, 0);
  return stdout;
}

/** Takes texts and comments out, as PowerShell reads them. */
function code(text: string): string {
  return text.replaceAll(/'(?:[^']|'')*'|"(?:[^"`]|`.|"")*"|#.*$/gm, "");
}

Deno.test("the script for PowerShell is whole, and needs nothing later than 5.1", async () => {
  const text = await script();
  const bare = code(text);
  const open: string[] = [];
  const pairs: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
  for (const [each] of bare.matchAll(/[()[\]{}]/g)) {
    if (pairs[each] === undefined) open.push(each);
    else assertEquals(open.pop(), pairs[each], bare);
  }
  assertEquals([open, /['"]/.exec(bare)], [[], null]);
  // Of PowerShell 7: a ? b : c, ??, ?., && and || between commands.
  for (const later of [/\?\?/, /\?\./, /&&/, /\|\|/, /\$\w+ \? /]) {
    assertEquals(later.exec(bare), null);
  }
  // The first line that works takes the strict mode of a profile away.
  assertMatch(text, /param\([^)]*\)\n(?: *#.*\n)* *Set-StrictMode -Off\n/);
  assertMatch(text, /& \$program __complete @before \$last 2>\$null/);
  assert(!/Invoke-Expression|\biex\b/.test(text));
});

testNeeding("completionShells", "PowerShell completes what is typed", async () => {
  // No package of Linux brings it: where it is, it is tried.
  if (!await succeeds(["pwsh", "-NoProfile", "-Command", "exit 0"])) {
    return leaveOut("pwsh is not installed here");
  }
  await using shells = await ShellSpace.create();
  shells.space.write("complete.ps1", await script());
  for (const [line, result] of TYPED) {
    // Other quotes: a backslash is none to PowerShell.
    if (line.includes("\\") || line.startsWith("nosuch")) continue;
    const typed = `tickerlock ${line.replace("\t", "")}`.replaceAll("'", "''");
    const out = await shells.output([
      "pwsh",
      "-NoProfile",
      "-Command",
      `
      Set-StrictMode -Version Latest; . ./complete.ps1; $line = '${typed}'
      (TabExpansion2 $line $line.Length).CompletionMatches | ForEach-Object CompletionText`,
    ]);
    const found = out.split("\n").filter((each) => each !== "").map((each) =>
      each.replaceAll("'", "")
    );
    const whole = result.slice(line.replace("\t", "").replaceAll("'", "").lastIndexOf(" ") + 1);
    if (whole !== "BT") assert(found.every((each) => each.includes(whole)), `${line}: ${found}`);
  }
});
