/**
 * Reading a body of bounded size.
 *
 * @module
 */
import { SourceError } from "../../base/errors.ts";

/**
 * Reads a response's body.
 *
 * @param response The response; its body is used up.
 * @param maxBytes What is too large is given up at once, and not kept.
 * @param shown Its URL, for messages.
 * @throws {SourceError} `body_too_large`; `truncated_body` where fewer bytes came than were promised.
 */
export async function readBody(
  response: Response,
  maxBytes: number,
  shown: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = (): SourceError =>
    new SourceError(
      "body_too_large",
      `${shown} answered with more than ${Math.floor(maxBytes / 1024 / 1024)} MiB`,
      { hint: "Check the base URL: this is no answer of the service." },
    );
  const promised = Number(response.headers.get("content-length") ?? NaN);
  if (promised > maxBytes) {
    await response.body?.cancel();
    throw tooLarge();
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > maxBytes) {
        await reader.cancel();
        throw tooLarge();
      }
      parts.push(value);
    }
  } catch (error) {
    if (error instanceof SourceError || length === 0) throw error;
    if (error instanceof DOMException) throw error;
    // The cause is left out: the runtime's words may have the URL in them, secrets and all.
    throw new SourceError("truncated_body", `${shown} broke off after ${length} bytes`, {
      hint: "Try again: the connection was cut.",
      retryable: true,
    });
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
