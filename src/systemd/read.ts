/** Units of tickerlock and whether they are enabled, read without the service manager. @module */
import { readWholeTextSync } from "../platform/read_whole.ts";
import type { Scope } from "./hardening.ts";
import { type Marked, readMark } from "./edit_mark.ts";
import { splitWords } from "./escape.ts";

/** A folder of unit files. */
export interface UnitFolder {
  readonly path: string;
  readonly scope: Scope;
}

/** What a service runs, of itself or, for a template, as one of its instances. */
export interface ServiceCommand {
  readonly unit: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** A service that runs tickerlock. */
export interface FoundService {
  readonly name: string;
  readonly path: string;
  readonly scope: Scope;
  readonly mark: Marked;
  /** Started by a timer, which is what has to be enabled then. */
  readonly byTimer: boolean;
  readonly hasTimer: boolean | null;
  /** What it runs; of a template, one for each instance that is enabled. */
  readonly commands: readonly ServiceCommand[];
  /** Units that are enabled: the service's own or its timers, with instances. */
  readonly enabled: readonly string[];
}

/** Where units are, the first with precedence: systemd.unit(5), "Unit File Load Path". */
export function unitFolders(config: string | null): UnitFolder[] {
  const foldersOf = (scope: Scope, bases: readonly string[]): UnitFolder[] =>
    bases.map((base) => ({ path: `${base}/systemd/${scope}`, scope }));
  return [
    ...foldersOf("system", ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"]),
    ...foldersOf("user", [...config === null ? [] : [config], "/etc", "/usr/lib"]),
  ];
}

function namesIn(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
  } catch {
    // Missing, or not readable for this user.
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readWholeTextSync(path);
  } catch {
    return "";
  }
}

function valuesOf(text: string, key: string): string[] {
  const lines = text.replaceAll(/\\\n/g, " ").matchAll(new RegExp(`^${key}=(.*)$`, "gm"));
  return [...lines].map(([, value = ""]) => value.trim());
}

/** Names that are enabled: links in the folders `*.wants` and `*.requires`. */
export function enabledIn(folders: readonly UnitFolder[], scope: Scope): string[] {
  const found = folders.filter((folder) => folder.scope === scope).flatMap(({ path }) =>
    namesIn(path).filter((name) => /\.(wants|requires)$/.test(name))
      .flatMap((name) => namesIn(`${path}/${name}`))
  );
  return [...new Set(found)].sort();
}

/** systemd 254 has moved it from the folder of configuration; an older state stays where it is. */
function userState(home: string): string {
  const now = `${home}/.local/state`;
  return namesIn(`${now}/tickerlock`).length > 0 ? now : `${home}/.config`;
}

/** Folders of this user, which `%h` and other specifiers name; null where they cannot be told. */
export interface UserFolders {
  readonly home: string | null;
  readonly config: string | null;
}

function commandOf(
  unit: string,
  text: string,
  scope: Scope,
  { home, config }: UserFolders,
): ServiceCommand {
  const instance = /@(.*)\.service$/.exec(unit)?.[1] ?? "";
  const system = scope === "system";
  const specifiers: Readonly<Record<string, string>> = {
    i: instance,
    I: instance,
    S: system ? "/var/lib" : userState(home ?? "~"),
    E: system ? "/etc" : config ?? "~/.config",
    t: system ? "/run" : `/run/user/${Deno.uid()}`,
    ...home === null ? {} : { h: system ? "/root" : home },
  };
  const split = (value: string): string[] => splitWords(value, (letter) => specifiers[letter]);
  const environment: Record<string, string> = {};
  for (const word of valuesOf(text, "Environment").flatMap(split)) {
    const equals = word.indexOf("=");
    if (equals > 0) environment[word.slice(0, equals)] = word.slice(equals + 1);
  }
  return { unit, words: split(valuesOf(text, "ExecStart").at(-1) ?? ""), environment };
}

/** A file of a service; of two folders with the same name the first counts, as for systemd. */
interface ServiceFile {
  readonly path: string;
  readonly name: string;
  readonly scope: Scope;
  readonly text: string;
  /** Content of the timer of the same name in the same folder; empty where there is none. */
  readonly timer: string;
}

function serviceFiles(folders: readonly UnitFolder[]): ServiceFile[] {
  const found = new Map<string, ServiceFile>();
  for (const { path: folder, scope } of folders) {
    for (const name of namesIn(folder)) {
      const key = `${scope} ${name}`;
      if (!name.endsWith(".service") || found.has(key)) continue;
      const path = `${folder}/${name}`;
      const timer = textOf(path.replace(/\.service$/, ".timer"));
      found.set(key, { path, name, scope, text: textOf(path), timer });
    }
  }
  return [...found.values()];
}

function read(
  { path, name, scope, text: own }: ServiceFile,
  folders: readonly UnitFolder[],
  user: UserFolders,
): FoundService {
  const text = namesIn(`${path}.d`).filter((each) => each.endsWith(".conf"))
    .reduce((all, each) => `${all}\n${textOf(`${path}.d/${each}`)}`, own);
  const stem = name.slice(0, -".service".length);
  const byTimer = valuesOf(text, "Type").at(-1) === "oneshot";
  const suffix = byTimer ? ".timer" : ".service";
  const template = stem.endsWith("@");
  const enabled = enabledIn(folders, scope).filter((unit) =>
    unit.endsWith(suffix) && (template ? unit.startsWith(stem) : unit === `${stem}${suffix}`)
  );
  const units = template
    ? enabled.map((unit) => `${unit.slice(0, -suffix.length)}.service`)
    : [name];
  const hasTimer = folders.some((each) =>
    each.scope === scope && namesIn(each.path).includes(`${stem}.timer`)
  );
  return {
    name,
    path,
    scope,
    mark: readMark(own),
    byTimer,
    hasTimer: byTimer ? hasTimer : null,
    commands: units.map((unit) => commandOf(unit, text, scope, user)),
    enabled,
  };
}

/** Finds the services that run tickerlock: written by it, or with its name in `ExecStart=`. */
export function findServices(folders: readonly UnitFolder[], user: UserFolders): FoundService[] {
  return serviceFiles(folders).filter(({ text }) =>
    readMark(text) !== "foreign" ||
    valuesOf(text, "ExecStart").some((start) => /\btickerlock\b/.test(start))
  ).map((file) => read(file, folders, user));
}

/** Has no command, and is not the empty file or link to nothing that masks a unit. */
function isGarbage(path: string): boolean {
  try {
    if (Deno.realPathSync(path) === "/dev/null") return false;
    const text = readWholeTextSync(path);
    return text.trim() !== "" && valuesOf(text, "ExecStart").length === 0;
  } catch (reason) {
    // A link that leads to nothing is no fault; a file that this user may not read is one.
    return !(reason instanceof Deno.errors.NotFound);
  }
}

/** Paths of services that should run tickerlock and whose files have no command. */
export function findUnreadable(folders: readonly UnitFolder[]): string[] {
  return serviceFiles(folders).filter(({ path, name, text, timer }) =>
    (name.startsWith("tickerlock") || readMark(timer) !== "foreign") &&
    // A marked one is a found service, with a command or without.
    readMark(text) === "foreign" && isGarbage(path)
  ).map(({ path }) => path);
}

/** The values of an option, such as `--file`, in a command line. */
export function optionValues(words: readonly string[], option: string): string[] {
  return words.flatMap((word, index) => {
    if (word === option) return words[index + 1] ?? [];
    return word.startsWith(`${option}=`) ? word.slice(option.length + 1) : [];
  });
}
