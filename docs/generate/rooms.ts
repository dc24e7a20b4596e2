/**
 * The counts in the table of rooms of `docs/architecture.md`.
 *
 * @module
 */

const SRC = new URL("../../src/", import.meta.url);

/** Files and lines of a folder, with all below it. */
export interface Count {
  readonly files: number;
  readonly lines: number;
}

/**
 * Counts a folder.
 *
 * @param folder Below `src/`, with a slash at its end; the empty string is all of it.
 */
export async function countOf(folder: string): Promise<Count> {
  let [files, lines] = [0, 0];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, SRC))) {
    const path = `${folder}${name}`;
    if (isDirectory) {
      const below = await countOf(`${path}/`);
      files += below.files;
      lines += below.lines;
    } else {
      files++;
      lines += (await Deno.readTextFile(new URL(path, SRC))).split("\n").length - 1;
    }
  }
  return { files, lines };
}

/** A count as its two cells: lines to the next hundred, so that small changes leave the page alone. */
function cells({ files, lines }: Count): string {
  return `${files} | ${(Math.ceil(lines / 100) * 100).toLocaleString("en-US")}`;
}

/**
 * Writes the counts of all rooms anew.
 *
 * @param page Text of `docs/architecture.md`, whose table begins each row with a room, its files and
 * its lines; the row `all` is the whole of `src/`.
 */
export async function withCounts(page: string): Promise<string> {
  const [head = "", rest = ""] = page.split(/(?<=^## Rooms\n)/m);
  const end = rest.search(/^## /m);
  const rows = await Promise.all(
    rest.slice(0, end).split("\n").map(async (line) => {
      const [, room, name] = /^(\| (?:`([a-z]+)`|all) *\|)/.exec(line) ?? [];
      if (room === undefined) return line;
      const count = cells(await countOf(name === undefined ? "" : `${name}/`));
      return line.replace(/^\|[^|]*\|[^|]*\|[^|]*\|/, () => `${room} ${count} |`);
    }),
  );
  return head + rows.join("\n") + rest.slice(end);
}
