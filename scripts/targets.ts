/** The platforms that tickerlock is built for: the one list of them. @module */

/** A platform. */
export interface Target {
  /** Name in files and downloads: `tickerlock-linux-x86_64`. `install.sh` makes it from `uname`. */
  readonly name: string;
  /** Name that Deno has for it. */
  readonly triple: string;
  /** Ending of an executable there. */
  readonly suffix: "" | ".exe";
}

/** All of them. */
export const TARGETS: readonly Target[] = [
  { name: "linux-x86_64", triple: "x86_64-unknown-linux-gnu", suffix: "" },
  { name: "linux-aarch64", triple: "aarch64-unknown-linux-gnu", suffix: "" },
  { name: "macos-x86_64", triple: "x86_64-apple-darwin", suffix: "" },
  { name: "macos-aarch64", triple: "aarch64-apple-darwin", suffix: "" },
  { name: "windows-x86_64", triple: "x86_64-pc-windows-msvc", suffix: ".exe" },
];

/** File name of the executable for a platform. */
export function executableName({ name, suffix }: Target): string {
  return `tickerlock-${name}${suffix}`;
}

/** The machine that this runs on, where it is among them. */
export function hostTarget(): Target | undefined {
  return TARGETS.find(({ triple }) => triple === Deno.build.target);
}
