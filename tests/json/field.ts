/**
 * Kinds of fields of the documents that `--json` prints, each with what it means: the tests check by
 * them, and `docs/json.md` is generated from them.
 *
 * @module
 */
import * as v from "valibot";

/** A schema. */
export type Field = v.GenericSchema<unknown, unknown>;

/** Fields of an object, none left out and none more than these. */
export type Fields = Readonly<Record<string, Field>>;

function told(schema: Field, what: string): Field {
  return v.pipe(schema, v.description(what));
}

/** Text. */
export const text = (what: string): Field => told(v.string(), what);

/** A number; its unit is in the name of the field or in what it means. */
export const number = (what: string): Field => told(v.number(), what);

/** A whole number from 0 up. */
export const count = (what: string): Field =>
  told(v.pipe(v.number(), v.integer(), v.minValue(0)), what);

/** True or false. */
export const flag = (what: string): Field => told(v.boolean(), what);

/** One of some words. */
export const word = (words: readonly string[], what: string): Field =>
  told(v.picklist(words), what);

/** A moment. */
export const time = (what: string): Field =>
  told(
    v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)),
    what,
  );

/** A day. */
export const day = (what: string): Field =>
  told(v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d$/)), what);

/** Lower-case hex of 64 digits. */
export const sha256 = (what: string): Field =>
  told(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)), what);

/** An object of known fields. */
export const object = (what: string, fields: Fields): Field => told(v.strictObject(fields), what);

/** A list. */
export const list = (what: string, item: Field): Field => told(v.array(item), what);

/** How many of each, by name. */
export const counts = (what: string): Field => told(v.record(v.string(), v.number()), what);

/** Fields that differ from case to case. */
export const anything = (what: string): Field => told(v.record(v.string(), v.unknown()), what);

/** That, or null. */
export const orNull = (field: Field): Field =>
  told(v.nullable(field), v.getDescription(field) ?? "");

/** That, or nothing at all. */
export const mayBeMissing = (field: Field): Field =>
  told(v.optional(field), v.getDescription(field) ?? "");

/** One document. */
export interface Document {
  /** The command line. */
  readonly command: string;
  /** A sentence about it. */
  readonly what: string;
  readonly fields: Fields;
}
