/** Texts for people. @module */

/** A whole number with a comma before each three digits; the first `toLocaleString` takes 20 to 50 ms. */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A number with its noun, whose plural must end in `s`: `1 row`, `1,200 rows`. */
export function plural(number: number, word: string): string {
  return `${grouped(number)} ${word}${number === 1 ? "" : "s"}`;
}

/** Numbers with their names: `2 failed, 1 success`. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts).map(([name, number]) => `${grouped(number)} ${name}`).join(", ");
}

/** Names, of many the first: `A, B and 4 more`. */
export function listed(names: readonly string[], most: number): string {
  const more = names.length - most;
  return names.slice(0, most).join(", ") + (more > 0 ? ` and ${grouped(more)} more` : "");
}

/** A value of a record, on one line: `010: 80, 020: 3`; the members of a list with semicolons. */
export function factsText(value: unknown): string {
  if (Array.isArray(value)) return value.map(factsText).join("; ");
  if (typeof value === "number") return grouped(value);
  if (typeof value !== "object" || value === null) return String(value ?? "-");
  return Object.entries(value).map(([name, each]) => `${name}: ${factsText(each)}`).join(", ");
}

/** `runs on vm1`; `runs` alone where the machine has no name. */
export function runsOn(host: string): string {
  return host === "" ? "runs" : `runs on ${host}`;
}

/** Two units, the smaller one left out where it is 0. */
function twoUnits(large: string, rest: number, unit: string): string {
  return rest === 0 ? large : `${large} ${rest} ${unit}`;
}

/** A length of time: `9 ms`, `1.2 s`, `2 min 5 s`, `3 h 4 min`, `2 days 5 h`; `-` for null. */
export function lengthOf(ms: number | null): string {
  if (ms === null) return "-";
  if (ms < 999.5) return `${Math.max(0, Math.round(ms))} ms`;
  // 59.96 s is a minute, not 60.0 s.
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return twoUnits(`${Math.floor(seconds / 60)} min`, seconds % 60, "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return twoUnits(`${Math.floor(minutes / 60)} h`, minutes % 60, "min");
  const hours = Math.round(minutes / 60);
  return twoUnits(`${Math.floor(hours / 24)} days`, hours % 24, "h");
}

/** The same in whole seconds, for an age or what is left: it changes while it is read. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 60 ? `${seconds} s` : lengthOf(seconds * 1000);
}

/** Which try follows a failed one; of those that time alone ends there is no last one. */
export function retryText(
  { attempt, attempts }: { readonly attempt: number; readonly attempts: number },
): string {
  return attempts === Infinity ? `retry ${attempt}` : `retry ${attempt} of ${attempts}`;
}

/** How long ago something was, or will be: `3 min old`, `2 h in the future`. */
export function ageText(ms: number): string {
  return ms < 0 ? `${spanText(-ms)} in the future` : `${spanText(ms)} old`;
}

/** What another clock shows: `clock is 3 h ahead of this one`, `clock is 5 min behind this one`. */
export function otherClock(aheadMs: number): string {
  const where = aheadMs > 0 ? "ahead of" : "behind";
  return `clock is ${spanText(Math.abs(aheadMs))} ${where} this one`;
}

/** A size: `512 bytes`, `3.2 kB`, `1.5 MB`, `2.1 GB`, by powers of 1,000 as options have them. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return plural(bytes, "byte");
  if (bytes < 999_950) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 999_950_000 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** A part of a whole, from 0 to 1, in percent: `25.0 %`. @param digits Behind the point. Default 1. */
export function percentText(share: number, digits = 1): string {
  const [percent, step] = [share * 100, 10 ** -digits];
  // Nearly all is not all: one failure in 10,000 is no 100.0 %.
  const shown = share > 0 && share < 1 ? Math.min(Math.max(percent, step), 100 - step) : percent;
  return `${shown.toFixed(digits)} %`;
}

// No width or another direction (Cf), line ends of terminals (Zl, Zp), letters that look like blanks.
const UNSEEN = String.raw`\p{Cf}\p{Zl}\p{Zp}\u034f\u115f\u1160\u3164\uffa0`;
const CONTROL = new RegExp(`[\\p{Cc}${UNSEEN}]`, "u");
const CONTROLS = new RegExp(`[\\p{Cc}${UNSEEN}]+`, "gu");
const CONTROLS_OF_LINES = new RegExp(`(?![\\n\\t])[\\p{Cc}${UNSEEN}]`, "gu");
// C1 controls, which no text of this program has; its own colours are of C0.
const OF_NO_PROGRAM = new RegExp(`[\\x80-\\x9f${UNSEEN}]`, "gu");

/** Lines, also ones with words from a service or a file, unable to steer a terminal or to deceive. */
export function visibleLines(text: string): string {
  return CONTROL.test(text) ? text.replaceAll(CONTROLS_OF_LINES, "\ufffd") : text;
}

/** What a program writes to a terminal, with its colours, without what nobody can see. */
export function forTerminal(text: string): string {
  return CONTROL.test(text) ? text.replaceAll(OF_NO_PROGRAM, "\ufffd") : text;
}

/** A text, also one from a service or a file, on one line and unable to steer a terminal. */
export function oneLine(text: string): string {
  if (!CONTROL.test(text)) return text;
  // All blanks of a place at once: a search for a line break among them would start at each of them.
  return text.replaceAll(/\s+/g, (blanks) => /[\r\n]/.test(blanks) ? " " : blanks)
    .replaceAll("\t", " ").replaceAll(CONTROLS, "\ufffd");
}

/** Cuts a text, never in the middle of a character. */
export function clipped(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most).toWellFormed()}…` : text;
}

/** A value as JSON, cut: an answer or a file may have megabytes in the place of a number. */
export function shownValue(value: unknown, most = 100): string {
  // JSON.parse makes Infinity of 1e999.
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(clipped(value, most));
  try {
    return clipped(JSON.stringify(value) ?? "nothing", most);
  } catch {
    // JSON.parse reads any depth, JSON.stringify does not write it.
    return "a deeply nested value";
  }
}

/** Escapes what could steer a terminal, but line breaks and tabs, as `\u001b`, also right in JSON. */
export function escapeControls(text: string): string {
  if (!CONTROL.test(text)) return text;
  return text.replaceAll(CONTROLS_OF_LINES, (character) => {
    const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}

// `could not claim X: why`, `x.csv: what`, `/data/x.csv has no column`, `file "x.csv" does not exist`.
const ABOUT =
  /^((?:could not|cannot) .+?(?=: )|(?:(?:ZIP )?file |database )?(?:"[^"]*"|\S*[./\\]\S*?)):? (.+)$/s;

/** A longer message is left as it is: {@linkcode ABOUT} takes the square of its length. */
const MOST_TURNED = 2000;

/** A message for a column that may be cut: the cause first. @param subject What the row names already. */
export function causeFirst(message: string, subject: string | null): string {
  const rest = subject !== null && message.startsWith(subject)
    ? /^(?:: | is )(.+)$/s.exec(message.slice(subject.length))?.[1]
    : undefined;
  return rest ?? (message.length > MOST_TURNED ? message : message.replace(ABOUT, "$2 ($1)"));
}

/** Whether the name of a database is the URL of a server, and no path. */
export function isUrl(name: string): boolean {
  return /^[a-z][a-z\d+.-]+:\/\//i.test(name);
}

/** A text without the user, the password and the query that a URL in it may have. */
export function withoutUrlSecrets(text: string): string {
  return text.replaceAll(/:\/\/[^/\s]*@/g, "://***@")
    // The query may be missing: what has to be there is looked for again from each "://".
    .replaceAll(
      /(:\/\/[^\s?]*)(\?\S+)?/g,
      (_, address, query) => query === undefined ? address : `${address}?***`,
    );
}

/** A word of a command line, quoted for sh(1) where it has to be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./^-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Breaks words into lines; one that is wider stays whole. @param indent Blanks before each further line. */
export function wrapWords(
  words: readonly string[],
  width: number,
  indent = 0,
  widthOf: (text: string) => number = ({ length }) => length,
): string[] {
  const lines = [words[0] ?? ""];
  for (const word of words.slice(1)) {
    const longer = `${lines.at(-1)} ${word}`;
    if (widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(" ".repeat(indent) + word);
  }
  return lines;
}
