/**
 * Builds the executables: `deno task compile` for this machine, `deno task compile:all` for all
 * platforms of `targets.ts`. See docs/binary.md.
 * @module
 */
import { bundle, stamp } from "./bundle.ts";
import { LICENCES, licences } from "./licences.ts";
import { programFlags, ROOT, unstableFlags } from "./project.ts";
import { run, script } from "./run.ts";
import { checkRuntime, compileError, startError } from "./runtime.ts";
import { readStamp, type Stamp } from "./stamp.ts";
import { executableName, hostTarget, type Target, TARGETS } from "./targets.ts";
import { WorkFolder } from "./work_folder.ts";

/**
 * Words behind `deno compile` for one platform.
 * @param ownRuntime Whether `DENORT_BIN` names the runtime, which then decides the platform.
 */
export function compileArguments(
  folder: string,
  target: Target,
  output: string,
  ownRuntime: boolean,
): string[] {
  return [
    ...["--quiet", "--no-check", "--no-config", "--no-lock", "--no-npm", "--no-remote"],
    // The cache would be a file of a known name in the folder for temporary files, which is everybody's.
    "--no-code-cache",
    // All code is inside; without this, Deno would let the program import from its usual hosts.
    "--deny-import",
    ...programFlags(),
    ...unstableFlags(),
    ...["--include", `${folder}/${LICENCES}`, "--output", output],
    ...(ownRuntime ? [] : ["--target", target.triple]),
    `${folder}/main.js`,
  ];
}

/** Starts what was built: a runtime of another version than its compiler's shows here at once. */
async function check(path: string, { commit }: Stamp, runtime: string): Promise<void> {
  const said = await run([path, "--version", "--json"]).catch((error) => {
    throw startError(error, runtime);
  });
  const info: { commit: string | null; deno: string } = JSON.parse(said);
  if (info.deno !== Deno.version.deno || (info.commit ?? "") !== commit) {
    throw new Error(
      `${path} says of itself ${
        JSON.stringify(info)
      }, and was built by Deno ${Deno.version.deno} ` +
        `from ${commit}`,
    );
  }
}

async function main(): Promise<void> {
  const all = Deno.args.includes("--all");
  const unknown = Deno.args.find((word) => word !== "--all");
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}; there is only --all`);
  const host = hostTarget();
  const runtime = Deno.env.get("DENORT_BIN") ?? "";
  // Deno would take an empty one for a path.
  if (runtime === "") Deno.env.delete("DENORT_BIN");
  if (all && runtime !== "") {
    throw new Error("DENORT_BIN names one runtime, for one platform: unset it to build them all");
  }
  if (!all && host === undefined) throw new Error(`${Deno.build.target} is not among the targets`);
  if (runtime !== "") await checkRuntime(runtime);
  const origin = await readStamp(Deno.env.get("SOURCE_DATE_EPOCH"));
  const started = performance.now();
  await using work = await WorkFolder.create(`${ROOT}dist`);
  await Deno.mkdir(`${work.path}/made`);
  const made = await bundle(`${work.path}/made`);
  const files = stamp(made.files, {
    "@tickerlock-commit@": origin.commit,
    "@tickerlock-built@": origin.built,
  });
  const folder = `${work.path}/bundle`;
  await Deno.mkdir(folder);
  for (const [name, text] of files) await Deno.writeTextFile(`${folder}/${name}`, text);
  await Deno.writeTextFile(`${folder}/${LICENCES}`, await licences(made));
  // The times of the files become part of the executable.
  const time = origin.built === "" ? new Date(0) : new Date(origin.built);
  for (const name of [...files.keys(), LICENCES]) {
    await Deno.utime(`${folder}/${name}`, time, time);
  }
  for (const target of all ? TARGETS : host === undefined ? [] : [host]) {
    const name = all ? executableName(target) : `tickerlock${target.suffix}`;
    // Under one name for every platform: it becomes part of the executable.
    const output = `${work.path}/tickerlock${target.suffix}`;
    const words = compileArguments(folder, target, output, runtime !== "");
    await run([Deno.execPath(), "compile", ...words]).catch((error) => {
      throw compileError(error, runtime);
    });
    if (target === host) await check(output, origin, runtime);
    const { size } = await Deno.stat(output);
    await Deno.rename(output, `${ROOT}dist/${name}`);
    // deno-lint-ignore no-console
    console.log(`dist/${name}  ${(size / 1e6).toFixed(1)} MB`);
  }
  await Deno.rename(`${folder}/${LICENCES}`, `${ROOT}dist/${LICENCES}`);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  // deno-lint-ignore no-console
  console.log(`built in ${seconds} s by Deno ${Deno.version.deno}`);
}

if (import.meta.main) await script(main);
