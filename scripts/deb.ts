/**
 * Builds the Debian package of an executable that `compile.ts` has built: `deno task deb`.
 *
 *   deb.ts [--target NAME] [--fast]
 *
 * `--fast` packs lightly, for tests. Units and completions are what the executable of this machine
 * prints; the manual page is that of the checkout.
 * @module
 */
import { withMark } from "../src/systemd/edit_mark.ts";
import { LICENCES } from "./licences.ts";
import { HOMEPAGE, ROOT } from "./project.ts";
import { run, script } from "./run.ts";
import { executableName, hostTarget, type Target, TARGETS } from "./targets.ts";

const SOURCES = `${ROOT}packaging/debian`;

/** Names of the platforms among Debian's. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  "linux-x86_64": "amd64",
  "linux-aarch64": "arm64",
};

const COMPLETIONS: readonly [shell: string, path: string][] = [
  ["bash", "usr/share/bash-completion/completions/tickerlock"],
  ["zsh", "usr/share/zsh/vendor-completions/_tickerlock"],
  ["fish", "usr/share/fish/vendor_completions.d/tickerlock.fish"],
];

const UNITS_FOLDER = "usr/lib/systemd/system";

/** The list that `tickerlock.service` reads. The package brings an example, and none that is enabled. */
const LIST = "etc/tickerlock/tickers.txt";

/**
 * A version as Debian orders them: what comes before a release has a tilde. The package is a native
 * one, whose version has no hyphen (Debian Policy 5.6.12).
 */
export function debianVersion(version: string): string {
  return version.replace("-", "~").replaceAll("-", ".");
}

/**
 * A unit that is left out, without a failure, as long as there is no list for it.
 * @param unit Text of `tickerlock.service` as the program prints it.
 * @returns The same with a condition, and a mark that is right.
 */
export function onlyWithList(unit: string): string {
  const text = unit.replace(/^# tickerlock-sha256: .*\n/m, "")
    .replace(/^Description=.*\n/m, (line) => `${line}ConditionFileNotEmpty=/${LIST}\n`);
  return withMark(text);
}

/** The files of a package, below a folder. */
class Tree {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async folder(path: string): Promise<void> {
    await Deno.mkdir(`${this.#root}/${path}`, { recursive: true });
  }

  async write(path: string, text: string, mode = 0o644): Promise<void> {
    const full = `${this.#root}/${path}`;
    await Deno.mkdir(full.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(full, text);
    await Deno.chmod(full, mode);
  }

  /** Without name and time inside, so that it is the same every time. */
  async compress(path: string): Promise<void> {
    await run(["gzip", "-9n", `${this.#root}/${path}`]);
  }

  async copy(from: string, path: string, mode: number): Promise<void> {
    const full = `${this.#root}/${path}`;
    await Deno.mkdir(full.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.copyFile(from, full);
    await Deno.chmod(full, mode);
  }
}

async function pathOf(target: Target): Promise<string> {
  const paths = [`${ROOT}dist/${executableName(target)}`];
  if (target === hostTarget()) paths.unshift(`${ROOT}dist/tickerlock${target.suffix}`);
  for (const path of paths) {
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  throw new Error(
    `there is no executable for ${target.name} in dist/: run deno task compile first`,
  );
}

/** Units of the program, which it prints itself. */
async function addUnits(tree: Tree, program: string): Promise<void> {
  const plan = [["ingest", "tickerlock"], ["collect", "tickerlock-collect"]];
  for (const [kind = "", stem = ""] of plan) {
    const files = kind === "ingest"
      ? [`${stem}.service`, `${stem}.timer`, `${stem}@.service`, `${stem}@.timer`]
      : [`${stem}.service`];
    for (const name of files) {
      const options = ["--kind", kind, "--unit", name, "--exec", "/usr/bin/tickerlock"];
      const text = `${await run([
        program,
        ...["systemd", "print", ...options, "--user", "tickerlock"],
      ])}\n`;
      const unit = name === "tickerlock.service" ? onlyWithList(text) : text;
      await tree.write(`${UNITS_FOLDER}/${name}`, unit);
    }
  }
}

/** The manual page of the checkout, which `deno task docs` makes of the same tables as the program. */
async function addManPage(tree: Tree, version: string): Promise<void> {
  const page = await Deno.readTextFile(`${ROOT}docs/tickerlock.1`);
  if (!page.includes(`"tickerlock ${version}"`)) {
    throw new Error(`docs/tickerlock.1 is not of version ${version}: run deno task docs`);
  }
  await tree.write("usr/share/man/man1/tickerlock.1", page);
  await tree.compress("usr/share/man/man1/tickerlock.1");
}

async function addCompletions(tree: Tree, program: string): Promise<void> {
  for (const [shell, path] of COMPLETIONS) {
    await tree.write(path, `${await run([program, "completions", shell])}\n`);
  }
}

async function copyright(): Promise<string> {
  const indented = (text: string) =>
    text.trim().split("\n").map((line) => line.trim() === "" ? " ." : ` ${line}`).join("\n");
  const licence = await Deno.readTextFile(`${ROOT}LICENSE`);
  const [, holder = ""] = /^Copyright \(c\) (.*)$/m.exec(licence) ?? [];
  const terms = licence.slice(licence.indexOf("Permission is hereby granted"));
  return [
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
    "Upstream-Name: tickerlock",
    `Source: ${HOMEPAGE}`,
    "Comment: The executable has packages and a runtime of others inside. Their licences are in",
    ` /usr/share/doc/tickerlock/${LICENCES}`,
    "",
    "Files: *",
    `Copyright: ${holder}`,
    "License: Expat",
    indented(terms),
    "",
  ].join("\n");
}

function changelog(version: string, built: Date): string {
  const date = built.toUTCString().replace("GMT", "+0000");
  return [
    `tickerlock (${debianVersion(version)}) unstable; urgency=medium`,
    "",
    "  * The changes are in CHANGELOG.gz.",
    "",
    ` -- tickerlock maintainers <maintainers@tickerlock.invalid>  ${date}`,
    "",
  ].join("\n");
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    bytes += isDirectory ? await sizeOf(path) : (await Deno.lstat(path)).size;
  }
  return bytes;
}

/** Sums of all files, as dpkg --verify wants them. */
async function sums(folder: string): Promise<string> {
  return await run([
    "sh",
    "-c",
    "find . -type f ! -path './DEBIAN/*' -printf '%P\\0' | sort -z | xargs -r0 md5sum",
  ], {
    cwd: folder,
  });
}

/**
 * The lowest version of the GNU C library that an executable starts with: the highest that its symbols name.
 */
export function lowestLibc(executable: Uint8Array): string {
  // The names of the symbols' versions stand in the file as texts.
  const text = new TextDecoder("latin1").decode(executable);
  const minors = [...text.matchAll(/GLIBC_2\.(\d+)\0/g)].map(([, minor]) => Number(minor));
  if (minors.length === 0) throw new Error("the executable names no version of the C library");
  return `2.${Math.max(...minors)}`;
}

async function build(target: Target, fast: boolean): Promise<string> {
  const architecture = ARCHITECTURES[target.name];
  if (architecture === undefined) throw new Error(`there is no Debian package for ${target.name}`);
  const host = hostTarget();
  if (host === undefined) throw new Error(`${Deno.build.target} is not among the targets`);
  const program = await pathOf(host);
  const info: { version: string; built: string | null } = JSON.parse(
    await run([program, "--version", "--json"]),
  );
  const built = new Date(info.built ?? 0);
  const root = `${ROOT}dist/.deb-${Deno.pid}`;
  try {
    const tree = new Tree(root);
    await tree.copy(await pathOf(target), "usr/bin/tickerlock", 0o755);
    await addManPage(tree, info.version);
    await addCompletions(tree, program);
    await addUnits(tree, program);
    await tree.folder(LIST.replace(/\/[^/]*$/, ""));
    const doc = "usr/share/doc/tickerlock";
    await tree.copy(`${SOURCES}/tickers.txt`, `${doc}/examples/tickers.txt`, 0o644);
    await tree.write(`${doc}/copyright`, await copyright());
    await tree.copy(`${ROOT}dist/${LICENCES}`, `${doc}/${LICENCES}`, 0o644);
    await tree.write(`${doc}/changelog`, changelog(info.version, built));
    await tree.copy(`${ROOT}CHANGELOG.md`, `${doc}/CHANGELOG`, 0o644);
    for (const name of ["changelog", "CHANGELOG"]) await tree.compress(`${doc}/${name}`);
    await tree.copy(
      `${SOURCES}/lintian-overrides`,
      "usr/share/lintian/overrides/tickerlock",
      0o644,
    );
    const values: Readonly<Record<string, string>> = {
      VERSION: debianVersion(info.version),
      ARCHITECTURE: architecture,
      SIZE: String(Math.ceil(await sizeOf(root) / 1024)),
      HOMEPAGE,
      LIBC: lowestLibc(await Deno.readFile(await pathOf(target))),
    };
    for (const name of ["control", "postinst", "prerm", "postrm"]) {
      const text = (await Deno.readTextFile(`${SOURCES}/${name}`))
        .replace(/@([A-Z]+)@/g, (_, key: string) => values[key] ?? "");
      await tree.write(`DEBIAN/${name}`, text, name === "control" ? 0o644 : 0o755);
    }
    await tree.write("DEBIAN/md5sums", `${await sums(root)}\n`);
    // Whatever mask this user has for new folders.
    await run(["chmod", "-R", "u=rwX,go=rX", root]);
    // With the version as it is everywhere else: places for downloads change a tilde in a name.
    const output = `${ROOT}dist/tickerlock_${info.version}_${architecture}.deb`;
    const packing = fast ? ["-Zgzip", "-z1"] : ["-Zxz"];
    const env = { SOURCE_DATE_EPOCH: String(Math.floor(built.getTime() / 1000)) };
    await run(["dpkg-deb", "--root-owner-group", ...packing, "--build", root, output], { env });
    return output;
  } finally {
    await Deno.remove(root, { recursive: true }).catch(() => {});
  }
}

async function main(): Promise<void> {
  const args = [...Deno.args];
  const fast = args.includes("--fast");
  const at = args.indexOf("--target");
  const name = at < 0 ? hostTarget()?.name : args[at + 1];
  const target = TARGETS.find((each) => each.name === name);
  if (target === undefined) {
    throw new Error(`${name} is not one of ${TARGETS.map(({ name }) => name)}`);
  }
  // deno-lint-ignore no-console
  console.log(await build(target, fast));
}

if (import.meta.main) await script(main);
