/**
 * Tables that fit a terminal: the most telling columns are kept, long texts are cut, and no text of a
 * row can steer the terminal or break a line.
 *
 * @module
 */
import displayWidth from "fast-string-width";
import type { Column } from "./table.ts";

/** A column that knows how much it matters. */
export interface FittedColumn<Row> extends Column<Row> {
  /** The smaller, the longer it is kept where not all columns fit. */
  readonly rank: number;
  /** It may be cut to that width where room is short. Default never. */
  readonly shrinkTo?: number;
  /** Least width, for tables whose later rows are not known yet. Default that of the title. */
  readonly least?: number;
  /** Left out where every cell is empty. Default false. */
  readonly optional?: boolean;
  /** Colour of a cell as parameters of SGR, such as `31`; undefined for none. */
  readonly sgr?: (row: Row) => string | undefined;
}

/** How a table is laid out. */
export interface FittedOptions {
  /** Columns of the terminal; undefined for as wide as it takes. */
  readonly width?: number | undefined;
  /** Whether colours are welcome. Default false. */
  readonly color?: boolean;
}

const GAP = 2;

// C0 and C1 controls, line and paragraph separators, and the marks that turn the direction of text.
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;
// deno-lint-ignore no-control-regex
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+/g;

/**
 * Text on one line that cannot steer a terminal.
 *
 * @param text Anything, also from a service or a file.
 */
export function oneLine(text: string): string {
  if (!CONTROL.test(text)) return text;
  return text.replaceAll(/\s*[\r\n]+\s*/g, " ").replaceAll("\t", " ").replaceAll(
    CONTROLS,
    "\ufffd",
  );
}

const PLAIN = /^[\x20-\x7e]*$/;

// Nearly every cell is plain, and a table can have very many.
function widthOf(text: string): number {
  return PLAIN.test(text) ? text.length : displayWidth(text);
}

/**
 * Cuts a text to a width, with an ellipsis where something is left out.
 *
 * @param text One line.
 * @param width Columns, at least 1.
 */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const more = widthOf(segment);
    if (used + more > width - 1) break;
    kept += segment;
    used += more;
  }
  return `${kept.trimEnd()}…`;
}

interface Placed<Row> {
  readonly column: FittedColumn<Row>;
  readonly natural: number;
  width: number;
}

function leastOf<Row>({ column, natural }: Placed<Row>): number {
  return Math.min(natural, Math.max(column.shrinkTo ?? natural, widthOf(column.title)));
}

function choose<Row>(all: readonly Placed<Row>[], width: number): Placed<Row>[] {
  let left = width + GAP;
  const chosen = new Set<Placed<Row>>();
  const byRank = all.toSorted((a, b) => a.column.rank - b.column.rank);
  for (const placed of byRank) {
    const least = leastOf(placed) + GAP;
    // One column there always is, however narrow the terminal.
    if (least > left && chosen.size > 0) continue;
    placed.width = least - GAP;
    left -= least;
    chosen.add(placed);
  }
  for (const placed of byRank) {
    if (!chosen.has(placed)) continue;
    const more = Math.min(Math.max(left, 0), placed.natural - placed.width);
    placed.width += more;
    left -= more;
  }
  return all.filter((placed) => chosen.has(placed));
}

/** A table whose columns and widths are settled. Rows can be printed as they come. */
export class FittedTable<Row> {
  readonly #placed: readonly Placed<Row>[];
  /** Cells that settling the widths has made already. */
  readonly #made: ReadonlyMap<Row, readonly string[]>;
  readonly #color: boolean;
  readonly #cuts: boolean;

  /**
   * Settles columns and widths.
   *
   * @param columns What there is to show, in the order in which it is shown.
   * @param rows The rows, or those that are known so far.
   * @param options Width and colours.
   */
  constructor(
    columns: readonly FittedColumn<Row>[],
    rows: readonly Row[],
    options: FittedOptions = {},
  ) {
    const { width = Infinity, color = false } = options;
    const all: Placed<Row>[] = [];
    const cells = new Map<FittedColumn<Row>, readonly string[]>();
    for (const column of columns) {
      const made = rows.map((row) => oneLine(column.cell(row)));
      if (column.optional === true && column.least === undefined && !made.some(Boolean)) continue;
      const least = Math.max(widthOf(column.title), column.least ?? 0);
      const natural = made.reduce((most, cell) => Math.max(most, widthOf(cell)), least);
      all.push({ column, natural, width: natural });
      cells.set(column, made);
    }
    this.#placed = choose(all, width);
    const shown = this.#placed.map(({ column }) => cells.get(column) ?? []);
    this.#made = new Map(rows.map((row, at) => [row, shown.map((made) => made[at] ?? "")]));
    this.#color = color;
    this.#cuts = width !== Infinity;
  }

  /** Titles of the columns that are shown. */
  get titles(): readonly string[] {
    return this.#placed.map(({ column }) => column.title);
  }

  /** The line of titles, with its newline. */
  header(): string {
    return this.#line(this.#placed.map(({ column }) => column.title), []);
  }

  /** Lines of rows, each with its newline. */
  lines(rows: readonly Row[]): string {
    return rows.map((row) =>
      this.#line(
        this.#made.get(row) ?? this.#placed.map(({ column }) => oneLine(column.cell(row))),
        this.#placed.map(({ column }) => column.sgr?.(row)),
      )
    ).join("");
  }

  #line(cells: readonly string[], sgr: readonly (string | undefined)[]): string {
    let line = "";
    let blanks = 0;
    for (const [index, { column, width }] of this.#placed.entries()) {
      const whole = cells[index] ?? "";
      const cell = this.#cuts && column.shrinkTo !== undefined ? cut(whole, width) : whole;
      const gap = Math.max(0, width - widthOf(cell));
      const code = sgr[index];
      const before = blanks + (column.align === "right" ? gap : 0);
      blanks = GAP + (column.align === "right" ? 0 : gap);
      if (cell === "") {
        blanks += before;
        continue;
      }
      const shown = this.#color && code !== undefined ? `\x1b[${code}m${cell}\x1b[0m` : cell;
      line += " ".repeat(before) + shown;
    }
    return `${line}\n`;
  }
}
