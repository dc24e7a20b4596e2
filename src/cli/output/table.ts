/**
 * Tables, aligned whatever script they are written in. On a terminal they fit its width: columns of
 * high rank are left out and long texts cut. No cell can break a line or steer a terminal.
 * @module
 */
import displayWidth from "fast-string-width";
import { grouped, oneLine } from "../../base/text.ts";

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly align?: "left" | "right";
  readonly cell: (row: Row) => string;
  /** The smaller, the longer it is kept where not all columns fit. Default 0. */
  readonly rank?: number;
  /** It may be cut to that width where room is short. Default never. */
  readonly shrinkTo?: number;
  /** Width that it takes, if it can use that, before a column of a larger rank has any. Default least. */
  readonly wants?: number;
  /** Least width, for tables whose later rows are not known yet. Default that of the title. */
  readonly least?: number;
  readonly optional?: boolean;
  readonly sgr?: (row: Row) => string | undefined;
}

/** A column that stands on the right, numbers grouped, with `-` for what is not known. */
export function numbers<Row>(
  title: string,
  rank: number,
  of: (row: Row) => number | string | null | undefined,
): Column<Row> {
  const cell = (row: Row): string => {
    const value = of(row);
    return typeof value === "number" ? grouped(value) : value ?? "-";
  };
  return { title, rank, align: "right", cell };
}

/** How a table is laid out. */
export interface TableOptions {
  readonly width?: number | undefined;
  readonly color?: boolean;
  readonly cutNote?: string;
}

const GAP = 2;
const PLAIN = /^[\x20-\x7e]*$/;

/** Columns of a terminal that a text takes. */
export function widthOf(text: string): number {
  // Nearly every cell is ASCII, and a table can have very many.
  return PLAIN.test(text) ? text.length : displayWidth(text);
}

/** Cuts a text to a width, with an ellipsis where something is left out. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += widthOf(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

interface Placed<Row> {
  readonly column: Column<Row>;
  readonly natural: number;
  width: number;
}

function leastOf<Row>({ column, natural }: Placed<Row>): number {
  return Math.min(natural, Math.max(column.shrinkTo ?? natural, widthOf(column.title)));
}

/** Chooses the columns that fit, and gives the room that is left to those of the smallest rank. */
function choose<Row>(all: readonly Placed<Row>[], width: number): Placed<Row>[] {
  let left = width + GAP;
  const chosen = new Set<Placed<Row>>();
  const byRank = all.toSorted((a, b) => (a.column.rank ?? 0) - (b.column.rank ?? 0));
  for (const placed of byRank) {
    const least = leastOf(placed) + GAP;
    // One column is always shown, however narrow the terminal.
    if (least > left && chosen.size > 0) continue;
    const { natural, column: { wants = 0 } } = placed;
    placed.width = Math.max(least - GAP, Math.min(natural, wants, left - GAP));
    left -= placed.width + GAP;
    chosen.add(placed);
  }
  for (const placed of chosen) {
    const more = Math.min(Math.max(left, 0), placed.natural - placed.width);
    placed.width += more;
    left -= more;
  }
  return all.filter((placed) => chosen.has(placed));
}

/** A table whose columns and widths are settled by its first rows; further rows can be added. */
export class Table<Row> {
  readonly #placed: readonly Placed<Row>[];
  readonly #made: ReadonlyMap<Row, readonly string[]>;
  readonly #color: boolean;
  readonly #cuts: boolean;
  #isCut = false;

  constructor(
    columns: readonly Column<Row>[],
    rows: readonly Row[],
    { width = Infinity, color = false }: TableOptions = {},
  ) {
    const all: Placed<Row>[] = [];
    const cells = new Map<Column<Row>, readonly string[]>();
    for (const column of columns) {
      const made = rows.map((row) => oneLine(column.cell(row)));
      if (column.optional === true && column.least === undefined && !made.some(Boolean)) continue;
      const least = Math.max(widthOf(column.title), column.least ?? 0);
      const natural = made.reduce((most, cell) => Math.max(most, widthOf(cell)), least);
      all.push({ column, natural, width: natural });
      cells.set(column, made);
    }
    this.#placed = choose(all, width);
    this.#isCut = this.#placed.length < all.length;
    const shown = this.#placed.map(({ column }) => cells.get(column) ?? []);
    this.#made = new Map(rows.map((row, at) => [row, shown.map((made) => made[at] ?? "")]));
    this.#color = color;
    this.#cuts = width !== Infinity;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  header(): string {
    return this.#line(this.#placed.map(({ column }) => column.title));
  }

  lines(rows: readonly Row[]): string {
    return rows.map((row) =>
      this.#line(
        this.#made.get(row) ?? this.#placed.map(({ column }) => oneLine(column.cell(row))),
        this.#color ? this.#placed.map(({ column }) => column.sgr?.(row)) : [],
      )
    ).join("");
  }

  #line(cells: readonly string[], sgr: readonly (string | undefined)[] = []): string {
    let line = "";
    let blanks = 0;
    for (const [index, { column, width }] of this.#placed.entries()) {
      const whole = cells[index] ?? "";
      const cell = this.#cuts && column.shrinkTo !== undefined ? cut(whole, width) : whole;
      this.#isCut ||= cell !== whole;
      const gap = Math.max(0, width - widthOf(cell));
      const before = blanks + (column.align === "right" ? gap : 0);
      blanks = GAP + (column.align === "right" ? 0 : gap);
      // Blanks are only written before a cell, so that no line ends in blanks.
      if (cell === "") {
        blanks += before;
        continue;
      }
      const code = sgr[index];
      line += " ".repeat(before) + (code === undefined ? cell : `\x1b[${code}m${cell}\x1b[0m`);
    }
    return `${line}\n`;
  }
}

/** A table of rows under their titles, each line with its newline; beneath it that it was cut. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  options: TableOptions = {},
): string {
  const table = new Table(columns, rows, options);
  const text = table.header() + table.lines(rows);
  const { cutNote } = options;
  return table.isCut && cutNote !== undefined ? `${text}\n${cutNote}\n` : text;
}
