import config from "../../deno.json" with { type: "json" };
import { executableName, TARGETS } from "../../scripts/targets.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { binary, runBare } from "../binary/binary.ts";
import { projectPath } from "../e2e/program.ts";
import { installed } from "../installed.ts";
import { testNeeding } from "../system.ts";
import { built, commandsOf, runStep, TEXT, WORKFLOW } from "./workflow.ts";

const { on, permissions: usual, concurrency, env, jobs } = WORKFLOW;

Deno.test("a release begins with a tag, and each job waits for the one before", () => {
  assertEquals(on, { push: { tags: ["v*"] } });
  assertEquals(Object.entries(jobs).map(([name, { needs }]) => [name, needs]), [
    ["tag", undefined],
    ["gate", "tag"],
    ["build", "gate"],
    ["inside", "build"],
    ["smoke", "build"],
    ["publish", ["build", "inside", "smoke"]],
  ]);
  assertEquals(concurrency, {
    group: "release-${{ github.ref }}",
    "cancel-in-progress": false,
  });
  // A release has to have an executable that was tested.
  assertStringIncludes(commandsOf("gate", "The gate, as on every change"), "EXECUTABLE=required");
  const systems = jobs.gate?.strategy?.matrix.os ?? [];
  assertEquals(systems.map((os) => os.split("-")[0]).sort(), ["macos", "ubuntu", "windows"]);
  assertMatch(env.DENO_VERSION ?? "", /^\d+\.\d+\.\d+$/);
});

Deno.test("only what publishes may write, and it may write no more than it has to", () => {
  assertEquals(usual, { contents: "read" });
  for (const [name, job] of Object.entries(jobs)) {
    const expected = name === "publish"
      ? { contents: "write", "id-token": "write", attestations: "write" } as const
      : undefined;
    assertEquals(job.permissions, expected, name);
    for (const { uses, with: options } of job.steps) {
      if (uses?.startsWith("actions/checkout@")) {
        assertEquals(options?.["persist-credentials"], false, name);
      }
    }
  }
  assertEquals(TEXT.match(/secrets\./g), null);
});

Deno.test("actions are pinned by commit, with the version beside it", () => {
  const lines = TEXT.split("\n").filter((line) => /^\s*(- )?uses:/.test(line));
  assert(lines.length > 0);
  for (const line of lines) {
    assertMatch(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
});

Deno.test("the steps run tasks and scripts that there are", async () => {
  const commands = Object.values(jobs).flatMap(({ steps }) => steps.map(({ run }) => run ?? ""))
    .join("\n");
  const tasks = [...commands.matchAll(/deno task (?:--quiet )?([\w:]+)/g)].map(([, task = ""]) =>
    task
  );
  assertEquals([...new Set(tasks)].sort(), ["compile:all", "deb", "ok"]);
  for (const task of tasks) assert(task in config.tasks, task);
  const paths = [...commands.matchAll(/(?:scripts|\.ci|docs)\/[\w./-]+/g)].map(([path]) => path);
  assert(paths.includes("scripts/sbom.ts") && paths.includes(".ci/run"), paths.join());
  for (const path of paths) await Deno.stat(projectPath(path));
});

Deno.test("each platform that is built is tried, on a machine that runs it", () => {
  const tried = jobs.smoke?.strategy?.matrix.include ?? [];
  assertEquals(tried.map(({ name }) => name).sort(), TARGETS.map(executableName).sort());
  for (const { os, name } of tried) {
    assertEquals(os.split("-")[0], name.split("-")[1]?.replace("linux", "ubuntu"), name);
  }
});

/** Artifacts that a job is given, or hands on. */
function artifacts(job: string, action: string): [name: unknown, path: unknown][] {
  const steps = jobs[job]?.steps.filter(({ uses }) => uses?.startsWith(`actions/${action}@`)) ?? [];
  return steps.map(({ with: options }) => [options?.name, options?.path]);
}

Deno.test("what nobody has locked is run where no executable is, and no executable follows", () => {
  for (const [name, { steps }] of Object.entries(jobs)) {
    const commands = steps.map(({ run }) => run ?? "").join("\n");
    assertEquals(/sbom|npx|npm /.test(commands), name === "inside", name);
  }
  assertEquals(artifacts("inside", "download-artifact"), [["licences", "dist"]]);
  assertEquals(artifacts("inside", "upload-artifact"), [["inside", "dist/tickerlock.cdx.json"]]);
  assertEquals(artifacts("build", "upload-artifact"), [
    ["release", "dist/"],
    ["licences", "dist/THIRD-PARTY-LICENSES.txt"],
  ]);
  assertEquals(jobs.build?.outputs, { sums: "${{ steps.sums.outputs.sums }}" });
  assertEquals(jobs.build?.steps.find(({ name }) => name === "Sums")?.id, "sums");
  const steps = jobs.publish?.steps.map(({ name, uses }) => name ?? uses?.split("@")[0]);
  assertEquals(steps?.slice(-3), [
    "Nothing has changed since it was built",
    "actions/attest-build-provenance",
    "Release",
  ]);
});

Deno.test("a tag whose commit is not on main is refused", async () => {
  if (!await installed("bash") || !await installed("git")) return;
  const folder = await Deno.makeTempDir({ prefix: "tickerlock_tag_" });
  const git = async (...args: readonly string[]): Promise<string> => {
    const who = ["-c", "user.name=x", "-c", "user.email=x@example.com"];
    const env = { PATH: Deno.env.get("PATH") ?? "" };
    const made = await runBare(["git", ...who, ...args], folder, env);
    assertEquals(made.code, 0, made.stderr);
    return made.stdout.trim();
  };
  try {
    await git("init", "--quiet");
    for (const message of ["older", "main", "elsewhere"]) {
      await git("commit", "--quiet", "--allow-empty", "--message", message);
    }
    await git("update-ref", "refs/remotes/origin/main", "HEAD~1");
    const commands = commandsOf("tag", "The commit is on main");
    for (
      const [revision, passes] of [["HEAD~2", true], ["HEAD~1", true], ["HEAD", false]] as const
    ) {
      const variables = { GITHUB_SHA: await git("rev-parse", revision), GITHUB_REF_NAME: "v1.0.0" };
      const { code, stdout } = await runStep(commands, folder, variables);
      assertEquals([code === 0, stdout.includes("not on main")], [passes, !passes], revision);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("every step runs in one shell on every machine, on files as they were committed", async () => {
  for (const [name, job] of Object.entries(jobs)) {
    const machine = job["runs-on"];
    if (machine.startsWith("ubuntu")) continue;
    assertEquals([machine, job.defaults?.run.shell], ["${{ matrix.os }}", "bash"], name);
  }
  const lines = (await Deno.readTextFile(projectPath(".gitattributes"))).split("\n");
  assertEquals(lines.filter((line) => line !== "" && !line.startsWith("#")), ["* -text"]);
});

testNeeding(
  "gnu",
  "the sums name all that is published, and a changed file is not published",
  async () => {
    if (!await installed("bash")) return;
    await using folder = await built((name) => `content of ${name}\n`);
    const SUMS = await folder.sums();
    const namesIn = async (): Promise<string[]> =>
      (await Deno.readTextFile(`${folder.path}/dist/SHA256SUMS`)).trim().split("\n")
        .map((line) => line.slice(66)).sort();
    assertEquals(await namesIn(), folder.names);

    const check = commandsOf("publish", "Nothing has changed since it was built");
    const executable = `${folder.path}/dist/tickerlock-linux-x86_64`;
    const text = await Deno.readTextFile(executable);
    // Neither the file alone, nor the file together with its sum, nor the notes.
    await Deno.writeTextFile(executable, "other\n");
    assert((await runStep(check, folder.path, { SUMS })).code !== 0);
    const other = await folder.sums();
    assert((await runStep(check, folder.path, { SUMS })).code !== 0);
    assert(other !== SUMS);
    await Deno.writeTextFile(executable, text);
    assertEquals(await folder.sums(), SUMS);
    const notes = `${folder.path}/dist/notes.md`;
    await Deno.writeTextFile(notes, "other", { append: true });
    assert((await runStep(check, folder.path, { SUMS })).code !== 0);
    assertEquals(await folder.sums(), SUMS);
    const checked = await runStep(check, folder.path, { SUMS });
    assertEquals([checked.code, checked.stderr], [0, ""]);
    const published = [...folder.names, "tickerlock.cdx.json"].sort();
    assertEquals(await namesIn(), published);

    const bin = `${folder.path}/bin`;
    await Deno.mkdir(bin);
    // In the place of GitHub's program: says what it was asked.
    const gh = '#!/bin/sh\nfor word in "$@"; do echo "gh: $word"; done\n';
    await Deno.writeTextFile(`${bin}/gh`, gh, { mode: 0o755 });
    const publish = commandsOf("publish", "Release");
    const release = (tag: string) =>
      runStep(publish, folder.path, { GITHUB_REF_NAME: tag, GH_TOKEN: "x" }, bin);
    for (
      const [tag, options] of [
        ["v1.0.0", []],
        ["v1.0.0+build-1", []],
        ["v1.0.0-rc.1", ["--prerelease"]],
      ] as const
    ) {
      const { code, stdout, stderr } = await release(tag);
      assertEquals([code, stderr], [0, ""]);
      const words = [...stdout.matchAll(/^gh: (.*)$/gm)].map(([, word = ""]) => word);
      const expected = ["release", "create", tag, ...options, "--verify-tag", "--title", tag];
      expected.push("--notes-file", "notes.md");
      assertEquals(words.slice(0, expected.length), expected);
      assertEquals(words.slice(expected.length).sort(), ["SHA256SUMS", ...published].sort());
    }
    await Deno.writeTextFile(executable, "other\n");
    const refused = await release("v1.0.0");
    assertEquals([refused.code === 0, refused.stdout.includes("gh:")], [false, false]);
  },
);

testNeeding(
  "shell",
  "the smoke test passes with this executable, and fails with another",
  async () => {
    const path = binary();
    if (path === undefined || !await installed("bash")) return;
    const name = "tickerlock-linux-x86_64";
    await using folder = await built((each) => `content of ${each}\n`);
    await Deno.copyFile(path, `${folder.path}/dist/${name}`);
    await Deno.mkdir(`${folder.path}/docs/examples`, { recursive: true });
    const sample = "docs/examples/cotahist-sample.txt";
    await Deno.copyFile(projectPath(sample), `${folder.path}/${sample}`);
    await folder.sums();

    const commands = commandsOf("smoke", "It starts, and brings the sample in")
      .replaceAll("${{ matrix.name }}", name);
    const { stdout } = await runBare([path, "--version", "--json"], "/");
    const variables = { GITHUB_SHA: JSON.parse(stdout).commit };
    const good = await runStep(commands, folder.path, variables);
    assertEquals(good.code, 0, good.stderr);
    assertStringIncludes(good.stdout, `${name}: OK`);
    const otherCommit = await runStep(commands, folder.path, { GITHUB_SHA: "0".repeat(40) });
    assert(otherCommit.code !== 0);
    await Deno.writeTextFile(`${folder.path}/dist/${name}`, "x", { append: true });
    const changed = await runStep(commands, folder.path, variables);
    assert(changed.code !== 0);
    assertStringIncludes(changed.stdout, `${name}: FAILED`);
  },
);
