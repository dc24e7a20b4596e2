/**
 * Another version of the program, from a copy of its source: one release on, with a migration of its
 * own where that is wanted.
 *
 * @module
 */
import { VERSION } from "../../src/base/version.ts";
import { MIGRATIONS } from "../../src/store/sqlite/migrations/mod.ts";
import { assert } from "../assert.ts";
import { projectPath, sourceCommand } from "../e2e/program.ts";
import { copyFolder, makeTempFolder, removeFolder } from "../paths.ts";

/** Version of the program that {@linkcode OtherVersion} is. */
export const OTHER_VERSION = "99.0.0";

async function change(path: string, from: string, to: string): Promise<void> {
  const text = await Deno.readTextFile(path);
  assert(text.split(from).length === 2, `${from} is not in ${path} once`);
  await Deno.writeTextFile(path, text.replace(from, () => to));
}

/** A migration as a line of `migrations/mod.ts`. */
async function migrationLine(version: number): Promise<string> {
  const sql = "CREATE TABLE of_the_future (id INTEGER PRIMARY KEY) STRICT;\n";
  const bytes = new TextEncoder().encode(sql);
  const checksum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  const down = "DROP TABLE of_the_future;\n";
  return JSON.stringify({ version, name: "of_the_future", sql, checksum, down });
}

/** The other version. It is removed at the end of the block. */
export class OtherVersion implements AsyncDisposable {
  /** How to run it, with the rights of the task. */
  readonly command: readonly string[];
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.command = [...sourceCommand().slice(0, -1), `${folder}/src/main.ts`];
  }

  /** @param hasMigration Whether its schema is newer as well. */
  static async create(hasMigration: boolean): Promise<OtherVersion> {
    const folder = await makeTempFolder("tickerlock_other_version_");
    await copyFolder(projectPath("src"), `${folder}/src`);
    for (const name of ["deno.json", "deno.lock"]) {
      await Deno.copyFile(projectPath(name), `${folder}/${name}`);
    }
    await change(`${folder}/src/base/version.ts`, `"${VERSION}"`, `"${OTHER_VERSION}"`);
    if (hasMigration) {
      const added = await migrationLine(MIGRATIONS.length + 1);
      await change(`${folder}/src/store/sqlite/migrations/mod.ts`, "},\n];", `},\n  ${added},\n];`);
    }
    return new OtherVersion(folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.#folder);
  }
}
