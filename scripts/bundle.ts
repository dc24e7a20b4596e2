/**
 * All modules that the program reaches, put into few small files, the same bytes wherever they are made.
 *
 * `deno compile` embeds every package whole, files included that nothing imports: 7 MB, of which the
 * program uses a seventh. `deno bundle` takes what is reached, and keeps apart what loads later.
 * @module
 */
import { ROOT } from "./project.ts";
import { run } from "./run.ts";

/** A bundle. */
export interface Bundle {
  /** File name to content; the program begins in `main.js`. */
  readonly files: ReadonlyMap<string, string>;
  /** Packages from which code is in it, `NAME/VERSION`, sorted. */
  readonly packages: readonly string[];
  /** Folder in which the packages are, one folder each. */
  readonly packagesFolder: string;
}

const IMPORTED = /"\.\/([\w.-]+\.js)"/g;

/** A path into Deno's package folder as the bundler writes it, up to the package's name. */
const PACKAGE_PATH =
  /(?<=\/\/ |")[^"\n]*?\/npm\/[^/"\n]+\/(?=(?:@[\w.-]+\/)?[\w.-]+\/\d+\.\d+\.\d+)/g;

/**
 * Names of files without the hash that the bundler gives them: it depends on the folders of the
 * machine. Numbered in the order in which they are reached from `main.js`.
 */
function stableNames(files: ReadonlyMap<string, string>): Map<string, string> {
  const names = new Map<string, string>();
  const used = new Map<string, number>();
  const waiting = ["main.js"];
  for (let at = 0; at < waiting.length; at++) {
    const file = waiting[at] ?? "";
    const text = files.get(file);
    if (text === undefined || names.has(file)) continue;
    const stem = file.replace(/(-[A-Z0-9]{8})?\.js$/, "");
    const count = (used.get(stem) ?? 0) + 1;
    used.set(stem, count);
    names.set(file, count === 1 ? `${stem}.js` : `${stem}-${count}.js`);
    for (const [, name = ""] of text.matchAll(IMPORTED)) waiting.push(name);
  }
  return names;
}

/**
 * Takes out of a bundle what depends on the machine it was made on.
 * @param made File name to content, as the bundler wrote them.
 * @returns The same program under stable names; files that nothing imports are left out.
 */
export function withoutPlaces(made: ReadonlyMap<string, string>): Map<string, string> {
  const names = stableNames(made);
  const files = new Map<string, string>();
  for (const [old, name] of names) {
    const text = (made.get(old) ?? "")
      .replace(PACKAGE_PATH, "npm:")
      .replace(IMPORTED, (all, file: string) => {
        const renamed = names.get(file);
        return renamed === undefined ? all : `"./${renamed}"`;
      });
    files.set(name, text);
  }
  return files;
}

/** What `deno info --json` tells of a program. */
interface ProgramInfo {
  readonly modules: readonly { readonly npmPackage?: string }[];
  readonly npmPackages: Readonly<
    Record<string, {
      readonly name: string;
      readonly version: string;
      readonly dependencies: readonly string[];
    }>
  >;
}

/** The packages that a program imports, and those that these import: `NAME/VERSION`, sorted. */
function packagesOf({ modules, npmPackages }: ProgramInfo): string[] {
  const waiting = modules.flatMap(({ npmPackage }) => npmPackage === undefined ? [] : [npmPackage]);
  const found = new Set<string>();
  const seen = new Set<string>();
  for (let at = 0; at < waiting.length; at++) {
    const id = waiting[at] ?? "";
    const entry = npmPackages[id];
    if (entry === undefined || seen.has(id)) continue;
    seen.add(id);
    found.add(`${entry.name}/${entry.version}`);
    waiting.push(...entry.dependencies);
  }
  return [...found].sort();
}

/** The packages that the program imports, and those that these import. @returns `NAME/VERSION`, sorted. */
export async function programPackages(): Promise<string[]> {
  return packagesOf(JSON.parse(await run([Deno.execPath(), "info", "--json", "src/main.ts"])));
}

/**
 * Writes commit and time in the place of the marks in `src/base/version.ts`.
 * @param marks What to put in the place of each.
 * @throws {Error} Where a mark is not there exactly once.
 */
export function stamp(
  files: ReadonlyMap<string, string>,
  marks: Readonly<Record<string, string>>,
): Map<string, string> {
  const stamped = new Map(files);
  for (const [mark, value] of Object.entries(marks)) {
    const holders = [...stamped].filter(([, text]) => text.includes(mark));
    const [holder] = holders;
    if (holder === undefined || holders.length > 1 || holder[1].split(mark).length !== 2) {
      throw new Error(`the mark ${mark} is not in the bundle exactly once`);
    }
    stamped.set(holder[0], holder[1].replace(mark, () => value));
  }
  return stamped;
}

/** What the bundler says where a package of the older form asks for a module and nothing gives it one. */
const NO_REQUIRE = /Dynamic require of/;

// Asked for are modules of the runtime only: all others are in the bundle.
const REQUIRE =
  "const require=(id)=>{const found=process.getBuiltinModule(id);if(found)return found;" +
  'throw new Error("no module "+id)};';

/** How Deno's bundler gives them one, in a file that every program loads first. */
const EAGER_REQUIRE =
  /^import \{ createRequire as (\w+) \} from "node:module";\nvar (\w+) = \1\(import\.meta\.url\);$/m;

/**
 * Gives packages of the older form (CommonJS) their `require`. Deno's bundler does so by itself, but
 * not where it minifies (https://github.com/denoland/deno/issues/31407), and otherwise by a module of
 * the runtime that takes a millisecond to load, at each start, for a package that hardly one needs.
 */
export function withRequire(files: ReadonlyMap<string, string>): Map<string, string> {
  return new Map(
    [...files].map(([name, text]) => {
      const lazy = text.replace(EAGER_REQUIRE, (_, __, own) => `${REQUIRE}var ${own}=require;`);
      return [name, NO_REQUIRE.test(text) ? `${REQUIRE}${text}` : lazy];
    }),
  );
}

/**
 * Bundles the program.
 * @param folder Folder to work in; it is left to the caller.
 * @throws {Error} Where the bundler fails. It is fetched when it is used for the first time.
 */
export async function bundle(folder: string): Promise<Bundle> {
  const deno = Deno.execPath();
  // Where a company has a certificate authority of its own, it is in the system's store.
  const env = { DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "mozilla,system" };
  const flags = ["--quiet", "--frozen", "--no-check", "--platform=deno", "--code-splitting"];
  // Never minified: the minifier of Deno 2.7.11 moves the value of a `using` declaration that is used
  // once into the next statement, and then nothing disposes of it: a lock's record stays.
  flags.push(`--outdir=${folder}`);
  await run([deno, "bundle", ...flags, "src/main.ts"], { env });
  const made = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    made.set(name, await Deno.readTextFile(`${folder}/${name}`));
  }
  const files = withRequire(withoutPlaces(made));
  const info: { npmCache: string } = JSON.parse(await run([deno, "info", "--json"]));
  const hosts = await Array.fromAsync(Deno.readDir(info.npmCache));
  const packages = await programPackages();
  for (const { name } of hosts) {
    const packagesFolder = `${info.npmCache}/${name}`;
    const first = `${packagesFolder}/${packages[0]}`;
    if (await Deno.stat(first).then(() => true, () => false)) {
      return { files, packages, packagesFolder };
    }
  }
  throw new Error(`no folder in ${info.npmCache} has ${packages[0]}, which ${ROOT} uses`);
}
