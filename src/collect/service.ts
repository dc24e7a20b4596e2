/** The life of a collector as a process: job lock, heartbeat, signals, service manager. @module */
import { getLogger } from "@logtape/logtape";
import { EXIT, InterruptedError, messageOf, TickerlockError } from "../base/errors.ts";
import { type CollectorView, Scheduler, type Skip, TICK_MS } from "./scheduler.ts";
import { CollectorHeartbeat } from "./heartbeat.ts";
import { ServiceNotifier } from "./notify.ts";
import { type CollectTask, endOf, jobLockLost, reportSentence, runTask } from "./task_run.ts";
import type { Occasion, TaskEnd } from "./task_state.ts";
import { isExchange } from "../exchange/holidays.ts";
import { hostName } from "../platform/host.ts";
import { reported } from "../ingest/result.ts";
import type { IngestReport } from "../ingest/types.ts";
import { timestamp } from "../base/time.ts";
import { uuidV7 } from "../base/uuid.ts";
import { DEFAULT_JOB_NAME, describeHolder, type LockMode } from "../lock/mod.ts";
import { newJob } from "../model/new_job.ts";
import { StoreError } from "../store/errors.ts";
import { openLocks } from "../store/open.ts";
import type { HeldLock } from "../store/store.ts";
import { literal } from "../base/log.ts";
import { systemClock } from "../base/clock.ts";
import { VERSION } from "../base/version.ts";

const log = getLogger(["tickerlock", "collect"]);

interface CollectorSettings {
  readonly values: {
    readonly db: string;
    readonly lockDir: string;
    readonly lockMode: LockMode;
    /** `exit` leaves what another run has locked; anything else waits. */
    readonly onLocked: string;
    /** Seconds. */
    readonly lockTimeout: number;
    readonly minFree: number;
    /** Seconds. */
    readonly jobLockTimeout: number;
    /** Each task once, in place of turns. */
    readonly once: boolean;
    /** Seconds between a signal and the end of the process; `Infinity` for no limit. */
    readonly grace: number;
  };
  readonly env: (name: string) => string | undefined;
  readonly onBegin?: (task: CollectTask) => void;
  /** Called when a turn is over. The next turn waits for nothing that this begins. */
  readonly onEnd?: (task: CollectTask, end: TurnEnd) => void;
}

/** What came of a turn: a report, or why there is none. */
export type TurnEnd = { readonly report: IngestReport } | { readonly error: unknown };

/** What a collector has done, of `--once`. */
export interface CollectOutcome {
  readonly runId: string;
  readonly reports: readonly { readonly task: string; readonly report: IngestReport | TaskEnd }[];
}

/** What the collector is doing, in one line for `systemctl status`. */
function statusLine({ state, task, nextTurnAt, tasks }: CollectorView): string {
  if (state === "stopping") return "stopping";
  const failing = tasks.filter(({ failures }) => failures > 0).map(({ name }) => name);
  const doing = state === "syncing"
    ? `initial sync${task === null ? "" : `: ${task}`}`
    : state === "running"
    ? `running ${task}`
    : "idle";
  const next = nextTurnAt === null ? "" : `; next turn ${nextTurnAt}`;
  return doing + next + (failing.length === 0 ? "" : `; failing: ${failing.join(", ")}`);
}

/** Warns of tasks whose holidays are all in the past, unless an exchange is among them. */
function warnOfOldHolidays(tasks: readonly CollectTask[]): void {
  const today = new Date().toISOString().slice(0, 10);
  for (const { name, rule } of tasks) {
    const holidays = rule.activeTimes?.holidays ?? [];
    const last = holidays.toSorted().at(-1);
    if (last !== undefined && last < today && !holidays.some(isExchange)) {
      log.warn(literal(`${name}: its last holiday (${last}) is past; add the next ones`));
    }
  }
}

class Service {
  readonly runId = uuidV7();
  readonly reports: { task: string; report: IngestReport | TaskEnd }[] = [];
  readonly #start: CollectStart;
  readonly #given: CollectorSettings;
  readonly #notifier: ServiceNotifier;
  /** Aborted by the signal to stop, and where the collector must end for a reason of its own. */
  readonly #stop = new AbortController();
  readonly startedAt = timestamp();

  constructor(start: CollectStart, notifier: ServiceNotifier) {
    this.#start = start;
    this.#given = start.given;
    this.#notifier = notifier;
  }

  async #holdLock(): Promise<HeldLock & AsyncDisposable> {
    const { db, lockDir, lockMode, onLocked, jobLockTimeout } = this.#given.values;
    const locks = await openLocks(db, lockDir, lockMode);
    return await locks.holdJob(DEFAULT_JOB_NAME, {
      wait: onLocked !== "exit",
      timeoutSeconds: jobLockTimeout,
      signal: this.#stop.signal,
      command: "tickerlock collect",
      runId: this.runId,
      onWait: (holder) => {
        const held = `another run holds the job lock ${DEFAULT_JOB_NAME}`;
        const message = `${held}: ${describeHolder(holder)}`;
        log.info(literal(message), { job_lock: DEFAULT_JOB_NAME, holder: holder ?? null });
        this.#notifier.extendStart(jobLockTimeout + 60);
        this.#notifier.status(`waiting: ${message}`);
      },
    });
  }

  async #run(task: CollectTask, occasion: Occasion, lock: HeldLock): Promise<TaskEnd> {
    const { values } = this.#given;
    log.info(literal(`${task.name}: ${occasion.kind} begins`), {
      task: task.name,
      turn_at: new Date(occasion.atMs).toISOString(),
    });
    this.#checkLock(lock);
    this.#given.onBegin?.(task);
    try {
      const report = await runTask(task, {
        runId: this.runId,
        heldLock: lock,
        db: values.db,
        lockDir: values.lockDir,
        lockMode: values.lockMode,
        onLocked: values.onLocked === "exit" ? "exit" : "wait",
        lockTimeoutSeconds: values.lockTimeout,
        minFreeBytes: values.minFree,
        signal: this.#stop.signal,
      });
      const end = endOf(report);
      const write = end.exitCode === EXIT.ok ? log.info.bind(log) : log.warn.bind(log);
      const problem = end.message === null ? "" : `; ${end.message}`;
      write(literal(`${task.name}: ${reportSentence(report)}${problem}`), {
        task: task.name,
        exit_code: end.exitCode,
        duration_ms: report.durationMs,
      });
      this.#given.onEnd?.(task, { report });
      // Weeks of reports would fill the memory.
      if (values.once) this.reports.push({ task: task.name, report });
      return end;
    } catch (error) {
      this.#given.onEnd?.(task, { error });
      const exitCode = error instanceof TickerlockError ? error.exitCode : EXIT.failed;
      if (values.once) {
        this.reports.push({ task: task.name, report: { exitCode, message: messageOf(error) } });
      }
      // No later turn would do better: what restarts the service, or sends mail, has to know.
      if (error instanceof StoreError && error.scope === "program") this.#stop.abort(error);
      throw error;
    } finally {
      this.#checkLock(lock);
    }
  }

  #checkLock(lock: HeldLock): void {
    if (!lock.isCurrent()) this.#stop.abort(jobLockLost(lock.name));
  }

  #skipped(heartbeat: CollectorHeartbeat, task: CollectTask, atMs: number, skip: Skip): void {
    const { source } = task;
    const startedAt = new Date(atMs).toISOString();
    const given = { runId: this.runId, ticker: null, source: source.name, startedAt };
    const { code: errorCode, message: errorMessage } = skip;
    void heartbeat.skipped({
      job: newJob({ ...given, command: task.commandLine }),
      end: { finishedAt: timestamp(), status: "skipped", durationMs: 0, errorCode, errorMessage },
    });
  }

  async work(): Promise<void> {
    const { tasks, signal, setReload, given: { values } } = this.#start;
    const follow = (): void => this.#stop.abort(signal.reason);
    signal.addEventListener("abort", follow, { once: true });
    if (signal.aborted) follow();
    await using lock = await this.#holdLock();
    const { runId, startedAt } = this;
    await using heartbeat = new CollectorHeartbeat({
      db: values.db,
      lockDir: values.lockDir,
      start: { runId, host: hostName(), pid: Deno.pid, version: VERSION, startedAt },
      onReplaced: (error) => this.#stop.abort(error),
    });
    const collector = new Scheduler<CollectTask>({
      tasks,
      clock: systemClock,
      signal: this.#stop.signal,
      once: values.once,
      tickMs: Math.max(10, Math.min(TICK_MS, this.#notifier.feedEveryMs)),
      runTask: (task, occasion) => this.#run(task, occasion, lock),
      onSkip: (task, atMs, skip) => this.#skipped(heartbeat, task, atMs, skip),
      onRound: (view) => {
        this.#checkLock(lock);
        const elapsed = systemClock.elapsed();
        heartbeat.note(view, elapsed);
        this.#notifier.status(statusLine(view));
        this.#notifier.alive(elapsed);
      },
    });
    await heartbeat.begin(collector.view(), this.#stop.signal);
    this.#notifier.ready();
    log.info(literal(`collecting into ${values.db}: ${tasks.map(({ name }) => name).join(", ")}`), {
      run_id: this.runId,
    });
    warnOfOldHolidays(tasks);
    setReload(() => this.#reload(collector));
    let ended = "all tasks have run once";
    try {
      await collector.run();
      if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
    } catch (error) {
      ended = messageOf(error);
      throw error;
    } finally {
      signal.removeEventListener("abort", follow);
      await heartbeat.end(ended);
    }
  }

  /** What a SIGHUP does. */
  async #reload(collector: Scheduler<CollectTask>): Promise<void> {
    const { readAgain } = this.#start;
    if (readAgain === undefined) {
      log.info("SIGHUP: there is no configuration to read again; the task is from options");
      return;
    }
    this.#notifier.reloading();
    try {
      const again = await readAgain();
      warnOfOldHolidays(again);
      collector.reload(again);
      log.info(literal(`read the configuration: ${again.map(({ name }) => name).join(", ")}`));
    } catch (error) {
      const { code, message, hint } = reported(error);
      const text = `the configuration is refused, the old one stays: ${message}`;
      log.error(literal(text), { code, hint });
    }
    this.#notifier.ready();
  }
}

interface CollectStart {
  readonly given: CollectorSettings;
  readonly tasks: readonly CollectTask[];
  readonly signal: AbortSignal;
  /** Receives what a SIGHUP is to do, as soon as it can be done. */
  readonly setReload: (reload: () => Promise<void>) => void;
  /** Reads the configuration again; undefined where there is none. */
  readonly readAgain: (() => Promise<readonly CollectTask[]>) | undefined;
}

/**
 * Collects until the signal, or with `--once` until each task has run.
 * @throws {InterruptedError} On a signal.
 * @throws {LockBusyError} {LockTimeoutError} For the job lock.
 * @throws {LockError} `job_lock_lost`.
 * @throws {TickerlockError} `collector_replaced`.
 * @throws {StoreError} Where the database cannot be used, also after another version has changed it.
 */
export async function collect(start: CollectStart): Promise<CollectOutcome> {
  const { given, signal } = start;
  using notifier = new ServiceNotifier(given.env);
  const service = new Service(start, notifier);
  const stopping = (): void => {
    void notifier.stopping();
    const seconds = given.values.grace;
    if (!Number.isFinite(seconds)) return;
    const exitLate = (): never => {
      const late = `not over ${seconds} s after the signal`;
      log.error(literal(`${late}; ends at once, and SQLite rolls back`));
      const { reason } = signal;
      Deno.exit(reason instanceof InterruptedError ? reason.exitCode : EXIT.failed);
    };
    Deno.unrefTimer(setTimeout(exitLate, seconds * 1000));
  };
  signal.addEventListener("abort", stopping, { once: true });
  try {
    await service.work();
  } finally {
    signal.removeEventListener("abort", stopping);
    await notifier.stopping();
  }
  return { runId: service.runId, reports: service.reports };
}
