/**
 * For tests of `verifyDatabase`.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import type { VerifyFinding } from "../../../src/store/care.ts";
import { verifyDatabase } from "../../../src/store/sqlite/queries/verify.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { filled } from "./filled.ts";

type CheckOptions = Parameters<typeof verifyDatabase>[1];

/** Runs SQL without our help, as a person would who repairs something. */
export function execute(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

/** Verifies, and proves that not a byte of the file was written meanwhile. */
export function verified(
  path: string,
  options: CheckOptions = {},
): ReturnType<typeof verifyDatabase> {
  const stamp = (): unknown[] => {
    const { mtime, ino, mode, size } = Deno.statSync(path);
    return [mtime, ino, mode, size, Deno.readFileSync(path)];
  };
  Deno.utimeSync(path, 1000, 1000);
  const before = stamp();
  const result = verifyDatabase(path, options);
  assertEquals(stamp(), before);
  return result;
}

/** The only finding. Every finding says what to do. */
export function finding(path: string, options: CheckOptions = {}): VerifyFinding {
  const { findings, ok } = verified(path, options);
  const [first, ...more] = findings;
  assert(first !== undefined, "nothing was found");
  assertEquals(more, []);
  assertEquals(ok, first.level === "warning");
  assertMatch(first.hint, /^[A-Z].{10,}\.?$/);
  return first;
}

/** A test with a filled database, which leaves no connection open. */
export function test(name: string, run: (path: string) => void | Promise<void>): void {
  filled.test(name, ({ path }) => run(path));
}
