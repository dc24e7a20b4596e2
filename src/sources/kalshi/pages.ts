/** Reading lists of the trade API to their end, and single events. @module */
import { SourceError } from "../../base/errors.ts";
import { plural } from "../../base/text.ts";
import type { TradeApi } from "./api.ts";
import { elementTexts, memberText } from "../http/json_text.ts";
import { oneEventSchema, pageSchemas, type Received } from "./schema.ts";

/** Pages without a row, one after the other, that are taken for a list without an end. */
const MOST_EMPTY_PAGES = 1000;

/** Pages of one sync: ten million markets. What is longer goes on in the next run. */
const MOST_PAGES = 10_000;

const STORED_SO_FAR = "Try again later; what came before is stored.";

/** A list. */
export interface ListRequest {
  readonly path: string;
  readonly field: "events" | "markets";
  readonly query: Readonly<Record<string, string>>;
  readonly cursor: string | null;
}

/** A page of a list. */
export interface Page {
  readonly objects: readonly Received[];
  readonly next: string | null;
}

/** The objects of a page, read and as they were written. */
export function receivedOf(
  text: string,
  field: ListRequest["field"],
  values: readonly unknown[],
): readonly Received[] {
  if (values.length === 0) return [];
  const texts = elementTexts(memberText(text, field) ?? "");
  return values.map((value, i) => ({ value, text: texts[i] ?? "" }));
}

/** Asks for one event, which may not be there for a moment where it is new. */
export async function askEvent(api: TradeApi, path: string, mayBeNew = false): Promise<Received> {
  const { value, text } = await api.get({ path, mayBeNew }, oneEventSchema);
  return { value: value.event, text: memberText(text, "event") ?? "null" };
}

/** Reads a list to its end. @throws {SourceError} `cursor_repeated`, `endless_list`. */
export async function* readPages(
  api: Pick<TradeApi, "get">,
  list: ListRequest,
): AsyncGenerator<Page> {
  const { path, field, query } = list;
  let { cursor } = list;
  const seen = new Set<string>();
  let empty = 0;
  for (let pages = 0;; pages++) {
    if (pages === MOST_PAGES) {
      const message = `more than ${plural(MOST_PAGES, "page")} in one sync: GET ${path}`;
      throw new SourceError("endless_list", message, {
        hint: "Run it again: it goes on there. If it never ends, ask for less with --series.",
      });
    }
    if (cursor !== null) seen.add(cursor);
    const asked = cursor === null ? query : { ...query, cursor };
    const { value, text } = await api.get({ path, query: asked }, pageSchemas[field]);
    const { objects, cursor: next } = value;
    if (next !== null && seen.has(next)) {
      const message =
        `the service sends the same cursor again after ${
          plural(seen.size, "page")
        }, so that the list has ` +
        `no end: GET ${path}`;
      throw new SourceError("cursor_repeated", message, { hint: STORED_SO_FAR });
    }
    empty = objects.length === 0 ? empty + 1 : 0;
    if (empty > MOST_EMPTY_PAGES) {
      const message = `${empty} empty pages one after the other: GET ${path}`;
      throw new SourceError("endless_list", message, { hint: STORED_SO_FAR });
    }
    yield { objects: receivedOf(text, field, objects), next };
    if (next === null) return;
    cursor = next;
  }
}
