/**
 * Which fault a symbol has. Each fault's name is the beginning of the symbols that have it:
 * `STALL.SA` never gets an answer, and with `-2X` behind the name (`STALL-2X.SA`) only its first two
 * requests do not. No letter may follow the name, so that a company called STALLION is not meant;
 * `NOPE` may be followed by anything. All names, with what a client sees, are the entries of
 * `HTTP_FAULTS` and `DATA_FAULTS`.
 *
 * @module
 */
import { DATA_FAULTS, type DataFault } from "./yahoo_faults_data.ts";
import { HTTP_FAULTS, type HttpFault } from "./yahoo_faults_http.ts";

/** The name of a fault. */
export type FaultName = keyof typeof HTTP_FAULTS | keyof typeof DATA_FAULTS;

/** A fault, perhaps only for the first requests of a symbol. */
export interface Fault {
  readonly fault: FaultName;
  /** How many requests are good before. Default none. */
  readonly after?: number;
  /** How many requests have it. Default all. */
  readonly times?: number;
}

/** All of them, in the order of the table. */
export const FAULTS: Readonly<Record<FaultName, HttpFault | DataFault>> = {
  ...HTTP_FAULTS,
  ...DATA_FAULTS,
};

/** All names, longest first. */
export const FAULT_NAMES: readonly FaultName[] = (Object.keys(FAULTS) as FaultName[])
  .sort((a, b) => b.length - a.length || (a < b ? -1 : 1));

/** What a fault does. */
export function faultNamed(name: FaultName): HttpFault | DataFault {
  return FAULTS[name];
}

/** The fault that the name of a symbol asks for. */
export function faultOf(symbol: string): Fault | undefined {
  for (const fault of FAULT_NAMES) {
    if (!symbol.startsWith(fault)) continue;
    const rest = symbol.slice(fault.length);
    if (/^[A-Z]/.test(rest) && fault !== "NOPE") continue;
    const times = /^-(\d+)X(?![A-Z0-9])/.exec(rest)?.[1];
    return times === undefined ? { fault } : { fault, times: Number(times) };
  }
  return undefined;
}
