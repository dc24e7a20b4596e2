/**
 * CSV by RFC 4180. Lines end with a newline alone, as programs of Unix expect it.
 *
 * @module
 */

// Many readers trim blanks at an end. An empty field is a null, so an empty text is quoted, as
// PostgreSQL does it.
const TO_QUOTE = /[",\r\n]|^$|^\s|\s$/;

/** A field; bytes as lower-case hex, null and undefined as an empty field. */
export function csvField(value: string | number | bigint | Uint8Array | null | undefined): string {
  // The shortest digits that read back as the same number: https://tc39.es/ecma262/#sec-number-tostring
  if (typeof value === "number") return String(value);
  if (typeof value === "string") {
    return TO_QUOTE.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  }
  if (value === null || value === undefined) return "";
  return typeof value === "bigint" ? String(value) : value.toHex();
}
