/**
 * Types of the parts of the standard library that are used: its build for the npm registry has none.
 * Loading this module loads none of them.
 *
 * @module
 */

/** `levenshteinDistance` of `@std/text/levenshtein-distance`. */
export type LevenshteinDistance = (one: string, other: string) => number;

/** `generate` of `@std/uuid/v7`. */
export type GenerateUuid = () => string;

/**
 * `parse` of `@std/csv`: splits CSV text (RFC 4180) into records of cells. Blank lines are left out.
 * A quote within an unquoted cell and a quote that is never closed are refused with a `SyntaxError`,
 * `Syntax error on line N`: N is the record's number, blank lines counted, quoted line breaks not.
 */
export type ParseCsv = (text: string, options: { separator: string }) => string[][];

/** Loads the CSV parser, which no other command pays for. Cheap from the second call on. */
export async function loadParseCsv(): Promise<ParseCsv> {
  const module: { parse: ParseCsv } = await import("@std/csv");
  return module.parse;
}
