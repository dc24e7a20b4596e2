/** Starts the log of a command where there is anything to log: loading it is slow. @module */
import { debug } from "../../base/debug.ts";
import { withoutUrlSecrets } from "../../base/text.ts";
import { VERSION } from "../../base/version.ts";
import type { Origin } from "../args/parse.ts";
import { conflict } from "../args/parsers.ts";
import { commonSettings, type CommonValues, LOG_FORMATS } from "./settings.ts";
import type { Loudness } from "./start.ts";
import type { Io } from "../output/io.ts";

/** A command line, as much of it as matters here. */
export interface Begun {
  readonly values: CommonValues;
  readonly origins: Readonly<Record<string, Origin>>;
  readonly given: Readonly<Record<string, { readonly text: string | null }>>;
}

/** How the log of a command is started. */
export interface BeginOptions {
  /** Start it in any case: the command logs what it does. Default where a setting asks for it. */
  readonly always?: boolean;
  readonly write?: (line: string) => void;
}

/** The least levels that are logged. `-q` is for standard error alone. @throws {UsageError} */
export function loudnessOf({ values, origins }: Pick<Begun, "values" | "origins">): Loudness {
  const { quiet, verbose, logLevel } = values;
  const hint = "Leave one of them out.";
  if (quiet && verbose) throw conflict("--quiet", "--verbose", hint);
  if (verbose && origins.logLevel === "option") throw conflict("--verbose", "--log-level", hint);
  const fileLevel = verbose ? "debug" : logLevel;
  return { level: quiet ? "error" : fileLevel, fileLevel };
}

function shownValue(value: unknown, text: string | null | undefined): unknown {
  if (typeof value === "string") return withoutUrlSecrets(value);
  return typeof value === "object" && !Array.isArray(value) ? text : value;
}

function folder(): string {
  try {
    return Deno.cwd();
  } catch {
    return "a folder that is gone";
  }
}

function tellBegin(command: string, { values, origins, given }: Begun): void {
  debug("program", () => {
    const read: Readonly<Record<string, unknown>> = values;
    const set = Object.entries(origins).filter(([, from]) => from !== "default")
      .map(([key, from]) =>
        [key, { value: shownValue(read[key], given[key]?.text), from }] as const
      );
    const shown = set.map(([key, { value, from }]) => `${key} ${JSON.stringify(value)} (${from})`);
    return [
      `tickerlock ${command} ${VERSION} in ${folder()}: ${shown.join(", ") || "nothing is set"}`,
      { command, version: VERSION, folder: folder(), set: Object.fromEntries(set) },
    ];
  });
}

/** Starts the log of a command. @throws {UsageError} `path_refused`, never for a failed write. */
export async function beginLog(
  io: Io,
  command: string,
  begun: Begun,
  options: BeginOptions = {},
): Promise<void> {
  const { values } = begun;
  const { level, fileLevel } = loudnessOf(begun);
  if (values.quiet) io.quiet = true;
  const wanted = options.always === true || fileLevel === "debug" || values.logFile !== null ||
    values.logFormat === "json";
  if (!wanted) return;
  const { startCommandLog } = await import("./start.ts");
  await startCommandLog(io, values, { level, fileLevel }, options.write);
  tellBegin(command, begun);
}

function formatOf(text: string | undefined): string | undefined {
  const word = text?.trim().toLowerCase();
  return LOG_FORMATS.find((each) => each === word);
}

/**
 * Whether errors are JSON: as an option, the environment or the file says; with `auto` where
 * standard error is no terminal, but for errors about the command line.
 */
export function tellsJson(
  args: readonly string[],
  { env, config, isErrTerminal }: Pick<Io, "env" | "isErrTerminal"> & Partial<Pick<Io, "config">>,
  isUsage: boolean,
): boolean {
  const { name, env: variable } = commonSettings.logFormat;
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  const given = before.flatMap((arg, index) => {
    const [option, text = before[index + 1]] = arg.split(/=(.*)/s);
    return option === `--${name}` ? formatOf(text) ?? [] : [];
  });
  const asked = given.at(-1) ?? formatOf(env(variable)) ??
    formatOf(config?.get(commonSettings.logFormat)?.text) ?? "auto";
  return asked === "json" || (asked === "auto" && !isUsage && !isErrTerminal);
}
