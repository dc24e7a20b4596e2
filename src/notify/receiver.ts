/** Who is told how work ended: the addresses of `--notify`. @module */
import { UsageError } from "../base/errors.ts";

/** Where messages go, and in which form. */
export interface Receiver {
  /** `webhook` takes JSON, `ntfy` is a topic, `healthchecks` is pinged at start and end. */
  readonly kind: "webhook" | "ntfy" | "healthchecks";
  /** Its address, `http:` or `https:`. A secret: who knows it can send, and mostly read. */
  readonly url: string;
}

const ADDRESS = /^(?:(ntfy|healthchecks)\+)?(https?:\/\/.*)$/s;

/** Public services whose messages are no JSON: it would be shown, or taken for a success. */
const OF_A_KIND: Readonly<Record<string, Receiver["kind"]>> = {
  "ntfy.sh": "ntfy",
  "hc-ping.com": "healthchecks",
};

const EXAMPLES = "https://HOST/PATH for a webhook, ntfy+https://ntfy.sh/TOPIC, " +
  "healthchecks+https://hc-ping.com/UUID, or none";

/** Reads a receiver; null for `none`. The value, a secret, is in no error. @throws {UsageError} */
export function parseReceiver(text: string, label: string): Receiver | null {
  const bad = (why: string, hint = `Write ${EXAMPLES}.`): UsageError =>
    new UsageError("bad_value", `${label}: ${why} (the value is not shown)`, {
      hint,
      details: { option: label },
    });
  if (text.trim() === "none") return null;
  const [, prefix, address = ""] = ADDRESS.exec(text.trim()) ?? [];
  if (!URL.canParse(address)) throw bad("it is no address of a receiver");
  const url = new URL(address);
  const kind = (prefix ?? "webhook") as Receiver["kind"];
  const usual = OF_A_KIND[url.hostname];
  if (usual !== undefined && usual !== kind) {
    throw bad(
      `${url.hostname} takes no messages of a ${kind}`,
      `Write ${usual}+ before the address: ${usual}+https://${url.hostname}/….`,
    );
  }
  if (kind !== "webhook" && url.pathname === "/") {
    const what = kind === "ntfy" ? "topic" : "check";
    throw bad(`the address names no ${what}`, `Write ${EXAMPLES}.`);
  }
  return { kind, url: url.href };
}

/** A receiver as it may be seen: its kind and its host. */
export function shownReceiver({ kind, url }: Receiver): string {
  const { origin } = new URL(url);
  return `${kind === "webhook" ? "" : `${kind}+`}${origin}/…`;
}

/** The same of a text that may be one. */
export function shownReceiverText(text: string): string {
  try {
    const receiver = parseReceiver(text, "");
    return receiver === null ? "none" : shownReceiver(receiver);
  } catch {
    return "***";
  }
}
