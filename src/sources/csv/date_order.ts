/**
 * Whether day or month stands first: a day above 12 decides, a column with the same days, days to
 * come; else the rows, where chance would agree in one file of a million.
 *
 * @module
 */
import { isoOfDay } from "../../base/day.ts";
import { weekdayOf } from "../../exchange/days.ts";
import { dayNumber, dayOfNumbers, type DayOrder } from "./days.ts";

/** A date whose day and month may be the other way round, and where it is. */
export interface DateCell {
  readonly cell: string;
  readonly line: number;
  readonly first: number;
  readonly second: number;
  readonly year: number;
}

/** What a column beside the dates says of both readings. */
export interface Neighbour {
  readonly name: string;
  readonly wrong: Readonly<Record<DayOrder, number>>;
  readonly accident: number;
}

/** What a file has of such dates. */
export interface DateEvidence {
  /** The first date that is one under a single reading. */
  readonly only: Readonly<Partial<Record<DayOrder, DateCell | undefined>>>;
  readonly neighbours: readonly Neighbour[];
  /** The first two different dates to come under each reading: one is a typing error. */
  readonly future: Readonly<Record<DayOrder, readonly DateCell[]>>;
  readonly rows: readonly DateCell[];
}

interface Verdict {
  readonly order: DayOrder;
  readonly evidence: string;
}

const MOST_ACCIDENTS = 1e-6;

/** Fewest rows from which a run of weekdays is told from months. */
const FEWEST_OF_RUN = 5;

/** Fewest rows of a monthly series: no month has more days with a number up to 12. */
const FEWEST_OF_MONTHS = 13;

const ORDERS = ["dmy", "mdy"] as const;

/** A reading in words. */
export const ORDER_NAMES: Readonly<Record<DayOrder, string>> = {
  dmy: "day first",
  mdy: "month first",
};

function other(order: DayOrder): DayOrder {
  return order === "dmy" ? "mdy" : "dmy";
}

/** A cell in quotation marks, and its line. */
export function placeOf({ cell, line }: Pick<DateCell, "cell" | "line">): string {
  return `${JSON.stringify(cell)} on line ${line}`;
}

function certain({ only, neighbours }: DateEvidence): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const order of ORDERS) {
    const cell = only[order];
    if (cell !== undefined) {
      verdicts.push({ order, evidence: `${placeOf(cell)} can be read ${ORDER_NAMES[order]} only` });
    }
    for (const { name, wrong, accident } of neighbours) {
      if (accident > MOST_ACCIDENTS || wrong[order] > 0 || wrong[other(order)] === 0) continue;
      const what = `the column ${JSON.stringify(name)} has the same days only ${
        ORDER_NAMES[order]
      }`;
      verdicts.push({ order, evidence: what });
    }
  }
  return verdicts;
}

function fromFuture(future: DateEvidence["future"]): Verdict[] {
  return ORDERS.flatMap((order) => {
    const [late, later] = future[other(order)];
    if (late !== undefined && later !== undefined && future[order].length === 0) {
      const what = `${placeOf(late)} and ${placeOf(later)} have not come yet ${
        ORDER_NAMES[other(order)]
      }`;
      return [{ order, evidence: what }];
    }
    return [];
  });
}

interface Read {
  readonly days: readonly number[];
  readonly isInOrder: boolean;
  readonly hasWeekend: boolean;
  readonly isOneWeekday: boolean;
  readonly isEven: boolean;
  readonly isMonthly: boolean;
}

function read(rows: readonly DateCell[], order: DayOrder): Read {
  const dates = rows.map((row) => dayOfNumbers(row, order) ?? 0);
  const days = dates.map(dayNumber);
  const steps = days.slice(1).map((day, index) => day - (days[index] ?? 0));
  const months = rows.map(({ year, first, second }) =>
    year * 12 + (order === "dmy" ? second : first)
  );
  const monthSteps = months.slice(1).map((month, index) => month - (months[index] ?? 0));
  const isSame = (all: readonly number[]): boolean => all.every((each) => each === all[0]);
  const weekdays = days.map(weekdayOf);
  const isMonthly = isSame(dates.map((day) => day % 100)) && isSame(monthSteps);
  return {
    days,
    isInOrder: steps.every((step) => step > 0) || steps.every((step) => step < 0),
    hasWeekend: weekdays.some((day) => day % 6 === 0),
    isOneWeekday: isSame(weekdays),
    isEven: isSame(steps) || isMonthly,
    isMonthly,
  };
}

function accidentOfOrder(count: number): number {
  let share = 2;
  for (let each = 2; each <= count; each++) share /= each;
  return share;
}

/** Whether the days are the weekdays from the first to the last, of which a few may be holidays. */
function isRunOfWeekdays({ days, isInOrder, hasWeekend }: Read): boolean {
  if (!isInOrder || hasWeekend || days.length < FEWEST_OF_RUN) return false;
  const [low, high] = [Math.min(...days), Math.max(...days)];
  let weekdays = 0;
  for (let day = low; day <= high; day++) if (weekdayOf(day) % 6 !== 0) weekdays++;
  return weekdays - days.length <= Math.max(1, Math.floor(days.length / 10));
}

/** A file sorted by its text is in order month first within a year: there only weekdays count. */
function fromRows(rows: readonly DateCell[]): Verdict | undefined {
  const count = rows.length;
  if (count < 2) return undefined;
  const reads = { dmy: read(rows, "dmy"), mdy: read(rows, "mdy") };
  const texts = rows.map(({ cell }) => cell);
  const isSortedText = texts.every((text, at) => at === 0 || text > (texts[at - 1] ?? "")) ||
    texts.every((text, at) => at === 0 || text < (texts[at - 1] ?? ""));
  const verdicts = ORDERS.flatMap((order): Verdict[] => {
    const [one, two] = [reads[order], reads[other(order)]];
    const weekdaysSpeak = !one.hasWeekend && two.hasWeekend;
    let accident = 1;
    const why: string[] = [];
    if (one.isInOrder && !two.isInOrder && (weekdaysSpeak || !isSortedText)) {
      accident *= accidentOfOrder(count);
      why.push("are in order");
    }
    if (one.isOneWeekday && !two.isOneWeekday) {
      accident *= 7 ** (1 - count);
      why.push("are of one day of the week");
    } else if (weekdaysSpeak) {
      accident *= (5 / 7) ** count;
      why.push("are on no weekend");
    }
    if (accident <= MOST_ACCIDENTS) {
      const what = `only ${ORDER_NAMES[order]} the ${count} days ${why.join(" and ")}`;
      return [{ order, evidence: what }];
    }
    if (isRunOfWeekdays(one) && !two.isEven) {
      const [first, last] = [rows[0], rows.at(-1)].map((row) =>
        row === undefined ? "" : isoOfDay(dayOfNumbers(row, order) ?? 0)
      );
      const what = `so they are the weekdays from ${first} to ${last}`;
      return [{ order, evidence: what }];
    }
    if (count >= FEWEST_OF_MONTHS && one.isMonthly && !two.isEven) {
      return [{ order, evidence: `so they are ${count} months in a row` }];
    }
    return [];
  });
  const speaksAgainst = (order: DayOrder): boolean => {
    const [one, two] = [reads[order], reads[other(order)]];
    return (two.isInOrder && !one.isInOrder) || (!two.hasWeekend && one.hasWeekend) ||
      (two.isOneWeekday && !one.isOneWeekday);
  };
  const [only, ...more] = verdicts;
  return only === undefined || more.length > 0 || speaksAgainst(only.order) ? undefined : only;
}

/** Decides what stands first, or says why that cannot be told. */
export function decideOrder(
  evidence: DateEvidence,
): { readonly order: DayOrder | null; readonly evidence: string } {
  const { only, future, rows } = evidence;
  const fromAll = fromRows(rows);
  const all = certain(evidence);
  // A day above 12 is certain, and what the rows say as a whole is not.
  if (only.dmy === undefined && only.mdy === undefined) {
    all.push(...fromFuture(future), ...(fromAll === undefined ? [] : [fromAll]));
  }
  const [first] = all;
  if (first === undefined) {
    return { order: null, evidence: "nothing in the file tells day and month apart" };
  }
  const against = all.find(({ order }) => order !== first.order);
  if (against === undefined) return first;
  return { order: null, evidence: `${first.evidence}, but ${against.evidence}` };
}
