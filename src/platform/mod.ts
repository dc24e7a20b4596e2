/**
 * What differs between Linux, macOS and Windows. Each function takes the system as its last argument
 * and this one by default, so that a test can ask for another; nobody else in the program asks which
 * system it runs on. See docs/platforms.md.
 *
 * @module
 */
export { errorName } from "./errors.ts";
export { canSyncFolder, fileNumber, type FileNumbers, hasFileModes, sameFile } from "./files.ts";
export { canReadLocked, lockNeedsRead } from "./locks.ts";
export { foldName, isReservedName, nameProblem } from "./names.ts";
export { CURRENT_OS, type Os, osName } from "./os.ts";
export {
  absolutePath,
  endsInSeparator,
  isAbsolute,
  joinPath,
  pathKey,
  type PathParts,
  pathProblem,
  splitPath,
  trimFolder,
} from "./paths.ts";
export { replaceFile, replaceFileSync, type ReplaceOptions } from "./replace.ts";
export {
  endProcess,
  hasCron,
  hasFileSystemNumbers,
  hasSystemd,
  schedulerName,
  showProcess,
  whoHasOpen,
} from "./services.ts";
export { fileLimitSignal, reloadSignal, stopSignals } from "./signals.ts";
