/**
 * The executable in places of its own, and its end.
 *
 * @module
 */
import { binaryPath, type Outcome } from "../e2e/program.ts";
import { leaveOut } from "../installed.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";

/** A user with no rights of his own, where the tests run as root: `nobody` of most systems. */
const ORDINARY_USER = 65534;

/**
 * The executable that `TICKERLOCK_BIN` names. Where the source is tested there is none; that is said,
 * since what these tests ask has no meaning then.
 */
export function binary(): string | undefined {
  const path = binaryPath();
  if (path === undefined) leaveOut("no executable is tested: TICKERLOCK_BIN is not set");
  return path;
}

/** Words that make a command that of an ordinary user; none where the tests are one. */
export function ordinaryUser(): readonly string[] {
  if (Deno.uid() !== 0) return [];
  return ["setpriv", `--reuid=${ORDINARY_USER}`, `--regid=${ORDINARY_USER}`, "--clear-groups"];
}

/** A folder that an ordinary user can write to. It is removed at the end of the block. */
export class Place implements AsyncDisposable {
  /** Its path, with spaces in it. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes one. */
  static async create(): Promise<Place> {
    const path = await makeTempFolder("tickerlock with spaces ");
    if (Deno.uid() === 0) await Deno.chown(path, ORDINARY_USER, ORDINARY_USER);
    await Deno.chmod(path, 0o755);
    return new Place(path);
  }

  /** Makes a folder in it, of the same owner. @returns Its path. */
  async folder(name: string): Promise<string> {
    const path = `${this.path}/${name}`;
    await Deno.mkdir(path);
    if (Deno.uid() === 0) await Deno.chown(path, ORDINARY_USER, ORDINARY_USER);
    return path;
  }

  /** Names of everything in a folder of it, sorted. */
  names(folder: string): string[] {
    return [...Deno.readDirSync(`${this.path}/${folder}`)].map(({ name }) => name).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.path);
  }
}

/**
 * Runs a command and waits for its end. It gets no variable but those given.
 *
 * @param command Program and arguments.
 * @param cwd Folder.
 * @param env Variables. Default none at all.
 */
export async function runBare(
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const [first = "", ...args] = command;
  const { code, signal, stdout, stderr } = await new Deno.Command(first, {
    args,
    cwd,
    env,
    clearEnv: true,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, signal, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
