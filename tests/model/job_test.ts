import {
  columnOf,
  JOB_COLUMNS,
  type JobEnd,
  type JobStart,
  LOG_COLUMNS,
  type LogRow,
} from "../../src/model/job.ts";
import { assertEquals } from "../assert.ts";

type ColumnOf<Key extends string> = Key extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${ColumnOf<Rest>}`
  : "";

/** What the properties of a job are as columns. */
type Derived =
  & { [Key in keyof JobStart as ColumnOf<Key>]: JobStart[Key] }
  & {
    [Key in keyof JobEnd as ColumnOf<Key>]-?: Exclude<JobEnd[Key], undefined>;
  };

type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : false : false;

Deno.test("a row of the log has the columns of a job, and no other", () => {
  // Refused by the compiler where a column is missing on one side, or too many.
  const same: Same<
    Omit<LogRow, "id" | "status" | "finished_at" | "attempts" | "duration_ms">,
    Omit<Derived, "status" | "finished_at" | "attempts" | "duration_ms">
  > = true;
  assertEquals([same, LOG_COLUMNS.length], [true, new Set(LOG_COLUMNS).size]);
  assertEquals<string[]>([...LOG_COLUMNS], ["id", ...JOB_COLUMNS.map(({ key }) => columnOf(key))]);
});
