/**
 * The executable in a root with only what packaging/Containerfile copies into it, and the C library
 * that its base has.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { canMount, installed } from "../installed.ts";
import { textOf } from "../pages.ts";
import { testNeeding } from "../system.ts";
import { binary, Place, runBare } from "./binary.ts";

const CONTAINERFILE = textOf("packaging/Containerfile");

/** What stands behind a word of the file. */
function instructions(word: string): string[] {
  return [...CONTAINERFILE.matchAll(new RegExp(`^${word} (.+)$`, "gm"))].map(([, rest = ""]) =>
    rest
  );
}

async function copyInto(root: string, from: string, to: string): Promise<void> {
  await Deno.mkdir(`${root}${to.slice(0, to.lastIndexOf("/"))}`, { recursive: true });
  await Deno.copyFile(from, root + to);
  await Deno.chmod(root + to, 0o755);
}

/** Makes a root, and a folder for its volume. @returns The root. */
async function makeRoot(place: Place, program: string): Promise<string> {
  const root = await place.folder("root");
  for (const copied of instructions("COPY")) {
    const [from, to = ""] = copied.split(" ");
    assertEquals(from, "dist/tickerlock");
    await copyInto(root, program, to);
  }
  const { stdout } = await runBare(["ldd", program], "/");
  for (const [library] of stdout.matchAll(/\/\S+\.so\S*/g)) await copyInto(root, library, library);
  for (const name of ["proc", "tmp", "data"]) await Deno.mkdir(`${root}/${name}`);
  return root;
}

testNeeding("mounts", "the executable works in the container that its file describes", async () => {
  const program = binary();
  if (program === undefined || !await installed("ldd")) return;
  if (Deno.uid() !== 0 || !(await canMount(["unshare", "-m"]))) return;
  await using place = await Place.create();
  const root = await makeRoot(place, program);
  const [user = ""] = instructions("USER");
  const [uid = "", gid = ""] = user.split(":");
  await Deno.chown(`${root}/data`, Number(uid), Number(gid));
  await Deno.writeTextFile(`${root}/data/a.csv`, "ticker,date,close\nA,2024-01-02,1\n");
  const [entry] = instructions("ENTRYPOINT").flatMap((words): string[] => JSON.parse(words));
  const [folder = ""] = instructions("WORKDIR");
  // The root can only be read, but for the volume.
  const script = `mount --bind "$0" "$0" && mount --bind "$0/data" "$0/data" &&
    mount -t proc proc "$0/proc" && mount -o remount,ro,bind "$0" &&
    exec chroot --userspec=${user} "$0" "$@"`;
  const variables = instructions("ENV").map((line) => line.split("="));
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...Object.fromEntries(variables) };
  // As pid 1, as in a container.
  const unshare = ["unshare", "--mount", "--pid", "--fork", "sh", "-c", script, root, entry ?? ""];
  const run = (...args: string[]) => runBare([...unshare, ...args], "/", env);
  for (const words of instructions("CMD").map((text): string[] => JSON.parse(text))) {
    assertEquals((await run(...words)).code, 0);
  }
  const data = (name: string): string => `${folder}/${name}`;
  for (
    const args of [
      ["ingest", "--source", "csv", "--file", data("a.csv")],
      ["db", "backup"],
      ["export", "--out", data("x.csv")],
      ["doctor", "--offline"],
      ["db", "restore", "latest"],
      ["stats"],
    ]
  ) {
    const { code, stdout, stderr } = await run(...args);
    assertEquals(code, 0, `${args.join(" ")}: ${stdout}${stderr}`);
  }
  const names = [...Deno.readDirSync(`${root}/data`)].map(({ name }) => name);
  assert(names.includes("tickerlock.db") && names.includes("locks"), `${names}`);
  assertEquals(Deno.statSync(`${root}/data/tickerlock.db`).uid, Number(uid));
});

testNeeding("gnu", "the lowest C library is the one that the pages tell", async () => {
  const path = binary();
  if (path === undefined || Deno.build.target !== "x86_64-unknown-linux-gnu") return;
  // The names of the symbols' versions stand in the file as texts.
  const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
  const minors = [...text.matchAll(/GLIBC_2\.(\d+)\0/g)].map(([, minor]) => Number(minor));
  const lowest = `2.${Math.max(...minors)}`;
  assertMatch(
    textOf("docs/platforms.md"),
    new RegExp(`glibc[^|]*\\| ${lowest.replace(".", "\\.")},`),
  );
});
