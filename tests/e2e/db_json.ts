/**
 * What `tickerlock db … --json` prints.
 *
 * @module
 */
import * as v from "valibot";
import { dbJson } from "./db_tools.ts";
import type { Workspace } from "./workspace.ts";

const text = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const time = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** What each command prints with `--json`: these fields and no other. */
const SCHEMAS = {
  info: v.strictObject({
    path: text,
    size_bytes: count,
    wal_bytes: count,
    page_size: count,
    pages: count,
    free_pages: count,
    schema_version: count,
    sqlite_version: text,
    journal_mode: v.literal("wal"),
    rows: v.record(text, count),
    prices: v.array(
      v.strictObject({ source: text, tickers: count, first_date: text, last_date: text }),
    ),
    last_success_at: v.nullable(time),
    last_backup: v.nullable(v.strictObject({ path: text, made_at: time })),
    migration_backups: v.array(
      v.strictObject({ path: text, made_at: time, before_version: count }),
    ),
    spill: v.nullable(v.strictObject({ path: text, rows: count, bytes: count })),
    compacted_pages: v.optional(count),
  }),
  verify: v.strictObject({
    path: text,
    ok: v.boolean(),
    checks: v.array(text),
    findings: v.array(
      v.strictObject({
        check: text,
        level: v.picklist(["error", "warning"]),
        message: text,
        hint: text,
        code: v.optional(text),
      }),
    ),
  }),
  backup: v.strictObject({
    db: text,
    path: text,
    sha256,
    bytes: count,
    pages: count,
    removed: v.array(text),
  }),
  restore: v.strictObject({
    db: text,
    file: text,
    replaced: v.nullable(text),
    checks: v.strictObject({
      integrity: v.literal("integrity_check"),
      sha256: v.picklist(["matched", "none"]),
    }),
  }),
  migrate: v.strictObject({
    db: text,
    done: v.array(
      v.strictObject({
        version: count,
        direction: v.picklist(["up", "down"]),
        backup: v.nullable(text),
      }),
    ),
  }),
  status: v.strictObject({
    db: text,
    migrations: v.array(
      v.strictObject({ version: count, name: text, applied_at: v.nullable(time) }),
    ),
  }),
} as const;

/** Runs `tickerlock db … --json`. Fails unless the document is of its schema. */
export async function jsonOf<K extends keyof typeof SCHEMAS>(
  space: Workspace,
  kind: K,
  args: readonly string[],
  code = 0,
): Promise<v.InferOutput<(typeof SCHEMAS)[K]>> {
  return v.parse(SCHEMAS[kind], await dbJson(space, args, code));
}
