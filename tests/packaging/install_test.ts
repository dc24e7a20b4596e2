import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { projectPath } from "../e2e/program.ts";
import { installed, leaveOut, succeeds } from "../installed.ts";
import { LATEST, program, Release, sha256, withoutCurl } from "./release.ts";
import { testNeeding } from "../system.ts";

testNeeding("installer", "install, upgrade, a version of one's own choice, uninstall", async () => {
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

testNeeding("installer", "wget does where there is no curl", async () => {
  if (!await succeeds(["wget", "--version"])) return leaveOut("wget is not installed here");
  await using release = await Release.create();
  await release.publish(LATEST, program("1.0.0"));
  const bin = await withoutCurl(release);
  const { code, stdout, stderr } = await release.run(["--dir", `${release.home}/x y`], bin);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, `${release.home}/x y/tickerlock`);
});

testNeeding("installer", "what is missing, tampered with or damaged changes nothing", async () => {
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
    ["two sums", "is damaged", () => {
      const other = "0".repeat(64);
      const body = [...release.files.keys()].map((path) => path.replace(/.*\//, ""))
        .map((name) => `${good}  ${name}\n${other}  ${name}\n`).join("");
      release.files.set(`${LATEST}/SHA256SUMS`, { body });
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

testNeeding(
  "installer",
  "options that make no sense are refused before anything is done",
  async () => {
    await using release = await Release.create();
    const cases: [args: string[], says: string][] = [
      [["--sudo"], "unknown option --sudo"],
      [["--dir"], "--dir needs a value"],
      ...[
        "../../x",
        "0.1.0/../../latest/download",
        "0.1",
        "0.1.0.0",
        "01.1.0",
        "1.0.0-",
        "1.0.0-01",
        "1.0.0-a..b",
        "1.0.0+",
        "1.0.0\n2.0.0",
        "1.0.0 ",
        "",
        "v",
      ].map((version): [string[], string] => [["--version", version], "is not a version"]),
    ];
    for (const [args, says] of cases) {
      const { code, stderr } = await release.run(args);
      assertEquals(code, 1);
      assertStringIncludes(stderr, says);
    }
    assertEquals((await release.run(["--help"])).code, 0);
    assertEquals(release.names(), []);
  },
);

testNeeding(
  "installer",
  "versions of every form are taken, and the download has to be of that version",
  async () => {
    if (!await installed("curl")) return;
    await using release = await Release.create();
    for (const version of ["0.2.0-rc.1", "10.20.30", "1.0.0-alpha-x.1.0a+build.007"]) {
      await release.publish(`/download/v${version}`, program(version));
      const { stdout, stderr } = await release.run(["--version", version]);
      assertStringIncludes(stdout, `Installed tickerlock ${version}`, stderr);
    }
    const before = await Deno.readTextFile(`${release.home}/.local/bin/tickerlock`);
    await release.publish("/download/v1.0.0", program("1.0.0-rc.1"));
    const { code, stderr } = await release.run(["--version", "1.0.0"]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "says that it is tickerlock 1.0.0-rc.1, not 1.0.0");
    assertEquals(await Deno.readTextFile(`${release.home}/.local/bin/tickerlock`), before);
  },
);

testNeeding(
  "installer",
  "sums in upper case, and a line that is there twice, are right",
  async () => {
    if (!await installed("curl")) return;
    await using release = await Release.create();
    const sum = await sha256(program("1.0.0"));
    await release.publish(LATEST, program("1.0.0"), sum.toUpperCase());
    const sums = release.files.get(`${LATEST}/SHA256SUMS`)?.body;
    release.files.set(`${LATEST}/SHA256SUMS`, { body: `${sums}${String(sums).toLowerCase()}` });
    const { code, stderr } = await release.run([]);
    assertEquals(code, 0, stderr);
  },
);

testNeeding("installer", "a script that arrives in part does nothing", async () => {
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
