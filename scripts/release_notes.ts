/**
 * Prints the part of CHANGELOG.md about the version of `deno.json`, and refuses a tag of another one.
 *
 *   release_notes.ts [TAG]
 * @module
 */
import config from "../deno.json" with { type: "json" };
import { ROOT } from "./project.ts";
import { script } from "./run.ts";

/**
 * The part of a changelog about one version.
 * @param changelog Text in the form of Keep a Changelog.
 * @throws {Error} Where there is none, it is empty, or it has no date yet.
 */
export function notesOf(changelog: string, version: string): string {
  const parts = changelog.split(/^(?=## \[)/m);
  const part = parts.find((text) => text.startsWith(`## [${version}]`));
  if (part === undefined) throw new Error(`CHANGELOG.md has nothing about ${version}`);
  const [head = "", ...rest] = part.split("\n");
  if (!/ - \d{4}-\d{2}-\d{2}$/.test(head)) {
    throw new Error(`CHANGELOG.md has no date for ${version} yet: ${head}`);
  }
  const notes = rest.join("\n").trim();
  if (notes === "") throw new Error(`CHANGELOG.md says nothing about ${version}`);
  return notes;
}

if (import.meta.main) {
  await script(async () => {
    const [tag = `v${config.version}`] = Deno.args;
    if (tag !== `v${config.version}`) {
      throw new Error(`the tag is ${tag}, and deno.json says ${config.version}`);
    }
    // deno-lint-ignore no-console
    console.log(notesOf(await Deno.readTextFile(`${ROOT}CHANGELOG.md`), config.version));
  });
}
