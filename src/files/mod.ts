/** Files that are always whole: atomic writes, reads with a check, and locks around both. @module */
export { FileError, type FileErrorCode } from "./errors.ts";
export { DEFAULT_FILE_LOCK_TIMEOUT_SECONDS, type FileLockOptions } from "./lock.ts";
export { type LockedFile, withLockedFile, type WritableLockedFile } from "./locked_file.ts";
export { readJson, type ReadJsonOptions, type ReadOptions, readText } from "./read.ts";
export { type StageInfo, type Stages, stages } from "./stages.ts";
export {
  appendText,
  writeJson,
  type WriteJsonOptions,
  type WriteOptions,
  writeText,
} from "./write.ts";
