import { COLLECT_FILE, collectSettings, type spec, taskSettings } from "./spec.ts";
import { getLogger } from "@logtape/logtape";
import { UsageError } from "../../../base/errors.ts";
import type { CollectTask } from "../../../collect/task_run.ts";
import { serial } from "../../../base/fifo.ts";
import { literal } from "../../../base/log.ts";
import { listed, plural } from "../../../base/text.ts";
import { exists } from "../../../platform/files.ts";
import { conflict } from "../../args/parsers.ts";
import type { Given } from "./tasks.ts";
import type { Actions, Ended, Invocation } from "../../command.ts";
import type { Io } from "../../output/io.ts";
import { tableOptions } from "../../output/terminal.ts";
import { problemsOf } from "../ingest/report.ts";
import { StopSignals } from "../../process/signals.ts";

type CollectCall = Invocation<typeof collectSettings>;
type CollectValues = CollectCall["values"];

function taskOptions({ origins }: Given): string[] {
  return Object.entries({ ...taskSettings, source: collectSettings.source })
    .filter(([key]) => origins[key as keyof CollectValues] === "option")
    .map(([, { name }]) => `--${name}`);
}

/** Tasks that are named where a configuration is found; of more, their number. */
const MOST_NAMES = 10;

/** A collector works for weeks: no file that happens to lie there starts one. */
async function nothingToCollect({ env, config }: Given): Promise<UsageError> {
  const task = "give one task, for example --ticker PETR4.SA --every 15m";
  const { readConfiguration } = await import("../../config/config_file.ts");
  // The user's own file may have tasks as well.
  const found = config?.content.tasks !== undefined
    ? config
    : exists(COLLECT_FILE)
    ? readConfiguration(COLLECT_FILE, { isNamed: false, home: env("HOME") })
    : undefined;
  if (found === undefined) {
    return new UsageError("missing_task", "there is nothing to collect", {
      hint: `Name a configuration with --config, or ${task}.`,
    });
  }
  const { collectPartOf } = await import("./file.ts");
  const names = collectPartOf(found).tasks.map(({ name }) => name);
  const message = `nothing says what to collect; here is ${found.path} with ` +
    `${plural(names.length, "task")}: ${listed(names, MOST_NAMES)}`;
  return new UsageError("missing_task", message, {
    hint: `To start that: tickerlock collect --config ${found.path} (with --dry-run it only ` +
      `shows the turns). Otherwise ${task}.`,
  });
}

async function configurationOf(given: Given): Promise<string | null> {
  const { origins, config } = given;
  const [first] = taskOptions(given);
  const hasTasks = config?.content.tasks !== undefined;
  if (config !== undefined && origins.config === "option") {
    if (first === undefined) return config.path;
    if (!hasTasks) return null;
    throw conflict("--config", first, `${config.path} has tasks: say it there.`);
  }
  if (first !== undefined) return null;
  if (config?.isNamed === true && hasTasks) return config.path;
  throw await nothingToCollect(given);
}

function check({ values }: CollectCall): void {
  const { once, dryRun, json } = values;
  if (once && dryRun) throw conflict("--once", "--dry-run", "Leave one of them out.");
  if (json && !once && !dryRun) {
    throw new UsageError("unused_option", "--json goes with --once or --dry-run", {
      hint: "Leave it out; the log of a collector is JSON Lines with --log-format json.",
    });
  }
}

async function showPlan(
  io: Io,
  tasks: readonly CollectTask[],
  { json, wide }: CollectValues,
): Promise<void> {
  const { planTurns } = await import("../../../collect/turns.ts");
  const { planJson, renderPlan } = await import("./report.ts");
  const now = Date.now();
  const plans = planTurns(tasks, now);
  if (json) io.outJson(planJson(plans, now));
  else io.out(renderPlan(plans, tableOptions(io, wide)));
}

/** SIGHUP, which may come before anything can be read again, and while it is being read. */
class HangUp {
  #reload: (() => Promise<void>) | undefined;
  readonly #inTurn = serial();
  #early = false;

  readonly receive = (): void => {
    const reload = this.#reload;
    if (reload === undefined) this.#early = true;
    else this.#inTurn(reload);
  };

  readonly serve = (reload: () => Promise<void>): void => {
    this.#reload = reload;
    if (this.#early) this.receive();
  };
}

async function run(call: CollectCall): Promise<Ended> {
  const { values, io, origins, receiver, beginLog } = call;
  const given: Given = { values, origins, env: io.env, config: io.config, receiver };
  const config = await configurationOf(given);
  const { taskFromOptions, tasksFromFile } = await import("./tasks.ts");
  const readTasks = async (): Promise<readonly CollectTask[]> => {
    if (config === null) return [await taskFromOptions(given)];
    const { readConfiguration } = await import("../../config/config_file.ts");
    const file = readConfiguration(config, { isNamed: true, home: io.env("HOME") });
    return await tasksFromFile(file, given);
  };
  const tasks = await readTasks();
  await beginLog({ always: !values.dryRun });
  if (values.dryRun) return await showPlan(io, tasks, values);
  const log = getLogger(["tickerlock", "collect"]);
  if (config !== null) log.info(literal(`the configuration is ${config}`), { config });
  const hangUp = new HangUp();
  using stop = new StopSignals(hangUp.receive);
  const { collect } = await import("../../../collect/service.ts");
  const { TurnNotices } = await import("./notices.ts");
  await using notices = new TurnNotices(values);
  const outcome = await collect({
    given: { ...given, onBegin: notices.begin, onEnd: notices.end },
    tasks,
    signal: stop.signal,
    setReload: hangUp.serve,
    readAgain: config === null ? undefined : readTasks,
  });
  const { onceExitCode, onceJson, renderOnce } = await import("./report.ts");
  if (values.json) io.outJson(onceJson(outcome));
  else io.out(renderOnce(outcome, tableOptions(io, values.wide)));
  for (const { report } of outcome.reports) {
    if ("results" in report) { for (const problem of problemsOf(report)) io.showError(problem); }
  }
  return onceExitCode(outcome);
}

/** What `tickerlock collect` does. */
export const actions: Actions<typeof spec> = {
  itself: { log: "by itself", notifies: "by itself", check, run },
};
