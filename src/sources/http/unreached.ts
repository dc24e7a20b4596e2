/** Why a request had no answer: a certificate, a proxy, the network. @module */
import { messageOf, SourceError } from "../../base/errors.ts";
import { UnreachableError } from "./outage.ts";
import { proxyOf, runtimeVariable } from "./proxy.ts";
import type { Redact } from "./redact.ts";

/** What was asked, and how. */
export interface Asked {
  readonly url: URL;
  readonly shown: string;
  readonly redact: Redact;
  readonly caFile?: string | undefined;
}

type Told = readonly [code: string, cause: string, hint: string, retryable?: boolean];

function dayOf(seconds: string): string {
  return new Date(Number(seconds) * 1000).toISOString().slice(0, 10);
}

/** What is wrong with a certificate, by the words of rustls (Deno 2.7 and 2.9), and what to do. */
function aboutCertificate(said: string, { url, caFile }: Asked): [wrong: string, hint: string] {
  const expired = /^certificate expired.* not valid after (\d+)/.exec(said)?.[1];
  const early = /^certificate not valid yet.* not valid before (\d+)/.exec(said)?.[1];
  const names = /^certificate not valid for name .*; certificate is (.+)$/s.exec(said)?.[1];
  const clock = `Check this machine's clock, which says ${new Date().toISOString().slice(0, 16)}Z`;
  if (said === "UnknownIssuer") {
    const named = caFile ?? runtimeVariable("DENO_CERT");
    const notIn = named === undefined ? "" : ` nor by ${named}`;
    return [
      `is signed by itself, or by an authority that is not trusted here${notIn}`,
      "If it is that of a service or a proxy of your own, name the file of its authority with " +
      "--ca-file or TICKERLOCK_CA_FILE, or set DENO_TLS_CA_STORE=system where this machine trusts it.",
    ];
  }
  if (expired !== undefined) {
    return [`expired on ${dayOf(expired)}`, `${clock}; if that is right, have it renewed.`];
  }
  if (early !== undefined) return [`is valid from ${dayOf(early)} on only`, `${clock}.`];
  if (names !== undefined) {
    const hosts = [...names.matchAll(/\b\w+\("?([^"()]+)"?\)/g)].map(([, name]) => name).join(", ");
    return [
      `is for ${hosts === "" ? "no host at all" : hosts} and not for ${url.hostname}`,
      "Check the address, and whether a proxy or a login page answers in its place.",
    ];
  }
  if (said.includes("CaUsedAsEndEntity")) {
    return [
      "is that of an authority, which no service may show",
      "Have it made without CA:TRUE (openssl: basicConstraints=CA:FALSE), and name the file of its " +
      "authority with --ca-file.",
    ];
  }
  return [`is refused (${said})`, "Have it mended, or ask without the proxy that shows it."];
}

function aboutProxy(said: string, url: URL): Told | undefined {
  const proxy = proxyOf(url);
  if (proxy === undefined) return undefined;
  const named = `the proxy ${proxy.shown} (${proxy.variable})`;
  if (said.endsWith("proxy authentication required")) return wantsLogin(named, proxy.variable);
  const without = "in NO_PROXY to ask it without the proxy";
  if (said.endsWith("unsuccessful tunnel")) {
    const hint = `Have it allow ${url.host}, or name the host ${without}.`;
    return ["proxy_refused", `${named} refuses to lead to ${url.host}`, hint, true];
  }
  if (!/\b(tcp connect|dns|tunnel) error|Proxy server unreachable/.test(said)) return undefined;
  const cause = `${said.split(": ").at(-1)}: ${named} could not be reached`;
  const hint = `Check ${proxy.variable}, or name ${url.hostname} ${without}.`;
  return ["connection_failed", cause, hint, true];
}

function wantsLogin(proxy: string, variable = "HTTP_PROXY"): Told {
  const hint = `Write them in ${variable}: http://USER:PASSWORD@HOST:PORT, percent-encoded.`;
  return ["proxy_refused", `${proxy} wants a user and a password (407)`, hint];
}

function aboutVariables(said: string): Told | undefined {
  const file = /Failed opening CA file: (.+)$/.exec(said)?.[1] ??
    /(Unable to add pem file.*)$/.exec(said)?.[1];
  if (file !== undefined) {
    const cause = `the file of certificates ${runtimeVariable("DENO_CERT")} (DENO_CERT): ${file}`;
    return ["bad_ca_file", cause, "Name a file in PEM format with DENO_CERT, or unset it."];
  }
  const store = /Unknown certificate store "(.*?)"/.exec(said)?.[1];
  if (store === undefined) return undefined;
  const cause = `DENO_TLS_CA_STORE: there is no store of certificates ${JSON.stringify(store)}`;
  const hint = "Write system, mozilla or both (system,mozilla), or unset it.";
  return ["bad_ca_store", cause, hint];
}

function told(error: unknown, said: string, asked: Asked): Told {
  const { url } = asked;
  const refused = /invalid peer certificate: (.+)$/s.exec(said)?.[1];
  if (refused !== undefined) {
    const [wrong, hint] = aboutCertificate(refused, asked);
    return ["tls_untrusted", `the certificate of ${url.hostname} ${wrong}`, hint];
  }
  const known = aboutVariables(said) ?? aboutProxy(said, url);
  if (known !== undefined) return known;
  const cause = said.split(": ").at(-1) ?? "";
  if (said.endsWith("InvalidContentType")) {
    const hint = "Write http:// in place of https:// if that is meant, and check the port.";
    return ["connection_failed", `${url.host} does not speak TLS`, hint, true];
  }
  const isForbidden = error instanceof Deno.errors.NotCapable;
  const hint = isForbidden
    ? "Run the program with leave to use the network (--allow-net)."
    : "Check the network and name resolution, and whether a proxy is needed (HTTPS_PROXY), " +
      "then try again.";
  return ["connection_failed", cause, hint, !isForbidden];
}

/** Whether there was no connection, for a reason that may pass (hyper's phase, rustls's fault). */
function isUnreached(text: string): boolean {
  return text.includes("client error (Connect)") &&
    !/invalid|corrupt|unexpected message|fatal alert|incompatible|misbehaved/.test(text);
}

/** The error of a request that had no answer. */
export function unreached(error: unknown, asked: Asked): SourceError {
  const { url, shown, redact } = asked;
  let deepest = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  // The runtime quotes the whole URL, and says the cause last, where a table cuts it off.
  const clauses = messageOf(deepest).replaceAll(url.href, shown)
    .replaceAll(/ \(os error \d+\)/g, "").split(": ")
    .filter((clause) => !clause.startsWith("error sending request"));
  const [code, cause, hint, retryable = false] = told(error, clauses.join(": "), asked);
  const rest = clauses.slice(0, -1).join(": ");
  const where = code !== "connection_failed" || rest === "" ? "" : ` (${rest})`;
  const message = redact(`${cause}: GET ${shown} could not be reached${where}`);
  const isWaitedFor = retryable && code === "connection_failed" &&
    isUnreached(messageOf(deepest).replaceAll(url.href, ""));
  return new (isWaitedFor ? UnreachableError : SourceError)(code, message, { hint, retryable });
}

/** The error of a proxy that wants to know who asks (407). */
export function proxyWantsLogin({ url, shown, redact }: Asked): SourceError {
  const proxy = proxyOf(url);
  const named = proxy === undefined ? "a proxy" : `the proxy ${proxy.shown} (${proxy.variable})`;
  const [code, cause, hint] = wantsLogin(named, proxy?.variable);
  return new SourceError(code, redact(`${cause}: GET ${shown}`), { hint });
}
