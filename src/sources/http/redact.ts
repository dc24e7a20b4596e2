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

function variants(secret: string): string[] {
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
}

/**
 * Makes a function that hides secrets: the cookie, each of its values, the user, password and query of
 * a base URL, as they are and as they look in a URL or in JSON.
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
    try {
      add(decodeURIComponent(part));
    } catch {
      // Not encoded: it is added as it is.
    }
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
