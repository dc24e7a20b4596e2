/** Types of what is used of the standard library: its build for the npm registry has none. @module */

/**
 * `parse` of `@std/csv`: records of cells, without blank lines. Bad quotes are a `SyntaxError`, `Syntax
 * error on line N`: N counts records and blank lines, not quoted line breaks.
 */
export type ParseCsv = (text: string, options: { separator: string }) => string[][];

/** Loads the CSV parser, which no other command pays for. Cheap from the second call on. */
export async function loadParseCsv(): Promise<ParseCsv> {
  const module: { parse: ParseCsv } = await import("@std/csv");
  return module.parse;
}
