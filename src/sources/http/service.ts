/** What sources that ask a service have in common: their runs, and trying one. @module */
import { messageOf, SourceError, TickerlockError } from "../../base/errors.ts";
import type { Reject, StoredState } from "../../model/prices.ts";
import type { RequestListeners, SourceNetwork } from "../network.ts";
import type {
  Batch,
  FetchOptions,
  FetchPlan,
  RequestWait,
  SourceFailure,
  SourceRun,
  SourceTest,
} from "../source.ts";
import type { ServiceClient } from "./service_client.ts";

/**
 * An opened source that asks its service for nothing before a ticker is fetched: the base of a source's
 * own run, which says how to plan and to fetch one ticker.
 *
 * @category Writing a source
 */
export abstract class ServiceRun implements SourceRun {
  readonly tickers: readonly string[];
  readonly unassigned: readonly Reject[] = [];
  readonly failures: readonly SourceFailure[] = [];
  readonly warnings: readonly string[] = [];
  readonly details: Readonly<Record<string, unknown>> = {};
  /** What the service is asked through. */
  protected readonly client: ServiceClient;

  /**
   * Nothing is asked yet.
   *
   * @param tickers Those that were asked for: only asking tells which of them there are.
   */
  constructor(tickers: Iterable<string>, client: ServiceClient) {
    this.tickers = [...tickers].sort();
    this.client = client;
  }

  get wait(): RequestWait | null {
    return this.client.wait;
  }

  leastMs(requests: number): number {
    return this.client.leastMs(requests);
  }

  missing(ticker: string): Error {
    return new SourceError("ticker_not_asked", `${ticker} was not asked for`, {
      hint: "Name it in the request.",
    });
  }

  /** Does nothing: nothing is kept for a ticker. */
  forget(): void {}

  /** Closes the client. */
  [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    return Promise.resolve();
  }

  abstract plan(ticker: string, stored: StoredState | null): FetchPlan;
  abstract fetch(ticker: string, options?: FetchOptions): AsyncIterable<Batch>;
}

/**
 * Makes one request through `ask`, and says what came of it.
 *
 * @param path What is asked for, below the base URL.
 * @param clientOf Makes the client; may throw for an address that is none.
 * @param ask Makes the request. What it throws is the answer.
 * @returns What was found. Never throws.
 * @category Writing a source
 */
export async function tryService(
  network: SourceNetwork,
  path: string,
  clientOf: () => ServiceClient,
  ask: (
    client: ServiceClient,
    listeners: RequestListeners,
  ) => Promise<Pick<SourceTest, "ok" | "message" | "hint">>,
): Promise<SourceTest> {
  let target = network.environment.baseUrl;
  let status: number | null = null;
  let began = performance.now();
  let found: Pick<SourceTest, "ok" | "message" | "hint">;
  let client: ServiceClient | undefined;
  try {
    client = clientOf();
    target = `${client.shownBase}${path}`;
    found = await ask(client, {
      onRequest: () => void (began = performance.now()),
      onAnswer: (answer) => {
        status = answer.status;
        return Promise.resolve();
      },
    });
  } catch (error) {
    const hint = error instanceof TickerlockError ? error.hint : undefined;
    found = { ok: false, message: messageOf(error), hint };
  } finally {
    client?.close();
  }
  return { ...found, target, status, latencyMs: performance.now() - began };
}
