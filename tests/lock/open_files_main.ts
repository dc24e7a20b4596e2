/**
 * A process that has opened as many files as it may, and then asks for a lock. Prints the error.
 *
 * @module
 */
import { acquireTickerLock, LockError } from "../../src/lock/mod.ts";

const [lockDir = ""] = Deno.args;
// What it loads, and the file of the lock, are there before.
using first = await acquireTickerLock("A", { lockDir });
first.release();
const files: Deno.FsFile[] = [];
let told = "no error";
try {
  for (;;) files.push(Deno.openSync(`${lockDir}/A.lock`));
} catch {
  const error: unknown = await acquireTickerLock("A", { lockDir }).catch((error) => error);
  if (error instanceof LockError) told = JSON.stringify([error.code, error.message, error.hint]);
}
for (const file of files) file.close();
// deno-lint-ignore no-console
console.log(told);
