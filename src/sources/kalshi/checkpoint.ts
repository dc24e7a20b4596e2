/** How far a dataset's sync has come, as it is kept between runs. @module */
import * as v from "valibot";
import { cursorSchema } from "./schema.ts";

/** A cursor older than that is not gone on from: much has changed since, and it may be void. In ms. */
const CURSOR_LASTS_MS = 3_600_000;

const seconds = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const schema = v.object({
  version: v.literal(1),
  /** What the sync asks for; another query begins anew. */
  query: v.string(),
  list: v.picklist(["live", "historical"]),
  /** Where to go on; null where the last sync came to its end. */
  cursor: v.nullable(cursorSchema),
  /** When the scan that is under way began, in seconds since 1970. */
  began: seconds,
  /** Everything of before has been brought; in seconds since 1970, null for nothing. */
  doneBefore: v.nullable(seconds),
  savedAtMs: v.pipe(v.number(), v.finite()),
});

/** How far a sync has come. */
export type Checkpoint = v.InferOutput<typeof schema>;

/** Reads what was kept; what is of another query, or of the future, is as if there were nothing. */
export function readCheckpoint(
  text: string | null | undefined,
  query: string,
  nowMs: number,
): Checkpoint | undefined {
  if (text === null || text === undefined) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const checked = v.safeParse(schema, parsed);
  if (!checked.success || checked.output.query !== query) return undefined;
  const { savedAtMs, began, doneBefore } = checked.output;
  // Noted by a clock that was ahead: taken at its word, nothing would be asked for until that day.
  if (Math.max(began, doneBefore ?? 0) * 1000 > nowMs) return undefined;
  const fresh = nowMs >= savedAtMs && nowMs - savedAtMs <= CURSOR_LASTS_MS;
  return fresh ? checked.output : { ...checked.output, cursor: null, list: "live" };
}

/** Writes it down. */
export function checkpointText(checkpoint: Omit<Checkpoint, "version">): string {
  return JSON.stringify({ version: 1, ...checkpoint });
}
