/**
 * UUID v7: ids that sort by the time they were made.
 *
 * @module
 */
import { generate } from "@std/uuid/v7";

// The library's build for the npm registry has no types; this is what is used of it.
const make: () => string = generate;

/** A new UUID v7 (RFC 9562). */
export function uuidV7(): string {
  return make();
}
