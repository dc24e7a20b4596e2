/**
 * `@std/assert` with the types that its build for the npm registry lacks. The one place where the
 * tests import it.
 *
 * @module
 */
import * as untyped from "@std/assert";

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

interface Assertions {
  assert(value: unknown, message?: string): asserts value;
  assertEquals<T>(actual: T, expected: T, message?: string): void;
  assertNotEquals<T>(actual: T, expected: T, message?: string): void;
  assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T;
  assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T>;
  assertMatch(actual: string, expected: RegExp, message?: string): void;
  assertNotMatch(actual: string, expected: RegExp, message?: string): void;
  assertStringIncludes(actual: string, expected: string, message?: string): void;
  assertAlmostEquals(actual: number, expected: number, tolerance?: number, message?: string): void;
  assertInstanceOf<E extends Error>(
    actual: unknown,
    expected: ErrorClass<E>,
    message?: string,
  ): asserts actual is E;
  assertThrows<E extends Error>(fn: () => unknown, type: ErrorClass<E>, includes?: string): E;
  assertRejects<E extends Error>(
    fn: () => PromiseLike<unknown>,
    type: ErrorClass<E>,
    includes?: string,
  ): Promise<E>;
  fail(message?: string): never;
}

const typed: Assertions = untyped;

/** Fails unless the value is truthy. */
export const assert: Assertions["assert"] = typed.assert;
/** Fails unless both are deeply equal. */
export const assertEquals: Assertions["assertEquals"] = typed.assertEquals;
/** Fails where both are deeply equal. */
export const assertNotEquals: Assertions["assertNotEquals"] = typed.assertNotEquals;
/** Fails unless both are the same value. */
export const assertStrictEquals: Assertions["assertStrictEquals"] = typed.assertStrictEquals;
/** Fails on null and undefined. */
export const assertExists: Assertions["assertExists"] = typed.assertExists;
/** Fails unless the text matches. */
export const assertMatch: Assertions["assertMatch"] = typed.assertMatch;
/** Fails where the text matches. */
export const assertNotMatch: Assertions["assertNotMatch"] = typed.assertNotMatch;
/** Fails unless the text contains the other. */
export const assertStringIncludes: Assertions["assertStringIncludes"] = typed.assertStringIncludes;
/** Fails unless two numbers are close. */
export const assertAlmostEquals: Assertions["assertAlmostEquals"] = typed.assertAlmostEquals;
/** Fails unless the value is of that class. */
export const assertInstanceOf: Assertions["assertInstanceOf"] = typed.assertInstanceOf;
/** Fails unless the function throws that class; returns what was thrown. */
export const assertThrows: Assertions["assertThrows"] = typed.assertThrows;
/** Fails unless the promise rejects with that class; resolves to what was thrown. */
export const assertRejects: Assertions["assertRejects"] = typed.assertRejects;
/** Fails. */
export const fail: Assertions["fail"] = typed.fail;

/** Fails unless an object has these fields with these values; others are not looked at. */
export function assertHas<T extends object>(
  actual: T | null | undefined,
  expected: Partial<Record<keyof T, unknown>>,
  message?: string,
): void {
  const all: Partial<Record<keyof T, unknown>> = actual ?? {};
  const names = Object.keys(expected) as (keyof T)[];
  assertEquals(Object.fromEntries(names.map((name) => [name, all[name]])), expected, message);
}
