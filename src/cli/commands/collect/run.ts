/**
 * `tickerlock collect`
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { collectSettings, DEFAULT_COLLECT_FILE, taskSettings } from "./settings.ts";
import type { Values } from "../../args/config.ts";
import { EXIT, type ExitCode, UsageError } from "../../../base/errors.ts";
import type { CollectTask } from "../../../collect/task_run.ts";
import { literal } from "../../../base/log.ts";
import { parseCommandLine, processEnvironment } from "../../args/parse.ts";
import type { Given } from "./tasks.ts";
import type { Command } from "../../command.ts";
import { beginLog, loudnessOf } from "../../log/begin.ts";
import { commandHelp } from "../../args/help.ts";
import { problemsOf } from "../ingest/report.ts";
import { out, outJson, showError } from "../../output/streams.ts";
import { StopSignals } from "../../process/signals.ts";

type CollectValues = Values<typeof collectSettings>;

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    // One that may not be looked at is one to complain about.
    return !(error instanceof Deno.errors.NotFound);
  }
}

/** Options that make up a task, of those that were given. */
function taskOptions({ origins }: Given): string[] {
  return Object.entries({ ...taskSettings, source: collectSettings.source })
    .filter(([key]) => origins[key as keyof CollectValues] === "option")
    .map(([, { name }]) => `--${name}`);
}

/** The configuration to read; null where the task is from options. */
async function configurationOf(given: Given): Promise<string | null> {
  const { config } = given.values;
  const options = taskOptions(given);
  if (config !== null) {
    const [first] = options;
    if (first === undefined) return config;
    throw new UsageError("conflicting_options", `--config and ${first} exclude each other`, {
      hint: `Say it in ${config}, or leave --config out.`,
    });
  }
  if (options.length > 0) return null;
  if (await isThere(DEFAULT_COLLECT_FILE)) return DEFAULT_COLLECT_FILE;
  throw new UsageError("missing_task", "there is nothing to collect", {
    hint: `Name a configuration with --config, or write ${DEFAULT_COLLECT_FILE}; or give one ` +
      "task, for example --ticker PETR4.SA --every 15m.",
  });
}

function checkTogether({ values }: Given): void {
  const { once, dryRun, json } = values;
  if (once && dryRun) {
    throw new UsageError("conflicting_options", "--once and --dry-run exclude each other", {
      hint: "Leave one of them out.",
    });
  }
  if (json && !once && !dryRun) {
    throw new UsageError("unused_option", "--json goes with --once or --dry-run", {
      hint: "Leave it out; the log of a collector is JSON Lines with --log-format json.",
    });
  }
}

async function showPlan(tasks: readonly CollectTask[], json: boolean): Promise<ExitCode> {
  const { planTurns } = await import("../../../collect/turns.ts");
  const { planJson, renderPlan } = await import("./report.ts");
  const now = Date.now();
  const plans = planTurns(tasks, now);
  if (json) outJson(planJson(plans, now));
  else out(renderPlan(plans));
  return EXIT.ok;
}

/** SIGHUP, which may come before anything can be read again, and while it is being read. */
class HangUp {
  #reload: (() => Promise<void>) | undefined;
  #last: Promise<void> = Promise.resolve();
  #early = false;

  readonly receive = (): void => {
    const reload = this.#reload;
    if (reload === undefined) this.#early = true;
    else this.#last = this.#last.then(reload);
  };

  readonly serve = (reload: () => Promise<void>): void => {
    this.#reload = reload;
    if (this.#early) this.receive();
  };
}

async function run(args: readonly string[]): Promise<ExitCode> {
  const parsed = parseCommandLine(args, collectSettings, processEnvironment);
  const { values, origins, help } = parsed;
  if (help) {
    out(commandHelp(collectCommand));
    return EXIT.ok;
  }
  const given: Given = { values, origins, env: processEnvironment };
  checkTogether(given);
  loudnessOf(parsed);
  const config = await configurationOf(given);
  const { taskFromOptions, tasksFromFile } = await import("./tasks.ts");
  const readTasks = async (): Promise<readonly CollectTask[]> =>
    config === null ? [await taskFromOptions(given)] : await tasksFromFile(config, given);
  const tasks = await readTasks();
  await beginLog("collect", parsed, { always: !values.dryRun });
  if (values.dryRun) return await showPlan(tasks, values.json);
  const log = getLogger(["tickerlock", "collect"]);
  if (config !== null) log.info(literal(`the configuration is ${config}`), { config });
  const hangUp = new HangUp();
  using stop = new StopSignals(hangUp.receive);
  const { collect } = await import("../../../collect/service.ts");
  const outcome = await collect({
    given,
    tasks,
    signal: stop.signal,
    setReload: hangUp.serve,
    readAgain: config === null ? undefined : readTasks,
  });
  const { onceExitCode, onceJson, renderOnce } = await import("./report.ts");
  if (values.json) outJson(onceJson(outcome));
  else out(renderOnce(outcome));
  for (const { report } of outcome.reports) {
    if ("results" in report) { for (const problem of problemsOf(report)) showError(problem); }
  }
  return onceExitCode(outcome);
}

/** `tickerlock collect`. */
export const collectCommand: Command = {
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
  run,
};
