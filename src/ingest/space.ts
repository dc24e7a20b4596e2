/** A floor of free space, so that no run fills the disk of others. @module */
import { bytesText, isUrl } from "../base/text.ts";
import { freeBytes } from "../platform/files.ts";
import { splitPath } from "../platform/paths.ts";
import { StoreError } from "../store/errors.ts";
import type { RunContext } from "./context.ts";

/** Default of `IngestOptions.minFreeBytes`. */
export const MIN_FREE_BYTES = 512_000_000;

/** Why nothing more is to be written, on a disk that is nearly full; undefined where it is not. */
export function lowSpace(
  { store, dryRun, minFreeBytes }: Pick<RunContext, "store" | "dryRun" | "minFreeBytes">,
): StoreError | undefined {
  if (dryRun || minFreeBytes === 0 || store.name === ":memory:" || isUrl(store.name)) {
    return undefined;
  }
  const { folder } = splitPath(store.name);
  const free = freeBytes(folder);
  if (free === undefined || free >= minFreeBytes) return undefined;
  const message = `the disk of ${store.name} has ${bytesText(free)} left, and a run leaves ` +
    `${bytesText(minFreeBytes)} free: nothing more is written`;
  return new StoreError("disk_low", message, store.name, {
    hint: "Make room on that disk, or let it come closer to full with --min-free SIZE.",
    scope: "store",
    details: { freeBytes: free, minFreeBytes },
  });
}
