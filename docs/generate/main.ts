/**
 * Writes what is generated from the specifications of the commands, `docs/cli.md` and
 * `docs/tickerlock.1`, `docs/json.md` from the schemas of the tests, `docs/exports.md` from `mod.ts`, and
 * the counts of rooms in `docs/architecture.md`. `deno task docs` formats them.
 *
 * @module
 */
import { cliPage } from "./cli_page.ts";
import { exportsPage, libraryExports } from "./exports_page.ts";
import { jsonPage } from "./json_page.ts";
import { VERSION } from "../../src/base/version.ts";
import { allDescriptions } from "../../src/cli/registry.ts";
import { manPage, pageDate } from "./man_page.ts";
import { withCounts } from "./rooms.ts";

/** What is generated, by its path in the project, before it is formatted. */
export async function generated(): Promise<Readonly<Record<string, string>>> {
  const commands = await allDescriptions();
  const library = await Deno.readTextFile(new URL("../library.md", import.meta.url));
  const changelog = await Deno.readTextFile(new URL("../../CHANGELOG.md", import.meta.url));
  const architecture = await Deno.readTextFile(new URL("../architecture.md", import.meta.url));
  return {
    "docs/architecture.md": await withCounts(architecture),
    "docs/cli.md": cliPage(commands),
    "docs/exports.md": exportsPage(await libraryExports(), library),
    "docs/json.md": jsonPage(),
    "docs/tickerlock.1": manPage(commands, pageDate(changelog, VERSION)),
  };
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(await generated())) {
    await Deno.writeTextFile(new URL(`../../${path}`, import.meta.url), text);
  }
}
