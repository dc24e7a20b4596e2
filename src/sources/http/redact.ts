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

/** A secret as it is, and as it looks in a path, in a query, in JSON and in HTML. */
function variants(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ "": secret }).toString().slice("=".length),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;"),
  ];
}

/** Percent-encoding undone; what is none stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Makes a function that hides secrets: the cookie, each of its values, the user, password and query of
 * a base URL, as they are and as they look in a URL, a header, JSON or HTML.
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
  const { username, password } = baseUrl;
  for (const part of [username, password]) {
    add(part);
    add(decoded(part));
  }
  if (username !== "" || password !== "") {
    // What they are sent as.
    const credentials = new TextEncoder().encode(`${decoded(username)}:${decoded(password)}`);
    add(credentials.toBase64());
  }
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
