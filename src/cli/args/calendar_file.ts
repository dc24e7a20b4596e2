/** Reading `--calendar`. @module */
import { isDay } from "../../base/day.ts";
import { messageOf, UsageError } from "../../base/errors.ts";
import type { CalendarChanges } from "../../exchange/gaps.ts";
import { applySchema, decodeJson } from "../../files/json.ts";
import { tryCanonicalTicker } from "../../model/ticker.ts";
import { readWhole } from "../../platform/read_whole.ts";
import { explain } from "../../platform/refusals.ts";

function isClosedDay(text: string): boolean {
  const [first = "", last = first, ...more] = text.split("/");
  return isDay(first) && isDay(last) && first <= last && more.length === 0;
}

/** Loaded here: few users have such a file. */
async function schema() {
  const v = await import("valibot");
  const text = (holds: (text: string) => boolean, message: string) =>
    v.pipe(v.string(), v.check(holds, message));
  const open = v.array(text(isDay, "write a day as YYYY-MM-DD"));
  const closed = v.array(
    text(isClosedDay, "write a day as YYYY-MM-DD, several as YYYY-MM-DD/YYYY-MM-DD"),
  );
  const ending = text(
    (key) => /^$|^\^$|^[.=-][A-Z0-9]+$/.test(key),
    'write an ending such as ".L", "=X" or "-USD", "^" for indices, "" for New York',
  );
  const ticker = text(
    (key) => tryCanonicalTicker(key) === key,
    "write a ticker as the database has it",
  );
  const exchange = v.strictObject({ closed: v.optional(closed), open: v.optional(open) });
  return v.strictObject({
    endings: v.optional(v.record(ending, exchange)),
    tickers: v.optional(v.record(ticker, v.strictObject({ closed }))),
  });
}

/** Reads the calendar of a user. @throws {UsageError} `bad_calendar`, with the place. */
export async function readCalendar(path: string | null): Promise<CalendarChanges> {
  if (path === null) return {};
  const bad = (why: string, hint: string, cause: unknown): UsageError =>
    new UsageError("bad_calendar", `--calendar ${path}: ${why}`, {
      hint,
      cause,
      details: { file: path },
    });
  let bytes: Uint8Array;
  try {
    bytes = await readWhole(path);
  } catch (error) {
    const { why, hint } = explain(error, path, "read", "name another file with --calendar");
    throw bad(why, hint, error);
  }
  try {
    return await applySchema(path, decodeJson(path, bytes), await schema());
  } catch (error) {
    const hint = 'Write it as {"endings": {".L": {"closed": ["2026-12-25"]}}}.';
    throw bad(messageOf(error), hint, error);
  }
}
