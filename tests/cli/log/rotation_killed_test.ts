/**
 * A log whose writer is killed at any step: no line that was written is lost before its time, and the
 * next writer goes on.
 *
 * @module
 */
import { RotatingFile } from "../../../src/cli/log/rotating_file.ts";
import { assert, assertEquals } from "../../assert.ts";
import { projectPath } from "../../paths.ts";
import { killed } from "../../system.ts";
import { Folder } from "../../files/folder.ts";

/** Six lines of three digits in a file. */
const ROTATION = { maxBytes: 24, maxFiles: 4 } as const;

/** Lines that are there before, and lines that the writer writes: three times it puts the file aside. */
const BEFORE = 110;
const LAST = 130;

function write(path: string, first: number, last: number): void {
  const told: unknown[] = [];
  const tell = (error: unknown): void => void told.push(error);
  const file = new RotatingFile(path, { ...ROTATION, onFailure: tell, onBlocked: tell });
  for (let number = first; number <= last; number++) file.write(`${number}\n`);
  assertEquals(told, []);
}

/** The numbers of all files, the oldest file first. */
function numbersIn(folder: Folder): number[] {
  const names = folder.names().filter((name) => name.startsWith("log"));
  assert(names.length <= ROTATION.maxFiles, `${names}`);
  return names.sort().reverse().flatMap((name) => {
    const text = Deno.readTextFileSync(folder.at(name));
    assert(text.length <= ROTATION.maxBytes, `${name}: ${text.length} bytes`);
    return text.trimEnd().split("\n").map(Number);
  });
}

Deno.test("a log is killed at any step of putting it aside: every line stays, and the next run goes on", async () => {
  const main = projectPath("tests/cli/log/rotation_main.ts");
  let steps = 0;
  for (let dieAt = 1;; dieAt++) {
    await using folder = await Folder.create();
    const path = folder.at("log");
    write(path, 100, BEFORE);
    const args = [path, BEFORE + 1, LAST, ...Object.values(ROTATION), dieAt].map(String);
    const { code, signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-check", "--no-prompt", "--allow-read", "--allow-write"],
        ...["--allow-run", main, ...args],
      ],
    }).output();
    const written = new TextDecoder().decode(stdout).trim().split("\n").filter((line) =>
      line !== ""
    ).map(Number);
    // One line may be written without a word of it: the kill came between the two.
    const next = LAST + 1;
    write(path, next, next + 9);
    const numbers = numbersIn(folder);
    const oldest = numbers[0] ?? 0;
    assertEquals(numbers, numbers.toSorted((a, b) => a - b), `step ${dieAt}`);
    const wanted = [
      ...Array.from({ length: BEFORE - 99 }, (_, at) => 100 + at),
      ...written,
      ...Array.from({ length: 10 }, (_, at) => next + at),
    ].filter((number) => number >= oldest);
    assertEquals(wanted.filter((number) => !numbers.includes(number)), [], `step ${dieAt}`);
    // Of four files, three are full: what is gone was the oldest, and had its time.
    assert(wanted.length >= 18, `step ${dieAt}: ${wanted}`);
    if (code === 0) break;
    assertEquals({ code, signal }, killed(), new TextDecoder().decode(stderr));
    steps = dieAt;
  }
  assert(steps >= 30, `${steps} steps`);
});
