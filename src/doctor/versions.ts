/**
 * Which versions are at work.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { VERSION } from "../base/version.ts";
import { error, type Finding, ok } from "./finding.ts";

/** `Deno.FsFile.tryLock` arrived there. */
const OLDEST_DENO = [2, 7] as const;

/** Versions, for people and programs. */
export interface Versions {
  readonly tickerlock: string;
  readonly deno: string;
  readonly v8: string;
  readonly sqlite: string;
  /** Operating system and processor. */
  readonly platform: string;
}

/** The versions of everything that this program consists of. */
export function versions(): Versions {
  const db = new DatabaseSync(":memory:");
  try {
    const sqlite = String(db.prepare("SELECT sqlite_version() AS version").get()?.version);
    const { deno, v8 } = Deno.version;
    const { os, arch } = Deno.build;
    return { tickerlock: VERSION, deno, v8, sqlite, platform: `${os} ${arch}` };
  } finally {
    db.close();
  }
}

/**
 * Whether they will do.
 *
 * @param found What is there.
 */
export function checkVersions(found: Versions): Finding[] {
  const { tickerlock, deno, sqlite, platform } = found;
  const [major = 0, minor = 0] = deno.split(".").map(Number);
  const [leastMajor, leastMinor] = OLDEST_DENO;
  const message = `tickerlock ${tickerlock}, Deno ${deno}, SQLite ${sqlite}, ${platform}`;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) {
    return [ok("versions", message)];
  }
  const oldest = OLDEST_DENO.join(".");
  return [error("versions", `${message}: Deno is older than ${oldest}`, "Update Deno.")];
}
