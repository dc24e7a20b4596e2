/**
 * What a line of a spill file must be; a file of its own, since the bundler keeps all of a library that is
 * imported as a whole later.
 * @module
 */
import * as v from "valibot";
import { type FinishedJob, JOB_COLUMNS, type JobColumn } from "../model/job.ts";

function schemaOf({ part, type, words }: JobColumn): v.GenericSchema {
  const base = words !== undefined
    ? v.picklist(words)
    : type.startsWith("text")
    ? v.string()
    : type.startsWith("count")
    ? v.pipe(v.number(), v.safeInteger(), v.minValue(0))
    : v.number();
  const known = type.endsWith("?") ? v.nullable(base) : base;
  // What an older program left out is NULL.
  return part === "end" && (type.endsWith("?") || type === "count") ? v.optional(known) : known;
}

function columnsOf(part: JobColumn["part"]): v.GenericSchema {
  const columns = JOB_COLUMNS.filter((column) => column.part === part);
  return v.object(Object.fromEntries(columns.map((column) => [column.key, schemaOf(column)])));
}

const LINE = v.object({ job: columnsOf("job"), end: columnsOf("end") });

/** A line, parsed as JSON, as a job; undefined where it is none. */
export function checkSpilled(value: unknown): FinishedJob | undefined {
  const parsed = v.safeParse(LINE, value);
  // The schema has just the columns that the type has.
  return parsed.success ? parsed.output as unknown as FinishedJob : undefined;
}
