/**
 * Asks DuckDB: `main.ts SQL...` prints the rows of each statement as JSON, one array in all.
 *
 * A project of its own, since its packages are 140 MB, which who runs the program would fetch as well.
 *
 * @module
 */

/** What is used of the package. */
interface DuckDb {
  readonly DuckDBInstance: {
    create(path: string): Promise<{
      connect(): Promise<{
        runAndReadAll(sql: string): Promise<{ getRowObjectsJson(): unknown[] }>;
      }>;
    }>;
  };
}

// Not in the import map of the whole project.
const name: string = "@duckdb/node-api";
const { DuckDBInstance }: DuckDb = await import(name);
const connection = await (await DuckDBInstance.create(":memory:")).connect();
const results: unknown[] = [];
for (const sql of Deno.args) {
  results.push((await connection.runAndReadAll(sql)).getRowObjectsJson());
}
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(results)));
