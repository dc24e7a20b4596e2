/**
 * Reading a list of the trade API to its end.
 *
 * @module
 */
import { SourceError } from "../../errors.ts";
import type { Listening, TradeApi } from "./api.ts";
import { pageSchema } from "./schema.ts";

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
  readonly objects: readonly unknown[];
  /** Where the list goes on; null at its end. */
  readonly next: string | null;
}

/**
 * Reads a list page by page. An empty page is not the end; an empty or missing cursor is.
 *
 * @param api The service.
 * @param list What to read.
 * @param listening Signal, and whom to tell.
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
    const page = await api.get({ path, query: asked }, pageSchema, listening);
    const objects = page[field] ?? [];
    const next: string | null = page.cursor === "" ? null : page.cursor ?? null;
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
