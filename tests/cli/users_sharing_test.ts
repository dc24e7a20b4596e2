/**
 * Readers of a database among other users, and members of a group.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { appendText } from "../../src/files/mod.ts";
import type { FinishedJob } from "../../src/model/job.ts";
import { spill } from "../../src/store/spill.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { installed } from "../installed.ts";
import { job } from "../store/sqlite/helpers.ts";
import { ANA, as, BIA, EVE, ownerOf, ownersBelow, TEAM, testAsRoot } from "../users.ts";
import { CSV, ingest, run, succeeds } from "./users_state.ts";

const COMPANIONS = ["t.db-shm", "t.db-wal"];

function companionsIn(state: string): string[] {
  return ownersBelow(state).filter((line) => COMPANIONS.some((name) => line.startsWith(name)));
}

testAsRoot("doctor has findings for a user who may not see everything", async (folder) => {
  folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
  const state = folder.make("state", ANA, TEAM, 0o2770);
  const group = { gid: TEAM };
  await as(ANA, () => succeeds("first", ingest(state, "--job-lock")), group);
  await as(ANA, () => succeeds("backup", run(state, ["db", "backup"])), group);
  await as(ANA, () => appendText(`${state}/t.db.spill.ndjson`, "{}"), group);
  const modes = { ".": 0o2750, locks: 0o2750, backups: 0o2750, "t.db": 0o640 };
  for (const [name, mode] of Object.entries(modes)) Deno.chmodSync(`${state}/${name}`, mode);
  const cases: readonly [name: string, mode: number, check: string][] = [
    [".", 0o700, "database"],
    ["locks", 0o700, "locks"],
    ["locks", 0o710, "locks"],
    ["locks", 0o740, "locks"],
    ["locks", 0o750, "locks"],
    ["backups", 0o700, "backups"],
    ["t.db", 0o600, "schema"],
    ["t.db.spill.ndjson", 0o600, "spill_file"],
  ];
  for (const [name, mode, check] of cases) {
    const kept = Deno.statSync(`${state}/${name}`).mode ?? 0;
    Deno.chmodSync(`${state}/${name}`, mode);
    await as(BIA, async () => {
      const args = ["doctor", "--offline", "--no-config", "--json"];
      const { stdout, stderr } = await run(state, args, folder.path);
      const what = `${name} 0${mode.toString(8)}`;
      assertEquals(stderr, "", what);
      const { findings } = JSON.parse(stdout) as { findings: { check: string; level: string }[] };
      const found = findings.filter((each) => each.check === check && each.level !== "ok");
      assert(found.length > 0, `${what}: ${JSON.stringify(findings)}`);
    }, group);
    Deno.chmodSync(`${state}/${name}`, kept & 0o7777);
  }
});

testAsRoot(
  "a reader of the group reads while a run works, and after it was killed",
  async (folder) => {
    if (!await installed("sqlite3", ["sqlite3", "--version"])) return;
    folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
    const state = folder.make("state", ANA, ANA, 0o755);
    await as(ANA, () => succeeds("first", ingest(state)));
    // As the page for several users says.
    for (const path of [state, `${state}/t.db`]) Deno.chownSync(path, ANA, TEAM);
    Deno.chmodSync(state, 0o2750);
    Deno.chmodSync(`${state}/t.db`, 0o640);
    const out = folder.make("out", BIA, BIA, 0o700);
    const all = [
      ...["stats", "logs", "gaps"].map((command) => [command]),
      ...["info", "verify"].map((command) => ["db", command]),
      ["db", "backup", "--to", `${out}/b.db`],
      ["export", "--out", `${out}/p.csv`],
      ["doctor", "--offline", "--no-config"],
    ];
    const reads = (what: string) =>
      as(BIA, async () => {
        for (const args of all) {
          const { code, stdout, stderr } = await run(state, args);
          const isWhole = code === 0 || (args[0] === "doctor" && stdout.includes("schema version"));
          assert(isWhole, `${what}: ${args.join(" ")}: ${stderr}`);
        }
      }, { gid: TEAM });
    const writer = new Deno.Command("sqlite3", {
      args: [`${state}/t.db`],
      uid: ANA,
      gid: ANA,
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const statements = writer.stdin.getWriter();
    const change = "UPDATE ingest_logs SET attempts = 2; SELECT 'changed';\n";
    await statements.write(new TextEncoder().encode(change));
    const output = writer.stdout.getReader();
    await output.read();
    assertEquals(companionsIn(state), COMPANIONS.map((name) => `${name} ${ANA}:${TEAM} 0640`));
    await reads("at work");
    writer.kill("SIGKILL");
    await writer.status;
    await output.cancel();
    await statements.abort().catch(() => {});
    const left = companionsIn(state);
    assertEquals(left.length, 2);
    await reads("killed");
    assertEquals(companionsIn(state), left);
    await as(ANA, () => succeeds("owner", ingest(state, "--force-refresh")));
  },
);

/** Reads as `sqlite3 -readonly` does, which leaves its companions where it may write in the folder. */
function openReadOnly(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true });
  db.prepare("SELECT 1 FROM prices").get();
  return db;
}

testAsRoot("what another program's reader has left does not lock the owner out", async (folder) => {
  folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
  for (const owned of ["database", "folder"]) {
    const isFolder = owned === "folder";
    const state = folder.make(owned, isFolder ? ANA : EVE, TEAM, 0o2770);
    const group = { gid: TEAM };
    await as(isFolder ? EVE : ANA, () => succeeds("first", ingest(state)), group);
    Deno.chmodSync(`${state}/t.db`, isFolder ? 0o660 : 0o640);
    Deno.chmodSync(`${state}/locks`, 0o2770);
    for (const { name } of Deno.readDirSync(`${state}/locks`)) {
      Deno.chownSync(`${state}/locks/${name}`, ANA, TEAM);
    }
    await as(BIA, () => openReadOnly(`${state}/t.db`).close(), group);
    for (const name of COMPANIONS) Deno.chmodSync(`${state}/${name}`, 0o640);
    const left = COMPANIONS.map((name) => `${name} ${BIA}:${TEAM} 0640`);
    assertEquals(companionsIn(state), left);
    await as(ANA, async () => {
      const { stdout } = await run(state, ["doctor", "--offline", "--no-config", "--wide"]);
      assert(!stdout.includes("cannot be written"), stdout);
      assertEquals(companionsIn(state), left);
      await succeeds(owned, ingest(state, "--force-refresh"));
    }, group);
    assertEquals(companionsIn(state), []);
  }
});

testAsRoot(
  "companions of another user that are in use, or not empty, stay and are named",
  async (folder) => {
    folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
    const state = folder.make("state", ANA, TEAM, 0o2770);
    const group = { gid: TEAM };
    await as(ANA, () => succeeds("first", ingest(state)), group);
    Deno.chmodSync(`${state}/t.db`, 0o640);
    const refused = async (): Promise<void> => {
      const before = companionsIn(state);
      await as(ANA, async () => {
        const { code, stderr } = await ingest(state, "--force-refresh");
        const { stdout } = await run(state, ["doctor", "--offline", "--no-config", "--wide"]);
        assertEquals(code, 1);
        for (const said of [stderr, stdout]) {
          const text = said.replaceAll(/\s+/g, " ");
          assertMatch(text, /t\.db-wal and t\.db-shm beside it, of user 20002, cannot be written/);
          assertMatch(text, /chown 20001:20100 \S+t\.db-wal \S+t\.db-shm/);
        }
      }, group);
      assertEquals(companionsIn(state), before);
    };
    const reader = await as(BIA, () => openReadOnly(`${state}/t.db`), group);
    await refused();
    reader.close();
    Deno.writeTextFileSync(`${state}/t.db-wal`, "not empty");
    await refused();
    for (const name of COMPANIONS) Deno.chownSync(`${state}/${name}`, ANA, TEAM);
    await as(ANA, () => succeeds("as the hint says", ingest(state, "--force-refresh")), group);
  },
);

function waiting(number: number): FinishedJob {
  const end = { finishedAt: "2024-01-02T10:00:05.000Z", status: "failed", durationMs: 1 } as const;
  return { job: job(number), end };
}

testAsRoot("a group shares backups, exports and the spill file", async (folder) => {
  folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
  for (const umask of [0o002, 0o022]) {
    const state = folder.make(`state${umask}`, ANA, TEAM, 0o2770);
    const group = { gid: TEAM, umask };
    const out = ["export", "--out", `${state}/p.csv`];
    await as(ANA, async () => {
      await succeeds("first", ingest(state, "--lock-mode", "group"));
      await succeeds("export", run(state, out));
      await succeeds("backup", run(state, ["db", "backup", "--keep", "1"]));
      await spill(`${state}/t.db`, waiting(1));
    }, group);
    // As the page for several users says.
    for (const name of ["t.db", "p.csv"]) Deno.chmodSync(`${state}/${name}`, 0o660);
    await as(BIA, async () => {
      await spill(`${state}/t.db`, waiting(2));
      assertEquals(Deno.readTextFileSync(`${state}/t.db.spill.ndjson`).split("\n").length, 3);
      await succeeds("export of a member", run(state, out));
      await succeeds("backup of a member", run(state, ["db", "backup", "--keep", "1"]));
      await succeeds("ingest of a member", ingest(state, "--force-refresh"));
      assertEquals(Deno.readTextFileSync(`${state}/t.db.spill.ndjson`), "");
    }, group);
    await as(ANA, async () => {
      await succeeds("export", run(state, out));
      await succeeds("backup", run(state, ["db", "backup", "--keep", "1"]));
    }, group);
    const modes = ["p.csv", "p.csv.sha256", "t.db.spill.ndjson", "backups"];
    assertEquals(
      modes.map((name) => ownerOf(`${state}/${name}`).replace(/^\d+:/, "")),
      [`${TEAM} 0660`, `${TEAM} 0660`, `${TEAM} 0660`, `${TEAM} 2770`],
    );
    assertEquals([...Deno.readDirSync(`${state}/backups`)].length, 2);
  }
  const state = folder.make("private", ANA, TEAM, 0o2750);
  await as(ANA, async () => {
    await succeeds("alone", ingest(state));
    await succeeds("alone", run(state, ["db", "backup"]));
    await spill(`${state}/t.db`, waiting(1));
  });
  assertEquals(ownerOf(`${state}/backups`), `${ANA}:${TEAM} 2700`);
  assertEquals(ownerOf(`${state}/t.db.spill.ndjson`), `${ANA}:${TEAM} 0600`);
});
