import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { ordinaryUser } from "../binary/binary.ts";
import { projectPath } from "../e2e/program.ts";
import { waitFor } from "../e2e/wait_for.ts";
import { installed, leaveOut, succeeds } from "../installed.ts";
import { type Answer, startHttpServer } from "../fake/http_server.ts";

// The release is a script that answers as the program does: what is tested is the installing.
function program(version: string): string {
  return `#!/bin/sh\necho "tickerlock ${version}"\n`;
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

/** A page of releases on this machine, and a home folder to install into. */
class Release implements AsyncDisposable {
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
    return new Release(await Deno.makeTempDir({ prefix: "tickerlock install " }), server, files);
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

  async run(...how: Parameters<Release["command"]>) {
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
    await Deno.remove(this.home, { recursive: true });
  }
}

const LATEST = "/latest/download";

/** Of an answer that promises more than it sends. */
const LONG = { "content-length": "1000000" };

Deno.test("install, upgrade, a version of one's own choice, uninstall", async () => {
  if (!await installed("curl")) return;
  await using release = await Release.create();
  await release.publish(LATEST, program("1.0.0"));
  const first = await release.run([]);
  assertEquals(first.code, 0, first.stderr);
  assertStringIncludes(first.stdout, "Installed tickerlock 1.0.0");
  assertStringIncludes(first.stdout, "not on your PATH");
  assertStringIncludes(first.stdout, "tickerlock completions bash > ");
  const path = `${release.home}/.local/bin/tickerlock`;
  assertEquals(release.names(), [".local/bin/tickerlock"]);
  assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o755);

  await release.publish(LATEST, program("1.1.0"));
  assertStringIncludes((await release.run([])).stdout, "tickerlock 1.1.0");
  await release.publish("/download/v1.0.1", program("1.0.1"));
  for (const version of ["1.0.1", "v1.0.1"]) {
    const { stdout } = await release.run(
      ["--version", version],
      `${release.home}/.local/bin:${Deno.env.get("PATH")}`,
    );
    assertStringIncludes(stdout, "tickerlock 1.0.1");
    assert(!stdout.includes("on your PATH"), stdout);
  }
  assertEquals(await Deno.readTextFile(path), program("1.0.1"));

  const gone = await release.run(["--uninstall"]);
  assertEquals([gone.code, release.names()], [0, []]);
  assertStringIncludes((await release.run(["--uninstall"])).stdout, "nothing to remove");
});

Deno.test("wget does where there is no curl", async () => {
  if (!await succeeds(["wget", "--version"])) return leaveOut("wget is not installed here");
  await using release = await Release.create();
  await release.publish(LATEST, program("1.0.0"));
  const bin = `${release.home}/only`;
  await Deno.mkdir(bin);
  for (
    const name of [
      "wget",
      "uname",
      "mkdir",
      "mktemp",
      "rm",
      "mv",
      "ls",
      "awk",
      "chmod",
      "sha256sum",
      "sh",
      "sysctl",
      "getconf",
      "find",
      "grep",
    ]
  ) {
    const found = ["/bin", "/usr/bin", "/sbin", "/usr/sbin"].map((folder) => `${folder}/${name}`)
      .find((file) => {
        try {
          Deno.statSync(file);
          return true;
        } catch {
          return false;
        }
      });
    if (found !== undefined) await Deno.symlink(found, `${bin}/${name}`);
  }
  const { code, stdout, stderr } = await release.run(["--dir", `${release.home}/x y`], bin);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, `${release.home}/x y/tickerlock`);
});

Deno.test("what is missing, tampered with or damaged changes nothing", async () => {
  if (!await installed("curl")) return;
  await using release = await Release.create();
  await release.publish(LATEST, program("1.0.0"));
  assertEquals((await release.run([])).code, 0);
  const path = `${release.home}/.local/bin/tickerlock`;

  const evil = '#!/bin/sh\ntouch "$HOME/evil"\n';
  const good = await sha256(program("2.0.0"));
  const cases: [what: string, says: string, change: () => void | Promise<void>][] = [
    ["no release", "SHA256SUMS could not be downloaded", () => release.files.clear()],
    ["no executable", "could not be downloaded", () => {
      release.files.set(`${LATEST}/SHA256SUMS`, release.files.get(`${LATEST}/SHA256SUMS`) ?? {});
      for (const name of release.files.keys()) {
        if (!name.endsWith("SUMS")) release.files.delete(name);
      }
    }],
    ["tampered", "is not what was published", () => release.publish(LATEST, evil, good)],
    [
      "cut short",
      "is not what was published",
      () => release.publish(LATEST, program("2.0.0").slice(0, 20), good),
    ],
    ["another platform", "does not name", () => {
      release.files.set(`${LATEST}/SHA256SUMS`, { body: `${good}  tickerlock-solaris-sparc\n` });
    }],
    ["empty sums", "does not name", () => {
      release.files.set(`${LATEST}/SHA256SUMS`, { body: "" });
    }],
    ["damaged sums", "is damaged", () => release.publish(LATEST, evil, "abc")],
    ["a page in place of sums", "does not name", () => {
      release.files.set(`${LATEST}/SHA256SUMS`, { body: "<html>Sign in</html>" });
    }],
    ["does not start", "does not start here", () => release.publish(LATEST, "#!/bin/sh\nexit 1\n")],
  ];
  for (const [what, says, change] of cases) {
    await release.publish(LATEST, program("2.0.0"));
    await change();
    const { code, stderr } = await release.run([]);
    assertEquals(code, 1, what);
    assertStringIncludes(stderr, says, what);
    assertEquals(await Deno.readTextFile(path), program("1.0.0"), what);
    assertEquals(release.names(), [".local/bin/tickerlock"], what);
  }
});

Deno.test("options that make no sense are refused before anything is done", async () => {
  await using release = await Release.create();
  const cases: [args: string[], says: string][] = [
    [["--sudo"], "unknown option --sudo"],
    [["--dir"], "--dir needs a value"],
    [["--version", "../../x"], "is not a version"],
  ];
  for (const [args, says] of cases) {
    const { code, stderr } = await release.run(args);
    assertEquals(code, 1);
    assertStringIncludes(stderr, says);
  }
  assertEquals((await release.run(["--help"])).code, 0);
  assertEquals(release.names(), []);
});

Deno.test("a script that arrives in part does nothing", async () => {
  const text = await Deno.readTextFile(projectPath("install.sh"));
  await using release = await Release.create();
  const lines = text.split("\n");
  for (let count = 1; count < lines.length - 2; count += 7) {
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", lines.slice(0, count).join("\n")],
      env: { HOME: release.home, PATH: Deno.env.get("PATH") ?? "" },
      clearEnv: true,
      stdin: "null",
      stderr: "null",
    }).output();
    assertEquals(new TextDecoder().decode(stdout), "", `${count} lines`);
  }
  assertEquals(release.names(), []);
});

/** A folder with programs in the place of the system's, to put before its PATH. */
async function fakes(release: Release, scripts: Readonly<Record<string, string>>): Promise<string> {
  const bin = `${release.home}/fakes`;
  await Deno.mkdir(bin, { recursive: true });
  for (const [name, body] of Object.entries(scripts)) {
    await Deno.writeTextFile(`${bin}/${name}`, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
  return `${bin}:${Deno.env.get("PATH")}`;
}

Deno.test("a machine for which there is no executable is told so, and nothing is downloaded", async () => {
  await using release = await Release.create();
  const uname = (system: string, machine: string) => ({
    uname: `[ "$1" = -s ] && echo ${system} || echo ${machine}`,
  });
  const cases: [what: string, scripts: Record<string, string>, says: string][] = [
    ["system", uname("FreeBSD", "x86_64"), "there is no executable for FreeBSD"],
    ["processor", uname("Linux", "riscv64"), "there is no executable for riscv64"],
    [
      "musl",
      { ...uname("Linux", "x86_64"), getconf: "exit 1", ls: "exit 0" },
      "needs the GNU C library, and this system has musl",
    ],
  ];
  for (const [what, scripts, says] of cases) {
    const path = await fakes(release, scripts);
    const { code, stdout, stderr } = await release.run([], path);
    assertEquals([code, stdout], [1, ""], what);
    assertStringIncludes(stderr, says);
    assertStringIncludes(stderr, "Try: ");
    await Deno.remove(`${release.home}/fakes`, { recursive: true });
  }
  assertEquals(release.names(), []);
});

Deno.test("musl beside the GNU library is no reason to refuse", async () => {
  if (!await installed("curl")) return;
  await using release = await Release.create();
  await release.publish(LATEST, program("1.0.0"));
  const path = await fakes(release, { ls: "exit 0", getconf: "echo glibc 2.36" });
  assertEquals((await release.run([], path)).code, 0);
});

Deno.test("where the file is another program, nothing is done without --force", async () => {
  if (!await installed("curl")) return;
  await using release = await Release.create();
  await release.publish(LATEST, program("1.0.0"));
  const path = `${release.home}/.local/bin/tickerlock`;
  const other = '#!/bin/sh\ntouch "$HOME/started"\n';
  await Deno.mkdir(`${release.home}/.local/bin`, { recursive: true });
  await Deno.writeTextFile(path, other, { mode: 0o755 });
  for (const args of [[], ["--uninstall"]]) {
    const { code, stderr } = await release.run(args);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "is another program");
    assertEquals(await Deno.readTextFile(path), other);
  }
  assertEquals((await release.run(["--force"])).code, 0);
  assertEquals(await Deno.readTextFile(path), program("1.0.0"));
  await Deno.writeTextFile(path, other);
  assertEquals((await release.run(["--uninstall", "--force"])).code, 0);
  assertEquals(release.names(), []);
});

Deno.test("a redirection is followed, and a proxy is used", async () => {
  if (!await installed("curl")) return;
  await using release = await Release.create();
  await release.publish("/elsewhere", program("1.0.0"));
  for (const name of [...release.files.keys()]) {
    const file = name.replace("/elsewhere/", "");
    release.files.set(`${LATEST}/${file}`, { status: 302, headers: { location: name } });
  }
  assertEquals((await release.run([])).code, 0);
  assertEquals(release.names(), [".local/bin/tickerlock"]);
  await release.publish(LATEST, program("1.1.0"));
  const asked: string[] = [];
  await using proxy = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ url }) => {
      asked.push(new URL(url).host);
      const body = release.files.get(new URL(url).pathname)?.body;
      return new Response(body ?? null, { status: body === undefined ? 404 : 200 });
    },
  );
  const { code, stdout, stderr } = await release.run([], undefined, {
    TICKERLOCK_RELEASES: "http://releases.invalid",
    http_proxy: `http://127.0.0.1:${proxy.addr.port}`,
  });
  assertEquals(asked, ["releases.invalid", "releases.invalid"]);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "Installed tickerlock 1.1.0");
});

Deno.test("no room and no permission change nothing, and say so", async () => {
  if (!await installed("curl")) return;
  await using release = await Release.create();
  await release.publish(LATEST, program("1.0.0"));
  assertEquals((await release.run([])).code, 0);
  const path = `${release.home}/.local/bin/tickerlock`;
  await release.publish(LATEST, `${program("2.0.0")}#${"x".repeat(100_000)}\n`);
  const limited = ["sh", "-c", 'ulimit -f 8 && exec "$@"', "sh"];
  const full = await release.run([], undefined, {}, limited);
  assertEquals(full.code, 1);
  assertStringIncludes(full.stderr, "could not be downloaded");
  assertEquals(await Deno.readTextFile(path), program("1.0.0"));
  assertEquals(release.names(), [".local/bin/tickerlock"]);

  const below = await release.run(["--dir", `${path}/x`]);
  assertEquals(below.code, 1);
  assertStringIncludes(below.stderr, "cannot make the folder");
  if (!await installed("setpriv")) return;
  await Deno.chmod(release.home, 0o755);
  await Deno.chmod(`${release.home}/.local/bin`, 0o555);
  const denied = await release.run([], undefined, {}, ordinaryUser());
  await Deno.chmod(`${release.home}/.local/bin`, 0o755);
  assertEquals(denied.code, 1);
  assertStringIncludes(denied.stderr, "cannot write to");
});

Deno.test("stopped or killed while it downloads, it leaves the old program as it was", async () => {
  if (!await installed("curl") || !await installed("setsid")) return;
  await using release = await Release.create();
  await release.publish(LATEST, program("1.0.0"));
  assertEquals((await release.run([])).code, 0);
  const path = `${release.home}/.local/bin/tickerlock`;
  for (const signal of ["TERM", "KILL"]) {
    await release.publish(LATEST, program("2.0.0"));
    for (const [name, answer] of release.files) {
      if (!name.endsWith("SUMS")) {
        release.files.set(name, { ...answer, then: "stall", headers: LONG });
      }
    }
    // A group of its own, as a terminal's Ctrl-C reaches curl as well.
    const child = release.command([], undefined, {}, ["setsid"]).spawn();
    const ended = child.output();
    await waitFor(
      "a part of the download",
      () =>
        release.names().some((name) => name.endsWith("/tickerlock") && name.includes("install.")),
    );
    const group = await new Deno.Command("kill", { args: [`-${signal}`, "--", `-${child.pid}`] })
      .output();
    assert(group.success);
    assertEquals((await ended).success, false);
    assertEquals(await Deno.readTextFile(path), program("1.0.0"), signal);
    if (signal === "TERM") assertEquals(release.names(), [".local/bin/tickerlock"]);
  }
  // What the killed one has left goes with a run of another day.
  const [left] = [...Deno.readDirSync(`${release.home}/.local/bin`)]
    .filter(({ name }) => name.startsWith(".tickerlock-install."));
  assert(left !== undefined);
  const longAgo = new Date(Date.now() - 3 * 86_400_000);
  await Deno.utime(`${release.home}/.local/bin/${left.name}`, longAgo, longAgo);
  await release.publish(LATEST, program("3.0.0"));
  assertEquals((await release.run([])).code, 0);
  assertEquals(await Deno.readTextFile(path), program("3.0.0"));
  assertEquals(release.names(), [".local/bin/tickerlock"]);
});
