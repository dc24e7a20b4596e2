import config from "../../deno.json" with { type: "json" };
import { parse } from "@std/yaml/parse";
import * as v from "valibot";
import { executableName, TARGETS } from "../../scripts/targets.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { binary, runBare } from "../binary/binary.ts";
import { projectPath } from "../e2e/program.ts";
import { installed } from "../installed.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";
import { testNeeding } from "../system.ts";

// What GitHub does with the workflow cannot be tried here. What its steps do in a shell can.

const permissions = v.record(v.string(), v.picklist(["read", "write"]));
const step = v.object({
  name: v.optional(v.string()),
  if: v.optional(v.string()),
  uses: v.optional(v.string()),
  run: v.optional(v.string()),
  with: v.optional(v.record(v.string(), v.union([v.string(), v.boolean()]))),
  env: v.optional(v.record(v.string(), v.string())),
});
const workflow = v.object({
  on: v.strictObject({ push: v.strictObject({ tags: v.array(v.string()) }) }),
  permissions,
  env: v.record(v.string(), v.string()),
  jobs: v.record(
    v.string(),
    v.object({
      needs: v.optional(v.string()),
      "timeout-minutes": v.number(),
      "runs-on": v.string(),
      defaults: v.optional(v.object({ run: v.object({ shell: v.string() }) })),
      permissions: v.optional(permissions),
      strategy: v.optional(v.object({
        matrix: v.object({
          os: v.optional(v.array(v.string())),
          include: v.optional(v.array(v.object({ os: v.string(), name: v.string() }))),
        }),
      })),
      steps: v.array(step),
    }),
  ),
});

const TEXT = await Deno.readTextFile(projectPath(".github/workflows/release.yml"));
const { on, permissions: usual, env, jobs } = v.parse(workflow, parse(TEXT));

/** The shell commands of a step. */
function commandsOf(job: string, name: string): string {
  const found = jobs[job]?.steps.find((each) => each.name === name)?.run;
  assert(found !== undefined, `${job} has no step ${name}`);
  return found;
}

/** Runs a step as GitHub does: bash that stops at the first failure. */
async function runStep(
  commands: string,
  cwd: string,
  variables: Readonly<Record<string, string>> = {},
  bin = "",
) {
  const PATH = `${bin}:${Deno.env.get("PATH") ?? ""}`;
  const command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", commands];
  return await runBare(command, cwd, { PATH, ...variables });
}

/** A folder with what the build leaves in `dist/`, the executables as given. */
async function built(contentOf: (name: string) => string) {
  const path = await makeTempFolder("tickerlock_release_");
  await Deno.mkdir(`${path}/dist`);
  const names = [
    ...TARGETS.map(executableName),
    ...["amd64", "arm64"].map((each) => `tickerlock_${config.version}_${each}.deb`),
    "tickerlock.cdx.json",
    "THIRD-PARTY-LICENSES.txt",
  ];
  for (const name of names) await Deno.writeTextFile(`${path}/dist/${name}`, contentOf(name));
  for (const name of ["install.sh", "notes.md"]) {
    await Deno.writeTextFile(`${path}/${name}`, contentOf(name));
  }
  return {
    path,
    names: [...names, "install.sh"].sort(),
    [Symbol.asyncDispose]: () => removeFolder(path),
  };
}

Deno.test("a release begins with a tag, and each job waits for the one before", () => {
  assertEquals(on, { push: { tags: ["v*"] } });
  assertEquals(Object.entries(jobs).map(([name, { needs }]) => [name, needs]), [
    ["gate", undefined],
    ["build", "gate"],
    ["smoke", "build"],
    ["publish", "smoke"],
  ]);
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

Deno.test("every step runs in one shell on every machine, on files as they were committed", async () => {
  for (const [name, job] of Object.entries(jobs)) {
    const machine = job["runs-on"];
    if (machine.startsWith("ubuntu")) continue;
    assertEquals([machine, job.defaults?.run.shell], ["${{ matrix.os }}", "bash"], name);
  }
  const lines = (await Deno.readTextFile(projectPath(".gitattributes"))).split("\n");
  assertEquals(lines.filter((line) => line !== "" && !line.startsWith("#")), ["* -text"]);
});

Deno.test("each platform that is built is tried, on a machine that runs it", () => {
  const tried = jobs.smoke?.strategy?.matrix.include ?? [];
  assertEquals(tried.map(({ name }) => name).sort(), TARGETS.map(executableName).sort());
  for (const { os, name } of tried) {
    assertEquals(os.split("-")[0], name.split("-")[1]?.replace("linux", "ubuntu"), name);
  }
});

testNeeding(
  "gnu",
  "the sums name all that is published, and a changed file is not published",
  async () => {
    if (!await installed("bash")) return;
    await using folder = await built((name) => `content of ${name}\n`);
    const made = await runStep(commandsOf("build", "Sums"), folder.path);
    assertEquals([made.code, made.stderr], [0, ""]);
    const sums = await Deno.readTextFile(`${folder.path}/dist/SHA256SUMS`);
    assertEquals(sums.trim().split("\n").map((line) => line.slice(66)).sort(), folder.names);

    const bin = `${folder.path}/bin`;
    await Deno.mkdir(bin);
    // In the place of GitHub's program: says what it was asked.
    await Deno.writeTextFile(
      `${bin}/gh`,
      '#!/bin/sh\nfor word in "$@"; do echo "gh: $word"; done\n',
      {
        mode: 0o755,
      },
    );
    const variables = { GITHUB_REF_NAME: `v${config.version}`, GH_TOKEN: "x" };
    const publish = commandsOf("publish", "Release");
    const published = await runStep(publish, folder.path, variables, bin);
    assertEquals([published.code, published.stderr], [0, ""]);
    const words = [...published.stdout.matchAll(/^gh: (.*)$/gm)].map(([, word = ""]) => word);
    const tag = variables.GITHUB_REF_NAME;
    assertEquals(words.slice(0, 8), [
      ...["release", "create", tag, "--verify-tag", "--title", tag, "--notes-file", "notes.md"],
    ]);
    assertEquals(words.slice(8).sort(), ["SHA256SUMS", ...folder.names].sort());

    await Deno.writeTextFile(`${folder.path}/dist/tickerlock-linux-x86_64`, "other\n");
    const refused = await runStep(publish, folder.path, variables, bin);
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
    assertEquals((await runStep(commandsOf("build", "Sums"), folder.path)).code, 0);

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

Deno.test("what would be published as a library passes the registry's checks", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty"],
    cwd: projectPath(""),
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stderr);
  assertEquals(code, 0, said);
  for (const path of ["mod.ts", "src/version.ts", "LICENSE", "CHANGELOG.md", "deno.json"]) {
    assertStringIncludes(said, projectPath(path));
  }
  assert(!said.includes("/tests/") && !said.includes("/scripts/"), said);
});
