import { describeHolders } from "../../lock/holder.ts";
import { listLocks } from "../../lock/mod.ts";
import { exists, isFolder } from "../../platform/files.ts";
import { StoreError } from "../errors.ts";
import type { AdoptedFolder } from "../store.ts";
import { writer } from "./connection/writer.ts";
import { OwnLockFolder } from "./tables/lock_folders.ts";

function refuseHeld(path: string, lockDir: string): void {
  const held = isFolder(lockDir)
    ? listLocks({ lockDir }).filter(({ state }) => state !== "free")
    : [];
  if (held.length === 0) return;
  const are = held.every(({ state }) => state === "held") ? "are" : "may be";
  const message = `locks of ${path} ${are} held in ${lockDir}: ${describeHolders(held)}`;
  throw new StoreError("db_in_use", message, path, {
    hint: "Let these runs finish or stop them, then try again; nothing was changed.",
  });
}

/** Makes a folder that of this machine's runs. @throws {StoreError} `db_not_found`, `db_in_use`. */
export async function adoptLockFolder(path: string, lockDir: string): Promise<AdoptedFolder> {
  if (!exists(path)) {
    throw new StoreError("db_not_found", `there is no database ${path}`, path, {
      hint: "Name another with --db. A new one remembers the lock folder of its first run.",
    });
  }
  // One that cannot be looked at must not be remembered.
  listLocks({ lockDir });
  const own = new OwnLockFolder(lockDir);
  using db = await writer(path);
  return await db.transaction("change the lock folder of", () => {
    const { folder, isOther } = own.remembered(db);
    // A run locks before it claims. One of the folder before is seen here, or claims after this
    // transaction and is refused.
    if (folder !== null && isOther) refuseHeld(path, folder.path);
    return { ...own.remember(db, true), previous: folder };
  });
}
