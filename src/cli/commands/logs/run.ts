/**
 * `tickerlock logs`
 *
 * @module
 */
import type { Actions } from "../../command.ts";
import { checkList, listCommand } from "./list.ts";
import { checkPrune, pruneCommand } from "./prune.ts";
import { showCommand } from "./show.ts";
import type { spec } from "./spec.ts";

/** What `tickerlock logs` does. */
export const actions: Actions<typeof spec> = {
  list: { check: ({ values }) => checkList(values), run: listCommand },
  show: { run: showCommand },
  prune: { log: "always", check: ({ values }) => checkPrune(values), run: pruneCommand },
};
