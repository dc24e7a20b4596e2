/**
 * DuckDB as a reader of Parquet that has nothing in common with the writer.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { projectPath } from "../paths.ts";

/** A row; whole numbers of 64 bits, days and times are text. */
export type DuckRow = Readonly<Record<string, unknown>>;

/** The rows that statements have, each in a database of nothing. */
export async function duckdb(...statements: readonly string[]): Promise<DuckRow[][]> {
  const rights = ["--no-prompt", "--allow-read", "--allow-ffi", "--allow-env", "--allow-sys"];
  const config = `--config=${projectPath("tests/duckdb/deno.json")}`;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", config, ...rights, projectPath("tests/duckdb/main.ts"), ...statements],
    stdin: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}
