/**
 * The logger of this folder, loaded when it is needed: a log costs more to load than all the rest of a
 * lock. By a module of its own, because what is loaded as a whole package comes with all of it: the
 * bundle of the executable would then hold LogTape entire for every command.
 *
 * @module
 */
export { getLogger } from "@logtape/logtape";
