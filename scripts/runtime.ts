/**
 * The runtime that becomes part of an executable: Deno downloads it, or `DENORT_BIN` names it. What can
 * go wrong with it, in one line and with a remedy.
 * @module
 */
import { ProgramError } from "./run.ts";

/** Exit code where no runtime could be had: `EX_UNAVAILABLE` of sysexits.h. `.ci/run` knows it. */
export const NO_RUNTIME = 69;

/** No runtime could be had: there is none here, and none was downloaded. */
export class NoRuntimeError extends Error {
  /** What the script ends with. */
  readonly exitCode = NO_RUNTIME;
}

function remedy(): string {
  return `DENORT_BIN has to name the runtime (denort) of Deno ${Deno.version.deno} for ` +
    `${Deno.build.target}; unset it to have Deno download that`;
}

/** Why Deno failed, of what it wrote: the innermost cause, or its first line. */
function causeOf(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const causes = lines.filter((line) => /^\d+: /.test(line)).map((line) => line.slice(3));
  const first = lines[0]?.replace(/^error: /, "") ?? "nothing was said";
  return (causes.at(-1) ?? first).replace(/\.$/, "");
}

/** Sees that the file which `DENORT_BIN` names can be read. */
export async function checkRuntime(path: string): Promise<void> {
  let why = "it is no regular file";
  try {
    using file = await Deno.open(path);
    if ((await file.stat()).isFile) return;
  } catch (error) {
    why = error instanceof Error ? error.message : `${error}`;
  }
  throw new Error(`DENORT_BIN names ${path}, which cannot be read: ${why}. ${remedy()}`);
}

/**
 * What to say where `deno compile` has failed.
 * @param runtime What `DENORT_BIN` says; empty where Deno was to download the runtime.
 */
export function compileError(error: unknown, runtime: string): unknown {
  if (!(error instanceof ProgramError)) return error;
  const cause = causeOf(error.stderr);
  if (runtime !== "") {
    return new Error(
      `Deno ${Deno.version.deno} cannot use ${runtime}, which DENORT_BIN names: ${cause}. ${remedy()}`,
    );
  }
  const url = /error sending request for url \((\S+)\)/.exec(error.stderr)?.[1] ??
    /(?:Setting up base binary|denort)[^]*?(https:\/\/[^\s)]+)/.exec(error.stderr)?.[1];
  if (url === undefined && !error.stderr.includes("Setting up base binary")) return error;
  return new NoRuntimeError(
    `Deno could not download the runtime${url === undefined ? "" : ` from ${url}`}: ${cause}. ` +
      `See that it is reached (HTTPS_PROXY names a proxy), or have DENORT_BIN name the runtime ` +
      `(denort) of Deno ${Deno.version.deno} for this platform`,
  );
}

/**
 * What to say where an executable, just built, does not start.
 * @param runtime What `DENORT_BIN` says; empty where Deno downloaded the runtime.
 */
export function startError(error: unknown, runtime: string): unknown {
  if (!(error instanceof ProgramError)) return error;
  const cause = causeOf(error.stderr);
  const what = `what Deno ${Deno.version.deno} has compiled`;
  if (runtime === "") return new Error(`${what} does not start: ${cause}`);
  return new Error(
    `${what} with the runtime ${runtime} does not start: ${cause}. ` +
      `Compiler and runtime must be of one version: ${remedy()}`,
  );
}
