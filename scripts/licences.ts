/** The licences of what is inside the executable. Each asks that its text goes with the code. @module */
import type { Bundle } from "./bundle.ts";
import { ROOT } from "./project.ts";

/** Name of the file, inside the executable and beside it. */
export const LICENCES = "THIRD-PARTY-LICENSES.txt";

/** Packages that carry no licence file, with the copyright that the head of their files states. */
const STATED: Readonly<Record<string, string>> = {
  "deno-std": "Copyright 2018-2026 the Deno authors. MIT license.",
};

/** Some packages have the text at the end of their README instead of in a file. */
async function licenceSectionOf(folder: string): Promise<string> {
  const readme = await Deno.readTextFile(`${folder}/README.md`);
  const section = /^## licen[sc]e\n([^#]+)/im.exec(readme)?.[1]?.trim() ?? "";
  if (!section.includes("Copyright")) {
    throw new Error(`${folder} has no licence: it cannot be passed on`);
  }
  return section;
}

async function licenceOf(packagesFolder: string, name: string): Promise<string> {
  const stated = STATED[name.replace(/\/[^/]+$/, "")];
  if (stated !== undefined) {
    const own = await Deno.readTextFile(`${ROOT}LICENSE`);
    return `${stated}\n\n${own.slice(own.indexOf("Permission is hereby granted")).trim()}`;
  }
  const folder = `${packagesFolder}/${name}`;
  const names = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (/^(licen[sc]e|copying|notice)/i.test(name)) names.push(name);
  }
  if (names.length === 0) return await licenceSectionOf(folder);
  const texts = names.sort().map((name) => Deno.readTextFile(`${folder}/${name}`));
  return (await Promise.all(texts)).join("\n").replaceAll("\r\n", "\n").trim();
}

/**
 * All licences in one text: that of tickerlock, those of the packages, and where those of the runtime are.
 * @param bundle What is inside.
 * @throws {Error} Where a package has none.
 */
export async function licences({ packages, packagesFolder }: Bundle): Promise<string> {
  const parts = [
    `tickerlock\n\n${(await Deno.readTextFile(`${ROOT}LICENSE`)).trim()}`,
    `Deno ${Deno.version.deno} is the runtime inside, under the MIT licence, Copyright 2018-2026 the ` +
    "Deno authors. What it contains,\nV8, SQLite and others, has licences of its own: " +
    "https://github.com/denoland/deno",
  ];
  for (const name of packages) {
    parts.push(
      `${name.replace(/\/([^/]+)$/, " $1")}\n\n${await licenceOf(packagesFolder, name)}`,
    );
  }
  return `${parts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}
