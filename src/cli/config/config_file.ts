/** Reads a configuration file: JSON, with the keys of {@linkcode CONFIG_KEYS}. @module */
import { isUrl, shownValue } from "../../base/text.ts";
import { closest } from "../../base/closest.ts";
import { messageOf, TickerlockError, UsageError } from "../../base/errors.ts";
import { decodeJson } from "../../files/json.ts";
import { hasFileModes } from "../../platform/files.ts";
import { readWholeSync } from "../../platform/read_whole.ts";
import { isAbsolute, joinPath, splitPath } from "../../platform/paths.ts";
import type { SourceNetwork } from "../../sources/network.ts";
import { explain } from "../../platform/refusals.ts";
import { SOURCE_NAMES } from "../../sources/registry.ts";
import type { Source } from "../../sources/source.ts";
import { networkSettings } from "../args/network.ts";
import { parseInFile } from "../args/parse.ts";
import { configKey, type Setting } from "../args/setting.ts";
import {
  badConfig,
  type Configuration,
  type Keys,
  placeIn,
  type ServiceValues,
} from "./configuration.ts";
import { CONFIG_KEYS } from "./settings.ts";

/** What is set of a service by variables, under its keys in the file. */
export const SERVICE_KINDS: ReadonlyMap<string, keyof SourceNetwork["environment"]> = new Map([
  ["base_url", "baseUrl"],
  ["user_agent", "userAgent"],
  ["cookie", "cookie"],
]);

const SERVICE_KEYS = ["rate", ...SERVICE_KINDS.keys()];

/** A key that stands twice in an object: `JSON.parse` takes the last without a word. */
function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, key] of text.matchAll(KEYS)) {
    const keys = open.at(-1);
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (key !== undefined && keys?.has(key)) return key;
    else if (key !== undefined) keys?.add(key);
  }
  return undefined;
}

const KEYS = /"((?:[^"\\]|\\.)*)"\s*:|"(?:[^"\\]|\\.)*"|[{}]/g;
const ANOTHER = "name another file with --config, or none with --no-config";

/** How a file is read. */
export interface ReadOptions {
  readonly isNamed: boolean;
  readonly home: string | undefined;
}

type Content = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Content {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasCredentials(value: unknown): boolean {
  return typeof value === "string" && /^[a-z]+:\/\/[^/?#]*@/i.test(value);
}

class ConfigFile implements Configuration {
  readonly path: string;
  readonly isNamed: boolean;
  readonly content: Content;
  readonly #home: string | undefined;

  constructor(path: string, bytes: Uint8Array, { isNamed, home }: ReadOptions) {
    this.path = path;
    this.isNamed = isNamed;
    this.#home = home;
    const value = decodeJson(path, bytes);
    if (!isObject(value)) {
      const what = `${shownValue(value)} is not an object in { }`;
      throw badConfig(path, [], what, "Write an object in { }.");
    }
    const again = repeatedKey(new TextDecoder().decode(bytes));
    if (again !== undefined) {
      throw badConfig(path, [again], "stands there twice", "Keep one of the two.");
    }
    this.content = value;
    this.#checkKeys(value, CONFIG_KEYS);
    this.#checkSources();
    this.#checkReceivers(value);
  }

  /** Refuses a key that is none. The value is not shown: it may be a secret. */
  #checkKeys(content: Content, known: readonly string[], ...above: readonly string[]): void {
    const key = Object.keys(content).find((each) => !known.includes(each));
    if (key === undefined) return;
    const near = closest(key, known);
    const hint = near === undefined
      ? `Leave it out, or write one of: ${known.join(", ")}.`
      : `Did you mean ${near}?`;
    throw badConfig(this.path, [...above, key], "unknown key", hint);
  }

  #checkSources(): void {
    const { sources } = this.content;
    if (sources === undefined) return;
    const check = (value: unknown, known: readonly string[], ...keys: string[]): Content => {
      if (!isObject(value)) {
        const hint = `Write an object with: ${known.join(", ")}.`;
        throw badConfig(this.path, keys, "the value is not an object in { }", hint);
      }
      this.#checkKeys(value, known, ...keys);
      return value;
    };
    for (const [name, each] of Object.entries(check(sources, SOURCE_NAMES, "sources"))) {
      const { cookie, base_url: baseUrl } = check(each, SERVICE_KEYS, "sources", name);
      if (cookie !== undefined) this.#checkPrivate(`sources.${name}.cookie`);
      if (hasCredentials(baseUrl)) this.#checkPrivate(`sources.${name}.base_url`);
    }
  }

  #checkReceivers({ tasks }: Content): void {
    const check = ({ notify }: Content, place: string): void => {
      if (notify !== undefined && notify !== "none") this.#checkPrivate(place);
    };
    check(this.content, "notify");
    const all: readonly unknown[] = Array.isArray(tasks) ? tasks : [];
    for (const [at, task] of all.entries()) if (isObject(task)) check(task, `tasks[${at}].notify`);
  }

  /** Refuses a secret in a file that others may read, as ssh does with a key. */
  #checkPrivate(place: string): void {
    if (!hasFileModes()) return;
    const mode = (Deno.statSync(this.path).mode ?? 0) & 0o777;
    if ((mode & 0o077) === 0) return;
    const shown = mode.toString(8).padStart(4, "0");
    throw new UsageError(
      "config_not_private",
      `${this.path}: ${place}: a secret, and others may open the file (mode ${shown})`,
      { hint: `chmod 600 ${this.path}`, details: { file: this.path, path: place, mode: shown } },
    );
  }

  #textOf(value: unknown, ...keys: readonly string[]): string {
    if (["string", "number", "boolean"].includes(typeof value)) return String(value);
    // Of a service it may be a secret.
    const isSecret = keys[0] === "sources" || keys[0] === "notify";
    const shown = isSecret ? "the value" : shownValue(value);
    const what = `${shown} is neither a text, a number, nor true or false`;
    const hint = "Write one value, or leave the key out for the default.";
    throw badConfig(this.path, keys, what, hint);
  }

  get(setting: Setting<unknown>): { readonly name: string; readonly text: string } | undefined {
    const key = configKey(setting);
    const value = this.content[key];
    if (setting.config !== true || value === undefined) return undefined;
    const name = placeIn(this.path, [key]);
    if (!/^(PATH|DIR)$/.test(setting.value ?? "")) return { name, text: this.#textOf(value, key) };
    if (typeof value === "string") return { name, text: this.pathOf(value, name) };
    const what = `${shownValue(value)} is no path`;
    throw badConfig(this.path, [key], what, "Write a path in quotes.");
  }

  pathOf(text: string, place: string): string {
    const [, below] = /^~\/+(.*)$/s.exec(text) ?? [];
    if (below !== undefined) {
      if (this.#home) return joinPath(this.#home, below);
      const what = `${shownValue(text)} counts from HOME, which is not set`;
      throw new UsageError("bad_config", `${place}: ${what}`, { hint: "Write the path in full." });
    }
    const { folder } = splitPath(this.path);
    // What is no path of a file stays, to be refused as what it is.
    const isRelative = text !== "" && !isAbsolute(text) && !isUrl(text) &&
      !/^(:memory:|file:)/.test(text);
    return isRelative && folder !== "." ? joinPath(folder, text) : text;
  }

  service({ name, network }: Source): ServiceValues {
    const { sources } = this.content;
    const own = isObject(sources) ? sources[name] : undefined;
    if (!isObject(own)) return {};
    const values: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(own)) {
      const keys = ["sources", name, key];
      const kind = SERVICE_KINDS.get(key) ?? "rate";
      if (network === undefined || (kind !== "rate" && network.environment[kind] === undefined)) {
        throw badConfig(this.path, keys, `source ${name} has no such setting`, "Leave it out.");
      }
      const text = this.#textOf(value, ...keys);
      values[kind] = kind === "rate"
        ? parseInFile(networkSettings.rate, { name: placeIn(this.path, keys), text })
        : this.#header(kind, text, keys);
    }
    return values;
  }

  /** Checks an address or a header without showing it: it may be a secret. */
  #header(kind: string, text: string, keys: Keys): string {
    if (kind !== "baseUrl") {
      if (/^[\x20-\x7e]+$/.test(text)) return text;
      const hint = "Use one line of printable ASCII characters.";
      throw badConfig(this.path, keys, "cannot be sent as a header", hint);
    }
    if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
    const hint = 'Write for example "https://example.com".';
    throw badConfig(this.path, keys, "is no http or https URL", hint);
  }
}

/** Reads a configuration file. @throws {UsageError} `bad_config`, `config_not_private`. */
export function readConfiguration(path: string, options: ReadOptions): Configuration {
  try {
    return new ConfigFile(path, readWholeSync(path, true), options);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const isOurs = error instanceof TickerlockError;
    const { why, hint } = explain(error, path, "read", ANOTHER);
    const message = isOurs
      ? `the configuration ${messageOf(error)}`
      : `the configuration ${path} cannot be read: ${why}`;
    throw new UsageError("bad_config", message, {
      hint: isOurs ? "Correct the file at that place, or do without it: --no-config." : hint,
      cause: error,
      details: { file: path },
    });
  }
}
