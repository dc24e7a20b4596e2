/**
 * Sends debug records to LogTape, under the category `tickerlock`. Loading this module connects them:
 * the library does, so that its users get them by configuring LogTape, and so does the program when
 * its log starts.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { sendDebugTo } from "./debug.ts";
import { literal } from "./log.ts";

sendDebugTo((area, tell) => {
  const log = getLogger(["tickerlock", area]);
  if (!log.isEnabledFor("debug")) return;
  const [text, properties] = tell();
  log.debug(literal(text), { ...properties });
});
