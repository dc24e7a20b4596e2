/**
 * A value whose JSON is too large for one page of memory, and shows when it is not whole.
 *
 * @module
 */
import { assertEquals } from "../assert.ts";

const ROWS = 500;

/** @param id What tells it from others. */
export function largeValue(id: string): { id: string; rows: string[] } {
  return { id, rows: Array.from({ length: ROWS }, (_, row) => `${id} ${row}`) };
}

/** Fails unless a value is one of {@linkcode largeValue}, whole. @returns Its id. */
export function assertLargeValue(value: unknown): string {
  const id = (value as { id: string }).id;
  assertEquals(value, largeValue(id));
  return id;
}
