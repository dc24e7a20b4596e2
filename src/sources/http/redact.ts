/** Keeping secrets out of whatever is shown or stored. @module */

/** Shorter texts are no secrets, and replacing them would make nonsense of every message. */
const SHORTEST_SECRET = 4;

const HIDDEN = "***";

/** Replaces secrets in a text. */
export type Redact = (text: string) => string;

const HTML: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function variants(secret: string): string[] {
  // A lone surrogate is no text that could be sent: `encodeURIComponent` would throw.
  const sent = secret.toWellFormed();
  return [
    secret,
    encodeURIComponent(sent),
    new URLSearchParams([["", sent]]).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    secret.replace(/[&<>"']/g, (found) => HTML[found] ?? found),
  ];
}

/** The bytes of a part of a URL; a `%` that begins no escape stays. */
function decoded(part: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(part);
  const out: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const escape = String.fromCharCode(...bytes.subarray(at, at + 3));
    const isEscape = /^%[0-9a-f]{2}$/i.test(escape);
    out.push(isEscape ? parseInt(escape.slice(1), 16) : bytes[at] ?? 0);
    if (isEscape) at += 2;
  }
  return new Uint8Array(out);
}

/** What basic authentication sends (RFC 7617); without the password where that is no UTF-8. */
function basicOf({ username, password }: URL): readonly string[] {
  const user = [...decoded(username), 58];
  return [user, [...user, ...decoded(password)]].map((bytes) => new Uint8Array(bytes).toBase64());
}

/** Hides cookie, secret headers, and user, password and query of the base URL. */
export function redactor(
  baseUrl: URL,
  cookie: string | undefined,
  headers: readonly string[] = [],
): Redact {
  const secrets = new Set<string>();
  const add = (secret: string): void => {
    for (const each of variants(secret)) {
      if (each.length >= SHORTEST_SECRET) secrets.add(each);
    }
  };
  if (cookie !== undefined) {
    add(cookie);
    for (const part of cookie.split(";")) add(part.slice(part.indexOf("=") + 1).trim());
  }
  for (const value of headers) {
    add(value);
    add(value.slice(value.indexOf(" ") + 1));
  }
  for (const part of [baseUrl.username, baseUrl.password]) {
    add(part);
    add(new TextDecoder().decode(decoded(part)));
  }
  if (baseUrl.username !== "" || baseUrl.password !== "") basicOf(baseUrl).forEach(add);
  for (const value of baseUrl.searchParams.values()) add(value);
  // Longest first: a value inside a longer one would leave its rest in sight.
  const sorted = [...secrets].sort((a, b) => b.length - a.length);
  return (text) => sorted.reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), text);
}

/** A URL for people: without user, password, query and fragment. */
export function shownUrl(url: URL): string {
  // Only what can be asked has an origin.
  return `${url.origin === "null" ? url.protocol : url.origin}${url.pathname}`;
}
