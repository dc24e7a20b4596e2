/**
 * A release to install from, on this machine.
 *
 * @module
 */
import { projectPath } from "../e2e/program.ts";
import { type Answer, startHttpServer } from "../fake/http_server.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";

/** By this the installer knows an executable of tickerlock; a test looks for it in the real one. */
export const MARK = "tickerlock-executable:commit=";

/**
 * The release is something that a shell takes for a script, with the words inside that executables of
 * ours have, and answers as the program does: what is tested is the installing.
 */
export function program(version: string): string {
  return `echo "tickerlock ${version}"\n# ${MARK}0\n`;
}

/** SHA-256 in lower-case hex. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

/** A page of releases on this machine, and a home folder to install into. */
export class Release implements AsyncDisposable {
  readonly files = new Map<string, Answer>();
  readonly home: string;
  readonly #server: Awaited<ReturnType<typeof startHttpServer>>;

  private constructor(
    home: string,
    server: Awaited<ReturnType<typeof startHttpServer>>,
    files: Map<string, Answer>,
  ) {
    this.home = home;
    this.#server = server;
    this.files = files;
  }

  static async create(): Promise<Release> {
    const files = new Map<string, Answer>();
    const server = await startHttpServer(async ({ path }, reply) => {
      await reply.send(files.get(path) ?? { status: 404, body: "not here" });
    });
    return new Release(await makeTempFolder("tickerlock install "), server, files);
  }

  /** Publishes a version for every platform. */
  async publish(folder: string, text: string, sum?: string): Promise<void> {
    const names = ["linux-x86_64", "linux-aarch64", "macos-x86_64", "macos-aarch64"]
      .map((platform) => `tickerlock-${platform}`);
    const line = sum ?? await sha256(text);
    for (const name of names) this.files.set(`${folder}/${name}`, { body: text });
    const sums = names.map((name) => `${line}  ${name}\n`).join("");
    this.files.set(`${folder}/SHA256SUMS`, { body: sums });
  }

  /** The script as a process. */
  command(
    args: readonly string[],
    path = Deno.env.get("PATH") ?? "",
    env: Readonly<Record<string, string>> = {},
    prefix: readonly string[] = [],
  ): Deno.Command {
    const [first = "", ...rest] = [...prefix, "sh", projectPath("install.sh"), ...args];
    return new Deno.Command(first, {
      args: rest,
      env: { HOME: this.home, PATH: path, TICKERLOCK_RELEASES: this.#server.url, ...env },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  }

  async run(
    ...how: Parameters<Release["command"]>
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const { code, stdout, stderr } = await this.command(...how).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  /** Everything below the home folder. */
  names(folder = this.home): string[] {
    return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
      const path = `${folder}/${name}`;
      return isDirectory ? this.names(path) : [path.slice(this.home.length + 1)];
    }).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await removeFolder(this.home);
  }
}

/** Where the newest release is. */
export const LATEST = "/latest/download";

/** Of an answer that promises more than it sends. */
export const LONG = { "content-length": "1000000" };

/** What the script uses, but for `curl`. */
const TOOLS =
  "wget uname mkdir mktemp rm mv ls awk chmod sha256sum sh sysctl getconf find grep head tr sort"
    .split(" ");

/** A folder, to be all of PATH, with what the script uses but for `curl`. */
export async function withoutCurl(release: Release): Promise<string> {
  const bin = `${release.home}/only`;
  await Deno.mkdir(bin);
  for (const name of TOOLS) {
    for (const folder of ["/bin", "/usr/bin", "/sbin", "/usr/sbin"]) {
      const found = await Deno.stat(`${folder}/${name}`).then(() => true, () => false);
      if (!found) continue;
      await Deno.symlink(`${folder}/${name}`, `${bin}/${name}`);
      break;
    }
  }
  return bin;
}
