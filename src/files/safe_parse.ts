/**
 * valibot, as far as a reader of files needs it, to be loaded when it is needed. By a module of its own,
 * because what is loaded as a whole package comes with all of it: the bundle of the executable would
 * then hold valibot entire, four times as much as is used.
 *
 * @module
 */
export { safeParse } from "valibot";
