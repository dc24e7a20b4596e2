/**
 * What `collect` prints: the plan of `--dry-run`, the outcome of `--once`.
 *
 * @module
 */
import { EXIT, type ExitCode } from "../../../base/errors.ts";
import { localText } from "../../../collect/active_times.ts";
import { inOrder, type TaskPlan } from "../../../collect/turns.ts";
import { durationText } from "../../../collect/duration.ts";
import type { CollectTask } from "../../../collect/task_run.ts";
import type { CollectOutcome } from "../../../collect/service.ts";
import { countsText, plural } from "../../../base/text.ts";
import { reportJson, totalsOf } from "../ingest/report.ts";
import { type Column, renderTable } from "../../output/table.ts";

/** Turns that are shown one by one. */
const MOST_TURNS = 50;

type Plan = TaskPlan<CollectTask>;

function zoneOf({ task }: Plan): string {
  return task.rule.activeTimes?.timeZone ?? "UTC";
}

function timeOf(plan: Plan, atMs: number | undefined): string {
  return atMs === undefined ? "-" : localText(atMs, zoneOf(plan));
}

const PLAN_COLUMNS: readonly Column<Plan>[] = [
  { title: "TASK", cell: ({ task }) => task.name },
  { title: "SOURCE", cell: ({ task }) => task.source.name },
  { title: "EVERY", cell: ({ task }) => durationText(task.rule.everyMs) },
  {
    title: "JITTER",
    cell: ({ task }) => task.jitterMs === 0 ? "-" : durationText(task.jitterMs),
  },
  { title: "NEXT", cell: (plan) => timeOf(plan, plan.next) },
  { title: "LAST", cell: (plan) => timeOf(plan, plan.turns.at(-1)) },
  { title: "ZONE", cell: zoneOf },
  { title: "TURNS", align: "right", cell: ({ turns }) => String(turns.length) },
];

/** The plan of the next 24 hours for a person. */
export function renderPlan(plans: readonly Plan[]): string {
  const turns = inOrder(plans);
  const byName = new Map(plans.map((plan) => [plan.task.name, plan]));
  const lines = turns.slice(0, MOST_TURNS).map(({ task, atMs }) => {
    const plan = byName.get(task);
    return `${plan === undefined ? "" : timeOf(plan, atMs)}  ${task}\n`;
  });
  const more = turns.length - lines.length;
  return [
    renderTable(PLAN_COLUMNS, plans),
    `At once, the initial sync: ${plans.map(({ task }) => task.name).join(", ")}. ` +
    "Intervals count from its end, or from the opening of the active hours.\n" +
    `The next 24 hours have ${plural(turns.length, "turn")}${lines.length === 0 ? "." : ":"}\n`,
    lines.join("") + (more > 0 ? `… and ${more} more; all of them with --json\n` : ""),
    "Dry run: nothing was locked, asked for or written.\n",
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
  return String(rows_inserted + rows_updated);
}

const ONCE_COLUMNS: readonly Column<OneReport>[] = [
  { title: "TASK", cell: ({ task }) => task },
  {
    title: "TICKERS",
    cell: ({ report }) => "results" in report && countsText(totalsOf(report).by_status) || "-",
  },
  { title: "NEW OR CHANGED", align: "right", cell: rowsOf },
  { title: "EXIT CODE", align: "right", cell: ({ report }) => String(report.exitCode) },
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
export function renderOnce({ reports }: CollectOutcome): string {
  return renderTable(ONCE_COLUMNS, reports);
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
