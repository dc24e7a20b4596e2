/**
 * Files that root writes in another user's folder, while that user puts links in the way.
 *
 * @module
 */
import { replaceFile } from "../../src/files/atomic.ts";
import { appendText, FileError, writeText } from "../../src/files/mod.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { ANA, as, ownerOf, testAsRoot } from "../users.ts";
import { installed } from "../installed.ts";
import { faulty, on } from "./faults.ts";

const TRIES = 100;

/** A file of root's that the user wants. */
const SECRET = "root's alone\n";

function hidden(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.endsWith(".tmp")
  );
}

/** What is written, with links in the place of temporary files from a step on. */
async function writeWithLinks(folder: string, secret: string, number: number): Promise<number> {
  let count = 0;
  const fs = faulty({
    before: () => {
      if (++count < number) return;
      for (const name of hidden(folder)) {
        Deno.removeSync(`${folder}/${name}`);
        Deno.symlinkSync(secret, `${folder}/${name}`);
      }
    },
  });
  try {
    await on(fs, () => writeText(`${folder}/a`, "new\n"));
  } catch (error) {
    assert(error instanceof FileError, String(error));
  }
  return count;
}

testAsRoot(
  "at no step a link in the temporary file's place gives root's file away",
  async (folder) => {
    const state = folder.make("state", ANA, ANA, 0o755);
    const secret = folder.put(`${folder.path}/secret`, SECRET, 0);
    let steps = Infinity;
    for (let number = 1; number <= steps; number++) {
      folder.put(`${state}/a`, "old\n", ANA, 0o666);
      steps = await writeWithLinks(state, secret, number);
      assertEquals([Deno.readTextFileSync(secret), ownerOf(secret)], [SECRET, "0:0 0600"]);
      for (const name of hidden(state)) Deno.removeSync(`${state}/${name}`);
      if (Deno.lstatSync(`${state}/a`).isSymlink) Deno.removeSync(`${state}/a`);
    }
    assert(steps >= 6, `${steps}`);
  },
);

testAsRoot("nor does a user who puts links there all the time", async (folder) => {
  if (!await installed("setpriv")) return;
  const state = folder.make("state", ANA, ANA, 0o755);
  const secret = folder.put(`${folder.path}/secret`, SECRET, 0);
  const script = 'cd "$0" || exit; while [ ! -e stop ]; do for f in .*.tmp; do ' +
    '[ "$f" = ".*.tmp" ] || ln -sfn "$1" "$f"; done; done';
  const racer = new Deno.Command("setpriv", {
    args: [`--reuid=${ANA}`, `--regid=${ANA}`, "--clear-groups", "sh", "-c", script, state, secret],
    stdout: "null",
    stderr: "null",
  }).spawn();
  let noticed = 0;
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      folder.put(`${state}/a`, "old\n", ANA, 0o666);
      await replaceFile(`${state}/a`, async (write) => {
        for (let piece = 0; piece < 5; piece++) await write(new Uint8Array(1000));
      }).catch(() => noticed++);
      assertEquals([Deno.readTextFileSync(secret), ownerOf(secret)], [SECRET, "0:0 0600"]);
      if (Deno.lstatSync(`${state}/a`).isSymlink) Deno.removeSync(`${state}/a`);
    }
  } finally {
    Deno.writeTextFileSync(`${state}/stop`, "");
    await racer.status;
  }
  // deno-lint-ignore no-console
  console.log(`${noticed} of ${TRIES} were noticed; the others were faster`);
});

testAsRoot("root appends to no other file of its own by a link or another name", async (folder) => {
  const state = folder.make("state", ANA, ANA, 0o755);
  const secret = folder.put(`${state}/secret`, SECRET, 0);
  Deno.linkSync(secret, `${state}/hard`);
  await as(ANA, () => Deno.symlinkSync(secret, `${state}/soft`));
  for (const name of ["hard", "soft"]) {
    const error = await assertRejects(() => appendText(`${state}/${name}`, "more"), FileError);
    assertEquals(error.code, "file_permission", name);
  }
  assertEquals(Deno.readTextFileSync(secret), SECRET);
  folder.put(`${state}/own`, "a\n", ANA);
  Deno.linkSync(`${state}/own`, `${state}/other`);
  await appendText(`${state}/own`, "b");
  assertEquals([Deno.readTextFileSync(`${state}/other`), ownerOf(`${state}/own`)], [
    "a\nb\n",
    `${ANA}:${ANA} 0600`,
  ]);
});
