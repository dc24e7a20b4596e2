import type { Action, Actions } from "../../command.ts";
import type { spec } from "./spec.ts";

function printing(load: () => Promise<string>): Action {
  return { run: async ({ io }) => io.out(await load()) };
}

/** What `tickerlock completions` does. */
export const actions: Actions<typeof spec> = {
  bash: printing(async () => (await import("./bash.ts")).BASH),
  zsh: printing(async () => (await import("./zsh.ts")).ZSH),
  fish: printing(async () => (await import("./fish.ts")).FISH),
  powershell: printing(async () => (await import("./powershell.ts")).POWERSHELL),
};
