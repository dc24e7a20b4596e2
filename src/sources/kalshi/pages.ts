/**
 * Reading a list of the trade API to its end.
 *
 * @module
 */
import { SourceError } from "../../base/errors.ts";
import type { Listening, TradeApi } from "./api.ts";
import { elementTexts, memberText } from "./json_text.ts";
import { pageSchemas, type Received } from "./schema.ts";

/** Pages without a row, one after the other, that are taken for a list without an end. */
const MOST_EMPTY_PAGES = 1000;

/** A list. */
export interface ListRequest {
  /** Behind the base URL. */
  readonly path: string;
  /** Which field of a page has the objects. */
  readonly field: "events" | "markets";
  readonly query: Readonly<Record<string, string>>;
  /** Where to go on; null for the beginning. */
  readonly cursor: string | null;
}

/** A page of a list. */
export interface Page {
  readonly objects: readonly Received[];
  /** Where the list goes on; null at its end. */
  readonly next: string | null;
}

/**
 * The objects of a page.
 *
 * @param field Which of its fields has them.
 */
export function receivedOf(
  text: string,
  field: string,
  values: readonly unknown[] | null,
): readonly Received[] {
  if (values === null || values.length === 0) return [];
  const texts = elementTexts(memberText(text, field) ?? "");
  return values.map((value, i) => ({ value, text: texts[i] ?? "" }));
}

async function askPage(
  api: TradeApi,
  { path, field, query }: Omit<ListRequest, "cursor">,
  listening: Listening,
): Promise<Page> {
  const request = { path, query };
  let values: readonly unknown[] | null;
  let cursor: string | null | undefined;
  let text: string;
  if (field === "events") {
    ({ value: { events: values, cursor }, text } = await api.get(
      request,
      pageSchemas.events,
      listening,
    ));
  } else {
    ({ value: { markets: values, cursor }, text } = await api.get(
      request,
      pageSchemas.markets,
      listening,
    ));
  }
  return { objects: receivedOf(text, field, values), next: cursor === "" ? null : cursor ?? null };
}

/**
 * Reads a list page by page. An empty page is not the end; an empty or missing cursor is.
 *
 * @throws {SourceError} `cursor_repeated`, `endless_list`, or what {@linkcode TradeApi.get} throws.
 */
export async function* readPages(
  api: TradeApi,
  list: ListRequest,
  listening: Listening,
): AsyncGenerator<Page> {
  const { path, field, query } = list;
  let { cursor } = list;
  const seen = new Set<string>();
  let empty = 0;
  for (;;) {
    if (cursor !== null) seen.add(cursor);
    const asked = cursor === null ? query : { ...query, cursor };
    const { objects, next } = await askPage(api, { path, field, query: asked }, listening);
    if (next !== null && seen.has(next)) {
      throw new SourceError(
        "cursor_repeated",
        `${path}: the service sends the same cursor again after ${seen.size} page(s): ` +
          "the list has no end",
        { hint: "Try again later; what came before is stored." },
      );
    }
    empty = objects.length === 0 ? empty + 1 : 0;
    if (empty > MOST_EMPTY_PAGES) {
      throw new SourceError("endless_list", `${path}: ${empty} empty pages one after the other`, {
        hint: "Try again later; what came before is stored.",
      });
    }
    yield { objects, next };
    if (next === null) return;
    cursor = next;
  }
}
