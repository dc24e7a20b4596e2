/** Who is told how a command ends, and when. @module */
import {
  codeOf,
  EXIT,
  type ExitCode,
  messageOf,
  TickerlockError,
  UsageError,
} from "../base/errors.ts";
import { parseReceiver, type Receiver } from "../notify/receiver.ts";
import type { Reach } from "../notify/send.ts";
import { tell, tellStart } from "../notify/tell.ts";
import type { Environment } from "./args/environment.ts";
import type { Parsed } from "./args/parse.ts";
import type { Settings } from "./args/setting.ts";
import type { Told } from "./command.ts";
import { credential } from "./commands/ingest/network.ts";

const VARIABLE = "TICKERLOCK_NOTIFY";

/**
 * The receiver of a call: of the option, else the variable, else a credential of systemd, else the
 * file.
 * @throws {UsageError} `bad_config` for a check in a file, which every command reads: the success
 *   of one would hide the failure of another.
 */
export function receiverOf(
  { values, origins, given }: Pick<Parsed<Settings>, "values" | "origins" | "given">,
  env: Environment,
): Receiver | null {
  const receiver = values.notify as Receiver | null;
  if (origins.notify === "option" || origins.notify === "environment") return receiver;
  const handed = credential(VARIABLE, env);
  if (handed !== undefined) return parseReceiver(handed, `credential ${VARIABLE.toLowerCase()}`);
  if (receiver?.kind !== "healthchecks") return receiver;
  throw new UsageError("bad_config", `${given.notify?.name}: a check is for one job alone`, {
    hint:
      `Say it where that job is started, with ${VARIABLE}; or for a task of collect in the task.`,
  });
}

interface NotifiedJob {
  readonly receiver: Receiver;
  readonly command: string;
  readonly job: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** How a receiver is reached, by the values of a command. */
export function reachOf({ caFile }: Readonly<Record<string, unknown>>): Reach {
  return { caFile: typeof caFile === "string" ? caFile : null };
}

/** What a receiver is told of an exit code; undefined for a lock, a signal, a usage error. */
export function stateOf(code: ExitCode): "ok" | "failed" | undefined {
  if (code === EXIT.ok) return "ok";
  return code === EXIT.failed || code === EXIT.partial ? "failed" : undefined;
}

/** An error that ended a command, as a receiver is told of it. */
export function toldError(error: unknown): Told & { readonly exitCode: ExitCode } {
  return {
    exitCode: error instanceof TickerlockError ? error.exitCode : EXIT.failed,
    errors: [{ ticker: null, code: codeOf(error), message: messageOf(error) }],
  };
}

/** Runs a command, and tells the receiver how it ended. @param told Asked for at its end. */
export async function notifying(
  { receiver, command, job, values }: NotifiedJob,
  told: () => Told,
  run: () => Promise<ExitCode>,
): Promise<ExitCode> {
  const reach = reachOf(values);
  const started = tellStart(receiver, reach);
  const end = async (
    { exitCode, runId = null, counts = {}, errors = [] }: Told & { readonly exitCode: ExitCode },
    failing: "failed" | "silent",
  ): Promise<void> => {
    // A check that takes the start late would take it for that of the next run.
    await started;
    const state = stateOf(exitCode);
    if (state === undefined) return;
    const db = String(values.db);
    const ended = { command, job, db, exitCode, runId, counts, errors };
    await tell(receiver, { ...ended, state: state === "ok" ? state : failing }, reach);
  };
  let code: ExitCode;
  try {
    code = await run();
  } catch (error) {
    await end(toldError(error), "failed");
    throw error;
  }
  // What a check of stats finds is what is not there.
  await end({ ...told(), exitCode: code }, command === "stats" ? "silent" : "failed");
  return code;
}
