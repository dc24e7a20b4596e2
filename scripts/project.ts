/**
 * What the build knows of the project: its folder, and the rights of the program.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };

function fromFileUrl(url: URL): string {
  const path = decodeURIComponent(url.pathname);
  return Deno.build.os === "windows" ? path.replace(/^\/(?=[A-Za-z]:)/, "") : path;
}

/** The folder of `deno.json`, with a slash behind it. */
export const ROOT = fromFileUrl(new URL("../", import.meta.url));

/**
 * Flags of the program: the words of the task `tickerlock` between `deno run` and `src/main.ts`, so
 * that the executable has exactly the rights that the task has.
 *
 * @param command The task's command. Default that of `deno.json`.
 * @throws {Error} Where the command has another form, or gives a right that the program never has.
 */
export function programFlags(command: string = config.tasks.tickerlock.command): string[] {
  const words = command.split(/\s+/);
  const end = words.indexOf("src/main.ts");
  if (words[0] !== "deno" || words[1] !== "run" || end !== words.length - 1) {
    throw new Error(`the task tickerlock is not "deno run ... src/main.ts": ${command}`);
  }
  const flags = words.slice(2, end);
  const never = /^(?!--)|^--allow-(all|run|ffi|import)\b|^--permission-set\b|^--allow-(env|sys)$/;
  const bad = flags.find((flag) => never.test(flag));
  if (bad !== undefined) throw new Error(`the program never has this right: ${bad}`);
  if (!flags.includes("--no-prompt")) throw new Error("the task tickerlock has no --no-prompt");
  return flags;
}

/** What `deno.json` says of unstable parts, which the executable has to be told: it has no such file. */
export function unstableFlags(): string[] {
  return config.unstable.map((name) => `--unstable-${name}`);
}

/** The project's home, as `install.sh` names it too: a test compares them. */
export const HOMEPAGE = "https://github.com/tickerlock/tickerlock";
