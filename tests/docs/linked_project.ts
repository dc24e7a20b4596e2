/**
 * A project outside the checkout that links it, as a user of the library has it.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { makeTempFolder, projectPath, removeFolder } from "../paths.ts";

/** How a command of Deno ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The project. Dispose it to remove it. */
export class LinkedProject implements AsyncDisposable {
  /** Its folder. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes an empty one. */
  static async create(): Promise<LinkedProject> {
    return new LinkedProject(await makeTempFolder("tickerlock_linked_"));
  }

  /** Writes a file. */
  async write(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.path}/${name}`, text);
  }

  /**
   * Writes its `deno.json`.
   *
   * @param config As a page has it; what it links is the checkout.
   */
  async configure(config: { readonly links: readonly string[] }): Promise<void> {
    const links = config.links.map(() => pathToFileURL(projectPath(".")).href);
    await this.write("deno.json", JSON.stringify({ ...config, links }));
  }

  /** Runs Deno in it. What it needs is in the cache, where the checkout has put it. */
  async deno(...args: readonly string[]): Promise<Ended> {
    const [command = "", ...rest] = args;
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [command, "--cached-only", ...rest],
      cwd: this.path,
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.path);
  }
}
