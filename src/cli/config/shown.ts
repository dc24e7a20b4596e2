/** Settings as `config show` and `doctor` show them: with their origin, without secrets. @module */
import { plural } from "../../base/text.ts";
import { shownUrl } from "../../sources/http/redact.ts";
import { loadSource, SOURCE_NAMES } from "../../sources/registry.ts";
import type { Source } from "../../sources/source.ts";
import type { Origin, Parsed } from "../args/parse.ts";
import { configKey, type Settings } from "../args/setting.ts";
import type { Column } from "../output/table.ts";
import type { Io } from "../output/io.ts";
import { SERVICE_KINDS } from "./config_file.ts";
import { COLLECT_KEYS } from "./settings.ts";

/** One setting, for people and programs. */
export interface ShownSetting {
  /** Option with its dashes; of what has no option, the variable or the key. */
  readonly name: string;
  readonly key: string;
  /** The variable that it is from, or that stands in for the option; null for none. */
  readonly variable: string | null;
  readonly value: string;
  readonly origin: Origin;
}

const NOT_SET = "not set";

function shownValue(kind: string, value: string): string {
  // A cookie is a secret as a whole; an address may carry a user's name and password.
  if (kind === "cookie") return "set (not shown)";
  if (kind !== "baseUrl") return value;
  try {
    return shownUrl(new URL(value));
  } catch {
    return "not a URL";
  }
}

function serviceSettings(
  source: Source,
  { env, config }: Pick<Io, "env" | "config">,
): ShownSetting[] {
  const { name, network } = source;
  if (network === undefined) return [];
  const inFile = config?.service(source) ?? {};
  const shown: ShownSetting[] = [...SERVICE_KINDS].flatMap(([key, kind]) => {
    const variable = network.environment[kind];
    if (variable === undefined) return [];
    const [set, kept] = [env(variable) ?? "", inFile[kind]];
    const origin = set !== "" ? "environment" : kept !== undefined ? "file" : "default";
    const preset = kind === "baseUrl" ? network.baseUrl : NOT_SET;
    const value = origin === "default" ? preset : shownValue(kind, set || kept || "");
    return [{ name: variable, key: `sources.${name}.${key}`, variable, value, origin }];
  });
  if (config === undefined || inFile.rate === undefined) return shown;
  const { sources } = config.content as { sources: Record<string, { readonly rate: unknown }> };
  const key = `sources.${name}.rate`;
  const value = String(sources[name]?.rate);
  return [...shown, { name: key, key, variable: null, value, origin: "file" }];
}

function collectSettings({ content }: NonNullable<Io["config"]>): ShownSetting[] {
  return COLLECT_KEYS.filter((key) => content[key] !== undefined).map((key) => {
    const { [key]: said } = content;
    const value = Array.isArray(said) && key === "tasks"
      ? plural(said.length, "task")
      : typeof said === "string"
      ? said
      : JSON.stringify(said);
    return { name: key, key, variable: null, value, origin: "file" };
  });
}

/** Every setting of a configuration file, with value and origin. @throws {UsageError} */
export async function shownSettings(
  settings: Settings,
  { origins, given }: Pick<Parsed<Settings>, "origins" | "given">,
  io: Pick<Io, "env" | "config">,
): Promise<ShownSetting[]> {
  const own = Object.entries(settings).flatMap(([at, setting]): ShownSetting[] => {
    const { [at]: origin = "default" } = origins;
    const { [at]: { name, text } = { name: "", text: null } } = given;
    if (setting.config !== true) return [];
    return [{
      name: `--${setting.name}`,
      key: configKey(setting),
      variable: origin === "environment" ? name : setting.env ?? null,
      value: text ?? NOT_SET,
      origin,
    }];
  });
  const sources = await Promise.all(SOURCE_NAMES.map(loadSource));
  return [
    ...own,
    ...sources.flatMap((source) => serviceSettings(source, io)),
    ...io.config === undefined ? [] : collectSettings(io.config),
  ];
}

/** Columns of a table of settings. */
export const SETTING_COLUMNS: readonly Column<ShownSetting>[] = [
  { title: "SETTING", rank: 0, cell: ({ name }) => name },
  { title: "VALUE", rank: 1, shrinkTo: 12, cell: ({ value }) => value },
  {
    title: "FROM",
    rank: 2,
    shrinkTo: 11,
    cell: ({ origin, variable, key }) =>
      origin === "environment"
        ? `environment ${variable}`
        : origin === "file"
        ? `file: ${key}`
        : origin,
  },
];
