/** HTML as a value: text that is put into it is escaped here, and nowhere else. @module */

/** HTML that is whole and safe to be put into other HTML. */
export interface Html {
  readonly html: string;
}

/** What can stand in a template. */
export type Part = Html | readonly Html[] | string | number | null;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

// Controls have no place in HTML, and the marks that turn the direction of text would turn what follows.
const UNSAFE = /[&<>"']|(?![\n\t])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text as it stands in HTML, between tags or between quotes. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (found) => ESCAPES[found] ?? "\ufffd");
}

function partOf(part: Part): string {
  if (part === null) return "";
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return escapeText(part);
  return "html" in part ? part.html : part.map(({ html }) => html).join("");
}

/** Texts of templates without the white space by which the source is laid out. */
const laidOut = new WeakMap<TemplateStringsArray, readonly string[]>();

function textsOf(texts: TemplateStringsArray): readonly string[] {
  const known = laidOut.get(texts);
  if (known !== undefined) return known;
  const made = texts.map((text) =>
    text.replaceAll(/(^|>)\s*\n\s*(<|$)/g, "$1$2").replaceAll(/\s*\n\s*/g, " ")
  );
  laidOut.set(texts, made);
  return made;
}

/**
 * A template: all but other HTML is escaped, for text and for attributes in quotes: a blank would end
 * others. A line break between tags is nothing.
 */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let made = "";
  for (const [at, text] of textsOf(texts).entries()) made += partOf(parts[at - 1] ?? null) + text;
  return { html: made };
}

/** Data for a script: JSON in which nothing ends the element that it is in. */
export function jsonHtml(value: unknown): Html {
  return { html: JSON.stringify(value).replaceAll("<", "\\u003c") };
}

/** The text of a style or script of the program itself. */
export function ownText(text: string): Html {
  return { html: text };
}
