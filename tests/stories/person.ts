/**
 * A person who has the documentation alone: every command that a story types stands in a page.
 *
 * @module
 */
import { assert, assertEquals } from "../assert.ts";
import { type Outcome, Running, runProgram } from "../e2e/program.ts";
import { textOf } from "../pages.ts";

/** Where the person sits. */
export interface Seat {
  /** Working folder. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** What words of the pages are here: an address, a file, a ticker. */
  readonly here: Readonly<Record<string, string>>;
  /** Words before the shell, such as those of another clock. Default none. */
  readonly prefix?: readonly string[];
}

/** The lines of a page's blocks without comments, and what stands in its text as code. */
function commandsOf(page: string): string[] {
  const text = textOf(page);
  const blocks = [...text.matchAll(/^```\w+\n([\s\S]*?)^```$/gm)];
  const lines = blocks.flatMap(([, block = ""]) => block.split("\n"));
  const spans = [...text.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/`([^`]+)`/g)];
  return [
    ...lines.map((line) => line.replace(/ +# .*$/, "").trim()),
    ...spans.map(([, code = ""]) => code.replaceAll(/\s*\n\s*/g, " ")),
  ];
}

/** The blocks of a page in a language. */
export function blocksIn(page: string, language: string): string[] {
  return [...textOf(page).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))]
    .map(([, text = ""]) => text);
}

/** Types commands of pages in a shell. What is exported holds for those after it. */
export class Person {
  readonly #seat: Seat;
  readonly #exported: Record<string, string> = {};

  constructor(seat: Seat) {
    this.#seat = seat;
  }

  /** A command of a page as it is here. Fails where the page does not have it. */
  finds(page: string, command: string): string {
    assert(commandsOf(page).includes(command), `${page} has no longer: ${command}`);
    return Object.entries(this.#seat.here)
      .reduce((text, [there, here]) => text.replaceAll(there, here), command);
  }

  #options() {
    const { folder, env, prefix = [] } = this.#seat;
    return { cwd: folder, env: { ...env, ...this.#exported }, prefix };
  }

  /** Types a command and waits for its end. Fails where the exit code is another one. */
  async types(page: string, command: string, { code = 0 } = {}): Promise<Outcome> {
    const line = this.finds(page, command);
    const [, name, value] = /^export (\w+)=(\S+)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) this.#exported[name] = value;
    const outcome = await runProgram(["-eu", "-c", line], { ...this.#options(), program: ["sh"] });
    assertEquals(outcome.code, code, `${page}: ${line}\n${outcome.stdout}\n${outcome.stderr}`);
    return outcome;
  }

  /** Types a command that goes on. */
  starts(page: string, command: string): Running {
    const program = ["sh", "-eu", "-c", `exec ${this.finds(page, command)}`];
    return new Running([], { ...this.#options(), program });
  }
}
