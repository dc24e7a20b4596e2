import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { binary, ordinaryUser } from "../binary/binary.ts";
import { projectPath } from "../e2e/program.ts";
import { waitFor } from "../e2e/wait_for.ts";
import { canMount, installed, leaveOut } from "../installed.ts";
import { LATEST, LONG, MARK, program, Release, withoutCurl } from "./release.ts";
import { testNeeding } from "../system.ts";

/** A folder with programs in the place of the system's, to put before its PATH. */
async function fakes(release: Release, scripts: Readonly<Record<string, string>>): Promise<string> {
  const bin = `${release.home}/fakes`;
  await Deno.mkdir(bin, { recursive: true });
  for (const [name, body] of Object.entries(scripts)) {
    await Deno.writeTextFile(`${bin}/${name}`, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
  return `${bin}:${Deno.env.get("PATH")}`;
}

testNeeding(
  "installer",
  "a machine for which there is no executable is told so, and nothing is downloaded",
  async () => {
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
  },
);

testNeeding("installer", "musl beside the GNU library is no reason to refuse", async () => {
  if (!await installed("curl")) return;
  await using release = await Release.create();
  await release.publish(LATEST, program("1.0.0"));
  const path = await fakes(release, { ls: "exit 0", getconf: "echo glibc 2.36" });
  assertEquals((await release.run([], path)).code, 0);
});

testNeeding(
  "installer",
  "where the file is another program, nothing is done without --force",
  async () => {
    if (!await installed("curl")) return;
    await using release = await Release.create();
    await release.publish(LATEST, program("1.0.0"));
    const path = `${release.home}/.local/bin/tickerlock`;
    const other = '#!/bin/sh\ntouch "$HOME/started"\n';
    await Deno.mkdir(`${release.home}/.local/bin`, { recursive: true });
    const others = [
      '#!/bin/sh\nexec deno run /opt/tickerlock/src/main.ts "$@"\n',
      `#!/bin/sh\n# ${MARK}0\n`,
      await Deno.readTextFile(projectPath("install.sh")),
      "\x7fELF\0\0 another tickerlock",
      "",
      other,
    ];
    for (const text of others) {
      await Deno.writeTextFile(path, text, { mode: 0o755 });
      for (const args of [[], ["--uninstall"]]) {
        const { code, stderr } = await release.run(args);
        assertEquals(code, 1);
        assertStringIncludes(stderr, "is another program");
        assertEquals(await Deno.readTextFile(path), text);
      }
    }
    // A link is the user's, wherever it leads.
    await Deno.writeTextFile(`${release.home}/mine`, program("0.9.0"));
    for (const target of ["mine", "gone"]) {
      await Deno.remove(path);
      await Deno.symlink(`${release.home}/${target}`, path);
      for (const args of [[], ["--uninstall"]]) {
        assertStringIncludes((await release.run(args)).stderr, "is another program");
        assertEquals(await Deno.readLink(path), `${release.home}/${target}`);
      }
    }
    await Deno.remove(`${release.home}/mine`);
    assertEquals((await release.run(["--force"])).code, 0);
    assertEquals(await Deno.readTextFile(path), program("1.0.0"));
    await Deno.writeTextFile(path, other);
    assertEquals((await release.run(["--uninstall", "--force"])).code, 0);
    assertEquals(release.names(), []);
  },
);

testNeeding(
  "installer",
  "another program that comes while it downloads is left alone as well",
  async () => {
    if (!await installed("curl")) return;
    await using release = await Release.create();
    await release.publish(LATEST, program("1.0.0"));
    const path = await fakes(release, {
      curl: 'echo other > "$HOME/.local/bin/tickerlock"\nPATH=${PATH#*:} exec curl "$@"',
    });
    const { code, stderr } = await release.run([], path);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "is another program");
    assertEquals(await Deno.readTextFile(`${release.home}/.local/bin/tickerlock`), "other\n");
  },
);

testNeeding("installer", "the executable is known as ours", async () => {
  const path = binary();
  if (path === undefined) return;
  await using release = await Release.create();
  await Deno.mkdir(`${release.home}/.local/bin`, { recursive: true });
  await Deno.copyFile(path, `${release.home}/.local/bin/tickerlock`);
  const { code, stderr } = await release.run(["--uninstall"]);
  assertEquals([code, release.names()], [0, []], stderr);
});

testNeeding("installer", "a server that accepts and sends nothing is given up", async () => {
  const clients = [];
  for (const name of ["curl", "wget"]) if (await installed(name)) clients.push(name);
  // Connections are made, and nobody ever looks at them.
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await Promise.all(clients.map(async (client) => {
    await using release = await Release.create();
    const path = client === "wget" ? await withoutCurl(release) : undefined;
    const { code, stderr } = await release.run([], path, {
      TICKERLOCK_RELEASES: `http://127.0.0.1:${silent.addr.port}`,
      TICKERLOCK_STALL_SECONDS: "1",
    });
    assertEquals(code, 1, client);
    assertStringIncludes(stderr, "SHA256SUMS could not be downloaded", client);
    assertEquals(release.names().filter((name) => name.startsWith(".local")), [], client);
  }));
});

testNeeding(
  "installer",
  "from https no redirection leads to an address without, and others are taken at their word",
  async () => {
    await using release = await Release.create();
    const path = await fakes(release, { curl: 'echo "$@"; exit 1' });
    const cases: [releases: string, says: string][] = [
      ["https://releases.invalid", "--proto =https "],
      ["http://releases.invalid", "--proto =http,https "],
      ["releases.invalid", "releases.invalid is not an address"],
    ];
    for (const [releases, says] of cases) {
      const { stdout, stderr } = await release.run([], path, { TICKERLOCK_RELEASES: releases });
      assertStringIncludes(stdout + stderr, says);
    }
  },
);

testNeeding("installer", "wget, too, follows no redirection from https to http", async () => {
  await using release = await Release.create();
  const path = await fakes(release, {
    wget: `case "$*" in
      *--max-redirect=0*https://releases.invalid*) echo "  Location: https://mirror.invalid/x [following]" ;;
      *--max-redirect=0*https://mirror.invalid*) echo "  location: http://evil.invalid/x" ;;
      *) echo "asked: $*" ;;
    esac >&2
    exit 8`,
  });
  const { code, stderr } = await release.run(
    [],
    `${path.split(":")[0]}:${await withoutCurl(release)}`,
    { TICKERLOCK_RELEASES: "https://releases.invalid" },
  );
  assertEquals(code, 1);
  assertStringIncludes(stderr, "a redirection leads to http://evil.invalid/x, which is not https");
  assertEquals(/asked:/.test(stderr), false, stderr);
});

testNeeding("installer", "where gh is there, it has to prove who built the download", async () => {
  if (!await installed("curl")) return;
  await using release = await Release.create();
  await release.publish(LATEST, program("1.0.0"));
  const gh = (auth: number, verify: number): string =>
    `case "$1 $2" in
      "auth status") exit ${auth} ;;
      "attestation verify") test "$4 $5" = "--repo tickerlock/tickerlock" || exit 9; exit ${verify} ;;
    esac`;
  const cases: [gh: string, code: number, says: string][] = [
    [gh(0, 1), 1, "gh cannot prove that tickerlock/tickerlock has built this download"],
    [gh(1, 1), 0, "Not checked who built it"],
    [gh(0, 0), 0, "gh has verified that tickerlock/tickerlock has built it"],
  ];
  for (const [script, wanted, says] of cases) {
    const { code, stdout, stderr } = await release.run([], await fakes(release, { gh: script }));
    assertEquals(code, wanted, stderr);
    assertStringIncludes(stdout + stderr, says);
    const isThere = release.names().includes(".local/bin/tickerlock");
    assertEquals(isThere, wanted === 0, says);
  }
});

testNeeding(
  "installer",
  "in a folder where no program starts, another one is proposed",
  async () => {
    if (Deno.uid() !== 0) return leaveOut("a folder without programs: the tests are not root");
    const unshare = ["unshare", "--mount"];
    if (!await canMount(unshare)) return;
    await using release = await Release.create();
    const mount = 'mount -t tmpfs -o noexec none /mnt && exec "$@"';
    const { code, stderr } = await release.run(["--dir", "/mnt/bin"], undefined, {}, [
      ...unshare,
      "sh",
      "-c",
      mount,
      "sh",
    ]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "no program can be started in /mnt/bin");
    assertStringIncludes(stderr, "Try: Name another folder with --dir.");
  },
);

testNeeding("installer", "a redirection is followed, and a proxy is used", async () => {
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

testNeeding("installer", "no room and no permission change nothing, and say so", async () => {
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

testNeeding(
  "installer",
  "stopped or killed while it downloads, it leaves the old program as it was",
  async () => {
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
    const remains = `${release.home}/.local/bin/${left.name}`;
    await Deno.utime(remains, longAgo, longAgo);
    await release.publish(LATEST, program("3.0.0"));
    assertEquals((await release.run([])).code, 0);
    assertEquals(await Deno.readTextFile(path), program("3.0.0"));
    assertEquals(release.names(), [".local/bin/tickerlock"]);
    // And with the program, of whatever day.
    for (const args of [["--uninstall"], ["--uninstall"]]) {
      await Deno.mkdir(remains);
      await Deno.writeTextFile(`${remains}/tickerlock`, "a part");
      assertEquals((await release.run(args)).code, 0);
      assertEquals(release.names(), []);
    }
  },
);
