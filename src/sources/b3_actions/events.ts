/** From rows of the service to events: what a label means, and which rows are one event. @module */
import { isDay } from "../../base/day.ts";
import { shownValue } from "../../base/text.ts";
import { sessionAfter } from "../../exchange/sessions.ts";
import type { CorporateEvent } from "../../model/corporate_events.ts";
import type { Reject } from "../../model/prices.ts";
import type { CashRow, Supplement } from "./answers.ts";

/** Money. Of JRS CAP PROPRIO the tax is not deducted. */
const CASH = new Set(["DIVIDENDO", "JRS CAP PROPRIO", "RENDIMENTO", "REST CAP DIN"]);

/** The number is a percentage of new units. */
const PERCENTAGE = new Set(["DESDOBRAMENTO", "BONIFICACAO"]);

/** The number is the multiplier itself. */
const MULTIPLIER = "GRUPAMENTO";

/** How a day begins that is not known yet: 31/12/9999, mostly. */
const UNKNOWN_YEAR = "9999-";

const TYPES: Readonly<Record<string, string>> = {
  3: "ON",
  4: "PN",
  5: "PNA",
  6: "PNB",
  7: "PNC",
  8: "PND",
  11: "UNT",
};

/** The kind of paper of a code such as `PETR4`, as lists of money name it; undefined for others. */
export function typeOf(code: string): string | undefined {
  return TYPES[/^[A-Z0-9]{4}(\d{1,2})$/.exec(code)?.[1] ?? ""];
}

class BadRow extends Error {
  readonly code: string;

  constructor(code: string, reason: string) {
    super(reason);
    this.code = code;
  }
}

function dayOf(text: string): string {
  const [, day, month, year] = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(text) ?? [];
  const iso = `${year}-${month}-${day}`;
  if (isDay(iso)) return iso;
  throw new BadRow("bad_date", `${shownValue(text)} is no day`);
}

function numberOf(text: string): number {
  const isNumber = /^\d{1,3}(\.\d{3})*(,\d+)?$|^\d+(,\d+)?$/.test(text);
  const number = isNumber ? Number(text.replaceAll(".", "").replace(",", ".")) : NaN;
  if (Number.isFinite(number)) return number;
  throw new BadRow("bad_number", `${shownValue(text)} is no number`);
}

/** A row by the names of the service; the ISIN is null in pages of money. */
interface Row {
  readonly label: string;
  readonly lastDatePrior: string;
  readonly approvedOn: string;
  readonly isinCode: string | null;
}

type Size = Pick<CorporateEvent, "kind" | "ratio" | "amount">;
type SizeOf = (number: number, label: string) => Size;

function eventOf(row: Row, rate: string, sizeOf: SizeOf): CorporateEvent {
  const label = row.label.trim();
  const lastWithRight = dayOf(row.lastDatePrior);
  const number = numberOf(rate);
  return {
    label,
    lastWithRight,
    exDate: lastWithRight.startsWith(UNKNOWN_YEAR) ? null : sessionAfter("b3", lastWithRight),
    ...sizeOf(number, label),
    rate,
    approvedOn: row.approvedOn === "" ? "" : dayOf(row.approvedOn),
    isin: row.isinCode,
  };
}

const NO_SIZE: Size = { kind: "other", ratio: null, amount: null };

function cash(per = 1): SizeOf {
  return (number, label) =>
    CASH.has(label) && number > 0 ? { kind: "cash", ratio: null, amount: number / per } : NO_SIZE;
}

function stock(isOwn: boolean): SizeOf {
  return (number, label) => {
    // What new units of another paper, or a grouping into more, do to a price is not told.
    if (!isOwn || number <= 0) return NO_SIZE;
    if (PERCENTAGE.has(label)) return { kind: "split", ratio: 1 + number / 100, amount: null };
    if (label === MULTIPLIER && number < 1) return { kind: "split", ratio: number, amount: null };
    return NO_SIZE;
  };
}

function isSame(one: CorporateEvent, other: CorporateEvent): boolean {
  const [a, b] = [one.amount ?? one.ratio ?? 0, other.amount ?? other.ratio ?? 0];
  return one.label === other.label && one.lastWithRight === other.lastWithRight &&
    Math.abs(a - b) <= 0.0005 * Math.max(a, b);
}

/** ISINs tell shares, bonuses and subscriptions apart, the kind of paper payments; rows come twice. */
export function eventsOf(
  company: Supplement,
  pages: readonly CashRow[],
  { isins, type }: { readonly isins: ReadonlySet<string>; readonly type: string | undefined },
): { readonly events: readonly CorporateEvent[]; readonly rejects: readonly Reject[] } {
  const rejects: Reject[] = [];
  const read = <T>(rows: readonly T[], origin: string, event: (row: T) => CorporateEvent) =>
    rows.flatMap((row): CorporateEvent[] => {
      try {
        return [event(row)];
      } catch (error) {
        if (!(error instanceof BadRow)) throw error;
        const raw = JSON.stringify(row).slice(0, 500);
        const { code, message: reason } = error;
        rejects.push({ origin, line: null, date: null, code, reason, raw });
        return [];
      }
    });
  const own = <T extends { readonly isinCode: string }>(rows: readonly T[]): T[] =>
    rows.filter(({ isinCode }) => isins.has(isinCode));
  const paid = read(
    pages.filter(({ typeStock }) => typeStock.trim() === type),
    "GetListedCashDividends",
    (row) => {
      const { corporateAction: label, lastDatePriorEx: lastDatePrior, dateApproval } = row;
      const per = Math.max(1, numberOf(row.quotedPerShares === "" ? "1" : row.quotedPerShares));
      const own = { label, lastDatePrior, approvedOn: dateApproval, isinCode: null };
      return eventOf(own, row.valueCash, cash(per));
    },
  );
  const origin = "GetListedSupplementCompany";
  const recent = read(own(company.cashDividends), origin, (row) => eventOf(row, row.rate, cash()));
  const shares = read(own(company.stockDividends), origin, (row) => {
    const isOwn = row.assetIssued === "" || row.assetIssued === row.isinCode;
    return eventOf(row, row.factor, stock(isOwn));
  });
  const rights = read(
    own(company.subscriptions),
    origin,
    (row) => eventOf(row, row.percentage, () => NO_SIZE),
  );
  const more = recent.filter((event) => !paid.some((other) => isSame(event, other)));
  const unique = new Map([...paid, ...more, ...shares, ...rights].map((event) => [
    JSON.stringify([event.lastWithRight, event.label, event.approvedOn, event.rate]),
    event,
  ]));
  return { events: [...unique.values()], rejects };
}
