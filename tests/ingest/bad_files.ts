/**
 * Bad input for the program, and the means to make it.
 *
 * @module
 */
import { makeZip } from "../sources/cotahist/zip_writer.ts";
import { SAMPLE } from "../e2e/program.ts";
import type { Need } from "../system.ts";

/** Bytes of a record with its line end. */
export const RECORD = 247;

/** The sample with changed records: its header is record 0. */
export function sampleWith(
  changes: Readonly<Record<number, (record: string) => string>>,
): Uint8Array {
  const text = new TextDecoder("latin1").decode(Deno.readFileSync(SAMPLE));
  const records: string[] = [];
  for (let at = 0; at < text.length; at += RECORD) records.push(text.slice(at, at + RECORD));
  for (const [index, change] of Object.entries(changes)) {
    records[Number(index)] = change(records[Number(index)] ?? "");
  }
  return Uint8Array.from(records.join(""), (char) => char.charCodeAt(0));
}

/** Overwrites a field; positions 1-based as in the exchange's description. */
export function put(position: number, text: string): (record: string) => string {
  return (record) =>
    record.slice(0, position - 1) + text + record.slice(position - 1 + text.length);
}

/** An input that is refused as a whole, and what is said of it. */
export interface BadFile {
  readonly what: string;
  /** What not every system has. Default nothing. */
  readonly needs?: Need;
  /** Files to write: name and content. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly args: readonly string[];
  readonly code: string;
  readonly message: RegExp;
  readonly hint: RegExp;
  /** Of the failed log row. Default null. */
  readonly ticker?: string;
}

/** Arguments before a COTAHIST file. */
export const COTAHIST = ["--source", "cotahist", "--file"];
/** Arguments before a CSV file. */
export const CSV = ["--source", "csv", "--file"];
const HTML = "<!DOCTYPE html><html><body>Arquivo indisponível</body></html>\n";
const sample = Deno.readFileSync(SAMPLE);
const zip = makeZip([{ name: "COTAHIST_A2024.TXT", data: sample }]);

/** Inputs that are refused as a whole. */
export const BAD_FILES: readonly BadFile[] = [
  {
    what: "a file that is missing",
    args: [...COTAHIST, "COTAHIST_A1999.TXT"],
    code: "file_not_found",
    message: /COTAHIST_A1999\.TXT.* does not exist/,
    hint: /path/,
  },
  {
    what: "a file that is missing, for one ticker",
    args: [...CSV, "prices.csv", "--ticker", "PETR4.SA"],
    code: "file_not_found",
    message: /prices\.csv.* does not exist/,
    hint: /path/,
    ticker: "PETR4.SA",
  },
  {
    what: "an empty COTAHIST file",
    files: { "x.TXT": "" },
    args: [...COTAHIST, "x.TXT"],
    code: "file_empty",
    message: /x\.TXT.* is empty/,
    hint: /[Dd]ownload/,
  },
  {
    what: "an empty CSV file",
    files: { "x.csv": "" },
    args: [...CSV, "x.csv"],
    code: "file_empty",
    message: /x\.csv.* is empty/,
    hint: /download/,
  },
  {
    what: "a folder without such files",
    args: [...COTAHIST, "."],
    code: "no_files_matched",
    message: /no file matches "[^"]*\."/,
    hint: /COTAHIST\*/,
  },
  {
    what: "a device",
    needs: "deviceFiles",
    args: [...CSV, "/dev/null"],
    code: "not_a_regular_file",
    message: /neither a file nor a folder/,
    hint: /file first/,
  },
  {
    what: "a web page under the name of a ZIP",
    files: { "COTAHIST_A2024.ZIP": HTML },
    args: [...COTAHIST, "COTAHIST_A2024.ZIP"],
    code: "not_a_zip",
    message: /COTAHIST_A2024\.ZIP.* is no ZIP file/,
    hint: /HTML page/,
  },
  {
    what: "a web page under the name of a TXT",
    files: { "COTAHIST_A2024.TXT": HTML },
    args: [...COTAHIST, "COTAHIST_A2024.TXT"],
    code: "not_cotahist",
    message: /is no COTAHIST file/,
    hint: /HTML page/,
  },
  {
    what: "a ZIP without a TXT",
    files: { "x.ZIP": makeZip([{ name: "readme.md", data: sample }]) },
    args: [...COTAHIST, "x.ZIP"],
    code: "zip_without_txt",
    message: /x\.ZIP.* has no \.TXT/,
    hint: /ZIP as B3 publishes it/,
  },
  {
    what: "a ZIP with a path that climbs out",
    files: {
      "x.ZIP": makeZip([
        { name: "COTAHIST_A2024.TXT", data: sample },
        { name: "../COTAHIST_A2025.TXT", data: sample },
      ]),
    },
    args: [...COTAHIST, "x.ZIP"],
    code: "zip_unsafe_path",
    message: /"\.\.\/COTAHIST_A2025\.TXT"/,
    hint: /Do not use/,
  },
  {
    what: "a ZIP that is cut off",
    files: { "x.ZIP": zip.slice(0, zip.length - 500) },
    args: [...COTAHIST, "x.ZIP"],
    code: "zip_corrupt",
    message: /x\.ZIP.* is damaged/,
    hint: /[Dd]ownload/,
  },
  {
    what: "a file that is cut off",
    files: { "x.TXT": sample.slice(0, 80 * RECORD) },
    args: [...COTAHIST, "x.TXT"],
    code: "trailer_missing",
    message: /x\.TXT.* has no trailer .* after 80 records/,
    hint: /--allow-truncated/,
  },
  {
    what: "a trailer that counts other records than there are",
    files: { "x.TXT": sampleWith({ 121: put(32, "00000000123") }) },
    args: [...COTAHIST, "x.TXT"],
    code: "trailer_mismatch",
    message: /says 123 records, the file has 122/,
    hint: /--allow-truncated/,
  },
  {
    what: "records after the trailer",
    files: { "x.TXT": new Uint8Array([...sample, ...sample.subarray(RECORD, 2 * RECORD)]) },
    args: [...COTAHIST, "x.TXT"],
    code: "data_after_trailer",
    message: /goes on at line 123/,
    hint: /--allow-truncated/,
  },
  {
    what: "a ticker that is not in the file",
    args: [...COTAHIST, SAMPLE, "--ticker", "EXMA4.SA"],
    code: "ticker_not_in_file",
    message: /EXMA4\.SA/,
    hint: /EXMA3\.SA|EXMB4\.SA/,
    ticker: "EXMA4.SA",
  },
  {
    what: "a ticker without its suffix",
    args: [...COTAHIST, SAMPLE, "--ticker", "EXMC3"],
    code: "ticker_not_in_file",
    message: /EXMC3/,
    hint: /EXMC3\.SA/,
    ticker: "EXMC3",
  },
  {
    what: "a ticker of another market",
    args: [...COTAHIST, SAMPLE, "--ticker", "EXMA3F.SA"],
    code: "ticker_in_other_market",
    message: /market 020/,
    hint: /--markets 020/,
    ticker: "EXMA3F.SA",
  },
  {
    what: "a window in which the ticker has no day",
    args: [...COTAHIST, SAMPLE, "--ticker", "EXMA3.SA", "--from", "2025-01-01"],
    code: "no_rows_in_window",
    message: /EXMA3\.SA has no row/,
    hint: /2024-01-02 to 2024-01-15/,
    ticker: "EXMA3.SA",
  },
  {
    what: "a CSV file that lacks a column",
    files: { "x.csv": "date,settlement,volume\n2024-01-02,37.5,1\n" },
    args: [...CSV, "x.csv", "--ticker", "PETR4.SA"],
    code: "csv_missing_column",
    message: /no column "close"; it has "date", "settlement", "volume"/,
    hint: /"close"/,
    ticker: "PETR4.SA",
  },
  {
    what: "a CSV file that does not say whose prices it has",
    files: { "x.csv": "date,close\n2024-01-02,37.5\n" },
    args: [...CSV, "x.csv"],
    code: "csv_no_ticker",
    message: /does not say which ticker/,
    hint: /--ticker/,
  },
  {
    what: "a file that is all bad rows",
    files: { "x.csv": "date,close\n2024-01-02,none\n2024-01-03,\n" },
    args: [...CSV, "x.csv", "--ticker", "EXMA3.SA"],
    code: "no_valid_rows",
    message: /none of 2 row/,
    hint: /tickerlock logs show JOB/,
    ticker: "EXMA3.SA",
  },
];
