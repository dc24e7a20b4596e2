/**
 * Asking for one event.
 *
 * @module
 */
import type { Listening, TradeApi } from "./api.ts";
import { memberText } from "./json_text.ts";
import { oneEventSchema, type Received } from "./schema.ts";

/**
 * Asks for one event.
 *
 * @param mayBeNew It may not be there for a moment. Default false.
 */
export async function askEvent(
  api: TradeApi,
  path: string,
  listening: Listening,
  mayBeNew = false,
): Promise<Received> {
  const { value, text } = await api.get({ path, mayBeNew }, oneEventSchema, listening);
  return { value: value.event, text: memberText(text, "event") ?? "null" };
}
