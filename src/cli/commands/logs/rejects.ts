/**
 * The rejected rows of a job, for people: why each was refused is never cut.
 *
 * @module
 */
import type { StoredReject } from "../../../store/mod.ts";
import { type FittedColumn, FittedTable, oneLine } from "../../output/fitted_table.ts";
import { out } from "../../output/streams.ts";
import { tableOptions } from "../../output/terminal.ts";
import { wrapped } from "../../output/wrapped.ts";

const COLUMNS: readonly FittedColumn<StoredReject>[] = [
  { title: "CODE", rank: 0, cell: ({ code }) => code },
  { title: "REASON", rank: 1, cell: ({ reason }) => reason },
  { title: "DATE", rank: 2, cell: ({ date }) => date ?? "-" },
  {
    title: "LINE",
    rank: 3,
    align: "right",
    cell: ({ line }) => line === null ? "-" : String(line),
  },
  { title: "ORIGIN", rank: 4, cell: ({ origin }) => origin ?? "-" },
  { title: "RAW", rank: 5, optional: true, cell: ({ raw }) => raw ?? "" },
];

/**
 * Numbers with what they are of: `2 failed, 1 success`.
 *
 * @param counts Numbers by name.
 */
export function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts).map(([name, n]) => `${n} ${name}`).join(", ");
}

function block({ code, reason, date, line, origin, raw }: StoredReject, width: number): string {
  const where = [
    ...date === null ? [] : [date],
    ...line === null ? [] : [`line ${line}`],
    ...origin === null ? [] : [origin],
  ];
  const texts = [reason, where.join(", "), raw ?? ""].map(oneLine).filter((text) => text !== "");
  return [code, ...texts.flatMap((text) => wrapped(text, width - 2).map((each) => `  ${each}`))]
    .join("\n") + "\n";
}

/**
 * Prints them: a table where it fits, and else a block of lines for each.
 *
 * @param rejects Those to show.
 * @param counts How many there are, by their codes.
 */
export function printRejects(
  rejects: readonly StoredReject[],
  counts: Readonly<Record<string, number>>,
): void {
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  if (total === 0) return;
  out(`\n${total} rejected row${total === 1 ? "" : "s"} (${countsText(counts)})`);
  if (rejects.length < total) out(`, the first ${rejects.length} of them; all with --limit all`);
  out("\n");
  if (rejects.length === 0) return;
  const { width = Infinity } = tableOptions(false);
  const table = new FittedTable(COLUMNS, rejects, {});
  const text = table.header() + table.lines(rejects);
  const fits = text.split("\n").every((each) => wrapped(each, width).length === 1);
  out(fits ? text : rejects.map((each) => block(each, width)).join(""));
}
