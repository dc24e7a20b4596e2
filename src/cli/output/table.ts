/**
 * Plain tables: columns aligned whatever script they are written in.
 *
 * @module
 */
import anyWidthOf from "fast-string-width";

/** Most cells are ASCII, which needs none of the expressions for all scripts: half a millisecond. */
function widthOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : anyWidthOf(text);
}

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** Numbers stand on the right. Default `left`. */
  readonly align?: "left" | "right";
  readonly cell: (row: Row) => string;
}

/**
 * Renders rows under their titles, two blanks between columns.
 *
 * @param columns What to show.
 * @param rows What to show it of.
 * @returns Lines, each with its newline.
 */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map(({ title }) => title)];
  for (const row of rows) lines.push(columns.map(({ cell }) => cell(row)));
  const widths = columns.map((_, index) =>
    Math.max(...lines.map((cells) => widthOf(cells[index] ?? "")))
  );
  return lines.map((cells) =>
    columns.map(({ align }, index) => {
      const cell = cells[index] ?? "";
      const gap = " ".repeat((widths[index] ?? 0) - widthOf(cell));
      return align === "right" ? gap + cell : cell + gap;
    }).join("  ").trimEnd() + "\n"
  ).join("");
}
