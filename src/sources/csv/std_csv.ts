/**
 * The CSV parser of the standard library, with the types that its build for the npm registry
 * lacks. The one place where it is imported, and only when a CSV file is read: the other commands
 * do not pay for loading it.
 *
 * @module
 */

/**
 * Splits CSV text (RFC 4180) into records of cells. Blank lines are left out. A quote within an
 * unquoted cell and a quote that is never closed are refused.
 *
 * @param options `separator` is one character.
 * @throws {SyntaxError} Naming the record (1-based, blank lines counted, quoted line breaks not) as
 * `Syntax error on line N`.
 */
export type ParseCsv = (text: string, options: { separator: string }) => string[][];

/** Loads the parser. Cheap from the second call on. */
export async function loadParseCsv(): Promise<ParseCsv> {
  const module: { parse: ParseCsv } = await import("@std/csv");
  return module.parse;
}
