/**
 * The program in a folder that users of a machine share.
 *
 * @module
 */
import { assertEquals } from "../assert.ts";
import { inProcess, type Outcome } from "./in_process.ts";

/** Prices of two tickers. */
export const CSV = "date,ticker,open,high,low,close,volume\n" +
  "2024-01-02,PETR4.SA,37.2,37.9,36.8,37.5,41000000\n2024-01-03,VALE3.SA,70,71,69,70.5,100\n";

/** Runs the program on the database and locks of a folder. */
export function run(state: string, args: readonly string[], cwd = state): Promise<Outcome> {
  const env = { TICKERLOCK_DB: `${state}/t.db`, TICKERLOCK_LOCK_DIR: `${state}/locks` };
  return inProcess(args, { env, cwd });
}

/** Brings in what the file `p.csv` beside the folder has. */
export function ingest(state: string, ...args: string[]): Promise<Outcome> {
  return run(state, ["ingest", "--source", "csv", "--file", `${state}/../p.csv`, ...args]);
}

/** Fails unless a command ends with 0. */
export async function succeeds(what: string, outcome: Promise<Outcome>): Promise<Outcome> {
  const { code, stderr } = await outcome;
  assertEquals([code, code === 0 ? "" : stderr], [0, ""], what);
  return await outcome;
}
