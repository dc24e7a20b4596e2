/** Rights that a command gives up before its work, so that a fault in it can do less. @module */

/** A right that a command may be without. */
export type Right = "net" | "write";

/** Commands that ask a service or listen; some give the right up later, as a run over files. */
const USE_NETWORK: ReadonlySet<string> = new Set([
  "ingest",
  "collect",
  "sources test",
  "doctor",
  "serve",
]);

/** Commands that write nothing. What reads a database may have to copy it first. */
const ONLY_READ: ReadonlySet<string> = new Set([
  "completions bash",
  "completions fish",
  "completions powershell",
  "completions zsh",
  "config path",
  "config show",
  "sources list",
  "systemd cron",
  "systemd print",
]);

/** What a command, named with its subcommand, gives up. */
export function givenUp(label: string, hasLogFile: boolean): readonly Right[] {
  const right: Right[] = USE_NETWORK.has(label) ? [] : ["net"];
  return ONLY_READ.has(label) && !hasLogFile ? [...right, "write"] : right;
}

/** Takes a right from this process, for good. */
export function revoke(name: Right): void {
  Deno.permissions.revokeSync({ name });
}
