/**
 * The environment, as data for what is generated.
 *
 * @module
 */
import type { Described } from "../../src/cli/command.ts";
import { ENVIRONMENT } from "../../scripts/project.ts";
import { settingsOf } from "./commands.ts";

/** What stands in for no option. */
const OTHERS: Readonly<Record<string, string>> = {
  YAHOO_BASE_URL: "Address of Yahoo's service, for a proxy or a test",
  YAHOO_USER_AGENT: "Header User-Agent of requests to Yahoo",
  YAHOO_COOKIE: "Header Cookie of requests to Yahoo; a secret, never shown or stored",
  KALSHI_BASE_URL: "Address of Kalshi's service, for a proxy or a test",
  B3_BASE_URL: "Scheme and host of all of B3's services, for a proxy or a test",
  HTTPS_PROXY: "Proxy for https addresses: http://[USER:PASSWORD@]HOST:PORT, or socks5://…",
  HTTP_PROXY: "The same for http addresses",
  ALL_PROXY: "The same for all addresses; it outranks the two others",
  NO_PROXY:
    "Hosts that are asked without the proxy, with commas between them: example.com,10.0.0.0/8",
  https_proxy: "As HTTPS_PROXY, which outranks it",
  http_proxy: "As HTTP_PROXY, which outranks it",
  all_proxy: "As ALL_PROXY, which outranks it",
  no_proxy: "As NO_PROXY, which outranks it",
  DENO_CERT: "As --ca-file, of the runtime; --ca-file is read beside it",
  DENO_TLS_CA_STORE:
    "Whose authorities are trusted: `mozilla` (default), `system` or both with a comma",
  TICKERLOCK_SERVE_TOKEN:
    "Token of `serve`, at least 16 characters; a secret, never shown or stored",
  PGPASSWORD: "Password of a PostgreSQL database; a secret, never shown or stored",
  PGPASSFILE: "File with passwords of PostgreSQL databases, mode 0600; in place of ~/.pgpass",
  STATE_DIRECTORY: "Set by systemd: folder of the log rows that a server could not take",
  NOTIFY_SOCKET: "Set by systemd: where a service tells that it is ready",
  WATCHDOG_USEC: "Set by systemd: how often a service has to show that it is alive",
  WATCHDOG_PID: "Set by systemd: which process that is for",
  CREDENTIALS_DIRECTORY:
    "Set by systemd: folder of a service's secrets; `yahoo_cookie` in it stands for YAHOO_COOKIE",
  NO_COLOR: "Set to anything: no colours",
  TERM: "`dumb` for a terminal without colours",
  XDG_CONFIG_HOME:
    "Folder of the user's configuration, and of a user's units; in place of ~/.config",
  HOME: "The user's folder: the configuration file is in its .config",
  APPDATA: "On Windows the folder that the configuration file is in",
};

/** One variable. */
export interface Variable {
  readonly name: string;
  /** What it does, in one line. */
  readonly what: string;
  /** The option that it stands in for. */
  readonly option?: string;
  readonly fallback?: string;
}

/**
 * Every variable that the program reads.
 *
 * @throws {Error} For one that nothing here describes.
 */
export function variablesOf(commands: readonly Described[]): Variable[] {
  const settings = commands.flatMap(settingsOf);
  return ENVIRONMENT.map((name) => {
    const setting = settings.find(({ env, olderEnv }) => env === name || olderEnv === name);
    const what = setting?.olderEnv === name
      ? `Older name of ${setting.env}`
      : setting?.help ?? OTHERS[name];
    if (what === undefined) throw new Error(`docs/generate/environment.ts says nothing of ${name}`);
    return {
      name,
      what,
      ...(setting === undefined ? {} : { option: `--${setting.name}` }),
      ...(setting?.fallback === undefined ? {} : { fallback: setting.fallback }),
    };
  });
}
