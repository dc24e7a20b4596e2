/**
 * Writes `dist/tickerlock.cdx.json`: what is inside the executable, as a CycloneDX document.
 *
 * The packages are listed by CycloneDX's own tool for npm, to which they are shown in their exact
 * versions. What it cannot see is added: the runtime, the checksums of `deno.lock`, and who the
 * document is about. Run it by the Deno that has built the executable.
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import config from "../deno.json" with { type: "json" };
import { programPackages } from "./bundle.ts";
import { LICENCES } from "./licences.ts";
import { HOMEPAGE, ROOT } from "./project.ts";
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

/** Name and version of `yauzl@3.4.0`. */
function split(id: string): [name: string, version: string] {
  const at = id.lastIndexOf("@");
  return [id.slice(0, at), id.slice(at + 1)];
}

/**
 * The manifest of what is inside.
 * @param inside Names of the packages inside, with their versions: `yauzl@3.4.0`.
 */
export function manifest(inside: ReadonlySet<string>): Manifest {
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

/** What a text of licences says is inside. */
export interface Inside {
  /** Version of Deno. */
  readonly deno: string;
  /** Packages, as `NAME@VERSION`. */
  readonly packages: ReadonlySet<string>;
}

/**
 * Reads what `licences.ts` has written. A licence that has a line of dashes itself would be taken for
 * two parts, and is refused like any other part that has no name and version at its head.
 * @throws {Error} Where a part is of something that has no version.
 */
export function insideOf(text: string): Inside {
  const [, runtime = "", ...parts] = text.split(/^-{80}\n\n/m);
  const deno = /^Deno (\S+) is the runtime inside/.exec(runtime)?.[1];
  if (deno === undefined) {
    throw new Error(`dist/${LICENCES} names no runtime: run deno task compile`);
  }
  const packages = parts.map((part) => {
    const [head = ""] = part.split("\n", 1);
    const [, name, version] = /^((?:@[^\s/@]+\/)?[^\s/@]+) (\d\S*)$/.exec(head) ?? [];
    if (version === undefined) {
      throw new Error(`dist/${LICENCES}: ${JSON.stringify(head)} is no package with its version`);
    }
    return `${name}@${version}`;
  });
  return { deno, packages: new Set(packages) };
}

/** A component of the document, as far as it is touched here. */
export interface Component {
  readonly type: string;
  readonly name: string;
  readonly group?: string;
  readonly version: string;
  readonly "bom-ref": string;
  readonly purl: string;
  readonly licenses?: readonly unknown[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

/** The document, as far as it is touched here. */
export interface Document {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies?: readonly {
    readonly ref: string;
    readonly dependsOn?: readonly string[];
  }[];
}

/** `NAME@VERSION` of a component. */
function idOf({ group, name, version }: Component): string {
  return `${group === undefined ? "" : `${group}/`}${name}@${version}`;
}

/**
 * Versions of the runtime that this very script has, which is the one inside where it is of the same Deno.
 */
export function runtimeComponents(): Component[] {
  using db = new DatabaseSync(":memory:");
  const sqlite = `${db.prepare("SELECT sqlite_version() AS version").get()?.version}`;
  const { deno, v8 } = Deno.version;
  return [
    {
      type: "platform",
      name: "deno",
      version: deno,
      "bom-ref": `deno@${deno}`,
      licenses: [{ license: { id: "MIT" } }],
      purl: `pkg:github/denoland/deno@v${deno}`,
    },
    {
      type: "library",
      name: "v8",
      version: v8,
      "bom-ref": `v8@${v8}`,
      licenses: [{ license: { id: "BSD-3-Clause" } }],
      purl: `pkg:generic/v8@${v8}`,
    },
    {
      type: "library",
      name: "sqlite",
      version: sqlite,
      "bom-ref": `sqlite@${sqlite}`,
      licenses: [{ license: { id: "blessing" } }],
      purl: `pkg:generic/sqlite@${sqlite}`,
    },
  ];
}

/**
 * The checksum that `deno.lock` has of a package.
 *
 * @param id `NAME@VERSION`; the lock file adds the peers of a package: `pg-pool@3.14.0_pg@8.23.1`.
 * @param locked What `deno.lock` says of packages.
 */
export function hashOf(
  id: string,
  locked: Readonly<Record<string, { integrity?: string }>>,
): { readonly alg: string; readonly content: string } {
  const key = Object.keys(locked).find((each) => each === id || each.startsWith(`${id}_`)) ?? id;
  const [, base64] = /^sha512-(\S+)$/.exec(locked[key]?.integrity ?? "") ?? [];
  if (base64 === undefined) throw new Error(`deno.lock has no SHA-512 of ${id}`);
  return { alg: "SHA-512", content: Uint8Array.fromBase64(base64).toHex() };
}

/**
 * What CycloneDX's tool has made, with what it cannot see.
 * @param runtime Components of the runtime, Deno first: it brings the others.
 * @throws {Error} Where a package has no checksum.
 */
export function complete<T extends Document>(
  made: T,
  runtime: readonly Component[],
  locked: Readonly<Record<string, { integrity?: string }>>,
): T {
  const { component } = made.metadata;
  const [platform, ...parts] = runtime.map((each) => each["bom-ref"]);
  const own = component["bom-ref"];
  const known = made.dependencies ?? [];
  const direct = known.find(({ ref }) => ref === own)?.dependsOn ?? [];
  const repository = HOMEPAGE.replace("https://github.com/", "");
  return {
    ...made,
    metadata: {
      ...made.metadata,
      // It is no package of npm: that name could be another project's there.
      component: { ...component, purl: `pkg:github/${repository}@v${component.version}` },
    },
    components: [
      ...made.components.map((each) => ({ ...each, hashes: [hashOf(idOf(each), locked)] })),
      ...runtime,
    ],
    dependencies: [
      { ref: own, dependsOn: [...direct, ...(platform === undefined ? [] : [platform])] },
      ...known.filter(({ ref }) => ref !== own),
      ...(platform === undefined ? [] : [{ ref: platform, dependsOn: parts }]),
      ...parts.map((ref) => ({ ref })),
    ],
  };
}

function difference(a: ReadonlySet<string>, b: ReadonlySet<string>): string {
  return [...a.symmetricDifference(b)].sort().join(", ");
}

async function main(): Promise<void> {
  const inside = insideOf(await Deno.readTextFile(`${ROOT}dist/${LICENCES}`));
  if (inside.deno !== Deno.version.deno) {
    throw new Error(
      `the executable was built by Deno ${inside.deno}, this is ${Deno.version.deno}: run it by that`,
    );
  }
  // Two ways to the same list: what was built says it, and what the program imports.
  const imported = new Set((await programPackages()).map((id) => id.replace(/\/([^/]*)$/, "@$1")));
  const differing = difference(inside.packages, imported);
  if (differing !== "") {
    throw new Error(`dist/ was built from other packages: ${differing}. Run deno task compile`);
  }
  const folder = await Deno.makeTempDir({ dir: `${ROOT}dist`, prefix: ".sbom-" });
  try {
    await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify(manifest(imported)));
    await run(["npm", "install", "--package-lock-only", "--ignore-scripts", "--silent"], {
      cwd: folder,
    });
    const options = ["--package-lock-only", "--output-reproducible", "--validate"];
    const made: Document = JSON.parse(
      await run(["npx", "--yes", TOOL, ...options], { cwd: folder }),
    );
    const listed = new Set(made.components.map(idOf));
    const wrong = difference(listed, imported);
    if (wrong !== "") throw new Error(`the tool's list is not that of the program: ${wrong}`);
    const locked: { npm: Record<string, { integrity?: string }> } = JSON.parse(
      await Deno.readTextFile(`${ROOT}deno.lock`),
    );
    const document = complete(made, runtimeComponents(), locked.npm);
    const text = JSON.stringify(document, null, 2);
    await Deno.writeTextFile(`${ROOT}dist/tickerlock.cdx.json`, `${text}\n`);
    // deno-lint-ignore no-console
    console.log(`dist/tickerlock.cdx.json  ${document.components.map(idOf).join(", ")}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await script(main);
