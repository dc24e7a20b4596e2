/**
 * Writes `dist/tickerlock.cdx.json`: what is inside the executable, as a CycloneDX document. It is made
 * by CycloneDX's own tool for npm, to which the packages inside are shown in their exact versions.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };
import { LICENCES } from "./licences.ts";
import { ROOT } from "./project.ts";
import { run, script } from "./run.ts";

const TOOL = "@cyclonedx/cyclonedx-npm@6.0.1";

/** What npm is shown. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Packages that the program imports. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** What these import, in the versions that are inside. */
  readonly overrides: Readonly<Record<string, string>>;
}

/**
 * The manifest of what is inside.
 *
 * @param inside Names of the packages inside, with their versions: `yauzl@3.4.0`.
 */
export function manifest(inside: ReadonlySet<string>): Manifest {
  const split = (id: string): [string, string] => {
    const at = id.lastIndexOf("@");
    return [id.slice(0, at), id.slice(at + 1)];
  };
  const direct = Object.values(config.imports)
    .map((target) => /^npm:((?:@[^/]+\/)?[^/]+)/.exec(target)?.[1] ?? "")
    .filter((id) => inside.has(id));
  const others = [...inside].filter((id) => !direct.includes(id));
  return {
    name: "tickerlock",
    version: config.version,
    license: config.license,
    dependencies: Object.fromEntries(direct.map(split)),
    overrides: Object.fromEntries(others.map(split)),
  };
}

/** Packages that a text of licences names, as `NAME@VERSION`. */
export function packagesOf(licences: string): Set<string> {
  const heads = licences.matchAll(/^-{80}\n\n(\S+) (\d+\.\d+\.\d+)\n/gm);
  return new Set([...heads].map(([, name, version]) => `${name}@${version}`));
}

async function main(): Promise<void> {
  const inside = packagesOf(await Deno.readTextFile(`${ROOT}dist/${LICENCES}`));
  if (inside.size === 0) {
    throw new Error(`dist/${LICENCES} names no package: run deno task compile`);
  }
  const folder = await Deno.makeTempDir({ dir: `${ROOT}dist`, prefix: ".sbom-" });
  try {
    await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify(manifest(inside)));
    await run(["npm", "install", "--package-lock-only", "--ignore-scripts", "--silent"], {
      cwd: folder,
    });
    const options = ["--package-lock-only", "--output-reproducible", "--validate"];
    const text = await run(["npx", "--yes", TOOL, ...options], { cwd: folder });
    const found: { components: { name: string; group?: string; version: string }[] } = JSON.parse(
      text,
    );
    const listed = found.components.map(({ group, name, version }) =>
      `${group === undefined ? "" : `${group}/`}${name}@${version}`
    );
    const missing = [...inside].filter((id) => !listed.includes(id));
    if (missing.length > 0) throw new Error(`the document lacks ${missing.join(", ")}`);
    await Deno.writeTextFile(`${ROOT}dist/tickerlock.cdx.json`, `${text}\n`);
    // deno-lint-ignore no-console
    console.log(`dist/tickerlock.cdx.json  ${listed.join(", ")}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await script(main);
