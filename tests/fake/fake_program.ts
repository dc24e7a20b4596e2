/**
 * What the fakes have in common when they are programs, to play with by hand:
 *
 * - `--port PORT`: in place of the usual one; 0 for any that is free.
 * - `--fault NAME[,SETTING=VALUE]...`: a fault from the beginning; may be given several times.
 * - `--list-faults`: the names, and what a client sees.
 *
 * What makes no sense is one error and exit code 2, before anything listens.
 *
 * @module
 */
import { closest } from "../../src/base/closest.ts";
import { EXIT, TickerlockError, UsageError } from "../../src/base/errors.ts";

/** A fault as it was asked for. */
export interface AskedFault<Name extends string> {
  readonly name: Name;
  /** By name; checked are the names only. */
  readonly settings: Readonly<Record<string, string>>;
}

/** A fake that is to be a program. */
export interface FakeProgram<Name extends string> {
  /** The task that starts it, for messages. */
  readonly task: string;
  /** Where it listens unless told. */
  readonly port: number;
  /** Its faults. */
  readonly faults: Readonly<Record<Name, { readonly about: string }>>;
  /** What may be set of a fault. */
  readonly settings: readonly string[];
  /** Starts it. Resolves to a line that says so. */
  readonly start: (port: number, faults: readonly AskedFault<Name>[]) => Promise<string>;
}

/** What was asked for on the command line. */
interface Asked<Name extends string> {
  readonly port: number;
  readonly faults: readonly AskedFault<Name>[];
  /** Only tell what there is. */
  readonly shows: "faults" | "usage" | undefined;
}

const OPTIONS = ["--port", "--fault", "--list-faults", "--help"] as const;

function nearOr(word: string, names: readonly string[], otherwise: string): string {
  const near = closest(word, names);
  return near === undefined ? otherwise : `Did you mean ${near}? ${otherwise}`;
}

/**
 * Reads a count, from 1.
 *
 * @throws {UsageError} `bad_value`
 */
export function timesOf(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError("bad_value", `--fault: ${name} is ${JSON.stringify(text)}`, {
    hint: "Use a whole number from 1.",
  });
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError("bad_value", `--port ${JSON.stringify(text)} is no port`, {
    hint: "Use a number from 0 to 65535; 0 is any free port.",
  });
}

function faultOf<Name extends string>(text: string, program: FakeProgram<Name>): AskedFault<Name> {
  const [name = "", ...words] = text.split(",");
  const names = Object.keys(program.faults) as Name[];
  const found = names.find((each) => each === name);
  if (found === undefined) {
    throw new UsageError("unknown_fault", `there is no fault ${JSON.stringify(name)}`, {
      hint: nearOr(name, names, `See all with deno task ${program.task} --list-faults.`),
    });
  }
  const settings: Record<string, string> = {};
  for (const word of words) {
    const [, key = "", value = ""] = /^([^=]*)=?([^]*)$/.exec(word) ?? [];
    if (!program.settings.includes(key) || value === "") {
      throw new UsageError("bad_value", `--fault ${name}: ${JSON.stringify(word)} sets nothing`, {
        hint: nearOr(
          key,
          program.settings.filter((each) => each !== key),
          `Use ${program.settings.map((each) => `${each}=…`).join(", ")}.`,
        ),
      });
    }
    settings[key] = value;
  }
  return { name: found, settings };
}

function parse<Name extends string>(
  args: readonly string[],
  program: FakeProgram<Name>,
): Asked<Name> {
  let port = program.port;
  let shows: Asked<Name>["shows"];
  const faults: AskedFault<Name>[] = [];
  const words = args[Symbol.iterator]();
  for (const word of words) {
    const [, option = "", given] = /^(--[^=]*)=([^]*)$/.exec(word) ?? [null, word];
    const value = (): string => {
      const text = given ?? words.next().value;
      if (text !== undefined) return text;
      throw new UsageError("missing_value", `${option} needs a value`, {
        hint: `See deno task ${program.task} --help.`,
      });
    };
    if (option === "--port") port = portOf(value());
    else if (option === "--fault") faults.push(faultOf(value(), program));
    else if (word === "--list-faults") shows ??= "faults";
    else if (word === "--help" || word === "-h") shows ??= "usage";
    else {
      throw new UsageError("unknown_option", `unknown option ${JSON.stringify(word)}`, {
        hint: nearOr(option, OPTIONS, `See deno task ${program.task} --help.`),
      });
    }
  }
  return { port, faults, shows };
}

function usage<Name extends string>({ task, port, settings }: FakeProgram<Name>): string {
  return `Usage: deno task ${task} [--port PORT] [--fault NAME[,SETTING=VALUE]...]... | --list-faults

  --port PORT    where to listen, default ${port}; 0 for any free port
  --fault NAME   a fault from the beginning; with ${settings.join(", ")}: ,SETTING=VALUE
  --list-faults  the names, and what a client sees
`;
}

function list<Name extends string>({ faults }: FakeProgram<Name>): string {
  const rows = Object.entries<{ readonly about: string }>(faults);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, { about }]) => `${name.padEnd(width)}  ${about}\n`).join("");
}

async function answer<Name extends string>(program: FakeProgram<Name>): Promise<string> {
  const { port, faults, shows } = parse(Deno.args, program);
  if (shows !== undefined) return shows === "faults" ? list(program) : usage(program);
  try {
    return `${await program.start(port, faults)}\n`;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    throw new UsageError("port_in_use", `port ${port} is in use`, {
      hint: "Choose another with --port PORT, or 0 for any that is free.",
      cause: error,
    });
  }
}

/**
 * Does what the command line says: starts the fake, which then goes on until the process is ended, or
 * tells of its faults. Ends the process with exit code 2 where that makes no sense.
 */
export async function runFakeProgram<Name extends string>(
  program: FakeProgram<Name>,
): Promise<void> {
  const encoder = new TextEncoder();
  try {
    await Deno.stdout.write(encoder.encode(await answer(program)));
  } catch (error) {
    if (!(error instanceof TickerlockError)) throw error;
    const text = `Error: ${error.message}\nTry: ${error.hint}\n`;
    await Deno.stderr.write(encoder.encode(text));
    Deno.exit(EXIT.usage);
  }
}
