/** Owners and rights, set on a descriptor proved to be the file made: others may rename. @module */
import { shellWord } from "../base/text.ts";
import { type FileNumbers, hasFileModes, lstatIfThere, statIfThere } from "./files.ts";
import { splitPath, trimFolder } from "./paths.ts";

/** Permission bits of a new file: what is written may be private. */
export const NEW_FILE_MODE = 0o600;

const GROUP_FILE_MODE = 0o660;

/** Permission bits of a new folder. */
export const NEW_FOLDER_MODE = 0o700;

const ROOT = 0;
const SET_GID = 0o2000;
const STICKY = 0o1000;
const GROUP_WRITES = 0o020;
const GROUP_BITS = 0o070;
const OTHERS_WRITE = 0o002;
const PERMISSIONS = 0o777;

/** Leaves an owner or a group as it is: (uid_t) -1 of chown(2). */
const NO_ID = 0xffff_ffff;

/** Owner and group; null where a system has none. */
export type Owner = Pick<Deno.FileInfo, "uid" | "gid">;

/** What tells who may put files into a folder. */
type FolderFacts = Owner & Pick<Deno.FileInfo, "mode">;

/** A path could lead, or leads, to another user's file: what it is, and the remedy. */
export class UnsafeFileError extends Error {
  override readonly name = "UnsafeFileError";
  readonly fix: string;

  /** @param message The end of a sentence about the file: `it is a symbolic link`. */
  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}

/** The user of this process; null where it may not be told, or files have no owners. */
export function thisUser(): number | null {
  if (!hasFileModes()) return null;
  // Without the right, the runtime would prompt for it.
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "uid" });
  return state === "granted" ? process.geteuid?.() ?? null : null;
}

// O_NOFOLLOW alone does not do: Deno follows links before it opens a path (2.7 and 2.9).
function onDescriptor(
  path: string,
  made: FileNumbers,
  work: (node: typeof import("node:fs"), fd: number) => void,
): void {
  const node = process.getBuiltinModule("node:fs");
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = node.constants;
  const fd = node.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const { dev, ino } = node.fstatSync(fd);
    if (dev !== made.dev || ino !== made.ino) throw new Error(`${path} is another file now`);
    work(node, fd);
  } finally {
    node.closeSync(fd);
  }
}

/** Sets the mode of the file or folder that was made at a path; never of another in its place. */
export function setMode(path: string, made: FileNumbers, mode: number): void {
  onDescriptor(path, made, ({ fchmodSync }, fd) => fchmodSync(fd, mode));
}

/** Sets its owner and group, as {@linkcode setMode} its mode; null leaves one as it is. */
export function setOwner(path: string, made: FileNumbers, { uid, gid }: Owner): void {
  onDescriptor(path, made, ({ fchownSync }, fd) => fchownSync(fd, uid ?? NO_ID, gid ?? NO_ID));
}

/** The owner of what root makes in another user's folder: that user. Undefined for all else. */
export function heirOf(made: Owner, folder: Owner): Owner | undefined {
  return made.uid === ROOT && folder.uid !== ROOT && folder.uid !== null ? folder : undefined;
}

/** Gives what was made at a path to {@linkcode heirOf} its folder, as far as this process may. */
export function giveToHeir(path: string, made: Deno.FileInfo): void {
  if (made.uid !== ROOT) return;
  try {
    const heir = heirOf(made, Deno.statSync(splitPath(trimFolder(path)).folder));
    if (heir !== undefined) setOwner(path, made, heir);
  } catch {
    // A service of root's without the right to give files away: they stay root's.
  }
}

/** A file's owner, group and mode for one that takes its place, as far as this process may. */
export function likenTo(path: string, made: Deno.FileInfo, old: Deno.FileInfo): void {
  if (!hasFileModes()) return;
  const kept = keepOwner(made, old, (owner) => setOwner(path, made, owner));
  setMode(path, made, keptMode(old.mode ?? NEW_FILE_MODE, kept));
}

type SetOwner = (owner: Owner) => void;

function isTaken(set: SetOwner, owner: Owner): boolean {
  try {
    set(owner);
    return true;
  } catch {
    return false;
  }
}

/** Gives a file the wanted owner and group, or the group alone. @returns Whether it has the wanted group. */
export function keepOwner(made: Owner, wanted: Owner, set: SetOwner): boolean {
  if (wanted.uid === made.uid && wanted.gid === made.gid) return true;
  return isTaken(set, wanted) || wanted.gid === made.gid ||
    isTaken(set, { uid: null, gid: wanted.gid });
}

/** A mode for a file whose group was not kept: its rights must not pass on to another group. */
export function keptMode(mode: number, groupKept: boolean): number {
  return mode & PERMISSIONS & (groupKept ? PERMISSIONS : ~GROUP_BITS);
}

/** Whether a group is a user's own, as on most Linux systems: the same number, and no other member. */
function isPrivateGroup(gid: number | null, uid: number | null): boolean {
  if (gid === null || gid !== uid) return false;
  try {
    const users = Deno.readTextFileSync("/etc/passwd").split("\n").map((line) => line.split(":"));
    const group = Deno.readTextFileSync("/etc/group").split("\n").map((line) => line.split(":"))
      .find(([, , number]) => number === `${gid}`);
    const own = users.find(([, , number]) => number === `${uid}`)?.[0];
    const members = (group?.[3] ?? "").split(",").filter((name) => name !== "");
    return members.every((name) => name === own) &&
      users.every(([name, , , primary]) => primary !== `${gid}` || name === own);
  } catch {
    return false;
  }
}

function isShared({ mode, uid, gid }: FolderFacts): boolean {
  if (mode === null || !hasFileModes()) return false;
  if ((mode & OTHERS_WRITE) !== 0) return true;
  return (mode & GROUP_WRITES) !== 0 && gid !== ROOT && !isPrivateGroup(gid, uid);
}

/** Whether the group may write a file, or put files into a folder. */
export function isOfGroup({ mode }: FolderFacts): boolean {
  return hasFileModes() && ((mode ?? 0) & GROUP_WRITES) !== 0;
}

/** Whether others could replace a file in a folder; in a sticky one of root's only its owner could. */
export function othersMayReplace(folder: FolderFacts, me: number | null, file?: Owner): boolean {
  if (!isShared(folder)) return false;
  const isSticky = ((folder.mode ?? 0) & STICKY) !== 0 && [ROOT, me].includes(folder.uid);
  return !isSticky || (file !== undefined && file.uid !== me && file.uid !== ROOT);
}

/** Gives a new file to the group of a group's folder, so that all agree whatever their umask is. */
export function share(path: string, made: Deno.FileInfo): void {
  try {
    const folder = Deno.statSync(splitPath(path).folder);
    if (!isOfGroup(folder)) return;
    if (heirOf(made, folder) === undefined && made.gid !== folder.gid) {
      keepOwner(made, { uid: made.uid, gid: folder.gid }, (owner) => setOwner(path, made, owner));
    }
    setMode(path, made, GROUP_FILE_MODE);
  } catch {
    // The folder is gone, or the file is another's already: its next user shares it.
  }
}

/** The mode of a folder as chmod(1) takes it: `2770`. */
export function modeText({ mode }: FolderFacts): string {
  return ((mode ?? 0) & 0o7777).toString(8).padStart(4, "0");
}

/** The error of a folder in which others may replace files. */
export function sharedFolder(path: string, folder: FolderFacts, isRoot: boolean): UnsafeFileError {
  const message = `other users may write in its folder ${path} (mode ${modeText(folder)})`;
  const take = `ake that right from them (chmod go-w ${shellWord(path)})`;
  if (!isRoot) return new UnsafeFileError(message, `T${take}`);
  const as = folder.uid === ROOT ? "T" : `Run as its owner (sudo -u '#${folder.uid}'), or t`;
  const why = ", and root writes no file that they could replace meanwhile";
  return new UnsafeFileError(message + why, as + take);
}

/** Refuses to write where others could replace what root has made before it has its name. */
export function refuseAsRoot(path: string, made: Owner, old: Owner | undefined): void {
  if (made.uid !== ROOT) return;
  const { folder } = splitPath(path);
  const facts = Deno.statSync(folder);
  if (othersMayReplace(facts, ROOT, old)) throw sharedFolder(folder, facts, true);
}

/** Refuses to have root follow another user's link to what is not that user's. */
export function refuseForeignLink(path: string, link: Owner, target: string): void {
  if (link.uid === ROOT || thisUser() !== ROOT) return;
  const found = lstatIfThere(target) ?? lstatIfThere(splitPath(target).folder);
  if (found === undefined || found.uid === link.uid) return;
  throw new UnsafeFileError(
    `${path} is a symbolic link of user ${link.uid} to what belongs to user ${found.uid}`,
    `Name the file itself (${target}), if it is meant`,
  );
}

/** Follows a link to the file that is to be replaced. @throws {UnsafeFileError} Where it leads to nothing. */
export function behindLink(path: string): string {
  const link = lstatIfThere(path);
  if (link?.isSymlink !== true) return path;
  let target: string;
  try {
    target = Deno.realPathSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const message = `${path} is a symbolic link that leads to nothing`;
    throw new UnsafeFileError(message, "Name the file itself, or remove the link");
  }
  refuseForeignLink(path, link, target);
  return target;
}

/** Makes a folder, by root for the owner of the one above. @returns False where there is a folder already. */
export function makeFolder(path: string, mode: number = NEW_FOLDER_MODE): boolean {
  try {
    Deno.mkdirSync(path, { mode });
  } catch (error) {
    const isThere = error instanceof Deno.errors.AlreadyExists && Deno.statSync(path).isDirectory;
    if (isThere) return false;
    throw error;
  }
  const made = hasFileModes() ? lstatIfThere(path) : undefined;
  if (made === undefined || !made.isDirectory) return true;
  giveToHeir(path, made);
  const bits = (mode & GROUP_WRITES) === 0 ? mode : mode | SET_GID;
  if (((made.mode ?? 0) & bits) !== bits) setMode(path, made, bits);
  return true;
}

/** Permission bits of a new folder: for the group in a set-group-id folder that its group may write to. */
export function newFolderMode(path: string): number {
  const above = statIfThere(splitPath(trimFolder(path)).folder);
  const isForGroup = above !== undefined && isOfGroup(above) && ((above.mode ?? 0) & SET_GID) !== 0;
  return isForGroup ? NEW_FOLDER_MODE | GROUP_BITS : NEW_FOLDER_MODE;
}

/** Makes a folder, and those above it that are missing, as {@linkcode makeFolder} does. */
export function makeFolders(path: string, mode: number = NEW_FOLDER_MODE): void {
  try {
    if (Deno.statSync(path).isDirectory) return;
  } catch {
    // Making it tells what is wrong.
  }
  try {
    makeFolder(path, mode);
  } catch (error) {
    const { folder } = splitPath(trimFolder(path));
    if (!(error instanceof Deno.errors.NotFound) || folder === path) throw error;
    makeFolders(folder, mode);
    makeFolder(path, mode);
  }
}
