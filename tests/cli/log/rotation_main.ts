/**
 * A process that writes numbered lines to a rotating file and kills itself before the Nth step that
 * changes something: an opening, a write, a rename, a removal.
 *
 *     PATH FIRST LAST MAX_BYTES MAX_FILES N
 *
 * Each number is a line of its standard output once it is written.
 *
 * @module
 */
import { RotatingFile } from "../../../src/cli/log/rotating_file.ts";

const [path = "", ...numbers] = Deno.args;
const [first = 0, last = 0, maxBytes = 0, maxFiles = 0, dieAt] = numbers.map(Number);
let steps = 0;

function step(): void {
  if (++steps === dieAt) Deno.kill(Deno.pid, "SIGKILL");
}

function before<A extends readonly unknown[], R>(work: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    step();
    return work(...args);
  };
}

const { openSync, renameSync, removeSync } = Deno;
const { writeSync } = Deno.FsFile.prototype;
Object.assign(Deno, {
  openSync: before(openSync),
  renameSync: before(renameSync),
  removeSync: before(removeSync),
});
Deno.FsFile.prototype.writeSync = function (bytes: Uint8Array): number {
  step();
  return writeSync.call(this, bytes);
};

const fail = (error: unknown): void => {
  throw error;
};
const file = new RotatingFile(path, { maxBytes, maxFiles, onFailure: fail, onBlocked: fail });
for (let number = first; number <= last; number++) {
  file.write(`${number}\n`);
  Deno.stdout.writeSync(new TextEncoder().encode(`${number}\n`));
}
