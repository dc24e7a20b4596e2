/**
 * Trying a source that asks a service: one cheap request, how long it took, and what is wrong.
 *
 * @module
 */
import { messageOf, TickerlockError } from "../../base/errors.ts";
import type { RawAnswer, SourceNetwork } from "../network.ts";
import type { SourceTest } from "../source.ts";
import type { HttpClient } from "./client.ts";

/** What a try has found, as far as the source can tell. */
export type Found = Pick<SourceTest, "ok" | "message" | "hint">;

/** Callbacks of the request. */
export interface TryListening {
  readonly onRequest: () => void;
  readonly onAnswer: (answer: RawAnswer) => Promise<void>;
}

/**
 * Makes one request through `ask`, and says what came of it.
 *
 * @param path What is asked for, below the base URL.
 * @param clientOf Makes the client; may throw for an address that is none.
 * @param ask Makes the request. What it throws is the answer.
 * @returns What was found. Never throws.
 */
export async function tryService(
  network: SourceNetwork,
  path: string,
  clientOf: () => HttpClient,
  ask: (client: HttpClient, listening: TryListening) => Promise<Found>,
): Promise<SourceTest> {
  let target = network.environment.baseUrl;
  let status: number | null = null;
  let began = performance.now();
  const listening: TryListening = {
    onRequest: () => void (began = performance.now()),
    onAnswer: (answer) => {
      status = answer.status;
      return Promise.resolve();
    },
  };
  let found: Found;
  try {
    const client = clientOf();
    target = `${client.shownBase}${path}`;
    found = await ask(client, listening);
  } catch (error) {
    const hint = error instanceof TickerlockError ? error.hint : undefined;
    found = { ok: false, message: messageOf(error), ...(hint === undefined ? {} : { hint }) };
  }
  return { ...found, target, status, latencyMs: performance.now() - began };
}
