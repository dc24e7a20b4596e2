import { type ExitCode, InterruptedError, UsageError } from "../../../base/errors.ts";
import { isUrl } from "../../../base/text.ts";
import { hasFileModes } from "../../../platform/files.ts";
import { explain } from "../../../platform/refusals.ts";
import { isLoopback } from "../../../report/serve/guard.ts";
import { startServer } from "../../../report/serve/server.ts";
import { openReports } from "../../../store/open.ts";
import { readCalendar } from "../../args/calendar_file.ts";
import type { Actions, Invocation } from "../../command.ts";
import { localZone } from "../../output/time.ts";
import { StopSignals } from "../../process/signals.ts";
import type { serveSettings, spec } from "./spec.ts";

type ServeCall = Invocation<typeof serveSettings>;

const TOKEN = "TICKERLOCK_SERVE_TOKEN";
/** Fewest characters of a token: one that can be guessed is none. */
const LEAST_OF_TOKEN = 16;

function readToken(path: string): string {
  try {
    const { mode, isFile } = Deno.statSync(path);
    if (!isFile) {
      throw new UsageError("bad_value", `--token-file ${path}: is no regular file`, {
        hint: "Name a file whose first line is the token.",
      });
    }
    if (hasFileModes() && mode !== null && (mode & 0o077) !== 0) {
      throw new UsageError(
        "token_file_open",
        `--token-file ${path}: can be read by others (mode ${(mode & 0o777).toString(8)})`,
        { hint: `Make it yours alone: chmod 600 ${path}`, details: { path } },
      );
    }
    return Deno.readTextFileSync(path).split("\n", 1)[0]?.trim() ?? "";
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { why, hint } = explain(error, path, "read", "name another file with --token-file");
    throw new UsageError("bad_value", `--token-file ${path}: ${why}`, { hint, details: { path } });
  }
}

function tokenOf({ values: { tokenFile, listen }, io }: ServeCall): string | null {
  const token = tokenFile === null ? io.env(TOKEN) || null : readToken(tokenFile);
  const from = tokenFile === null ? TOKEN : `--token-file ${tokenFile}`;
  const make = "Make one: head -c 32 /dev/urandom | base64";
  if (token !== null && !/^[!-~]+$/.test(token)) {
    throw new UsageError("bad_value", `${from}: is no token (the value is not shown)`, {
      hint: `Write one line of letters, digits and signs without blanks. ${make}`,
    });
  }
  if (token !== null && token.length < LEAST_OF_TOKEN) {
    throw new UsageError("bad_value", `${from}: is shorter than ${LEAST_OF_TOKEN} characters`, {
      hint: make,
    });
  }
  if (token === null && !isLoopback(listen)) {
    throw new UsageError("missing_token", `--listen ${listen}: other machines reach it`, {
      hint: `Set ${TOKEN} or --token-file, or leave --listen out. ${make}`,
      details: { option: "--listen", value: listen },
    });
  }
  return token;
}

async function run(call: ServeCall): Promise<ExitCode> {
  const { values, io } = call;
  const { port, listen, allowHost, source, maxBehind, maxAge, fullEvery, db } = values;
  const token = tokenOf(call);
  const calendar = await readCalendar(values.calendar);
  using signals = new StopSignals();
  {
    // What is wrong with the database is told now, and not in the browser.
    await using reports = await openReports(db);
    await reports.loggedNames("source");
  }
  await using served = await startServer(() => openReports(db), {
    ...{ address: listen, port, hosts: allowHost, token, calendar },
    ...{ sources: source, maxBehind, maxAgeMs: maxAge, fullEveryMs: fullEvery },
    timeZone: localZone(),
    onLink: (link) => io.out(`${link}\n`),
    onError: (error) => io.printError(error),
  });
  // The port is open; nothing else of the network is needed for a file.
  if (!isUrl(db)) io.giveUp("net");
  io.note("Open the link above: it is good once. Another follows when it was used.");
  const { signal } = signals;
  const stopped = new Promise((stop) => signal.addEventListener("abort", stop));
  if (!signal.aborted) await Promise.race([stopped, served.finished]);
  const { reason } = signal;
  if (reason instanceof InterruptedError) return reason.exitCode;
  throw reason;
}

/** What `tickerlock serve` does. */
export const actions: Actions<typeof spec> = {
  itself: { log: "always", check: (call) => void tokenOf(call), run },
};
