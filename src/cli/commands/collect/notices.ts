/** Telling receivers how the turns of tasks end, while the collector goes on. @module */
import type { TurnEnd } from "../../../collect/service.ts";
import type { CollectTask } from "../../../collect/task_run.ts";
import { tell, tellStart } from "../../../notify/tell.ts";
import { reachOf, stateOf, toldError } from "../../notify.ts";
import { toldOf } from "../ingest/report.ts";

/** What is told of turns. Dispose it to wait, for some seconds at most, until all is told. */
export class TurnNotices implements AsyncDisposable {
  readonly #values: { readonly db: string; readonly caFile: string | null };
  readonly #starts = new Map<string, Promise<void>>();
  readonly #ends = new Map<string, Promise<void>>();

  constructor(values: { readonly db: string; readonly caFile: string | null }) {
    this.#values = values;
  }

  readonly begin = ({ name, receiver }: CollectTask): void => {
    if (receiver !== null) this.#starts.set(name, tellStart(receiver, reachOf(this.#values)));
  };

  readonly end = ({ name, receiver }: CollectTask, end: TurnEnd): void => {
    // Where the receiver is still being told of the turn before, the next turn tells of this one.
    if (receiver === null || this.#ends.has(name)) return;
    const { exitCode, runId = null, counts = {}, errors = [] } = "report" in end
      ? { ...toldOf(end.report), exitCode: end.report.exitCode }
      : toldError(end.error);
    const state = stateOf(exitCode);
    if (state === undefined) return;
    const command = `collect ${name}`;
    const ended = { command, job: `tickerlock ${command}`, db: this.#values.db, exitCode };
    const telling = async (): Promise<void> => {
      await this.#starts.get(name);
      await tell(receiver, { ...ended, state, runId, counts, errors }, reachOf(this.#values));
      this.#ends.delete(name);
    };
    this.#ends.set(name, telling());
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#ends.values());
  }
}
