import { RotatingFile } from "../../../src/cli/log/rotating_file.ts";
import { assert, assertEquals } from "../../assert.ts";
import { makeTempFolder, removeFolder } from "../../paths.ts";
import { testNeeding } from "../../system.ts";

async function inFolder(work: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await makeTempFolder("tickerlock_log_");
  try {
    await work(folder);
  } finally {
    await removeFolder(folder);
  }
}

function open(
  path: string,
  maxBytes: number,
  maxFiles: number,
  failures: unknown[] = [],
  blocked: unknown[] = [],
) {
  return new RotatingFile(path, {
    maxBytes,
    maxFiles,
    onFailure: (error) => failures.push(error),
    onBlocked: (error) => blocked.push(error),
  });
}

/** Content of every file in a folder, by name. */
function contents(folder: string): Record<string, string> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return Object.fromEntries(
    names.map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]),
  );
}

Deno.test("a file is put aside before it grows beyond its size, and the oldest goes", () =>
  inFolder((folder) => {
    const file = open(`${folder}/log`, 6, 3);
    for (const line of ["a\n", "b\n", "c\n", "d\n", "e\n", "f\n", "g\n"]) file.write(line);
    assertEquals(contents(folder), { log: "g\n", "log.1": "d\ne\nf\n", "log.2": "a\nb\nc\n" });
    for (const line of ["h\n", "i\n", "j\n"]) file.write(line);
    assertEquals(contents(folder), { log: "j\n", "log.1": "g\nh\ni\n", "log.2": "d\ne\nf\n" });
    // A line that is longer than a file is still one line in one file.
    file.write("0123456789\n");
    assertEquals(contents(folder).log, "0123456789\n");
  }));

Deno.test("with one file there is never another", () =>
  inFolder((folder) => {
    const file = open(`${folder}/log`, 4, 1);
    for (const line of ["a\n", "b\n", "c\n"]) file.write(line);
    assertEquals(contents(folder), { log: "c\n" });
  }));

Deno.test("what another run has left is gone on with, and its size counts", () =>
  inFolder((folder) => {
    open(`${folder}/log`, 6, 2).write("a\nb\n");
    const file = open(`${folder}/log`, 6, 2);
    file.write("c\n");
    file.write("d\n");
    assertEquals(contents(folder), { log: "d\n", "log.1": "a\nb\nc\n" });
  }));

testNeeding(
  "modes",
  "files are for their owner alone, and so is a folder that is made",
  () =>
    inFolder((folder) => {
      const file = open(`${folder}/new/logs/log`, 2, 2);
      file.write("a\n");
      file.write("b\n");
      const mode = (path: string) => (Deno.statSync(`${folder}/${path}`).mode ?? 0) & 0o777;
      assertEquals([mode("new/logs/log"), mode("new/logs/log.1")], [0o600, 0o600]);
      assertEquals(mode("new/logs"), 0o700);
    }),
);

Deno.test("a file that another has put aside is left alone, also one that is gone", () =>
  inFolder((folder) => {
    const file = open(`${folder}/log`, 1000, 3);
    file.write("a\n");
    Deno.renameSync(`${folder}/log`, `${folder}/elsewhere`);
    file.write("b\n");
    Deno.removeSync(`${folder}/log`);
    file.write("c\n");
    assertEquals(contents(folder), { elsewhere: "a\n", log: "c\n" });
  }));

Deno.test("two that write to one file lose nothing and mix nothing", () =>
  inFolder((folder) => {
    const files = [open(`${folder}/log`, 100, 50), open(`${folder}/log`, 100, 50)];
    const wanted: string[] = [];
    for (let i = 0; i < 200; i++) {
      const line = `line ${i}\n`;
      files[i % 2]?.write(line);
      wanted.push(line);
    }
    const found = Object.values(contents(folder)).flatMap((text) => text.match(/.*\n/g) ?? []);
    assertEquals(found.sort(), wanted.sort());
    for (const text of Object.values(contents(folder))) assert(text.length <= 100);
  }));

Deno.test("while another process holds the file it is not put aside, and the line is written", () =>
  inFolder((folder) => {
    const file = open(`${folder}/log`, 4, 2);
    file.write("a\nb\n");
    {
      using held = Deno.openSync(`${folder}/log`);
      held.lockSync(true);
      file.write("c\n");
      assertEquals(contents(folder), { log: "a\nb\nc\n" });
      held.unlockSync();
    }
    file.write("d\n");
    assertEquals(contents(folder), { log: "d\n", "log.1": "a\nb\nc\n" });
  }));

Deno.test("a failure is told once, and the next line that can be written is", () =>
  inFolder((folder) => {
    const failures: unknown[] = [];
    const file = open(`${folder}/log`, 100, 2, failures);
    Deno.mkdirSync(`${folder}/log`);
    file.write("a\n");
    file.write("b\n");
    assertEquals(failures.length, 1);
    Deno.removeSync(`${folder}/log`);
    file.write("c\n");
    assertEquals(contents(folder), { log: "c\n" });
    // The next row of failures is told again.
    Deno.removeSync(`${folder}/log`);
    Deno.mkdirSync(`${folder}/log`);
    file.write("d\n");
    assertEquals(failures.length, 2);
  }));

/** The monotonic clock, which goes when a test says so. */
function heldClock(): Disposable & { ms: number } {
  const real = performance.now;
  const clock = { ms: 0, [Symbol.dispose]: () => void (performance.now = real) };
  performance.now = () => clock.ms;
  return clock;
}

Deno.test("a file that cannot be put aside is written further, and told of once a day", () =>
  inFolder((folder) => {
    using clock = heldClock();
    const failures: unknown[] = [];
    const blocked: unknown[] = [];
    const file = open(`${folder}/log`, 4, 3, failures, blocked);
    Deno.mkdirSync(`${folder}/log.1`);
    for (let hour = 0; hour < 25; hour++) {
      file.write(`${hour}\n`);
      clock.ms += 3_600_000;
    }
    const lines = Array.from({ length: 25 }, (_, hour) => `${hour}\n`).join("");
    assertEquals(Deno.readTextFileSync(`${folder}/log`), lines);
    assertEquals([failures, blocked.map(String)], [
      [],
      [`TypeError: ${folder}/log.1 is not a regular file`],
    ]);
    for (const line of ["a\n", "b\n"]) {
      file.write(line);
      clock.ms += 3_600_000;
    }
    assertEquals(blocked.length, 2);
    // As soon as it can be, it is.
    Deno.removeSync(`${folder}/log.1`);
    file.write("c\n");
    assertEquals(contents(folder), { log: "c\n", "log.1": `${lines}a\nb\n` });
  }));

Deno.test("a file that is mounted alone: what was put aside before moves on once, however often it is tried", () =>
  inFolder((folder) => {
    using clock = heldClock();
    const file = open(`${folder}/log`, 2, 3);
    for (const line of ["a\n", "b\n", "c\n"]) file.write(line);
    const { renameSync } = Deno;
    try {
      Deno.renameSync = (from, to) => {
        if (from === `${folder}/log`) {
          throw Object.assign(new Error("Device or resource busy (os error 16)"), {
            code: "EBUSY",
          });
        }
        renameSync(from, to);
      };
      for (const line of ["d\n", "e\n", "f\n"]) {
        file.write(line);
        clock.ms += 3_600_000;
      }
    } finally {
      Deno.renameSync = renameSync;
    }
    assertEquals(contents(folder), { log: "c\nd\ne\nf\n", "log.2": "b\n" });
    file.write("g\n");
    assertEquals(contents(folder), { log: "g\n", "log.1": "c\nd\ne\nf\n", "log.2": "b\n" });
  }));

testNeeding(
  "deviceFiles",
  "devices and pipes are refused: one grows without end, one waits for a reader",
  () => {
    const failures: unknown[] = [];
    open("/dev/null", 100, 2, failures).write("a\n");
    assertEquals(String(failures[0]), "UnsafeFileError: it is not a file");
  },
);

/** Has the next writes of a file fail as where another process has locked it on Windows. */
function lockedFor(writes: number): Disposable & { left: number } {
  const { writeSync } = Deno.FsFile.prototype;
  const locked = {
    left: writes,
    [Symbol.dispose]: () => {
      Deno.FsFile.prototype.writeSync = writeSync;
    },
  };
  Deno.FsFile.prototype.writeSync = function (bytes) {
    if (locked.left-- > 0) {
      throw Object.assign(new Error("locked a portion of the file. (os error 33)"), {
        code: "EBUSY",
      });
    }
    return Reflect.apply(writeSync, this, [bytes]);
  };
  return locked;
}

Deno.test("a line is not lost while another process puts the file aside, where that locks it", () =>
  inFolder((folder) => {
    const failures: unknown[] = [];
    const file = open(`${folder}/log`, 100, 2, failures);
    {
      using locked = lockedFor(3);
      file.write("a\n");
      assertEquals([locked.left, failures.length], [-1, 0]);
    }
    {
      using _locked = lockedFor(Infinity);
      file.write("b\n");
      assertEquals(failures.length, 1);
    }
    file.write("c\n");
    assertEquals(contents(folder), { log: "a\nc\n" });
  }));
