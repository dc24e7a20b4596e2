/**
 * Other programs that lock files: `flock(1)`, and Python with three libraries.
 *
 * @module
 */
import { assertEquals, fail } from "../assert.ts";
import { projectPath } from "../e2e/program.ts";
import { installed } from "../installed.ts";
import { within } from "./peer.ts";

/** Debian's Python, whose packages python3-filelock and python3-portalocker these tests need. */
const PYTHON = "/usr/bin/python3";

/** A lock that another program holds, or waits for. Dispose it to end the program. */
export class ForeignLock implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  /** Settles when the program has the lock. */
  readonly held: Promise<void>;

  /** @param command Prints "held" once it has the lock, and ends when its input ends. */
  constructor(command: readonly string[], cwd: string) {
    const [first = "", ...args] = command;
    const child = new Deno.Command(first, { args, cwd, stdin: "piped", stdout: "piped" }).spawn();
    this.#child = child;
    const said = async (): Promise<void> => {
      const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      while (!text.includes("\n")) {
        const { value, done } = await reader.read();
        if (done) fail(`${command.join(" ")} said ${JSON.stringify(text)}`);
        text += value;
      }
      await reader.cancel();
      assertEquals(text, "held\n");
    };
    this.held = within(`the lock of ${command.join(" ")}`, said());
    this.held.catch(() => {});
  }

  /** Lets the program end, and waits until it has. Does nothing the second time. */
  async end(): Promise<void> {
    try {
      await this.#child.stdin.close();
    } catch {
      // It has ended, or was told before.
    }
    await this.held.catch(() => {});
    await this.#child.status;
  }

  /** Ends the program by force. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

/** A kind of program. */
export interface Foreign {
  readonly name: string;
  /** The command that keeps a lock until its input ends. */
  readonly hold: (path: string) => readonly string[];
  /** The command that tries once: 0 where the lock was free, 1 where it was not. */
  readonly attempt: (path: string) => readonly string[];
  /** A command that succeeds where the program is installed. */
  readonly probe: readonly string[];
}

function python(library: string, module: string): Foreign {
  const script = projectPath("tests/lock/peers/locker.py");
  return {
    name: `Python's ${library}`,
    hold: (path) => [PYTHON, script, library, "hold", path],
    attempt: (path) => [PYTHON, script, library, "try", path],
    probe: [PYTHON, "-c", `import ${module}`],
  };
}

/** The programs that the lock must exclude, and be excluded by. */
export const FOREIGN: readonly Foreign[] = [
  {
    name: "flock(1)",
    hold: (path) => ["flock", path, "sh", "-c", "echo held; exec cat"],
    attempt: (path) => ["flock", "--nonblock", path, "true"],
    probe: ["flock", "--version"],
  },
  python("fcntl.flock", "fcntl"),
  python("filelock", "filelock"),
  python("portalocker", "portalocker"),
];

/** Whether a program is installed. Where `CI` is set it has to be. */
export function isInstalled({ name, probe }: Foreign): Promise<boolean> {
  return installed(name, probe);
}

/** Has another program try a lock once. @returns Whether it got it. */
export async function foreignTry(
  { name, attempt }: Foreign,
  path: string,
  cwd: string,
): Promise<boolean> {
  const [first = "", ...args] = attempt(path);
  const { code, stderr } = await new Deno.Command(first, { args, cwd, stdin: "null" }).output();
  if (code > 1) fail(`${name}: ${new TextDecoder().decode(stderr)}`);
  return code === 0;
}
