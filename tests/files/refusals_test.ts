/**
 * What a real system refuses: permissions, read-only and full disks, limits. Each in a process that
 * meets it, and each leaves the old content and nothing else.
 *
 * @module
 */
import { stages } from "../../src/files/mod.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { unprivileged } from "../e2e/unprivileged.ts";
import { canMount, leaveOut } from "../installed.ts";
import { Folder, needing, test } from "./folder.ts";
import { resultOf, runWorker, type WorkerOptions } from "./processes.ts";
import { testNeeding } from "../system.ts";

const shell = needing("shell");

/** Larger than the limits here. */
const LARGE = "0123456789".repeat(5000);

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

async function refusal(args: readonly string[], options: WorkerOptions): Promise<Refusal> {
  return resultOf(await runWorker(["error", ...args], options)) as Refusal;
}

test("without the program's right to read or write, the hint names the flag", async (folder) => {
  const path = folder.put("a", "old");
  const none = { permissions: ["--allow-read"] };
  for (const kind of ["text", "append", "json"]) {
    const { code, hint } = await refusal([kind, path, "new"], none);
    assertEquals(code, "file_permission");
    assertStringIncludes(hint, "--allow-write");
  }
  const read = await refusal(["read", path], { permissions: ["--allow-write"] });
  assertEquals(read.code, "file_permission");
  assertStringIncludes(read.hint, "--allow-read");
  assertEquals([folder.text("a"), folder.names()], ["old", ["a"]]);
});

test("the folder's own rights are enough", async (folder) => {
  const permissions = [`--allow-read=${folder.path}`, `--allow-write=${folder.path}`];
  for (const kind of ["text", "append", "json"]) {
    const ended = await runWorker(["error", kind, folder.at(kind), "new"], { permissions });
    assertEquals(resultOf(ended), null);
  }
  assertEquals(folder.dataNames(), ["append", "json", "text"]);
});

testNeeding(
  "modes",
  "where the user may not write in the folder, or read the file, that is the error",
  async () => {
    const prefix = await unprivileged();
    if (prefix === undefined) {
      return leaveOut("root, and setpriv cannot drop its rights: modes not tested");
    }
    await using folder = await Folder.create();
    const path = folder.put("a", "old");
    Deno.chmodSync(path, 0o000);
    Deno.chmodSync(folder.path, 0o555);
    try {
      for (const kind of ["text", "append", "json", "read"]) {
        const { code, message } = await refusal([kind, path, "new"], { prefix });
        assertEquals(code, "file_permission");
        assertStringIncludes(message, JSON.stringify(path));
      }
    } finally {
      Deno.chmodSync(folder.path, 0o755);
      Deno.chmodSync(path, 0o644);
    }
    assertEquals([folder.text("a"), folder.names()], ["old", ["a"]]);
  },
);

test("who may only read sees which stages are complete", async (folder) => {
  await stages(folder.path, ["prices"]).save("prices", 1);
  const state = async (): Promise<unknown> =>
    resultOf(await runWorker(["state", folder.path], { permissions: ["--allow-read"] }));
  assertEquals(await state(), [true, null]);
  folder.put("1_prices.json", "2");
  assertEquals(await state(), [false, "stage_checksum_mismatch"]);
  Deno.removeSync(folder.at("1_prices.json.sha256"));
  assertEquals(await state(), [false, "stage_missing"]);
});

shell.test("a limit on the size of files leaves the old content and no temporary file", async (folder) => {
  const path = folder.put("a", "old\n");
  // 16 blocks are 8 KiB, or 16 KiB where a block is 1024 bytes. A process that does not ignore
  // SIGXFSZ is killed by it before it can say anything.
  const prefix = ["sh", "-c", 'trap "" XFSZ; ulimit -f 16; exec "$@"', "sh"];
  for (const kind of ["text", "append", "json"]) {
    const { code, message, hint } = await refusal([kind, path, LARGE], { prefix });
    assertEquals(code, "file_disk_full", message);
    assertStringIncludes(hint, "ulimit -f");
    assertEquals([folder.text("a"), folder.dataNames()], ["old\n", ["a"]]);
  }
});

/** Mounts a small file system that only the command's own processes see. */
const OWN_MOUNTS = ["unshare", "--map-root-user", "--mount"];

/** Runs a worker on a file `a` in a file system that is made for it; afterwards it is gone. */
async function onTmpfs(
  folder: Folder,
  options: string,
  prepare: string,
  kind: string,
): Promise<{ refusal: Refusal; names: string[]; content: string }> {
  const script = `mount -t tmpfs -o ${options} tmpfs "$0" && echo old >"$0/a" && ${prepare} ` +
    `&& "$@" && echo && ls -A "$0" && echo && cat "$0/a"`;
  const prefix = [...OWN_MOUNTS, "sh", "-c", script, folder.path];
  const ended = await runWorker(["error", kind, folder.at("a"), LARGE], { prefix });
  assertEquals([ended.code, ended.stderr], [0, ""], ended.stdout);
  const [said = "", names = "", content = ""] = ended.stdout.split("\n\n");
  const names_ = names.split("\n").filter((name) => !name.endsWith(".lock"));
  return { refusal: JSON.parse(said), names: names_, content };
}

testNeeding(
  "mounts",
  "a full disk, one without room for another file, and a read-only one",
  async () => {
    if (!await canMount(OWN_MOUNTS)) return;
    await using folder = await Folder.create();
    const cases: [what: string, options: string, prepare: string, code: string][] = [
      ["no room for the content", "size=16k", "true", "file_disk_full"],
      ["no room for another file", "size=16k,nr_inodes=3", "echo >$0/b", "file_disk_full"],
      ["read-only", "size=16k", 'mount -o remount,ro "$0"', "file_permission"],
    ];
    for (const [what, options, prepare, code] of cases) {
      for (const kind of ["text", "append"]) {
        const found = await onTmpfs(folder, options, prepare, kind);
        assertEquals(found.refusal.code, code, `${what}: ${found.refusal.message}`);
        assertEquals(found.content, "old\n");
        assert(found.names.every((name) => name === "a" || name === "b"), found.names.join());
      }
    }
  },
);

testNeeding(
  "mounts",
  "a file that is mounted by itself stays whole, and the mount is named",
  async () => {
    if (!await canMount(OWN_MOUNTS)) return;
    await using folder = await Folder.create();
    const bound = 'mount --bind "$0/a" "$0/a"';
    const { refusal, names, content } = await onTmpfs(folder, "size=64m", bound, "text");
    assertEquals([refusal.code, names, content], ["file_mounted", ["a"], "old\n"]);
    assert(refusal.message.includes("it is a mount of its own"), refusal.message);
  },
);
