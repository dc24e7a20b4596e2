/**
 * What tests need of the system that they run on, and which systems have it. The one place of the tests
 * that asks which system this is.
 *
 * A test whose subject a system does not have is left out there, by {@linkcode testNeeding}. On Linux
 * none is: every need has Linux among its systems, and `deno task test` fails where one was left out.
 *
 * @module
 */

/** An operating system, by Deno's name of it. */
export type System = typeof Deno.build.os;

/** The system that the tests run on. */
export const SYSTEM: System = Deno.build.os;

/** Systems that have something, and why the others do not. */
interface Subject {
  readonly systems: readonly System[];
  readonly why: string;
}

const LINUX: readonly System[] = ["linux"];
const UNIX: readonly System[] = ["linux", "darwin"];

/** Everything that not every system has, or that its tests do not know how to ask for there. */
export const SUBJECTS = {
  advisoryLocks: {
    systems: UNIX,
    why:
      "on Windows nobody reads or writes a file that another has locked, and the record is beside it",
  },
  chromium: { systems: LINUX, why: "Chromium as Debian has it, which .ci/run installs" },
  debian: { systems: LINUX, why: "Debian packages are for Linux" },
  deviceFiles: { systems: UNIX, why: "on Windows /dev/null and its like are no paths" },
  faketime: { systems: LINUX, why: "libfaketime, at the place where Debian has it" },
  fileSystemKinds: {
    systems: LINUX,
    why: "only Linux's statfs(2) tells the kind of a file system",
  },
  fullDevice: { systems: LINUX, why: "only Linux has /dev/full, on which every write fails" },
  gnu: { systems: LINUX, why: "options of GNU's programs, or paths that Linux has them at" },
  installer: { systems: LINUX, why: "the releases that its tests publish are those of Linux" },
  kernelQueue: { systems: LINUX, why: "only Linux tells who waits for a lock, in /proc/locks" },
  links: {
    systems: UNIX,
    why: "on Windows making a symbolic link is a right, and one to nothing has to say to what",
  },
  modes: { systems: UNIX, why: "Windows has access control lists in place of modes and owners" },
  mounts: { systems: LINUX, why: "only Linux lets a process mount file systems for itself" },
  names: {
    systems: UNIX,
    why: 'Windows allows no control character, none of <>:"|?* and no dot at the end of a name',
  },
  openFiles: {
    systems: UNIX,
    why: "on Windows a file that SQLite has open is neither renamed nor removed",
  },
  pipes: {
    systems: UNIX,
    why: "Windows has no FIFO in a folder, nor sockets to listen at as a file",
  },
  proc: { systems: LINUX, why: "only Linux has /proc" },
  completionShells: {
    systems: LINUX,
    why: "bash, zsh and fish in a terminal of script(1), as .ci/run installs them",
  },
  shell: {
    systems: UNIX,
    why: "Windows has no POSIX shell, no limits of it, and no scripts to start",
  },
  signals: {
    systems: UNIX,
    why: "on Windows whatever one process sends another ends it at once, and no other can be sent",
  },
  systemd: { systems: LINUX, why: "systemd is Linux's" },
  utilLinux: {
    systems: LINUX,
    why: "flock(1), script(1), setpriv(1) and unshare(1) of util-linux",
  },
} as const satisfies Readonly<Record<string, Subject>>;

/** A subject that not every system has. */
export type Need = keyof typeof SUBJECTS;

/**
 * Whether a system has all that is needed.
 *
 * @param needs Subjects.
 * @param system Default this one.
 */
export function has(needs: Need | readonly Need[], system: System = SYSTEM): boolean {
  const all: readonly Need[] = typeof needs === "string" ? [needs] : needs;
  return all.every((need) => {
    const { systems }: Subject = SUBJECTS[need];
    return systems.includes(system);
  });
}

/** Takes a test, as `Deno.test` does. */
export type Register = (test: Deno.TestDefinition) => void;

/**
 * A test of something that not every system has.
 *
 * @param needs What; each is explained in {@linkcode SUBJECTS}.
 * @param name Its name.
 * @param fn The test.
 * @param system Default this one.
 * @param register Default `Deno.test`.
 */
export function testNeeding(
  needs: Need | readonly Need[],
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
  system: System = SYSTEM,
  register: Register = Deno.test,
): void {
  register({ name, fn, ignore: !has(needs, system) });
}

/** How a process ends that was killed: on Windows with the code that Deno gives it, and no signal. */
export function killed(
  system: System = SYSTEM,
): { readonly code: number; readonly signal: Deno.Signal | null } {
  return system === "windows" ? { code: 1, signal: null } : { code: 137, signal: "SIGKILL" };
}

/**
 * Permission bits of a file, or of a link itself.
 *
 * @returns To compare with {@linkcode wantedMode}: null where files have none.
 */
export function modeOf(path: string): number | null {
  return has("modes") ? (Deno.lstatSync(path).mode ?? 0) & 0o7777 : null;
}

/** Permission bits as a test wants them; null where files have none. */
export function wantedMode(mode: number): number | null {
  return has("modes") ? mode : null;
}

/** Where the programs that tests ask for have to be; one that is not named here, everywhere. */
const PROGRAMS: Readonly<Record<string, readonly System[]>> = {
  ...Object.fromEntries(
    [
      ...["flock", "fuser", "script", "setpriv", "setsid", "sha256sum", "unshare"],
      ...["systemd", "python3-seccomp", "dpkg-deb", "lintian", "mandoc", "fish", "bash-completion"],
      ...["faketime", "setfacl"],
      ...["Python's filelock", "Python's portalocker", "flock(1)"],
    ].map((name) => [name, LINUX]),
  ),
  ...Object.fromEntries(
    ["bash", "zsh", "python3", "Python's fcntl.flock", "sqlite3", "curl", "sh"]
      .map((name) => [name, UNIX]),
  ),
};

/**
 * Whether a program has to be there for the tests under `CI`: on Linux all, which `.ci/run` installs;
 * elsewhere those that come with the system.
 *
 * @param name As {@linkcode installed} is told it.
 * @param system Default this one.
 */
export function mustHaveProgram(name: string, system: System = SYSTEM): boolean {
  return PROGRAMS[name]?.includes(system) ?? true;
}
