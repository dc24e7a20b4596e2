/**
 * Keeping secrets out of whatever is shown or stored.
 *
 * @module
 */

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

/** As it is, in a URL, in a form, in JSON, in HTML. */
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

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not encoded: it is what it is.
    return text;
  }
}

/** What basic authentication makes of user and password (RFC 7617). */
function basicOf(user: string, password: string): string {
  return new TextEncoder().encode(`${user}:${password}`).toBase64();
}

/**
 * Makes a function that hides secrets: the cookie, each of its values, the user, password and query of
 * a base URL, as they are and as they look in a URL, in JSON, in HTML or as basic authentication.
 *
 * @param baseUrl Where requests go.
 * @param cookie The `Cookie` header, if there is one.
 */
export function redactor(baseUrl: URL, cookie: string | undefined): Redact {
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
  for (const part of [baseUrl.username, baseUrl.password]) {
    add(part);
    add(decoded(part));
  }
  const { username, password } = baseUrl;
  if (username !== "" || password !== "") add(basicOf(decoded(username), decoded(password)));
  for (const value of baseUrl.searchParams.values()) add(value);
  // Longest first: a value inside a longer one would leave its rest in sight.
  const sorted = [...secrets].sort((a, b) => b.length - a.length);
  return (text) => sorted.reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), text);
}

/**
 * A URL for people: without user, password, query and fragment.
 *
 * @param url The URL.
 */
export function shownUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
