/**
 * Sentences with times in them, for people.
 *
 * @module
 */
import { localTime } from "./local_time.ts";

// Not within a path or a longer word, which such a time may be a part of.
const TIME = /(?<![\w/.:-])\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z(?!:?[\w/-])/g;

/**
 * A sentence with each of its times in the local zone. Sentences are made with times in UTC, as programs
 * get them.
 *
 * @param text For people.
 */
export function withLocalTimes(text: string): string {
  return text.replaceAll(TIME, (time) => localTime(time));
}
