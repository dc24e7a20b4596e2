/** Removing unit files that `install` has written, told by their mark, and no others. @module */
import { UsageError } from "../base/errors.ts";
import { lstatIfThere } from "../platform/files.ts";
import { readWholeTextSync } from "../platform/read_whole.ts";
import { readMark } from "./edit_mark.ts";
import type { Scope } from "./hardening.ts";
import { keep, unusable, type WrittenUnit } from "./install.ts";
import { enabledIn } from "./read.ts";

interface Removal {
  readonly folder: string;
  readonly written: readonly string[];
  readonly edited: readonly string[];
  /** Units among them, with instances, that are enabled. */
  readonly enabled: readonly string[];
  /** Paths that belong to them and are a person's: drop-ins, and copies of edited units. */
  readonly left: readonly string[];
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw unusable(folder, "read", error);
  }
}

/** `tickerlock@.timer` of `tickerlock@brazil.timer`; any other name as it is. */
function templateOf(name: string): string {
  return name.replace(/@.+(?=\.\w+$)/, "@");
}

/** Looks for the units of a folder. @throws {TickerlockError} `unit_permission`, `unit_io`. */
export function planUninstall(
  folder: string,
  scope: Scope,
  isWanted: (name: string) => boolean,
): Removal {
  const all = namesIn(folder);
  const written: string[] = [];
  const edited: string[] = [];
  for (const name of all) {
    if (!/\.(service|timer)$/.test(name) || !isWanted(name)) continue;
    const path = `${folder}/${name}`;
    try {
      // A link masks a unit, or was put there by hand.
      if (lstatIfThere(path)?.isFile !== true) continue;
      const mark = readMark(readWholeTextSync(path));
      if (mark !== "foreign") (mark === "edited" ? edited : written).push(name);
    } catch (error) {
      throw unusable(path, "read", error);
    }
  }
  const found = new Set([...written, ...edited]);
  const isOfThem = (name: string): boolean => found.has(name) || found.has(templateOf(name));
  return {
    folder,
    written,
    edited,
    enabled: enabledIn([{ path: folder, scope }], scope).filter(isOfThem),
    left: all.filter((name) => isOfThem(name.replace(/(\.d|\.~\d+~)$/, "")) && !found.has(name))
      .map((name) => `${folder}/${name}`),
  };
}

/** Refuses what would leave systemd with an enabled unit, or lose an edit. @throws {UsageError} */
export function checkRemoval(
  { folder, edited, enabled }: Removal,
  scope: Scope,
  force: boolean,
): void {
  if (enabled.length > 0) {
    const names = enabled.join(" ");
    throw new UsageError("unit_enabled", `still enabled in ${folder}: ${names}`, {
      hint: `First: systemctl ${scope === "user" ? "--user " : ""}disable --now ${names}`,
      details: { enabled },
    });
  }
  if (force || edited.length === 0) return;
  const paths = edited.map((name) => `${folder}/${name}`);
  throw new UsageError("unit_changed", `would remove ${paths.join(", ")} (edited by hand)`, {
    hint: "Use --force, which keeps a copy beside; nothing was removed.",
    details: { paths },
  });
}

/** Removes units, timers first: none starts a service that is gone. Edited ones are kept. */
export async function uninstall({ folder, written, edited }: Removal): Promise<WrittenUnit[]> {
  const removed: WrittenUnit[] = [];
  const isTimer = (name: string): number => name.endsWith(".timer") ? 0 : 1;
  for (const name of [...written, ...edited].sort((a, b) => isTimer(a) - isTimer(b))) {
    const path = `${folder}/${name}`;
    const kept = edited.includes(name) ? await keep(path) : null;
    try {
      await Deno.remove(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw unusable(path, "remove", error);
    }
    removed.push({ path, kept });
  }
  return removed;
}
