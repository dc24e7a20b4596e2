import { assertEquals } from "../../../assert.ts";
import { installed } from "../../../installed.ts";
import { ShellSpace, TYPED } from "./shells.ts";
import { testNeeding } from "../../../system.ts";

const RC = `unsetopt beep
setopt no_list_ambiguous
PROMPT='> '
`;

for (
  const [how, rc] of [
    [
      "sourced",
      `${RC}autoload -Uz compinit; compinit -u -D; source <(tickerlock completions zsh)\n`,
    ],
    ["as a file of fpath", `${RC}fpath=(~/zfunc $fpath); autoload -Uz compinit; compinit -u -D\n`],
    [
      "with EXTENDED_GLOB",
      `${RC}setopt extended_glob; fpath=(~/zfunc $fpath)
autoload -Uz compinit; compinit -u -D\n`,
    ],
    [
      "whatever the user has set",
      `${RC}setopt no_unset sh_word_split glob_subst null_glob err_return
fpath=(~/zfunc $fpath); autoload -Uz compinit; compinit -u -D\n`,
    ],
  ] as const
) {
  testNeeding("completionShells", `zsh completes what is typed, ${how}`, async () => {
    if (!await installed("zsh") || !await installed("script")) return;
    await using shells = await ShellSpace.create();
    Deno.mkdirSync(`${shells.space.path}/zfunc`);
    const script = await shells.output(["tickerlock", "completions", "zsh"]);
    shells.space.write("zfunc/_tickerlock", script);
    shells.space.write(".zshrc", rc);
    // Behind ^ EXTENDED_GLOB sees a pattern; it wants to be quoted on the way in, too.
    const rows = TYPED.map(([line, result]) => [line.replace(" ^", " \\^"), result] as const);
    // zsh takes the slash behind a folder's name away when the line is run.
    const calls = await shells.typed("zsh -d -i", rows.map(([line]) => line));
    assertEquals(calls, rows.map(([, result]) => result.replace("folder/", "folder")));
  });
}
