/** Sending a message to a receiver, with the certificates and proxies of all requests. @module */
import { TickerlockError } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import { Trust } from "../sources/http/certificates.ts";
import { checkProxy } from "../sources/http/proxy.ts";
import { redactor } from "../sources/http/redact.ts";
import { unreached } from "../sources/http/unreached.ts";
import { type Message, textOf, titleOf, webhookJson } from "./message.ts";
import { type Receiver, shownReceiver } from "./receiver.ts";

/** Milliseconds for one message, answer included. */
export const SEND_MS = 5000;

/** How a receiver is reached. */
export interface Reach {
  readonly caFile?: string | null | undefined;
  readonly sendMs?: number | undefined;
}

interface Post {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Why a receiver has not taken a message, for people; null where it has. */
export type Refusal = { readonly why: string; readonly hint: string } | null;

async function post(
  receiver: Receiver,
  { url, headers, body }: Post,
  reach: Reach,
): Promise<Refusal> {
  const { caFile = null, sendMs = SEND_MS } = reach;
  const shown = shownReceiver(receiver);
  const timeout = AbortSignal.timeout(sendMs);
  let trust: Trust | undefined;
  try {
    checkProxy(url);
    trust = caFile === null ? undefined : new Trust(caFile);
    const response = await fetch(url, {
      method: "POST",
      headers: { "user-agent": `tickerlock/${VERSION}`, ...headers },
      body,
      // A message is for the address that was named, and for no other.
      redirect: "manual",
      signal: timeout,
      ...trust === undefined ? {} : { client: trust.client },
    });
    const { status } = response;
    // It says nothing that matters, and may have any size.
    await response.body?.cancel();
    if (response.ok) return null;
    const what = status < 400
      ? `redirected (${status}), which is not followed`
      : `answered ${status}`;
    return { why: `${shown} ${what}`, hint: "Check its address, and whether it wants a login." };
  } catch (error) {
    if (timeout.aborted) {
      const why = `${shown} gave no answer within ${sendMs / 1000} s`;
      return { why, hint: "See whether it is up, and whether a proxy is needed (HTTPS_PROXY)." };
    }
    const failure = error instanceof TickerlockError ? error : unreached(error, {
      ...{ url, shown, caFile: caFile ?? undefined },
      redact: redactor(url, undefined),
    });
    return { why: failure.message.replace("GET ", ""), hint: failure.hint ?? "" };
  } finally {
    trust?.close();
  }
}

const NTFY: Readonly<
  Record<Message["event"], { readonly priority: string; readonly tags: string }>
> = {
  failed: { priority: "high", tags: "rotating_light" },
  silent: { priority: "high", tags: "mute" },
  recovered: { priority: "default", tags: "white_check_mark" },
};

/** Sends a message. Never throws. */
export function send(receiver: Receiver, message: Message, reach: Reach): Promise<Refusal> {
  const url = new URL(receiver.url);
  if (receiver.kind === "ntfy") {
    const headers = { title: titleOf(message), ...NTFY[message.event] };
    return post(receiver, { url, headers, body: textOf(message) }, reach);
  }
  const headers = { "content-type": "application/json" };
  return post(receiver, { url, headers, body: JSON.stringify(webhookJson(message)) }, reach);
}

/** Pings a check: its address for a success, `/start` and `/fail` below it. Never throws. */
export function ping(
  receiver: Receiver,
  what: "start" | "ok" | "fail",
  body: string,
  reach: Reach,
): Promise<Refusal> {
  const url = new URL(receiver.url);
  if (what !== "ok") url.pathname = `${url.pathname.replace(/\/$/, "")}/${what}`;
  return post(receiver, { url, body }, reach);
}
