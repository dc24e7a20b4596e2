/**
 * A folder as a real 0.1.0 left it: database, spill file, locks, exports, units, configuration and a
 * backup. `fixtures/README.md` has how it was made.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { assertEquals } from "../assert.ts";
import { type CaptureOptions, inProcess, type Outcome } from "../cli/in_process.ts";
import { copyFolder, makeTempFolder, projectPath, removeFolder } from "../paths.ts";

const FIXTURES = projectPath("tests/upgrade/fixtures/world");

/** Version of the program that the folder is of. */
export const OLD_VERSION = "0.1.0";

/** Schema version of its database. */
export const OLD_SCHEMA = 8;

/** Every row of a table by the text of its key. */
export type Rows = Map<string, Readonly<Record<string, unknown>>>;

/** All tables of a database. */
export type Tables = Map<string, Rows>;

/** Reads every row and every column of every table. */
export function readTables(path: string): Tables {
  using db = new DatabaseSync(path, { readOnly: true });
  const names = db.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  ).all().map(({ name }) => String(name));
  return new Map(names.map((table) => {
    const key = db.prepare(`SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk`)
      .all(table).map(({ name }) => String(name));
    const rows = db.prepare(`SELECT * FROM "${table}"`).all();
    return [table, new Map(rows.map((row) => [JSON.stringify(key.map((name) => row[name])), row]))];
  }));
}

/** Fails unless every row of `before` is in `after` with the same value in each of its columns. */
export function assertKept(before: Tables, after: Tables): void {
  for (const [table, rows] of before) {
    for (const [key, row] of rows) {
      const now = after.get(table)?.get(key) ?? {};
      const kept = Object.fromEntries(Object.keys(row).map((column) => [column, now[column]]));
      assertEquals(kept, { ...row }, `${table} ${key}`);
    }
  }
}

/** The folder. It is removed at the end of the block. */
export class OldWorld implements AsyncDisposable {
  readonly path: string;
  readonly db: string;
  readonly lockDir: string;

  private constructor(path: string) {
    this.path = path;
    this.db = `${path}/data/tickerlock.db`;
    this.lockDir = `${path}/locks`;
  }

  /** Makes one. */
  static async create(): Promise<OldWorld> {
    const world = new OldWorld(await makeTempFolder("tickerlock_old_world_"));
    await copyFolder(FIXTURES, world.path);
    const sql = `${world.db}.sql`;
    using db = new DatabaseSync(world.db);
    db.exec(await world.#unmarked(sql));
    await Deno.remove(sql);
    const spill = `${world.db}.spill.ndjson`;
    await Deno.writeTextFile(spill, await world.#unmarked(spill));
    for (const { name } of Deno.readDirSync(world.lockDir)) {
      const path = `${world.lockDir}/${name}`;
      const record = (await world.#unmarked(path)).trimEnd();
      // A block of 512 bytes, with a line's end.
      if (record !== "") await Deno.writeTextFile(path, `${record.padEnd(511)}\n`);
    }
    const backup = world.backup();
    const packed = await Deno.open(`${backup}.gz`);
    await Deno.writeFile(backup, packed.readable.pipeThrough(new DecompressionStream("gzip")));
    await Deno.remove(`${backup}.gz`);
    return world;
  }

  async #unmarked(path: string): Promise<string> {
    return (await Deno.readTextFile(path)).replaceAll("@folder@", this.path)
      .replaceAll("@host@", Deno.hostname());
  }

  /** Path of the backup. */
  backup(): string {
    const folder = `${this.path}/data/backups`;
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    return `${folder}/${
      names.find((name) => name.startsWith("tickerlock-"))?.replace(/\.db.*/, ".db")
    }`;
  }

  /** Runs this version in the folder, as 0.1.0 was run: with no option and no variable for its places. */
  run(args: readonly string[], options: CaptureOptions = {}): Promise<Outcome> {
    return inProcess(args, { cwd: this.path, ...options });
  }

  /** Runs it, and fails unless it ends so. @returns Its standard output. */
  async ends(
    code: number,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const { code: ended, stdout, stderr } = await this.run(args, { env });
    assertEquals(ended, code, `${args.join(" ")}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** As {@linkcode ends}, with `--json`. */
  async json(code: number, args: readonly string[]): Promise<Record<string, unknown>> {
    return JSON.parse(await this.ends(code, [...args, "--json"]));
  }

  /** All tables as they are. */
  tables(): Tables {
    return readTables(this.db);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.path);
  }
}
