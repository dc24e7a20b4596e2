/**
 * What `tickerlock collect` is called with.
 *
 * @module
 */
import type { Spec } from "../../command.ts";
import { collectSettings } from "./settings.ts";

/** `tickerlock collect`. */
export const spec = {
  name: "collect",
  summary: "Collect at intervals, for weeks: an initial sync, then the turns of each task",
  description:
    "Runs every task once, one after the other, and then each at its interval, until a signal ends " +
    "it. Tasks are from a configuration file, or one task is from options. One task works at a " +
    "time; a turn that comes while its task still runs is left out and logged. A task that fails " +
    "backs off while the others go on. The job lock is held all the time, so that a second " +
    "collector waits or leaves. SIGHUP reads the configuration again.",
  usage: [
    "[--config PATH] [--once | --dry-run [--json]] [OPTION]...",
    "--ticker TICKER... --every INTERVAL [OPTION]...",
    "--source SOURCE --all --every INTERVAL [OPTION]...",
  ],
  settings: collectSettings,
  examples: [
    {
      line: "tickerlock collect --ticker PETR4.SA --ticker VALE3.SA --every 15m --active-hours " +
        "10:00-18:30 --active-days mon-fri --time-zone America/Sao_Paulo --dry-run",
      what: "What would be asked for in the next 24 hours, and when",
    },
    {
      line: "tickerlock collect --tickers-file portfolio.txt --every 1h --jitter 2m",
      what: "A list of tickers every hour, never at the same moment as everybody else",
    },
    {
      line: "tickerlock collect --config tickerlock.json",
      what: "The tasks of a configuration, until SIGINT or SIGTERM",
    },
    {
      line: "tickerlock collect --config tickerlock.json --once --json",
      what: "Each of them one time, with the reports as JSON",
    },
  ],
} as const satisfies Spec;
