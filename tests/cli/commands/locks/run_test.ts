import { RECORD_SIZE } from "../../../../src/lock/holder.ts";
import {
  assert,
  assertEquals,
  assertHas,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../../../assert.ts";
import { ForeignHolder, forgeRecord, listed, locks, statusOf } from "../../../e2e/lock_tools.ts";
import { Workspace } from "../../../e2e/workspace.ts";
import { testNeeding } from "../../../system.ts";

testNeeding("utilLinux", "the state comes from the lock, never from the record", async () => {
  await using space = await Workspace.create();
  // A record of a process that lives, and beats, but no lock: free.
  const now = new Date().toISOString();
  forgeRecord(space, "PETR4.SA", { pid: Deno.pid, acquiredAt: now, heartbeatAt: now });
  const free = await statusOf(space, "PETR4.SA");
  assertHas(free, { state: "free", stale: true, silent: false });
  assertEquals(free.holder?.pid, Deno.pid);
  assertEquals((await listed(space, "--held")).length, 0);
  // With --force, too, there is no lock to take away: no audit row, no new file.
  const { ino } = Deno.statSync(space.lockPath("PETR4.SA"));
  const { stdout } = await locks(space, "release", "PETR4.SA", "--force");
  assertMatch(stdout, new RegExp(`^PETR4\\.SA was free; cleared the record of pid ${Deno.pid} `));
  assertEquals(Deno.statSync(space.lockPath("PETR4.SA")).ino, ino);
  assert(!space.hasDatabase());

  // A lock without any record: held by an unknown program.
  {
    await using holder = await ForeignHolder.start(space.lockPath("VALE3.SA"), space.path);
    const held = await statusOf(space, "VALE3.SA");
    assertHas(held, { state: "held", stale: false, silent: false, holder: null });
    const table = await locks(space, "status", "VALE3.SA");
    assertEquals(table.stdout, "VALE3.SA is held by an unknown holder\n");
    // Looking at it did not take it away.
    assert(!space.isFree("VALE3.SA"));
    await holder.end();
  }
  assertEquals((await statusOf(space, "VALE3.SA")).state, "free");

  // A lock with the record of a process that cannot exist: held all the same.
  using _held = space.hold("ITUB4.SA");
  forgeRecord(space, "ITUB4.SA", { pid: 2 ** 31 - 2, acquiredAt: now, heartbeatAt: now });
  const dead = await statusOf(space, "ITUB4.SA");
  assertHas(dead, { state: "held", stale: false });
  assertEquals(dead.holder?.pid, 2 ** 31 - 2);
  assertEquals((await locks(space, "release", "ITUB4.SA")).code, 75);
});

Deno.test("garbage in a lock file is an unknown holder, and stays", async () => {
  await using space = await Workspace.create();
  Deno.mkdirSync(space.lockDir);
  const garbage = crypto.getRandomValues(new Uint8Array(2 * RECORD_SIZE));
  Deno.writeFileSync(space.lockPath("PETR4.SA"), garbage);
  const free = await statusOf(space, "PETR4.SA");
  assertHas(free, { state: "free", stale: false, holder: null });
  {
    using _held = space.hold("PETR4.SA");
    const held = await statusOf(space, "PETR4.SA");
    assertHas(held, { state: "held", holder: null });
  }
  assertEquals((await locks(space, "release", "PETR4.SA")).code, 0);
  assertEquals(Deno.readFileSync(space.lockPath("PETR4.SA")), garbage);
});

Deno.test("a holder without a heartbeat shows as silent", async () => {
  await using space = await Workspace.create();
  using held = space.hold("PETR4.SA");
  const heartbeatAt = new Date(Date.now() - 3 * 3600 * 1000).toISOString();
  forgeRecord(space, "PETR4.SA", { pid: Deno.pid, heartbeatAt });
  Deno.utimeSync(space.lockPath("PETR4.SA"), new Date(heartbeatAt), new Date(heartbeatAt));
  const lock = await statusOf(space, "PETR4.SA");
  assertHas(lock, { state: "held", silent: true, stale: false });
  const { stdout } = await locks(space, "status", "PETR4.SA");
  assertMatch(
    stdout,
    /; it has shown no sign of life lately: stopped or hung\. To see to it, find .*PETR4\.SA\.lock.*kill -9\n/,
  );
  const list = await locks(space, "list");
  assertMatch(list.stdout, /^PETR4\.SA +held \(silent\) .* 3 h ago$/m);
  held.release();
  // Where it is free, an old heartbeat is just stale.
  const free = await statusOf(space, "PETR4.SA");
  assertHas(free, { state: "free", silent: false, stale: true });
});

testNeeding("advisoryLocks", "a holder that writes with another clock is no hung one", async () => {
  for (const [hours, where] of [[3, "ahead of"], [-3, "behind"]] as const) {
    await using space = await Workspace.create();
    using _held = space.hold("PETR4.SA");
    const heartbeatAt = new Date(Date.now() + hours * 3600 * 1000).toISOString();
    forgeRecord(space, "PETR4.SA", { pid: Deno.pid, heartbeatAt });
    const { stdout } = await locks(space, "status", "PETR4.SA");
    assertMatch(stdout, new RegExp(`; it is at work, and its clock is 3 h ${where} this one\n`));
    assertMatch((await locks(space, "list")).stdout, /^PETR4\.SA +held (?!\(silent).* \d+ s ago$/m);
    const { code, stderr } = await locks(space, "release", "PETR4.SA", "--log-format=pretty");
    assertEquals(code, 75);
    assertMatch(stderr, /It is at work: let it finish, or, to stop it, find/);
    assertNotMatch(stderr, /kill -9|hung|--force/);
  }
});

testNeeding("links", "what cannot be a lock file is unusable, and is not touched", async () => {
  await using space = await Workspace.create();
  Deno.mkdirSync(space.lockDir);
  const target = space.write("target", "precious");
  Deno.symlinkSync(target, space.lockPath("PETR4.SA"));
  Deno.mkdirSync(space.lockPath(".nightly"));
  const problems = { "PETR4.SA": "it is a symbolic link", ".nightly": "it is a folder" };
  for (const [name, problem] of Object.entries(problems)) {
    const lock = await statusOf(space, name);
    assertHas(lock, { state: "unusable", problem });
    const { stdout } = await locks(space, "status", name);
    assertEquals(
      stdout,
      `${name} is unusable: ${problem}\nTry: Find out who put it there, then remove ${lock.path}.\n`,
    );
    for (const args of [[], ["--force"]]) {
      const { code, stderr } = await locks(space, "release", name, "--log-format=pretty", ...args);
      assertEquals(code, 1);
      assertMatch(
        stderr,
        /^Error: lock file .* is a .*refused\nTry: Find out who put it there.*\n$/,
      );
    }
  }
  const { code, stdout } = await locks(space, "list");
  assertEquals(code, 0);
  assertMatch(stdout, /: 0 held, 0 not held, 2 that cannot be tried\n/);
  for (const [name, problem] of Object.entries(problems)) {
    assertStringIncludes(stdout, `\n${name} is unusable: ${problem}\n`);
  }
  assertEquals(Deno.readTextFileSync(target), "precious");
});
