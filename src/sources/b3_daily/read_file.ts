/** The daily consolidated file: all that was traded on a day, without an open price. @module */
import { isDay } from "../../base/day.ts";
import { shownValue } from "../../base/text.ts";
import type { SourceError } from "../../base/errors.ts";
import type { PriceDetails, PriceRow, Reject } from "../../model/prices.ts";
import { baseName, fileError, fileFault } from "../files/input_files.ts";

const PRICES = ["MinPric", "MaxPric", "TradAvrgPric", "LastPric"] as const;
const NUMBERS = [...PRICES, "TradQty", "FinInstrmQty", "NtlFinVol"] as const;

/** Columns that are read; the file has others, and their order may change. */
const COLUMNS = ["RptDt", "TckrSymb", "ISIN", "SgmtNm", ...NUMBERS] as const;

type Name = (typeof COLUMNS)[number];

/** How a file begins; of one that is not final only the status is there. */
const START = /^(Status do Arquivo: Final|RptDt;)/;

/** Whether bytes begin as a final file does. */
export function beginsAsFinal(start: Uint8Array): boolean {
  return START.test(new TextDecoder("latin1").decode(start));
}

/** A row of the cash market. */
export interface DailyRow {
  readonly ticker: string;
  readonly line: number;
  readonly price: PriceRow;
}

interface DailyFile {
  readonly rows: readonly DailyRow[];
  readonly rejects: readonly Reject[];
  readonly days: readonly string[];
}

function badFile(path: string, code: string, what: string): SourceError {
  const hint =
    "Give the daily consolidated file (TradeInformationConsolidated) as B3 publishes it.";
  return fileFault(path, code, `${JSON.stringify(path)} ${what}`, hint);
}

function numberOf(cell: string): number | null {
  if (cell === "") return null;
  return /^-?\d+(,\d+)?$/.test(cell) ? Number(cell.replace(",", ".")) : NaN;
}

const NO_DETAILS: PriceDetails = {
  currency: "R$",
  isin: null,
  specification: null,
  distribution: null,
  market: "010",
  term: null,
  strike: null,
  expiry: null,
  trades: null,
  turnover: null,
  average: null,
  bid: null,
  ask: null,
};

/** Reads a file. @throws {SourceError} `file_not_final`, `bad_header`, `file_empty`. */
export async function readDailyFile(path: string): Promise<DailyFile> {
  let text: string;
  try {
    text = new TextDecoder("latin1").decode(await Deno.readFile(path));
  } catch (error) {
    throw fileError(path, error);
  }
  const lines = text.split(/\r?\n/);
  if (text.trim() === "") throw badFile(path, "file_empty", "is empty");
  const hasStatus = lines[0]?.startsWith("Status do Arquivo") === true;
  if (hasStatus && !START.test(lines[0] ?? "")) {
    throw badFile(path, "file_not_final", `is not final: ${shownValue(lines[0])}`);
  }
  const first = hasStatus ? 1 : 0;
  const header = (lines[first] ?? "").split(";");
  const missing = COLUMNS.filter((name) => !header.includes(name));
  if (missing.length > 0) throw badFile(path, "bad_header", `has no column ${missing.join(", ")}`);
  const places = new Map(COLUMNS.map((name) => [name, header.indexOf(name)]));
  const origin = baseName(path);
  const rows: DailyRow[] = [];
  const rejects: Reject[] = [];
  const days = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const cells = index > first ? line.split(";") : [];
    const cell = (name: Name): string => cells[places.get(name) ?? -1]?.trim() ?? "";
    if (cell("SgmtNm") !== "CASH" || cell("LastPric") === "") continue;
    const [date, code] = [cell("RptDt"), cell("TckrSymb")];
    const refuse = (problem: string, reason: string): void => {
      const raw = line.slice(0, 500);
      rejects.push({ origin, line: index + 1, date: null, code: problem, reason, raw });
    };
    if (!isDay(date)) {
      refuse("bad_date", `${shownValue(date)} is no day`);
      continue;
    }
    if (!/^[A-Z0-9]{4,12}$/.test(code)) {
      refuse("bad_ticker", `${shownValue(code)} is no code of a paper`);
      continue;
    }
    const bad = NUMBERS.find((name) => Number.isNaN(numberOf(cell(name))));
    if (bad !== undefined) {
      refuse("bad_number", `${bad} is ${shownValue(cell(bad))}`);
      continue;
    }
    days.add(date);
    rows.push({
      ticker: `${code}.SA`,
      line: index + 1,
      price: {
        date,
        open: null,
        high: numberOf(cell("MaxPric")),
        low: numberOf(cell("MinPric")),
        close: numberOf(cell("LastPric")) ?? NaN,
        adjClose: null,
        volume: numberOf(cell("FinInstrmQty")),
        details: {
          ...NO_DETAILS,
          isin: cell("ISIN") || null,
          trades: numberOf(cell("TradQty")),
          turnover: numberOf(cell("NtlFinVol")),
          average: numberOf(cell("TradAvrgPric")),
        },
      },
    });
  }
  return { rows, rejects, days: [...days].sort() };
}
