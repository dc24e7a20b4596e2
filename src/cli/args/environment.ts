/** The environment of the program. @module */

/** The environment, as much of it as may be read. */
export type Environment = (name: string) => string | undefined;

/** The process's environment; a variable that must not be read counts as not set. */
export function processEnvironment(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined;
  }
}
