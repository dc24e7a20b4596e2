/**
 * A client and a server that answers as a test says.
 *
 * @module
 */
import { SourceError } from "../../../src/base/errors.ts";
import type { NetworkOptions, SourceNetwork } from "../../../src/sources/network.ts";
import { HttpClient, type HttpClientOptions } from "../../../src/sources/http/client.ts";
import { assertRejects } from "../../assert.ts";
import { type Handler, startHttpServer } from "../../fake/http_server.ts";

/** A service that is nowhere. */
export const SERVICE: SourceNetwork = {
  baseUrl: "http://127.0.0.1:9",
  rate: { count: 1_000_000, perMs: 1000 },
  environment: { baseUrl: "BASE_URL", userAgent: "USER_AGENT", cookie: "COOKIE" },
};

/** A client of a base URL. */
export function clientOf(
  baseUrl: string,
  options: NetworkOptions = {},
  more: HttpClientOptions = {},
): HttpClient {
  return new HttpClient(SERVICE, { baseUrl, ...options }, more);
}

/** A signal that is never aborted. */
export const NEVER: AbortSignal = new AbortController().signal;

/** Everything that an error says, its causes included. */
export function allOf(error: unknown): string {
  const texts: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    texts.push(at.message, at.stack ?? "", JSON.stringify({ ...at }));
  }
  return texts.join("\n");
}

/** What a request to a server with that handler fails with. */
export async function failureOf(
  handler: Handler,
  more: { timeoutSeconds?: number; maxBytes?: number } = {},
): Promise<SourceError> {
  await using server = await startHttpServer(handler);
  const { maxBytes, ...options } = more;
  const client = clientOf(server.url, options, maxBytes === undefined ? {} : { maxBytes });
  return await assertRejects(() => client.get("/x", {}, { signal: NEVER }), SourceError);
}
