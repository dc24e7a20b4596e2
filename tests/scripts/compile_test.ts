import { ProgramError } from "../../scripts/run.ts";
import {
  checkRuntime,
  compileError,
  NO_RUNTIME,
  NoRuntimeError,
  startError,
} from "../../scripts/runtime.ts";
import { readStamp, sourceDate } from "../../scripts/stamp.ts";
import { WorkFolder } from "../../scripts/work_folder.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../assert.ts";
import { runBare } from "../binary/binary.ts";
import { installed } from "../installed.ts";

async function temporaryFolder() {
  const path = await Deno.makeTempDir({ prefix: "tickerlock_compile_" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

async function git(folder: string, ...words: readonly string[]): Promise<string> {
  const command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", ...words];
  const { code, stdout, stderr } = await runBare(command, folder, {
    PATH: Deno.env.get("PATH") ?? "",
    GIT_COMMITTER_DATE: "2026-01-02T03:04:05Z",
  });
  assertEquals(code, 0, stderr);
  return stdout.trim();
}

Deno.test("the time of a build: empty is not set, and what is no time names the variable", () => {
  assertEquals([sourceDate(undefined), sourceDate("")], ["", ""]);
  assertEquals(sourceDate("0"), "1970-01-01T00:00:00.000Z");
  assertEquals(sourceDate("1767225600"), "2026-01-01T00:00:00.000Z");
  for (const value of ["abc", " ", "1.5", "-1", "0x10", "1e3", "999999999999999999"]) {
    const error = assertThrows(() => sourceDate(value), Error, "SOURCE_DATE_EPOCH");
    assertMatch(error.message, /Unset it/);
  }
});

Deno.test("the commit is that of the project, not of a repository around it", async () => {
  if (!await installed("git")) return;
  await using folder = await temporaryFolder();
  const project = `${folder.path}/outer/a project`;
  await Deno.mkdir(project, { recursive: true });
  assertEquals(await readStamp(undefined, project), { commit: "", built: "" });
  const outer = `${folder.path}/outer`;
  await git(outer, "init", "--quiet");
  await git(outer, "commit", "--quiet", "--allow-empty", "--message", "outer");
  assertEquals(await readStamp(undefined, project), { commit: "", built: "" });
  assertEquals((await readStamp("0", project)).built, "1970-01-01T00:00:00.000Z");

  await git(project, "init", "--quiet");
  assertEquals(await readStamp(undefined, project), { commit: "", built: "" });
  await Deno.writeTextFile(`${project}/file`, "1");
  await git(project, "add", "file");
  await git(project, "commit", "--quiet", "--message", "own");
  const commit = await git(project, "rev-parse", "HEAD");
  const built = "2026-01-02T03:04:05.000Z";
  assertEquals(await readStamp("", `${project}/`), { commit, built });
  await Deno.symlink(project, `${folder.path}/link`);
  assertEquals(await readStamp("", `${folder.path}/link`), { commit, built });
  await Deno.writeTextFile(`${project}/file`, "2");
  assertEquals((await readStamp("", project)).commit, `${commit}+modified`);
});

Deno.test("what a killed build has left is removed by the next, a living one's is not", async () => {
  await using folder = await temporaryFolder();
  const module = new URL("../../scripts/work_folder.ts", import.meta.url).href;
  const code = `const { WorkFolder } = await import(${JSON.stringify(module)});
    const work = await WorkFolder.create(Deno.args[0]);
    console.log(work.path);
    await Deno.stdin.read(new Uint8Array(1));`;
  await Deno.writeTextFile(`${folder.path}/build.ts`, code);
  const dist = `${folder.path}/dist`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "-R", "-W", `${folder.path}/build.ts`, dist],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const left = new TextDecoder().decode(value).trim();
  await Deno.writeTextFile(`${left}/executable`, "large");
  const names = () => [...Deno.readDirSync(dist)].map(({ name }) => `${dist}/${name}`).sort();
  {
    await using second = await WorkFolder.create(dist);
    assertEquals(names(), [left, second.path].sort());
  }
  assertEquals(names(), [left]);
  child.kill("SIGKILL");
  await reader.cancel();
  await child.status;
  await child.stdin.abort().catch(() => {});
  {
    await using third = await WorkFolder.create(dist);
    assertEquals(names(), [third.path]);
  }
  assertEquals(names(), []);
});

/** As Deno writes it, with colours and its own stack. */
function said(...causes: readonly string[]): ProgramError {
  const list = causes.map((cause, i) => `    ${i}: ${cause}\n`).join("");
  const stderr = "\x1b[0m\x1b[1m\x1b[31merror\x1b[0m: Writing deno compile executable to 'x'\n\n" +
    `Caused by:\n${list}\nStack backtrace:\n   0: <unknown>\n   1: <unknown>\n`;
  return new ProgramError(["/usr/bin/deno", "compile", "--quiet", ..."x".repeat(900)], 1, stderr);
}

function messageOf(error: unknown): string {
  assert(error instanceof Error);
  return error.message;
}

Deno.test("a runtime that cannot be had: one line that says what to try", () => {
  const url = "https://dl.example/release/v1/denort.zip";
  const dns = `error sending request for url (${url}): client error (Connect)`;
  const missing = compileError(said("Setting up base binary.", dns, "dns error"), "");
  assert(missing instanceof NoRuntimeError);
  assertEquals(missing.exitCode, NO_RUNTIME);
  const elf = compileError(said("Writing binary bytes", "Invalid object: Not an ELF file"), "/a/b");
  assert(!(elf instanceof NoRuntimeError));
  const other = new ProgramError(["/a/b"], 1, "error: Could not find standalone binary section.\n");
  const start = startError(other, "/a/b");
  for (
    const [error, parts] of [
      [missing, [url, "dns error", "HTTPS_PROXY", "DENORT_BIN", Deno.version.deno]],
      [elf, ["/a/b", "Not an ELF file", "DENORT_BIN", Deno.version.deno]],
      [start, ["/a/b", "standalone binary section. ", "one version", Deno.version.deno]],
    ] as const
  ) {
    const message = messageOf(error);
    for (const part of parts) assert(message.includes(part), `${part} in ${message}`);
    for (const never of ["\n", "\x1b", "backtrace", "xxx"]) {
      assert(!message.includes(never), message);
    }
    assert(message.length < 450, message);
  }
  // What is no fault of the runtime is told as it is, without the words that nobody reads.
  const broken = said("Module not found");
  assertEquals(compileError(broken, ""), broken);
  assert(!broken.message.includes("\x1b"), broken.message);
  assertMatch(
    broken.message,
    /^deno compile --quiet ended with 1: error: Writing [^]*not found$/,
  );
});

Deno.test("DENORT_BIN has to be a file that can be read", async () => {
  await using folder = await temporaryFolder();
  for (const path of [`${folder.path}/none`, folder.path]) {
    const error = await assertRejects(() => checkRuntime(path), Error, path);
    assertMatch(error.message, /^DENORT_BIN names [^\n]*cannot be read: [^\n]*unset it/);
  }
  await Deno.writeTextFile(`${folder.path}/file`, "");
  await checkRuntime(`${folder.path}/file`);
});
