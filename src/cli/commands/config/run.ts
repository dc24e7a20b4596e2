import { EXIT, type ExitCode, UsageError } from "../../../base/errors.ts";
import { exists } from "../../../platform/files.ts";
import { absolutePath } from "../../../platform/paths.ts";
import type { Actions, Invocation } from "../../command.ts";
import { type ConfigPlace, usualPath } from "../../config/find.ts";
import { SETTING_COLUMNS, shownSettings } from "../../config/shown.ts";
import { renderTable } from "../../output/table.ts";
import { tableOptions } from "../../output/terminal.ts";
import { outWrapped } from "../../output/wrap.ts";
import { configSettings, type spec } from "./spec.ts";

type ConfigCall = Invocation<typeof configSettings>;

function placeOf({ values, given, io }: ConfigCall): ConfigPlace | null {
  const { config, noConfig } = values;
  if (noConfig) return null;
  if (config !== null) return { path: absolutePath(config), namedBy: given.config.name };
  const path = usualPath(io.env);
  return path === undefined ? null : { path, namedBy: null };
}

async function show(call: ConfigCall): Promise<ExitCode> {
  const { values, io } = call;
  const problems = call.problems.map(({ code, message, hint = null }) => ({ code, message, hint }));
  const place = placeOf(call);
  const isThere = io.config !== undefined;
  const settings = await shownSettings(configSettings, call, io);
  if (values.json) {
    io.outJson({
      path: place?.path ?? null,
      exists: isThere,
      named_by: place?.namedBy ?? null,
      settings,
      problems,
    });
  } else {
    const path = place === null ? "none" : `${place.path}${isThere ? "" : " (not there)"}`;
    outWrapped(io, `Configuration file: ${path}\n\n`, 2);
    io.out(renderTable(SETTING_COLUMNS, settings, tableOptions(io, values.wide)));
  }
  for (const problem of problems) io.showError(problem, true);
  return problems.length === 0 ? EXIT.ok : EXIT.usage;
}

function path(call: ConfigCall): void {
  const place = placeOf(call);
  if (place === null) {
    throw new UsageError("no_config_path", "there is no configuration file that counts", {
      hint: call.values.noConfig
        ? "Leave --no-config out."
        : "Set HOME or XDG_CONFIG_HOME, or name a file with --config.",
    });
  }
  const { path, namedBy } = place;
  if (call.values.json) call.io.outJson({ path, exists: exists(path), named_by: namedBy });
  else call.io.outText(`${path}\n`);
}

/** What `tickerlock config` does. */
export const actions: Actions<typeof spec> = { show: { run: show }, path: { run: path } };
