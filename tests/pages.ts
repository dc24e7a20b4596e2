/**
 * What tests of files and pages read of the project.
 *
 * @module
 */

const root = new URL("../", import.meta.url);

/** All files below a folder of the project, as paths from its root. */
export function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, root))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}${name}/`) : [`${folder}${name}`]
  ).sort();
}

/** The text of a file of the project. */
export function textOf(file: string): string {
  return Deno.readTextFileSync(new URL(file, root));
}

/** The rows of the first table below a heading, without its head, as trimmed cells. */
export function cellsBelow(page: string, heading: string): string[][] {
  const [, below = ""] = page.split(`\n${heading}\n`);
  const [table = ""] = /(^\|.*\n)+/m.exec(below) ?? [];
  return table.split("\n").slice(2).filter(Boolean).map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim())
  );
}
