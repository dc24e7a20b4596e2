import { acquireTickerLock, inspectLock } from "../../src/lock/mod.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { waitFor } from "../e2e/wait_for.ts";
import { needing, test, untilQueued } from "./lock_folder.ts";
import { Peer } from "./peer.ts";
import { killed } from "../system.ts";

const kernelQueue = needing("kernelQueue");
const proc = needing("proc");

/**
 * What a process has open of locks and threads, by path: Deno itself must not look into `/proc`. Left
 * out are the caches and pipes of Deno, which come and go.
 */
function openFiles(pid: number): string[] {
  const { stdout } = new Deno.Command("ls", { args: ["-l", `/proc/${pid}/fd`] }).outputSync();
  const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line.includes("->"));
  const paths = lines.map((line) => line.slice(line.indexOf("->") + 3));
  return paths.filter((path) => path.endsWith(".lock") || path.startsWith("anon_inode:")).sort();
}

kernelQueue.test("an abandoned wait does not keep its process alive", async ({ folder }) => {
  using _held = folder.hold("A");
  await using peer = await Peer.start();
  const options = { lockDir: folder.lockDir, timeoutSeconds: 3600 };
  await peer.order({ do: "acquire", name: "A", options });
  await untilQueued(folder.file("A"));
  await peer.order({ do: "late", name: "" });
  const refused = await peer.tells("refused", "A");
  assertEquals(refused.code, "lock_timeout");
  await untilQueued(folder.file("A"));
  const { code, signal } = await peer.end();
  assertEquals([code, signal, folder.isFree("A")], [0, null, false]);
  await untilQueued(folder.file("A"), 0);
});

test("a lock that was waited for is free when its process ends without releasing it", async ({ folder, lockDir }) => {
  for (const end of ["by itself", "exit", "SIGKILL"]) {
    const held = folder.hold("A");
    await using peer = await Peer.start();
    await peer.order({ do: "acquire", name: "A", options: { lockDir } });
    await peer.tells("waiting", "A");
    await untilQueued(folder.file("A"));
    held.release();
    assertEquals((await peer.tells("acquired", "A")).action, "waited");
    assert(!folder.isFree("A"));
    assertEquals(inspectLock("A", { lockDir }).holder?.pid, peer.pid);
    if (end === "exit") await peer.order({ do: "exit", name: "" });
    if (end === "SIGKILL") peer.kill("SIGKILL");
    const { code } = await peer.end();
    assertEquals(code, end === "SIGKILL" ? killed().code : 0, end);
    await folder.untilFree("A");
  }
});

proc.test("an abandoned wait releases what it is granted, and keeps no descriptor", async ({ folder, lockDir }) => {
  const path = folder.file("A");
  const ofLock = (pid: number): number => openFiles(pid).filter((file) => file === path).length;
  await using peer = await Peer.start();
  const ask = (timeoutSeconds: number) =>
    peer.order({ do: "acquire", name: "A", options: { lockDir, timeoutSeconds } });
  const givesUp = async () => assertEquals((await peer.tells("refused", "A")).code, "lock_timeout");
  const counts: number[][] = [];
  for (let round = 0; round < 3; round++) {
    const held = folder.hold("A");
    await ask(3600);
    await untilQueued(path);
    await peer.order({ do: "late", name: "" });
    await givesUp();
    const waiting = ofLock(peer.pid);
    assert(waiting > 0);
    await ask(0.2);
    await givesUp();
    await untilQueued(path);
    assertEquals(ofLock(peer.pid), waiting);
    held.release();
    await waitFor("the lock to be free", () => folder.isFree("A"));
    await waitFor("its descriptors to be closed", () => ofLock(peer.pid) === 0);
    using guard = await acquireTickerLock("A", { lockDir, wait: false });
    assertEquals(guard.action, "acquired");
    counts.push([waiting, openFiles(peer.pid).length]);
  }
  for (const count of counts) assertEquals(count, counts[0]);
});

proc.test("waits that are granted keep no descriptor either", async ({ folder, lockDir }) => {
  await using peer = await Peer.start();
  const left: string[][] = [];
  for (let round = 0; round < 4; round++) {
    const held = folder.hold("A");
    await peer.order({ do: "acquire", name: "A", options: { lockDir } });
    await untilQueued(folder.file("A"));
    held.release();
    await peer.tells("acquired", "A");
    await peer.release("A");
    assert(folder.isFree("A"));
    left.push(openFiles(peer.pid));
  }
  for (const files of left) assertEquals(files, left[0]);
});

proc.test("acquisitions that fail keep no descriptor", async ({ folder, lockDir }) => {
  using _held = folder.hold("A");
  const path = folder.file("A");
  const before = openFiles(Deno.pid).filter((file) => file === path);
  const onWait = (): never => {
    throw new Error("not today");
  };
  for (let time = 0; time < 3; time++) {
    const controller = new AbortController();
    const { signal } = controller;
    const refused = [
      { wait: false },
      { timeoutSeconds: 0 },
      { timeoutSeconds: 0.01 },
      { onWait },
      { signal, onWait: () => controller.abort() },
    ];
    for (const options of refused) {
      await assertRejects(() => acquireTickerLock("A", { lockDir, ...options }), Error);
    }
  }
  assertEquals(openFiles(Deno.pid).filter((file) => file === path), before);
});

proc.test("a child of the holder outlives it: the lock is free", async ({ folder, lockDir }) => {
  const held = folder.hold("B");
  await using peer = await Peer.start({ rights: ["--allow-run=sleep"] });
  // One lock at once, the other through a waiting thread.
  await peer.hold("A", lockDir);
  await peer.order({ do: "acquire", name: "B", options: { lockDir } });
  await untilQueued(folder.file("B"));
  held.release();
  await peer.tells("acquired", "B");
  await peer.order({ do: "spawn", name: "" });
  const { pid } = await peer.tells("spawned", "");
  assert(pid !== undefined);
  try {
    peer.kill("SIGKILL");
    await peer.end();
    Deno.kill(pid, "SIGCONT");
    for (const name of ["A", "B"]) {
      // A child on its way into its program may still be closing what it was born with.
      await folder.untilFree(name);
      assert(!openFiles(pid).includes(folder.file(name)));
      using _guard = await acquireTickerLock(name, { lockDir, wait: false });
    }
  } finally {
    Deno.kill(pid, "SIGKILL");
  }
});
