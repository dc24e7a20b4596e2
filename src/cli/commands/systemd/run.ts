import { closest } from "../../../base/closest.ts";
import { UsageError } from "../../../base/errors.ts";
import { homeFolder } from "../../../platform/host.ts";
import { CURRENT_OS, type Os, osName } from "../../../platform/os.ts";
import { configFolder, trimFolder } from "../../../platform/paths.ts";
import { hasSystemd, schedulerName } from "../../../platform/services.ts";
import { cronLine, cronSchedule, cronWord } from "../../../systemd/cron.ts";
import type { Scope } from "../../../systemd/hardening.ts";
import { checkPlan, install, planInstall, SYSTEM_UNITS } from "../../../systemd/install.ts";
import { checkRemoval, planUninstall, uninstall } from "../../../systemd/uninstall.ts";
import { commandWords, type Unit, type UnitOptions, unitsFor } from "../../../systemd/units.ts";
import type { Action, Actions } from "../../command.ts";
import { optionsOf, type SystemdCall, type SystemdSubcommand, tellAfter } from "./options.ts";
import type { spec, systemdSettings } from "./spec.ts";

function chosenUnits(options: UnitOptions, only: string | null): Unit[] {
  const units = unitsFor(options);
  if (only === null) return units;
  const unit = units.find(({ name }) => name === only);
  if (unit !== undefined) return [unit];
  const names = units.map(({ name }) => name);
  const near = closest(only, names);
  throw new UsageError("unknown_unit", `there is no unit ${only} among these`, {
    hint: near === undefined ? `Use one of: ${names.join(", ")}.` : `Did you mean ${near}?`,
  });
}

function print({ values, io }: SystemdCall, options: UnitOptions): void {
  io.outText(chosenUnits(options, values.unit).map(({ text }) => text).join("\n"));
}

function folderOf(scope: Scope, { values: { dir }, io }: SystemdCall): string {
  if (dir !== null) return trimFolder(dir);
  if (scope === "system") return SYSTEM_UNITS;
  // In a container the user is often in no list of users.
  const home = homeFolder() ?? (io.env("HOME") || null);
  const config = configFolder(home, io.env("XDG_CONFIG_HOME"));
  if (config !== null) return `${config}/systemd/user`;
  throw new UsageError("no_home_folder", "no home folder of this user is known", {
    hint: "Name the folder with --dir, or set HOME or XDG_CONFIG_HOME.",
  });
}

/** The list or configuration of its own folder that a unit reads, and that an operator writes. */
const READ = /^ExecStart=.* (?:\/etc|%E)(\/tickerlock\/(?:tickers\.txt|tickerlock\.json))( |$)/m;

function nextSteps(options: UnitOptions, folder: string): string {
  const { kind, name, scope, lists, user } = options;
  const systemctl = scope === "user" ? "systemctl --user" : "systemctl";
  const unit = kind === "collect" ? `${name}.service` : `${name}.timer`;
  const enable = `${systemctl} enable --now`;
  const lines = [`Next: ${systemctl} daemon-reload && ${enable} ${unit}`];
  const [, file] = unitsFor(options).flatMap(({ text }) => READ.exec(text) ?? []);
  if (file !== undefined) {
    const form = kind === "collect" ? "see docs/collector.md" : "one ticker a line";
    lines.push(`It reads ${scope === "user" ? "~/.config" : "/etc"}${file}: ${form}`);
  }
  if (lists) {
    lines.push(`For a list of its own, such as brazil.txt: ${enable} ${name}@brazil.timer`);
  }
  const add = "useradd --system --no-create-home";
  if (user !== null) lines.push(`The user has to be there: ${add} ${user}`);
  if (scope === "user") {
    lines.push("To have it run while no user is logged in: loginctl enable-linger");
  }
  if (!/\/systemd\/(system|user)$/.test(folder)) {
    lines.push(`systemd does not look into ${folder}: copy the files to where it does, first.`);
  }
  return `${lines.join("\n")}\n`;
}

/** Refuses to install where systemd is not; a named folder may be another machine's. */
export function refuseWithoutSystemd(dir: string | null, os: Os = CURRENT_OS): void {
  if (hasSystemd(os) || dir !== null) return;
  throw new UsageError("no_systemd", `there is no systemd on ${osName(os)}`, {
    hint:
      `Start tickerlock with ${schedulerName(os)} (docs/platforms.md has an example), or write ` +
      "the units for another machine: --dir DIR",
    details: { os },
  });
}

async function installUnits(call: SystemdCall, options: UnitOptions): Promise<void> {
  const { values, io } = call;
  refuseWithoutSystemd(values.dir);
  const units = chosenUnits(options, values.unit);
  const folder = folderOf(options.scope, call);
  const steps = await planInstall(units, folder);
  for (const { path, action, diff } of steps) {
    io.outText(action === "none" ? `${path}: as it is\n` : diff);
  }
  if (!values.force) checkPlan(steps);
  if (values.dryRun) {
    const count = steps.filter(({ action }) => action !== "none").length;
    io.outText(`Nothing was written; ${count} of ${steps.length} files would be.\n`);
    return;
  }
  for (const { path, kept } of await install(steps)) {
    io.outText(`wrote ${path}${kept === null ? "" : `; what was there is kept as ${kept}`}\n`);
  }
  io.outText(nextSteps(options, folder));
}

async function uninstallUnits(call: SystemdCall): Promise<void> {
  const { values, io } = call;
  const { dir, name, unit, dryRun, force } = values;
  refuseWithoutSystemd(dir);
  const scope: Scope = values.scope === "user" ? "user" : "system";
  const folder = folderOf(scope, call);
  await call.beginLog();
  const removal = planUninstall(
    folder,
    scope,
    (file) =>
      (unit === null || file === unit) &&
      (name === null || file.replace(/@?\.\w+$/, "") === name),
  );
  const { written, edited, left } = removal;
  if (written.length + edited.length === 0) {
    const which = unit ?? name ?? "unit";
    io.outText(`Nothing to remove: no ${which} in ${folder} was written by tickerlock.\n`);
    return;
  }
  checkRemoval(removal, scope, force);
  if (dryRun) {
    for (const file of [...written, ...edited]) io.outText(`would remove ${folder}/${file}\n`);
  } else {
    for (const { path, kept } of await uninstall(removal)) {
      io.outText(`removed ${path}${kept === null ? "" : `; what was there is kept as ${kept}`}\n`);
    }
  }
  for (const path of left) io.outText(`left ${path}: it is not of tickerlock\n`);
  if (dryRun) io.outText("Nothing was removed.\n");
  else io.outText(`Next: ${scope === "user" ? "systemctl --user" : "systemctl"} daemon-reload\n`);
}

function cron({ io }: SystemdCall, options: UnitOptions): void {
  const { exec, onCalendar, config, extra } = options;
  const words = [
    cronWord(exec, "--exec"),
    ...commandWords(options, cronWord),
    // Cron mails whatever is printed: only what went wrong is worth a mail.
    ...["--log-level", "warning"],
    ...extra.map((word) => cronWord(word, "argument")),
    ...config === null ? [] : ["--config", cronWord(config, "--config")],
    ">/dev/null",
  ];
  io.outText(`${cronLine(cronSchedule(onCalendar, "--on-calendar"), words)}\n`);
  if (!extra.some((word) => /^--db(=|$)/.test(word))) {
    io.note(
      "The database and the locks are looked for from the home folder of the crontab's user; to name " +
        "them: -- --db PATH --lock-dir DIR",
    );
  }
}

function writing(
  name: SystemdSubcommand,
  write: (call: SystemdCall, options: UnitOptions) => void | Promise<void>,
): Action<typeof systemdSettings> {
  return {
    log: "by itself",
    async run(call): Promise<void> {
      const options = await optionsOf(name, call);
      await call.beginLog();
      await write(call, options);
      // After an error these would be in the way.
      tellAfter(name, call, options);
    },
  };
}

/** What `tickerlock systemd` does. */
export const actions: Actions<typeof spec> = {
  print: writing("print", print),
  install: writing("install", installUnits),
  uninstall: { log: "by itself", run: uninstallUnits },
  cron: writing("cron", cron),
};
