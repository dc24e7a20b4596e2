/**
 * The release workflow, read, and its steps run. What GitHub does with it cannot be tried here; what its
 * steps do in a shell can.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { parse } from "@std/yaml/parse";
import * as v from "valibot";
import { executableName, TARGETS } from "../../scripts/targets.ts";
import { assert, assertEquals, fail } from "../assert.ts";
import { runBare } from "../binary/binary.ts";
import { projectPath } from "../e2e/program.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";

const permissions = v.record(v.string(), v.picklist(["read", "write"]));
const step = v.object({
  name: v.optional(v.string()),
  if: v.optional(v.string()),
  uses: v.optional(v.string()),
  id: v.optional(v.string()),
  run: v.optional(v.string()),
  with: v.optional(v.record(v.string(), v.union([v.string(), v.boolean(), v.number()]))),
  env: v.optional(v.record(v.string(), v.string())),
});
const workflow = v.object({
  on: v.strictObject({ push: v.strictObject({ tags: v.array(v.string()) }) }),
  permissions,
  concurrency: v.strictObject({ group: v.string(), "cancel-in-progress": v.boolean() }),
  env: v.record(v.string(), v.string()),
  jobs: v.record(
    v.string(),
    v.object({
      needs: v.optional(v.union([v.string(), v.array(v.string())])),
      outputs: v.optional(v.record(v.string(), v.string())),
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

/** The workflow, as it stands. */
export const TEXT = await Deno.readTextFile(projectPath(".github/workflows/release.yml"));
/** What it says. */
export const WORKFLOW: v.InferOutput<typeof workflow> = v.parse(workflow, parse(TEXT));

/** The shell commands of a step. */
export function commandsOf(job: string, name: string): string {
  const found = WORKFLOW.jobs[job]?.steps.find((each) => each.name === name)?.run;
  assert(found !== undefined, `${job} has no step ${name}`);
  return found;
}

/** Runs a step as GitHub does: bash that stops at the first failure. */
export async function runStep(
  commands: string,
  cwd: string,
  variables: Readonly<Record<string, string>> = {},
  bin = "",
): ReturnType<typeof runBare> {
  const PATH = `${bin}:${Deno.env.get("PATH") ?? ""}`;
  const command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", commands];
  return await runBare(command, cwd, { PATH, ...variables });
}

/** What a build leaves. */
export interface Built extends AsyncDisposable {
  readonly path: string;
  readonly names: readonly string[];
  /** Makes the sums as the job that builds does, and gives what it hands to others. */
  readonly sums: () => Promise<string>;
}

/** A folder with what the build leaves in `dist/`, the executables as given. */
export async function built(contentOf: (name: string) => string): Promise<Built> {
  const path = await makeTempFolder("tickerlock_release_");
  await Deno.mkdir(`${path}/dist`);
  const names = [
    ...TARGETS.map(executableName),
    ...["amd64", "arm64"].map((each) => `tickerlock_${config.version}_${each}.deb`),
    "THIRD-PARTY-LICENSES.txt",
  ];
  await Deno.mkdir(`${path}/inside`);
  await Deno.writeTextFile(`${path}/inside/tickerlock.cdx.json`, "{}\n");
  for (const name of names) await Deno.writeTextFile(`${path}/dist/${name}`, contentOf(name));
  for (const name of ["install.sh", "notes.md"]) {
    await Deno.writeTextFile(`${path}/${name}`, contentOf(name));
  }
  return {
    path,
    names: [...names, "install.sh"].sort(),
    sums: async (): Promise<string> => {
      const output = `${path}/output`;
      await Deno.writeTextFile(output, "");
      const made = await runStep(commandsOf("build", "Sums"), path, { GITHUB_OUTPUT: output });
      assertEquals([made.code, made.stderr], [0, ""]);
      return /^sums=([0-9a-f]{64})\n$/.exec(await Deno.readTextFile(output))?.[1] ??
        fail("no sums");
    },
    [Symbol.asyncDispose]: () => removeFolder(path),
  };
}
