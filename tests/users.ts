/**
 * Acting as other users of the machine, in this process: root may, by seteuid(2).
 *
 * @module
 */
import process from "node:process";
import { loadParseCsv } from "../src/base/std.ts";
import { leaveOut } from "./installed.ts";
import { has, testNeeding } from "./system.ts";
import { makeTempFolder, removeFolder } from "./paths.ts";

/** Three users without an entry in the list of users, and a group of the first two. */
export const ANA = 20001;
export const BIA = 20002;
export const EVE = 20003;
export const TEAM = 20100;

/** Whether this process is root's, which may be others. */
export const IS_ROOT = has("modes") && Deno.uid() === 0;

/** How to act. */
export interface Acting {
  /** The group. Default the user's own, of the same number. */
  readonly gid?: number;
  /** The umask. Default 022. */
  readonly umask?: number;
}

/**
 * Does work as another user, and as root again afterwards. What it loads has to be loaded before: the
 * user cannot read Deno's cache.
 */
export async function as<T>(
  uid: number,
  work: () => T | Promise<T>,
  { gid = uid, umask = 0o022 }: Acting = {},
): Promise<T> {
  const before = Deno.umask(umask);
  process.setegid?.(gid);
  process.seteuid?.(uid);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    Deno.umask(before);
  }
}

async function loadAll(folder: URL): Promise<void> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) await loadAll(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts") && name !== "main.ts") await import(new URL(name, folder).href);
  }
}

async function loadProgram(): Promise<void> {
  await loadAll(new URL("../src/", import.meta.url));
  await loadParseCsv();
}

let loaded: Promise<void> | undefined;

/** A folder for a test as root, which all users may enter. */
class UsersFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<UsersFolder> {
    const path = await makeTempFolder("tickerlock_users_");
    Deno.chmodSync(path, 0o755);
    return new UsersFolder(path);
  }

  /** Makes a folder of a user's in it. @returns Its path. */
  make(name: string, uid: number, gid: number, mode: number): string {
    const path = `${this.path}/${name}`;
    Deno.mkdirSync(path);
    Deno.chownSync(path, uid, gid);
    Deno.chmodSync(path, mode);
    return path;
  }

  /** Writes a file of a user's. @returns Its path. */
  put(path: string, text: string, uid: number, mode = 0o600): string {
    Deno.writeTextFileSync(path, text);
    Deno.chownSync(path, uid, uid);
    Deno.chmodSync(path, mode);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.path);
  }
}

/** A test that needs root, in a folder of its own; left out, and told, where it is run by another. */
export function testAsRoot(
  name: string,
  work: (folder: UsersFolder) => void | Promise<void>,
): void {
  testNeeding("modes", name, async () => {
    if (!IS_ROOT) return leaveOut("only root can act as other users");
    await (loaded ??= loadProgram());
    await using folder = await UsersFolder.create();
    await work(folder);
  });
}

/** Owner, group and mode of what is at a path: `20001:20001 0600`. */
export function ownerOf(path: string): string {
  const { uid, gid, mode } = Deno.lstatSync(path);
  return `${uid}:${gid} ${((mode ?? 0) & 0o7777).toString(8).padStart(4, "0")}`;
}

/** Everything below a folder with its owner, sorted: `locks/PETR4.SA.lock 20001:20001 0600`. */
export function ownersBelow(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const line = `${prefix}${name} ${ownerOf(`${folder}/${name}`)}`;
    return isDirectory ? [line, ...ownersBelow(`${folder}/${name}`, `${prefix}${name}/`)] : [line];
  }).sort();
}
