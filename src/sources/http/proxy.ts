/** The proxy that the runtime asks a service through. @module */

import { UsageError } from "../../base/errors.ts";

/** A proxy, and the variable that names it. */
export interface Proxy {
  readonly variable: string;
  readonly shown: string;
}

/** A variable of the runtime's own; undefined also where this program may not read it. */
export function runtimeVariable(name: string): string | undefined {
  // Asked first: reading without the right would have Deno ask the user of a library.
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) || undefined : undefined;
}

// As the runtime does it: the upper-case name first, ALL_PROXY before the others (Deno 2.7 and 2.9).
function either(name: string): { readonly name: string; readonly value: string } | undefined {
  for (const each of [name, name.toLowerCase()]) {
    const value = runtimeVariable(each);
    if (value !== undefined) return { name: each, value };
  }
  return undefined;
}

/** Names of hosts alone: a network such as 10.0.0.0/8 is not looked at, and the proxy is named all the same. */
function isPassedBy(host: string): boolean {
  const names = either("NO_PROXY")?.value.split(",").map((name) => name.trim()) ?? [];
  return names.some((name) => {
    const bare = name.replace(/^\./, "");
    return name === "*" || (bare !== "" && (host === bare || host.endsWith(`.${bare}`)));
  });
}

function variableFor({ protocol, hostname }: URL): ReturnType<typeof either> {
  const scheme = protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const found = either("ALL_PROXY") ?? either(scheme);
  return isPassedBy(hostname.replace(/^\[|\]$/g, "")) ? undefined : found;
}

/** What the runtime takes: `socks5` in lower case alone, and a path only behind a scheme (Deno 2.9.6). */
const ADDRESS =
  /^(?:(?:[Hh][Tt][Tt][Pp][Ss]?|socks5h?):\/\/([!-.0->@-~]+)(?:[/?#].*)?|([!-.0->@-~]+))$/;
const HOST_AND_PORT = /^(?:\[[^\]]+\]|[^:[\]]+)(?::\d*)?$/;

function isTaken(value: string): boolean {
  if (value.startsWith("unix:")) return true;
  const [, behindScheme, alone] = ADDRESS.exec(value) ?? [];
  const [, user, host = ""] = /^(?:([^@]*)@)?(.*)$/.exec(behindScheme ?? alone ?? "") ?? [];
  return HOST_AND_PORT.test(host) && (user === undefined || user.includes(":"));
}

/** Refuses a proxy that the runtime would silently not use. @throws {UsageError} `bad_value`. */
export function checkProxy(url: URL): void {
  const found = variableFor(url);
  if (found === undefined || isTaken(found.value)) return;
  const { name } = found;
  // The value is not shown: it may hold a password.
  throw new UsageError("bad_value", `${name}: the value is no address of a proxy`, {
    hint:
      `Write http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT, with USER:PASSWORD@ before ` +
      `the host where it wants a login, or unset ${name}.`,
    details: { option: name },
  });
}

/** The proxy of an address; undefined where it is asked directly. */
export function proxyOf(address: URL): Proxy | undefined {
  const found = variableFor(address);
  if (found === undefined) return undefined;
  const { name: variable, value } = found;
  const url = value.includes("://") ? value : `http://${value}`;
  // What cannot be read may hold a password.
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const shown = parsed === undefined ? "***" : `${parsed.protocol}//${parsed.host}`;
  return { variable, shown };
}
