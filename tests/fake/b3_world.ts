/**
 * Invented companies of B3, their papers, events and prices: the same at each start.
 *
 * @module
 */
import { sessionAfter } from "../../src/exchange/sessions.ts";

/** A kind of paper, as the service of companies says it. */
export type PaperType = "ON" | "PN" | "UNT";

/** What is listed of a company. */
export interface Paper {
  /** `PETR4`. */
  readonly code: string;
  readonly isin: string;
  readonly type: PaperType;
  /** First day with prices. */
  readonly since: string;
  /** Price of the newest day, about which prices swing. */
  readonly price: number;
  /** Prices in the files are for so many units. */
  readonly factor: number;
}

/** Money that was paid for each unit of a paper. */
export interface CashEvent {
  readonly type: PaperType;
  readonly label: "DIVIDENDO" | "JRS CAP PROPRIO" | "RENDIMENTO" | "REST CAP DIN";
  /** The last day with the right. */
  readonly last: string;
  readonly amount: number;
}

/** New units, fewer units, or what has no ratio; it concerns every paper of the company. */
export interface StockEvent {
  readonly label: "DESDOBRAMENTO" | "BONIFICACAO" | "GRUPAMENTO" | "CIS RED CAP" | "INCORPORACAO";
  readonly last: string;
  /** As the service says it: a percentage of new units; of a GRUPAMENTO the multiplier. */
  readonly factor: number;
}

/** A right to buy new units. */
export interface Subscription {
  readonly last: string;
  readonly percentage: number;
  readonly price: number;
}

/** A listed company. */
export interface Company {
  /** `PETR`. */
  readonly issuer: string;
  readonly codeCvm: string;
  /** With punctuation and blanks, as the service pads it. */
  readonly tradingName: string;
  readonly papers: readonly Paper[];
  readonly cash: readonly CashEvent[];
  readonly stock: readonly StockEvent[];
  readonly subscriptions: readonly Subscription[];
}

/** Papers from before this day are not invented: the exchange's files begin in 1986. */
const SINCE = "1986-01-02";

const KINDS = { ON: ["3", "ACNOR"], PN: ["4", "ACNPR"], UNT: ["11", "CDAM1"] } as const;

/** A paper of a company. */
export function paper(issuer: string, type: PaperType, more: Partial<Paper> = {}): Paper {
  const [digits, kind] = KINDS[type];
  const isin = `BR${issuer}${kind}${type === "UNT" ? "" : "0"}`.padEnd(12, "1");
  return { code: issuer + digits, isin, type, since: SINCE, price: 20, factor: 1, ...more };
}

/** A company without events. */
export function company(issuer: string, more: Partial<Company> = {}): Company {
  return {
    issuer,
    codeCvm: String(9000 + [...issuer].reduce((sum, char) => sum + char.charCodeAt(0), 0)),
    tradingName: `${issuer} S.A.`,
    papers: [paper(issuer, "ON")],
    cash: [],
    stock: [],
    subscriptions: [],
    ...more,
  };
}

/** The companies that people meet who play with the fake. */
export const COMPANIES: readonly Company[] = [
  company("PETR", {
    papers: [paper("PETR", "ON", { price: 40 }), paper("PETR", "PN", { price: 38 })],
    cash: [
      { type: "ON", label: "DIVIDENDO", last: "2024-04-25", amount: 0.8 },
      { type: "PN", label: "DIVIDENDO", last: "2024-04-25", amount: 0.88 },
      { type: "PN", label: "JRS CAP PROPRIO", last: "2024-04-25", amount: 0.4702 },
      { type: "ON", label: "JRS CAP PROPRIO", last: "2025-06-02", amount: 0.35 },
      { type: "PN", label: "JRS CAP PROPRIO", last: "2025-06-02", amount: 0.385 },
      { type: "PN", label: "DIVIDENDO", last: "2026-04-22", amount: 0.5 },
    ],
    stock: [{ label: "DESDOBRAMENTO", last: "2008-04-25", factor: 100 }],
  }),
  company("VALE", {
    papers: [paper("VALE", "ON", { price: 60 })],
    cash: [{ type: "ON", label: "DIVIDENDO", last: "2024-03-11", amount: 2.738548 }],
    stock: [{ label: "BONIFICACAO", last: "2025-03-12", factor: 5 }],
  }),
  company("MGLU", {
    papers: [paper("MGLU", "ON", { price: 9, since: "2011-05-02" })],
    stock: [
      { label: "DESDOBRAMENTO", last: "2020-10-13", factor: 300 },
      { label: "GRUPAMENTO", last: "2024-05-24", factor: 0.1 },
    ],
  }),
  company("SANB", {
    papers: [
      paper("SANB", "ON", { price: 14 }),
      paper("SANB", "PN", { price: 15, factor: 1000 }),
      paper("SANB", "UNT", { price: 29 }),
    ],
    cash: [{ type: "UNT", label: "JRS CAP PROPRIO", last: "2024-07-18", amount: 0.40002 }],
  }),
  company("CIEL", { stock: [{ label: "CIS RED CAP", last: "2024-08-14", factor: 12.5 }] }),
  company("AZUL", { subscriptions: [{ last: "2025-02-26", percentage: 10, price: 3 }] }),
];

/** So many companies with one paper each, and a dividend a year, for measurements. */
export function manyCompanies(count: number): Company[] {
  return Array.from({ length: count }, (_, at) => {
    const letters = [at / 676, at / 26, at].map((part) =>
      String.fromCharCode(65 + Math.floor(part) % 26)
    );
    return company(`Q${letters.join("")}`, {
      papers: [paper(`Q${letters.join("")}`, "ON", { price: 5 + at % 80 })],
    });
  });
}

/** Units after an event for one before it; undefined for what has no ratio. */
export function ratioOf({ label, factor }: StockEvent): number | undefined {
  if (label === "GRUPAMENTO") return factor;
  return label === "DESDOBRAMENTO" || label === "BONIFICACAO" ? 1 + factor / 100 : undefined;
}

/** A paper's day as the files have it. */
export interface Quote {
  readonly paper: Paper;
  readonly issuer: string;
  /** Cents per unit. */
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly distribution: number;
  /** ESPECI. */
  readonly specification: string;
}

interface Step {
  /** The first day without the right. */
  readonly ex: string;
  readonly ratio: number;
  readonly mark: string;
}

const steps = new WeakMap<Company, Map<PaperType, Step[]>>();

/** What changes the distribution number of a paper, by day. */
function stepsOf(company: Company, type: PaperType): Step[] {
  const known = steps.get(company) ?? new Map<PaperType, Step[]>();
  steps.set(company, known);
  const found = known.get(type) ?? [
    ...company.cash.filter((each) => each.type === type).map(({ last, label }) => ({
      ex: sessionAfter("b3", last),
      ratio: 1,
      mark: label === "DIVIDENDO" ? "ED" : "EJ",
    })),
    ...company.stock.map((event) => ({
      ex: sessionAfter("b3", event.last),
      ratio: ratioOf(event) ?? 1,
      mark: event.label === "GRUPAMENTO" ? "EG" : "EB",
    })),
    ...company.subscriptions.map(({ last }) => ({
      ex: sessionAfter("b3", last),
      ratio: 1,
      mark: "ES",
    })),
  ].sort((a, b) => a.ex < b.ex ? -1 : 1);
  known.set(type, found);
  return found;
}

/** The quotes of a day, by code. */
export function quotesOf(companies: readonly Company[], day: string): Quote[] {
  const number = Date.parse(`${day}T00:00:00Z`) / 86_400_000;
  return companies.flatMap((company) =>
    company.papers.filter(({ since }) => since <= day).map((paper): Quote => {
      const all = stepsOf(company, paper.type);
      const later = all.filter(({ ex }) => ex > day);
      const ratio = later.reduce((product, step) => product * step.ratio, 1);
      const swing = 1 + 0.08 * Math.sin(number / 23 + paper.price) + 0.02 * Math.sin(number * 1.7);
      const close = Math.max(1, Math.round(100 * paper.price * swing * ratio));
      const mark = all.find(({ ex }) => ex === day)?.mark ?? "";
      return {
        paper,
        issuer: company.issuer,
        open: close,
        high: close + Math.ceil(close / 50),
        low: close - Math.floor(close / 50),
        close,
        volume: 1000 + (number * 7919) % 90_000,
        distribution: 100 + all.length - later.length,
        specification: paper.type.padEnd(4) + mark.padEnd(4) + "NM",
      };
    })
  ).sort((a, b) => a.paper.code < b.paper.code ? -1 : 1);
}
