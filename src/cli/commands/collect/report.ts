/** What `collect` prints: the plan of `--dry-run`, the outcome of `--once`. @module */
import { EXIT, type ExitCode } from "../../../base/errors.ts";
import { localText } from "../../../collect/active_times.ts";
import { inOrder, type TaskPlan } from "../../../collect/turns.ts";
import { durationText } from "../../../collect/duration.ts";
import type { CollectTask } from "../../../collect/task_run.ts";
import type { CollectOutcome } from "../../../collect/service.ts";
import { countsText, grouped, plural } from "../../../base/text.ts";
import { reportJson, totalsOf } from "../ingest/report.ts";
import { type Column, renderTable, type TableOptions } from "../../output/table.ts";
import { localZone } from "../../output/time.ts";
import { wrap } from "../../output/wrap.ts";

const MOST_TURNS = 50;

type Plan = TaskPlan<CollectTask>;

/** The zone that decides on a task's turns; null where it has no active hours or days. */
function zoneOf({ task }: Plan): string | null {
  return task.rule.activeTimes?.timeZone ?? null;
}

function timeOf(plan: Plan, atMs: number | undefined): string {
  return atMs === undefined ? "-" : localText(atMs, zoneOf(plan) ?? localZone());
}

const PLAN_COLUMNS: readonly Column<Plan>[] = [
  { title: "TASK", rank: 0, shrinkTo: 12, cell: ({ task }) => task.name },
  { title: "SOURCE", rank: 6, cell: ({ task }) => task.source.name },
  { title: "EVERY", rank: 2, cell: ({ task }) => durationText(task.rule.everyMs) },
  {
    title: "JITTER",
    rank: 7,
    cell: ({ task }) => task.jitterMs === 0 ? "-" : durationText(task.jitterMs),
  },
  { title: "NEXT", rank: 1, cell: (plan) => timeOf(plan, plan.next) },
  { title: "LAST", rank: 5, cell: (plan) => timeOf(plan, plan.turns.at(-1)) },
  { title: "ZONE", rank: 4, cell: (plan) => zoneOf(plan) ?? "-" },
  { title: "TURNS", rank: 3, align: "right", cell: ({ turns }) => grouped(turns.length) },
];

interface Turn {
  readonly plan: Plan;
  readonly atMs: number;
}

const TURN_COLUMNS: readonly Column<Turn>[] = [
  { title: "TURN", rank: 0, cell: ({ plan, atMs }) => timeOf(plan, atMs) },
  { title: "ZONE", rank: 2, cell: ({ plan }) => zoneOf(plan) ?? "-" },
  { title: "TASK", rank: 1, shrinkTo: 12, cell: ({ plan }) => plan.task.name },
];

function zoneText(plans: readonly Plan[]): string {
  const without = plans.filter((plan) => zoneOf(plan) === null).map(({ task }) => task.name);
  const own = "Active hours and days, and the times shown, are those of the task's zone.\n";
  if (without.length === 0) return own;
  const counted = `No zone counts for ${without.join(", ")}, without active hours or days: times ` +
    `shown in ${localZone()}.\n`;
  return without.length === plans.length ? counted : own + counted;
}

/** The plan of the next 24 hours for a person. */
export function renderPlan(plans: readonly Plan[], options: TableOptions = {}): string {
  const all = inOrder(plans);
  const byName = new Map(plans.map((plan) => [plan.task.name, plan]));
  const turns = all.slice(0, MOST_TURNS).flatMap(({ task, atMs }) => {
    const plan = byName.get(task);
    return plan === undefined ? [] : [{ plan, atMs }];
  });
  const more = all.length - turns.length;
  const { width = Infinity } = options;
  return [
    renderTable(PLAN_COLUMNS, plans, options),
    wrap(
      `At once, the initial sync: ${plans.map(({ task }) => task.name).join(", ")}. ` +
        "Intervals count from its end, or from the opening of the active hours.\n" +
        zoneText(plans) +
        `The next 24 hours have ${plural(all.length, "turn")}${turns.length === 0 ? "." : ":"}\n`,
      width,
    ),
    (turns.length === 0 ? "" : renderTable(TURN_COLUMNS, turns, options)) +
    (more > 0 ? wrap(`… and ${grouped(more)} more; all of them with --json\n`, width) : ""),
    wrap("Dry run: nothing was locked, asked for or written.\n", width),
  ].filter((part) => part !== "").join("\n");
}

/** The plan of the next 24 hours as one JSON document. */
export function planJson(plans: readonly Plan[], fromMs: number): Record<string, unknown> {
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(fromMs + 86_400_000).toISOString(),
    initial_sync: plans.map(({ task }) => task.name),
    tasks: plans.map((plan) => ({
      name: plan.task.name,
      source: plan.task.source.name,
      every_ms: plan.task.rule.everyMs,
      jitter_ms: plan.task.jitterMs,
      time_zone: zoneOf(plan),
      next_turn_at: plan.next === undefined ? null : new Date(plan.next).toISOString(),
      turns: plan.turns.map((atMs) => new Date(atMs).toISOString()),
    })),
  };
}

type OneReport = CollectOutcome["reports"][number];

function rowsOf({ report }: OneReport): string {
  if (!("results" in report)) return "-";
  const { rows_inserted, rows_updated } = totalsOf(report);
  return grouped(rows_inserted + rows_updated);
}

const ONCE_COLUMNS: readonly Column<OneReport>[] = [
  { title: "TASK", rank: 0, shrinkTo: 12, cell: ({ task }) => task },
  {
    title: "TICKERS",
    rank: 3,
    shrinkTo: 12,
    cell: ({ report }) => "results" in report && countsText(totalsOf(report).by_status) || "-",
  },
  { title: "NEW OR CHANGED", rank: 2, align: "right", cell: rowsOf },
  { title: "EXIT CODE", rank: 1, align: "right", cell: ({ report }) => String(report.exitCode) },
];

/** The exit code of a collector that ran each task once. */
export function onceExitCode({ reports }: CollectOutcome): ExitCode {
  const codes = reports.map(({ report }) => report.exitCode);
  if (codes.every((code) => code === EXIT.ok)) return EXIT.ok;
  const failed = codes.some((code) => code !== EXIT.ok && code !== EXIT.locked);
  if (!failed) return EXIT.locked;
  const done = codes.some((code) => code === EXIT.ok || code === EXIT.partial);
  return done ? EXIT.partial : EXIT.failed;
}

/** The outcome of `--once` for a person. */
export function renderOnce({ reports }: CollectOutcome, options: TableOptions): string {
  return renderTable(ONCE_COLUMNS, reports, options);
}

/** The outcome of `--once` as one JSON document. */
export function onceJson(outcome: CollectOutcome): Record<string, unknown> {
  return {
    run_id: outcome.runId,
    exit_code: onceExitCode(outcome),
    tasks: outcome.reports.map(({ task, report }) => ({
      name: task,
      exit_code: report.exitCode,
      message: "message" in report ? report.message : null,
      report: "results" in report ? reportJson(report) : null,
    })),
  };
}
