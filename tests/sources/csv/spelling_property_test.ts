import * as fc from "fast-check";
import { SourceError } from "../../../src/base/errors.ts";
import type { PriceRow } from "../../../src/model/prices.ts";
import { assert, assertEquals } from "../../assert.ts";
import { read } from "./helpers.ts";

const DAY_MS = 86_400_000;

/** Last day before today, as days since 1970. */
const YESTERDAY = Math.floor(Date.now() / DAY_MS) - 1;

function isoOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

function dayOf(year: number, month: number, day: number): number {
  return Date.UTC(year, month, day) / DAY_MS;
}

/** Days of a series: what real programs export, and what is as hard to tell as can be. */
const days = fc.record({
  cadence: fc.constantFrom("daily", "weekdays", "weekly", "monthly", "firsts", "low", "any"),
  start: fc.integer({ min: dayOf(1995, 0, 1), max: YESTERDAY - 40 }),
  count: fc.integer({ min: 1, max: 16 }),
  any: fc.array(
    fc.tuple(fc.integer({ min: 2000, max: 2025 }), fc.nat(11), fc.integer({ min: 1, max: 12 })),
    {
      minLength: 1,
      maxLength: 10,
    },
  ),
  year: fc.integer({ min: 2000, max: 2025 }),
  order: fc.constantFrom("up", "up", "down", "mixed"),
}).map(({ cadence, start, count, any, year, order }) => {
  const first = new Date(start * DAY_MS);
  const monthly = (day: number) =>
    Array.from(
      { length: count },
      (_, i) => dayOf(first.getUTCFullYear(), first.getUTCMonth() + i, day),
    );
  const made: Record<string, () => number[]> = {
    daily: () => Array.from({ length: count }, (_, i) => start + i),
    weekdays: () =>
      Array.from({ length: count + 8 }, (_, i) => start + i).filter((day) =>
        (day + 4) % 7 % 6 !== 0
      ),
    weekly: () => Array.from({ length: count }, (_, i) => start + 7 * i),
    monthly: () => monthly(first.getUTCDate() % 12 + 1),
    firsts: () => monthly(1),
    // Days that are all up to the 12th, of a few months of one year.
    low: () => any.map(([, month, day]) => dayOf(year, month, day)),
    any: () => any.map(([year, month, day]) => dayOf(year, month, day)),
  };
  const found = [...new Set(made[cadence]?.() ?? [])].filter((day) => day <= YESTERDAY);
  if (order === "mixed") return found;
  found.sort((a, b) => order === "up" ? a - b : b - a);
  return found;
}).filter((found) => found.length > 0);

const spelling = fc.record({
  delimiter: fc.constantFrom(",", ";", "\t"),
  decimal: fc.constantFrom(".", ","),
  grouping: fc.constantFrom("none", "other", "space", "apostrophe"),
  date: fc.constantFrom("ymd", "dmy", "mdy", "compact", "named"),
  separator: fc.constantFrom("/", "-", "."),
  padded: fc.boolean(),
  digits: fc.constantFrom(0, 1, 2, 3, 3, 4),
  header: fc.constantFrom(
    ["Date", "Open", "High", "Low", "Close", "Volume"],
    ["Data", "Abertura", "Máxima", "Mínima", "Último", "Vol."],
    ["<DATE>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<VOL>"],
  ),
  note: fc.constantFrom("", "text", "1", "iso", "later", "MON", "17.30", "01.2024"),
  /** Days by which the last row is ahead of today, by a typing error; 0 for none. */
  ahead: fc.constantFrom(0, 0, 0, 3, 9, 17, 24, 33),
  volume: fc.constantFrom("whole", "grouped", "fraction", "millions"),
  short: fc.boolean(),
  currency: fc.constantFrom("", "", "$", "R$ "),
  lineEnd: fc.constantFrom("\n", "\r\n"),
  encoding: fc.constantFrom("utf-8", "utf-8", "latin1", "utf-16le"),
});

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

type Spelling = typeof spelling extends fc.Arbitrary<infer T> ? T : never;

function dateText(day: number, { date, separator, padded }: Spelling): string {
  const [year = "", month = "", dayText = ""] = isoOf(day).split("-");
  const short = (text: string) => padded ? text : String(Number(text));
  if (date === "ymd") return [year, month, dayText].join(separator);
  if (date === "compact") return year + month + dayText;
  if (date === "named") return `${MONTHS[Number(month) - 1]} ${short(dayText)}, ${year}`;
  const parts = date === "dmy" ? [dayText, month] : [month, dayText];
  return [...parts.map(short), year].join(separator);
}

/** A number as it is written, and what it is. */
function numberText(value: number, digits: number, as: Spelling): string {
  const [whole = "", fraction = ""] = value.toFixed(digits).split(".");
  const signs: Record<string, string> = {
    none: "",
    other: as.decimal === "." ? "," : ".",
    space: " ",
    apostrophe: "'",
  };
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, signs[as.grouping] ?? "");
  return fraction === "" ? grouped : `${grouped}${as.decimal}${fraction}`;
}

function bytesOf(text: string, encoding: string): Uint8Array {
  if (encoding === "utf-8") return new TextEncoder().encode(text);
  if (encoding === "latin1") return Uint8Array.from(text, (char) => char.charCodeAt(0));
  const units = Uint16Array.from(`\uFEFF${text}`, (char) => char.charCodeAt(0));
  return new Uint8Array(units.buffer);
}

Deno.test("property: a file in one spelling is read as it was written, or refused", async () => {
  const outcomes = { read: 0, refused: 0 };
  const price = fc.integer({ min: 1, max: 20_000_000 });
  await fc.assert(
    fc.asyncProperty(
      days,
      spelling,
      fc.array(price, { minLength: 16 + 8, maxLength: 24 }),
      fc.nat(1e9),
      async (days, as, values, seed) => {
        const quote = (cell: string) =>
          cell.includes(as.delimiter) || cell.includes('"') ? `"${cell}"` : cell;
        const line = (cells: readonly string[]) => cells.map(quote).join(as.delimiter);
        const lines = [line([...as.header, "Note"])];
        const wanted: PriceRow[] = [];
        const all = as.ahead === 0 ? days : [...days, YESTERDAY + 1 + as.ahead];
        for (const [index, day] of all.entries()) {
          const base = (values[index % values.length] ?? 1) / 1000 + 1;
          const number = (value: number) => Number(value.toFixed(as.digits));
          const [open, high, low, close] = [base, base * 1.5, base * 0.75, base * 1.1].map(number);
          const count = seed % (1000 * 10 ** (index % 4)) + 1;
          const fraction = as.volume === "fraction" ? 0.625 : 0;
          const volume = as.volume === "millions" ? (count % 1000) + 0.25 : count + fraction;
          const volumeText = as.volume === "grouped" || as.volume === "fraction"
            ? numberText(volume, as.volume === "fraction" ? 3 : 0, as)
            : as.volume === "millions"
            ? `${numberText(volume, 2, as)}M`
            : String(volume);
          const notes: Record<string, string> = {
            iso: isoOf(day),
            // When the row was changed last.
            later: isoOf(day + 1 + seed % 40),
            text: "a, b",
          };
          const note = notes[as.note] ?? as.note;
          const prices = [open, high, low, close].map((value) =>
            as.currency + numberText(value ?? 0, as.digits, as)
          );
          lines.push(line([dateText(day, as), ...prices, volumeText, note]));
          if (as.short && index === 0) lines.push(line([dateText(day, as), prices[0] ?? ""]));
          wanted.push({
            date: isoOf(day),
            open: open ?? 0,
            high: high ?? 0,
            low: low ?? 0,
            close: close ?? 0,
            adjClose: null,
            volume: as.volume === "millions" ? Math.round(volume * 100) * 10_000 : volume,
          });
        }
        wanted.sort((a, b) => a.date < b.date ? -1 : 1);
        const content = bytesOf(lines.join(as.lineEnd), as.encoding);
        try {
          const { byTicker } = await read(content, { tickers: ["AAA"] });
          assertEquals(byTicker.AAA?.prices, wanted);
          outcomes.read++;
        } catch (error) {
          if (!(error instanceof SourceError)) throw error;
          assert(
            ["csv_ambiguous_dates", "csv_ambiguous_numbers"].includes(error.code),
            error.message,
          );
          outcomes.refused++;
        }
      },
    ),
    { numRuns: Number(Deno.env.get("RUNS") ?? 500) },
  );
  // Refusing everything would be right as well, and of no use.
  assert(outcomes.read > outcomes.refused, JSON.stringify(outcomes));
});
