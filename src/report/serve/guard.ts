/** Which requests are answered: for this server by name, from a page of its own, short. @module */

const MOST_OF_PATH = 2048;
const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** An address as it stands in a URL. */
export function inUrl(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** By which this machine calls itself at an address: that of all of its networks is none of a server. */
export function ownName(address: string): string {
  if (address === "0.0.0.0") return "127.0.0.1";
  return inUrl(address === "::" ? "::1" : address);
}

/** Whether an address is of this machine alone. */
export function isLoopback(address: string): boolean {
  return /^127(\.\d{1,3}){3}$/.test(address) || address === "::1";
}

function isAddress(name: string): boolean {
  return /^\d+(\.\d+){3}$/.test(name) || name.startsWith("[");
}

/**
 * Tells by `Host` whether a request is for this server: a foreign page whose name was turned to
 * this machine (DNS rebinding) is refused; an address cannot be turned.
 */
export function hostCheck(address: string, names: readonly string[]): (host: string) => boolean {
  const isAny = address === "0.0.0.0" || address === "::";
  const own = isLoopback(address) || isAny ? LOOPBACK : [];
  const known = new Set([inUrl(address), ...own, ...names.map((name) => name.toLowerCase())]);
  return (host) => {
    // A URL would also take a user before the name, and a path after it.
    if (!/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`http://${host}/`)) return false;
    const { hostname } = new URL(`http://${host}/`);
    return known.has(hostname) || (isAny && isAddress(hostname));
  };
}

/** An answer that is no page. */
export function plain(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const type = { "content-type": "text/plain; charset=utf-8" };
  return new Response(`${text}\n`, { status, headers: { ...type, ...headers } });
}

/** The answer to a request that is not looked at; undefined for one that is. */
export function refusalOf(
  request: Request,
  isOwnHost: (host: string) => boolean,
): Response | undefined {
  const { headers, method, url } = request;
  const host = headers.get("host") ?? "";
  if (!isOwnHost(host)) {
    return plain(421, "This server has another name. See --allow-host of tickerlock serve.");
  }
  if (method !== "GET" && method !== "HEAD") {
    return plain(405, "Only GET and HEAD: nothing can be changed here.", { allow: "GET, HEAD" });
  }
  const origin = headers.get("origin");
  const isOwn = origin === null || (URL.canParse(origin) && new URL(origin).host === host);
  const site = headers.get("sec-fetch-site") ?? "none";
  if (!isOwn || (site !== "none" && site !== "same-origin")) {
    return plain(
      403,
      "A page of another site has no answer here. Type the address, or open the link.",
    );
  }
  const { origin: own } = new URL(url);
  if (url.length - own.length > MOST_OF_PATH) return plain(414, "The address is too long.");
  const length = headers.get("content-length") ?? "0";
  if (length !== "0" || headers.has("transfer-encoding")) {
    return plain(413, "A request has no body here.", { connection: "close" });
  }
  return undefined;
}
