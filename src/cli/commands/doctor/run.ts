import { SETTING_COLUMNS, type ShownSetting, shownSettings } from "../../config/shown.ts";
import { doctorSettings, type spec } from "./spec.ts";
import { checkSource, checkUserAgent, diagnose, versions } from "../../../doctor/diagnose.ts";
import { readConfiguration } from "../../config/config_file.ts";
import type { Setting } from "../../args/setting.ts";
import { checkCertificates } from "../../../doctor/certificates.ts";
import type { Configuration } from "../../config/configuration.ts";
import { type Finding, ok, wrong } from "../../../doctor/finding.ts";
import { folderFindings } from "../../../doctor/units.ts";
import { openCare, openLocks, openReports } from "../../../store/open.ts";
import { EXIT, type ExitCode, UsageError } from "../../../base/errors.ts";
import { homeFolder, hostName } from "../../../platform/host.ts";
import { configFolder, trimFolder } from "../../../platform/paths.ts";
import { loadSource, SOURCE_NAMES } from "../../../sources/registry.ts";
import { type UnitFolder, unitFolders } from "../../../systemd/read.ts";
import { levelWord, tableOptions } from "../../output/terminal.ts";
import { isUrl, oneLine, plural } from "../../../base/text.ts";
import { renderTable } from "../../output/table.ts";
import { localZone, withLocalTimes } from "../../output/time.ts";
import { readCalendar } from "../../args/calendar_file.ts";
import type { Actions, Invocation } from "../../command.ts";
import { networkOptions } from "../ingest/network.ts";
import { StopSignals } from "../../process/signals.ts";
import { readTickersFile } from "../ingest/tickers_file.ts";
import { outWrapped } from "../../output/wrap.ts";

type DoctorCall = Invocation<typeof doctorSettings>;
type DoctorValues = DoctorCall["values"];

function foldersOf({ unitDir }: DoctorValues, config: string | null): UnitFolder[] {
  if (unitDir.length === 0) return unitFolders(config);
  return unitDir.map((path) => ({ path: trimFolder(path), scope: "system" }));
}

type Surroundings = Pick<DoctorCall["io"], "env" | "config">;

async function sourceFindings(
  { values }: DoctorCall,
  io: Surroundings,
  certificates: readonly Finding[],
): Promise<Finding[]> {
  if (certificates.some(({ code }) => code === "certificates_bad")) {
    return [ok("source", `${values.source} was not tried, for want of certificates`)];
  }
  if (values.offline) return [ok("source", `${values.source} was not tried (--offline)`)];
  const source = await loadSource(values.source);
  using stop = new StopSignals();
  const network = networkOptions(source, values, io);
  const finding = await checkSource(source, network, stop.signal);
  stop.signal.throwIfAborted();
  return [finding, ...checkUserAgent(source, network, Date.now())];
}

async function serviceProblems(config: Configuration | undefined): Promise<UsageError[]> {
  if (config === undefined) return [];
  const problems: UsageError[] = [];
  for (const source of await Promise.all(SOURCE_NAMES.map(loadSource))) {
    try {
      config.service(source);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(error);
    }
  }
  return problems;
}

function checkSettings(
  { problems, io: { config } }: DoctorCall,
  ofServices: readonly UsageError[],
): Finding[] {
  const findings = [...problems, ...ofServices].map((problem: UsageError) => {
    const { message, hint, details: { option } } = problem;
    const isFile = option === undefined && problems.includes(problem);
    return isFile
      ? wrong(
        "configuration_bad",
        `${message}; all else is looked at as without that file`,
        hint ?? "Correct the file.",
      )
      : wrong("bad_setting", message, hint ?? `Correct ${option}.`);
  });
  if (findings.length > 0) return findings;
  const from = config === undefined ? "" : `, also of ${config.path}`;
  return [ok("configuration", `every value makes sense${from}`)];
}

function count(findings: readonly Finding[], level: Finding["level"]): number {
  return findings.filter((finding) => finding.level === level).length;
}

function show(
  { io, values: { wide } }: DoctorCall,
  configuration: readonly ShownSetting[],
  findings: readonly Finding[],
): void {
  io.out(renderTable(SETTING_COLUMNS, configuration, tableOptions(io, wide)));
  io.out("\n");
  for (const { level, check, message, hint } of findings) {
    // Also of what a run has logged, which may hold anything.
    const what = oneLine(withLocalTimes(`${check}: ${message}`));
    const remedy = hint === null ? "" : `  Try: ${oneLine(hint)}\n`;
    outWrapped(io, `${levelWord(io, level)}: ${what}\n${remedy}`, 4);
  }
  const errors = plural(count(findings, "error"), "error");
  const warnings = plural(count(findings, "warning"), "warning");
  io.out(
    `\n${plural(findings.length, "finding")}: ${errors}, ${warnings}; times in ${localZone()}\n`,
  );
}

async function run(call: DoctorCall): Promise<ExitCode> {
  const { values, io } = call;
  const home = homeFolder();
  const config = configFolder(home, io.env("XDG_CONFIG_HOME"));
  const ofServices = await serviceProblems(io.config);
  const usable = { env: io.env, config: ofServices.length === 0 ? io.config : undefined };
  const certificates = values.caFile === null ? [] : checkCertificates(values.caFile, Date.now());
  await using reports = await openReports(values.db);
  await using care = await openCare(values.db);
  // A server may not answer, which is a finding; this program's own engine always does.
  await using own = await openReports(isUrl(values.db) ? ":memory:" : values.db);
  const found = versions(await own.engineVersion());
  const findings = [
    ...checkSettings(call, ofServices),
    ...await diagnose({
      versions: found,
      db: values.db,
      reports,
      care,
      locks: await openLocks(values.db, values.lockDir),
      lockDir: values.lockDir,
      lockMode: values.lockMode,
      host: hostName(),
      unitFolders: foldersOf(values, config),
      user: { home, config },
      readTickers: readTickersFile,
      readPlaces: (path) => {
        const file = readConfiguration(path, { isNamed: true, home: io.env("HOME") });
        const at = (setting: Setting<unknown>) => file.get(setting)?.text;
        return {
          db: at(doctorSettings.db),
          lockDir: at(doctorSettings.lockDir),
          caFile: at(doctorSettings.caFile),
        };
      },
      readCalendar: () => readCalendar(values.calendar),
      nowMs: Date.now(),
    }),
    ...values.unitDir.flatMap(folderFindings),
    ...certificates,
    ...await sourceFindings(call, usable, certificates),
  ];
  const configuration = await shownSettings(doctorSettings, call, usable);
  const errors = count(findings, "error");
  if (values.json) {
    io.outJson({
      ok: errors === 0,
      errors,
      warnings: count(findings, "warning"),
      versions: found,
      configuration,
      findings,
    });
  } else {
    show(call, configuration, findings);
  }
  call.tell({
    counts: { error: errors, warning: count(findings, "warning") },
    errors: findings.filter(({ level }) => level === "error").map(({ check, code, message }) => ({
      ticker: null,
      code: code ?? check,
      message,
    })),
  });
  return errors === 0 ? EXIT.ok : EXIT.failed;
}

/** What `tickerlock doctor` does. */
export const actions: Actions<typeof spec> = {
  itself: { log: "always", notifies: "by line", run },
};
