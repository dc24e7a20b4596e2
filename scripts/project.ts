/** What the build knows of the project: its folder, and the rights of the program. @module */
import config from "../deno.json" with { type: "json" };

function fromFileUrl(url: URL): string {
  const path = decodeURIComponent(url.pathname);
  return Deno.build.os === "windows" ? path.replace(/^\/(?=[A-Za-z]:)/, "") : path;
}

/** The folder of `deno.json`, with a slash behind it. */
export const ROOT = fromFileUrl(new URL("../", import.meta.url));

/** The rights of the program: those of `deno.json`, by which the tasks and the installed command run. */
const RIGHTS = config.permissions.tickerlock;

/** Every environment variable that the program may read. */
export const ENVIRONMENT: readonly string[] = RIGHTS.env;

/**
 * The program's rights as flags, so that the executable has exactly those that the task has.
 * @param rights Default those of `deno.json`.
 * @throws {Error} Where there is one that the program never has.
 */
export function programFlags(
  rights: Readonly<Record<string, boolean | readonly string[]>> = RIGHTS,
): string[] {
  return [
    "--no-prompt",
    ...Object.entries(rights).map(([name, granted]) => {
      const whole = granted === true && ["read", "write", "net"].includes(name);
      // A flag without names would allow all.
      const names = typeof granted === "boolean" ? "" : granted.join(",");
      if (!whole && (names === "" || !["env", "sys"].includes(name))) {
        throw new Error(`the program never has this right: ${name}: ${JSON.stringify(granted)}`);
      }
      return whole ? `--allow-${name}` : `--allow-${name}=${names}`;
    }),
  ];
}

/** What `deno.json` says of unstable parts, which the executable has to be told: it has no such file. */
export function unstableFlags(): string[] {
  return config.unstable.map((name) => `--unstable-${name}`);
}

/** The project's home, as `install.sh` names it too: a test compares them. */
export const HOMEPAGE = "https://github.com/tickerlock/tickerlock";
