/** What is set of a source that asks a service. @module */
import { UsageError } from "../base/errors.ts";

/**
 * How often a host may be asked: `count` requests in any `perMs`.
 *
 * @category Ingest
 */
export interface Rate {
  /** Requests, 1 at least. */
  readonly count: number;
  /** Milliseconds. */
  readonly perMs: number;
}

/**
 * How a network source reaches its service.
 *
 * @category Ingest
 */
export interface NetworkOptions {
  /** In place of the service's own address, for a proxy or a test. */
  readonly baseUrl?: string | undefined;
  /** The header `User-Agent`. Default the source's own. */
  readonly userAgent?: string | undefined;
  /** A `Cookie` header. A secret: it is in no log, no error and no table. */
  readonly cookie?: string | undefined;
  /**
   * Path of a file in PEM format with certificate authorities that are trusted beside the usual ones.
   * Default none.
   */
  readonly caFile?: string | undefined;
  /** For one request, body included. Default 10. */
  readonly timeoutSeconds?: number;
  /** Requests to the host; null for no limit. Default the source's own. */
  readonly rate?: Rate | null | undefined;
  /**
   * A folder in which processes of one machine share the rate of each host, and the silence that one
   * asks for; null for the rate of this process alone. It is not made. Default the lock folder of
   * `ingest`, and null for a client of its own.
   */
  readonly rateFolder?: string | null | undefined;
  /** Tries of one request. Default 3. */
  readonly attempts?: number | undefined;
  /**
   * For all requests and pauses of one ticker or dataset, from the first one on. A service that cannot
   * be reached is waited for so long, once for all tickers of a run, whatever `attempts` says (but 1).
   * Default 120 for a ticker, and for each page of a dataset.
   */
  readonly deadlineSeconds?: number | undefined;
  /** First pause between two tries, in ms, which doubles each time. Default 1,000. */
  readonly backoffMs?: number;
}

/**
 * A body as it was received.
 *
 * @category Writing a source
 */
export interface RawAnswer {
  /** The body, unpacked. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Lower-case hex. */
  readonly sha256: string;
  /** HTTP status. */
  readonly status: number;
}

/**
 * The try that follows a failed one.
 *
 * @category Writing a source
 */
export interface NextTry {
  /** Its number; the first try is 1. */
  readonly attempt: number;
  /** Tries in all; Infinity where time alone ends them, as that for a service out of reach does. */
  readonly attempts: number;
  /** Milliseconds until it begins, if the rate allows it then. */
  readonly pauseMs: number;
}

/**
 * What is told of the requests for one ticker.
 *
 * @category Writing a source
 */
export interface RequestListeners {
  /** Waits for leave to make one request, which ends with what is disposed of. Default at once. */
  readonly permit?: (() => Promise<Disposable>) | undefined;
  /** Called before each request. */
  readonly onRequest?: (() => void) | undefined;
  /** Called before the pause after which a request is tried again, with the reason. */
  readonly onRetry?: ((why: Error, next?: NextTry) => void) | undefined;
  /** Called with each body, also that of a refusal. */
  readonly onAnswer?: ((answer: RawAnswer) => Promise<void>) | undefined;
}

/**
 * Address, rate and variables of a network source.
 *
 * @category Writing a source
 */
export interface SourceNetwork {
  /** Address without a slash at the end. */
  readonly baseUrl: string;
  /**
   * Another host of the same service, asked from then on where the one in use fails; both keep one rate.
   * Only beside `baseUrl`, not beside an address that the user has set. Default none.
   */
  readonly otherUrl?: string;
  /** The default `User-Agent` is that of a browser of this day, `YYYY-MM-DD`. Default no browser's. */
  readonly browserOf?: string;
  /** How often the service may be asked by default. */
  readonly rate: Rate;
  /** Tickers at once by default; 4 where it is not given. */
  readonly concurrency?: number;
  /** Environment variables that set it. */
  readonly environment: {
    readonly baseUrl: string;
    /** The header `User-Agent`. Default the source's own. */
    readonly userAgent?: string;
    readonly cookie?: string;
  };
}

function check(name: string, value: number | undefined, good: boolean, rule: string): void {
  if (value === undefined || good) return;
  throw new UsageError("bad_value", `${name} is ${value}, which is not ${rule}`, {
    hint: `Set ${name} to ${rule}.`,
    details: { option: name, value },
  });
}

/** Refuses what is no whole number from 1 up. @throws {UsageError} `bad_value`. */
export function checkCount(name: string, value: number | undefined): void {
  const good = Number.isSafeInteger(value) && value !== undefined && value > 0;
  check(name, value, good, "a whole number from 1 up");
}

/**
 * Refuses numbers that make no sense. The command line checks its own; this is for callers of the library.
 *
 * @throws {UsageError} `bad_value`.
 */
export function checkNetwork(options: NetworkOptions): void {
  const { timeoutSeconds, rate, attempts, deadlineSeconds, backoffMs } = options;
  const positive = (value: number | undefined): boolean => value !== undefined && value > 0;
  check("timeoutSeconds", timeoutSeconds, positive(timeoutSeconds), "above 0");
  check("deadlineSeconds", deadlineSeconds, positive(deadlineSeconds), "above 0");
  check("backoffMs", backoffMs, Number.isFinite(backoffMs) && (backoffMs ?? 0) >= 0, "0 or more");
  checkCount("attempts", attempts);
  if (rate === undefined || rate === null) return;
  const { count, perMs } = rate;
  checkCount("rate.count", count);
  check("rate.perMs", perMs, Number.isFinite(perMs) && perMs > 0, "above 0 and finite");
}
