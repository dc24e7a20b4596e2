/**
 * A critical section that tells when two are inside, by three witnesses that know nothing of locks
 * and nothing of each other, and the check of what they saw.
 *
 * - A marker that only one can create (`O_EXCL`), and that is removed on leaving.
 * - A counter that is read and written back: what two do at once counts once.
 * - A log that the kernel keeps in order (`O_APPEND`): between one's coming and going there is no
 *   other's. No clock is compared.
 *
 * @module
 */
import { assert, assertEquals } from "../assert.ts";

const WIDTH = 16;

function isMissing(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return false;
  } catch {
    return true;
  }
}

/** Notes that a process is about to be killed: what it leaves behind is no overlap. */
export function noteKill(dir: string, pid: number): void {
  Deno.writeTextFileSync(`${dir}/killed.${pid}`, "");
}

/** The section of one name. */
export class CriticalSection {
  readonly #dir: string;
  readonly #name: string;
  readonly #log: Deno.FsFile;
  readonly #encoder = new TextEncoder();

  /** @param dir Where the witnesses write. @param name Whose section it is. */
  constructor(dir: string, name: string) {
    this.#dir = dir;
    this.#name = name;
    this.#log = Deno.openSync(`${dir}/${name}.log`, { append: true, create: true });
  }

  #say(text: string): void {
    this.#log.writeSync(this.#encoder.encode(`${text}\n`));
  }

  #mark(marker: string): void {
    try {
      Deno.writeTextFileSync(marker, String(Deno.pid), { createNew: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      // Killed after creating it and before writing its name, or after both.
      const other = isMissing(marker) ? "none" : Deno.readTextFileSync(marker);
      const killed = other === "" || !isMissing(`${this.#dir}/killed.${other}`);
      if (!killed) this.#say(`! ${Deno.pid} found the marker of ${other}`);
      Deno.writeTextFileSync(marker, String(Deno.pid));
    }
  }

  #unmark(marker: string): void {
    try {
      Deno.removeSync(marker);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      this.#say(`! ${Deno.pid} lost its marker`);
    }
  }

  /**
   * Goes through the section once.
   *
   * @param linger What to do inside.
   */
  async pass(linger: () => Promise<unknown>): Promise<void> {
    this.#say(`+ ${Deno.pid}`);
    const marker = `${this.#dir}/${this.#name}.inside`;
    this.#mark(marker);
    using counter = Deno.openSync(`${this.#dir}/${this.#name}.count`, {
      read: true,
      write: true,
      create: true,
    });
    const block = new Uint8Array(WIDTH);
    const length = counter.readSync(block) ?? 0;
    const count = Number(new TextDecoder().decode(block.subarray(0, length))) + 1;
    await linger();
    counter.seekSync(0, Deno.SeekMode.Start);
    counter.writeSync(this.#encoder.encode(String(count).padStart(WIDTH)));
    this.#unmark(marker);
    this.#say(`- ${Deno.pid} ${count}`);
  }
}

/**
 * Fails where two were in a section at once.
 *
 * @param dir Where the witnesses wrote.
 * @param name Whose section it is.
 * @param killed Processes that may have come without going.
 * @returns How many went through, from coming to going, and how many were killed inside.
 */
export function checkSection(
  dir: string,
  name: string,
  killed: ReadonlySet<number>,
): { readonly passed: number; readonly lost: number } {
  const lines = Deno.readTextFileSync(`${dir}/${name}.log`).trimEnd().split("\n");
  let inside: number | undefined;
  let last = 0;
  let passed = 0;
  let lost = 0;
  for (const [index, line] of lines.entries()) {
    const where = `${name}.log, line ${index + 1}: ${line}`;
    const [sign, pid = NaN, count = NaN] = line.split(" ").map((word, at) =>
      at ? Number(word) : word
    );
    if (sign === "+") {
      if (inside !== undefined) {
        assert(killed.has(inside), `${where}, with ${inside} inside`);
        lost++;
      }
      inside = Number(pid);
    } else {
      assertEquals([sign, pid], ["-", inside ?? NaN], where);
      assert(Number(count) > last, `${where}, after ${last}`);
      last = Number(count);
      inside = undefined;
      passed++;
    }
  }
  if (inside !== undefined) {
    assert(killed.has(inside), `${name}.log ends with ${inside} inside`);
    lost++;
  }
  // One that was killed inside may have counted, or not yet.
  const total = Number(Deno.readTextFileSync(`${dir}/${name}.count`));
  assert(
    total >= passed && total <= passed + lost,
    `${total} counted, ${passed} passed, ${lost} lost`,
  );
  return { passed, lost };
}
