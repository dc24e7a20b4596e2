/**
 * For tests of `tickerlock logs` and `tickerlock stats`.
 *
 * @module
 */
import { fail } from "../assert.ts";
import { makeLogged } from "../store/sqlite/logged.ts";
import { installed } from "../installed.ts";
import { inside } from "./db_tools.ts";
import {
  type Outcome,
  programCommand,
  programEnvironment,
  runProgram,
  type StartOptions,
} from "./program.ts";
import { Workspace } from "./workspace.ts";

/** The newest rows of {@linkcode loggedSpace} began then. */
export const NEWEST = "2026-11-05T12:34:56.000Z";

/** A workspace whose log has one row of nearly every kind, and texts of every kind. */
export async function loggedSpace(): Promise<Workspace> {
  const space = await Workspace.create();
  const startedAt = "2026-11-01T10:00:00.000Z";
  await makeLogged(space.db, [
    { startedAt, rowsFetched: 10, rowsInserted: 10, windowFrom: null, windowTo: "2026-11-01" },
    { startedAt, ticker: "VALE3.SA", status: "skipped" },
    {
      startedAt,
      ticker: null,
      status: "failed",
      errorCode: "file_not_found",
      errorMessage:
        "東京証券取引所.csv\nis \x1b[31mnot\x1b[0m there, and that is a long story to tell",
    },
    { startedAt, source: "yahoo", status: "lock_busy", lockAction: "busy" },
    { startedAt, source: "yahoo", status: "running" },
    {
      startedAt: NEWEST,
      source: "yahoo",
      lockAction: "waited",
      lockWaitedSeconds: 3.2,
      rejects: 25,
      attempts: 2,
      requests: 3,
    },
  ]);
  return space;
}

/** Runs `tickerlock` on a workspace. */
export function run(
  space: Workspace,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Outcome> {
  return runProgram(args, inside(space, options));
}

/** Python's pseudo-terminal with a size: what `script` of util-linux lets nobody choose. */
const ON_TERMINAL = `
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])
seen = b""
while True:
    try:
        block = os.read(fd, 65536)
    except OSError:
        break
    if not block:
        break
    seen += block
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/** Whether there is a terminal to test on. Where \`CI\` is set there has to be. */
export function hasTerminal(): Promise<boolean> {
  return installed("python3");
}

/**
 * What a person at a terminal sees of standard output, standard error being elsewhere.
 *
 * @param mayFail Whether an exit code other than 0 is as good. Default false.
 */
export async function seenAt(
  space: Workspace,
  columns: number,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  mayFail = false,
): Promise<string> {
  const command = ["/bin/sh", "-c", '"$@" 2>/dev/null', "sh", ...programCommand(), ...args];
  const { code, stdout, stderr } = await new Deno.Command("python3", {
    args: ["-c", ON_TERMINAL, String(columns), ...command],
    cwd: space.path,
    clearEnv: true,
    env: programEnvironment({ TICKERLOCK_DB: space.db, ...env }),
    stdin: "null",
  }).output();
  if (code !== 0 && !mayFail) {
    fail(`${args.join(" ")}: ${code}: ${new TextDecoder().decode(stderr)}`);
  }
  return new TextDecoder().decode(stdout).replaceAll("\r\n", "\n");
}
