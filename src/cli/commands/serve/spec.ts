import { bad, names, one, parseCount, parsePath, zeroOr } from "../../args/parsers.ts";
import type { Settings } from "../../args/setting.ts";
import type { Spec } from "../../command.ts";
import { commonSettings } from "../../log/settings.ts";
import { reportSettings } from "../report/spec.ts";

const MOST_PORT = 65_535;

function parsePort(text: string, label: string): number {
  const port = zeroOr(parseCount)(text, label);
  if (port <= MOST_PORT) return port;
  throw bad(label, text, "is no port", `Write a port from 1024 to 65535, or 0 for a free one.`);
}

function parseAddress(text: string, label: string): string {
  const address = text.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (address === "localhost") return "127.0.0.1";
  const isAddress = address.includes(":")
    ? URL.canParse(`http://[${address}]/`)
    : /^\d+(\.\d+){3}$/.test(address) && URL.canParse(`http://${address}/`);
  if (isAddress) return address;
  const hint = "Write 127.0.0.1, 0.0.0.0, ::1 or one of this machine.";
  throw bad(label, text, "is no IP address", hint);
}

function parseHost(text: string, label: string): string {
  const host = text.toLowerCase();
  if (/^[a-z\d._-]+$/.test(host) || /^\[[\da-f:.]+\]$/.test(host)) return host;
  const hint = `Write it without scheme and port: ${label} data.example.org.`;
  throw bad(label, text, "is no name of a host", hint);
}

/** Settings of `serve`. */
export const serveSettings = {
  port: {
    name: "port",
    value: "PORT",
    fallback: "8457",
    completes: "nothing",
    help: "Port to listen at; 0 for any that is free",
    parse: one(parsePort),
  },
  listen: {
    name: "listen",
    value: "ADDRESS",
    fallback: "127.0.0.1",
    completes: "nothing",
    help: "Address to listen at; one that other machines reach needs a token",
    parse: one(parseAddress),
  },
  allowHost: {
    name: "allow-host",
    value: "NAME",
    repeatable: true,
    completes: "nothing",
    help:
      "Answer also to this name, of a proxy or of the machine; several with commas, or repeat it",
    parse: names(parseHost),
  },
  tokenFile: {
    name: "token-file",
    value: "PATH",
    help: "File with the token, mode 0600; in place of TICKERLOCK_SERVE_TOKEN",
    parse: one(parsePath),
  },
  source: reportSettings.source,
  maxBehind: reportSettings.maxBehind,
  maxAge: reportSettings.maxAge,
  fullEvery: reportSettings.fullEvery,
  calendar: reportSettings.calendar,
  db: reportSettings.db,
  ...commonSettings,
} as const satisfies Settings;

/** `tickerlock serve`. */
export const spec = {
  name: "serve",
  description:
    "Shows the page of report in a browser, live: it changes when a job begins or ends, and " +
    "each ticker, run and code of failures has a page of its own. Only this machine reaches " +
    "it, with the link that is printed, which is good once, or the token of " +
    "TICKERLOCK_SERVE_TOKEN. /metrics is what stats --prometheus prints, for the token as " +
    "Bearer; /healthz says ok to all. Runs until it is stopped. Never writes to the database.",
  usage: ["[--port PORT] [OPTION]..."],
  settings: serveSettings,
  examples: {
    "tickerlock serve": "Then open the link that it prints",
    "tickerlock serve --listen 0.0.0.0 --allow-host data.example.org --token-file token.txt":
      "For other machines, with a token",
  },
} as const satisfies Spec;
