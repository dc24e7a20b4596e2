/**
 * The program among other users of a machine.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { appendText, FileError } from "../../src/files/mod.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";
import { installed } from "../installed.ts";
import { ANA, as, BIA, EVE, ownerOf, ownersBelow, TEAM, testAsRoot } from "../users.ts";
import type { Outcome } from "./in_process.ts";
import { CSV, ingest, run, succeeds } from "./users_state.ts";

testAsRoot("what root does once among a user's files is the user's", async (folder) => {
  folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
  const state = folder.make("state", ANA, ANA, 0o755);
  await as(ANA, () => succeeds("first", ingest(state, "--ticker", "PETR4.SA")));
  const byRoot: Record<string, Promise<Outcome>> = {
    ingest: ingest(state, "--job-lock", "nightly", "--log-file", `${state}/logs/t.log`),
    "job lock": ingest(state, "--job-lock"),
    backup: run(state, ["db", "backup"]),
    "backup of a name": run(state, ["db", "backup", "--to", `${state}/copies/n.db`]),
    export: run(state, ["export", "--out", `${state}/out/p.csv`]),
    metrics: run(state, ["stats", "--prometheus", "--out", `${state}/t.prom`]),
    statistics: run(state, ["stats"]),
  };
  for (const [what, outcome] of Object.entries(byRoot)) await succeeds(`root: ${what}`, outcome);
  const all = ownersBelow(state);
  assert(all.some((line) => line.startsWith("locks/VALE3.SA.lock")), all.join("\n"));
  assertEquals(all.filter((line) => !line.includes(` ${ANA}:${ANA} `)), []);

  await as(ANA, async () => {
    const log = ["--log-file", `${state}/logs/t.log`];
    await succeeds("all", ingest(state, "--job-lock", "nightly", ...log));
    await succeeds("one", ingest(state, "--ticker", "PETR4.SA", "--job-lock"));
    await succeeds("backup", run(state, ["db", "backup", "--keep", "1"]));
    await succeeds("the same", run(state, ["db", "backup", "--to", `${state}/copies/n.db`]));
    await succeeds("export", run(state, ["export", "--out", `${state}/out/p.csv`]));
    await succeeds("metrics", run(state, ["stats", "--prometheus", "--out", `${state}/t.prom`]));
    const { stdout } = await run(state, ["doctor", "--offline", "--no-config"]);
    assertMatch(stdout, /ok: lock_folder: .*\/locks can be used \(mode 0700\)/);
  });
});

testAsRoot("a new database that root makes in a user's folder is the user's", async (folder) => {
  folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
  const state = folder.make("state", ANA, ANA, 0o755);
  await succeeds("root", ingest(state));
  assertEquals(ownersBelow(state).filter((line) => !line.includes(` ${ANA}:${ANA} `)), []);
  await as(ANA, () => succeeds("the user", ingest(state, "--force-refresh")));
});

testAsRoot(
  "what is restored, exported and backed up keeps owner, group and mode",
  async (folder) => {
    folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
    const state = folder.make("state", ANA, ANA, 0o750);
    await as(ANA, () => succeeds("first", ingest(state)));
    const files = ["t.db", "b.db", "b.db.sha256", "p.csv", "p.csv.sha256"];
    const write = async (): Promise<void> => {
      await succeeds("backup", run(state, ["db", "backup", "--to", `${state}/b.db`]));
      await succeeds("export", run(state, ["export", "--out", `${state}/p.csv`]));
      await succeeds("restore", run(state, ["db", "restore", `${state}/b.db`]));
    };
    await as(ANA, write);
    for (const name of files) {
      Deno.chownSync(`${state}/${name}`, ANA, TEAM);
      Deno.chmodSync(`${state}/${name}`, 0o640);
    }
    await write();
    const wanted = `${ANA}:${TEAM} 0640`;
    assertEquals(files.map((name) => ownerOf(`${state}/${name}`)), files.map(() => wanted));
    await as(ANA, () => succeeds("the user", ingest(state)));
  },
);

testAsRoot("locks are for their owner, whatever the umask says", async (folder) => {
  folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
  for (const umask of [0, 0o002, 0o022, 0o077]) {
    const state = folder.make(`state${umask}`, ANA, ANA, 0o755);
    await as(ANA, () => succeeds("ingest", ingest(state, "--job-lock")), { umask });
    assertEquals(ownersBelow(state), [
      `locks 20001:20001 0700`,
      ...[".job_running", "PETR4.SA", "VALE3.SA"].map((name) =>
        `locks/${name}.lock 20001:20001 0600`
      ),
      "t.db 20001:20001 0600",
    ]);
  }
});

for (const umask of [0o002, 0o022, 0o077]) {
  for (const first of ["a member", "root"]) {
    testAsRoot(
      `a group shares with umask 0${umask.toString(8)}, ${first} first`,
      async (folder) => {
        folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
        const state = folder.make("state", 0, TEAM, 0o2770);
        const group = { gid: TEAM, umask };
        const shared = ["--lock-mode", "group"];
        const members = [ANA, BIA, ANA, EVE];
        if (first === "root") await succeeds("root", ingest(state, ...shared, "--job-lock"));
        else await as(ANA, () => succeeds("first", ingest(state, ...shared, "--job-lock")), group);
        // As the page for several users says.
        Deno.chmodSync(`${state}/t.db`, 0o660);
        for (const [turn, uid] of members.entries()) {
          const what = `turn ${turn}`;
          const more = turn === 1 ? [] : shared;
          await as(uid, async () => {
            await succeeds(what, ingest(state, ...more, "--job-lock", "--force-refresh"));
            await succeeds(what, run(state, ["stats"]));
          }, group);
        }
        await succeeds("root again", ingest(state, "--job-lock", "--force-refresh"));
        const owners = ownersBelow(state);
        assert(owners.every((line) => line.includes(`:${TEAM} `)), owners.join("\n"));
        assertEquals(ownerOf(`${state}/locks`).slice(-4), "2770");
        for (const name of ["PETR4.SA", "VALE3.SA", ".job_running"]) {
          assertEquals(ownerOf(`${state}/locks/${name}.lock`).slice(-4), "0660", name);
        }
      },
    );
  }
}

testAsRoot(
  "a folder that is private is not for a group, and the program says so",
  async (folder) => {
    folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
    const state = folder.make("state", ANA, ANA, 0o755);
    await as(ANA, async () => {
      await succeeds("private", ingest(state));
      const { code, stderr } = await ingest(state, "--lock-mode", "group");
      assertEquals(code, 1);
      assertMatch(
        stderr,
        /locks is not for its group \(mode 0700\), as --lock-mode group wants it/,
      );
      assertMatch(stderr, /chmod 2770 /);
      await ingest(state, "--lock-mode", "group", "--db", `${state}/fresh.db`);
      assert(!ownersBelow(state).some((line) => line.startsWith("fresh.db")));
    });
  },
);

testAsRoot("a group shares by access control lists", async (folder) => {
  if (!await installed("setfacl")) return;
  folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
  const state = folder.make("state", ANA, ANA, 0o700);
  for (const options of [["-m"], ["-d", "-m"]]) {
    const args = [...options, `u:${ANA}:rwx,u:${BIA}:rwx`, state];
    assertEquals((await new Deno.Command("setfacl", { args }).output()).code, 0);
  }
  await as(ANA, () => succeeds("first", ingest(state, "--lock-mode", "group")));
  Deno.chmodSync(`${state}/t.db`, 0o660);
  for (const uid of [BIA, ANA, BIA]) {
    await as(uid, () => succeeds(`${uid}`, ingest(state, "--force-refresh", "--job-lock")));
  }
});

testAsRoot("doctor tells locks that others can hold, and who holds one", async (folder) => {
  folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
  const state = folder.make("state", ANA, ANA, 0o755);
  await as(ANA, async () => {
    await succeeds("private", ingest(state));
    const doctor = async (...args: string[]): Promise<string> =>
      (await run(state, ["doctor", "--offline", "--no-config", "--wide", ...args])).stdout
        .replaceAll(/\n +/g, " ");
    assert(!(await doctor()).includes("can be held by"));
    Deno.chmodSync(`${state}/locks`, 0o755);
    assert(!(await doctor()).includes("can be held by"));
    Deno.chmodSync(`${state}/locks/PETR4.SA.lock`, 0o644);
    assertMatch(
      await doctor(),
      /warning: lock_folder: locks of .* can be held by other users, .*PETR4\.SA\.lock, mode 0644/,
    );
    Deno.chmodSync(`${state}/locks`, 0o2770);
    assertMatch(await doctor(), /warning: lock_folder: .* can be written by others .*2770|0770/);
    assert(!(await doctor("--lock-mode", "group")).includes("warning: lock_folder"));
  });
});

testAsRoot("a reader of the group leaves nothing that hinders the owner", async (folder) => {
  folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
  const reads = [["stats"], ["logs"], ["db", "verify"], ["export"], ["doctor", "--offline"]];
  for (const mode of [0o2750, 0o2770]) {
    for (const first of ["owner", "reader"]) {
      const state = folder.make(`state${mode}${first}`, ANA, TEAM, mode);
      const read = () =>
        as(BIA, async () => {
          for (const args of reads) await run(state, args);
        }, { gid: TEAM });
      if (first === "reader") await read();
      await as(ANA, () => succeeds("first", ingest(state)), { gid: TEAM });
      Deno.chmodSync(`${state}/t.db`, 0o640);
      const before = ownersBelow(state);
      await read();
      assertEquals(ownersBelow(state), before);
      await as(BIA, () => succeeds("reading", run(state, ["stats"])), { gid: TEAM });
      await as(ANA, () => succeeds("owner", ingest(state, "--force-refresh")));
    }
  }
});

testAsRoot("whose locks a user may not try, he is not told that they are free", async (folder) => {
  folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
  const state = folder.make("state", ANA, TEAM, 0o2770);
  await as(ANA, () => succeeds("first", ingest(state)), { gid: TEAM });
  Deno.chmodSync(`${state}/t.db`, 0o660);
  await as(ANA, () => {
    using db = new DatabaseSync(`${state}/t.db`);
    db.exec(
      "UPDATE ingest_logs SET status = 'running', finished_at = NULL WHERE ticker = 'VALE3.SA'",
    );
  });
  // Of the folder alone, and of a file in one that is shared.
  for (const mode of [0o700, 0o2770]) {
    Deno.chmodSync(`${state}/locks`, mode);
    await as(BIA, async () => {
      for (const args of [["db", "verify"], ["doctor", "--offline", "--no-config"]]) {
        const { stdout } = await run(state, args);
        const text = stdout.replaceAll(/\s+/g, " ");
        assertStringIncludes(text, "whether it is cannot be told: its lock cannot be tried");
        assert(!text.includes("was killed"), text);
      }
    }, { gid: TEAM });
  }
  await as(BIA, async () => {
    await succeeds("backup", run(state, ["db", "backup"]));
    const { code, stderr } = await run(state, ["db", "restore", "latest"]);
    assertEquals(code, 1);
    assertMatch(
      stderr.replaceAll(/\s+/g, " "),
      /runs may be at work on .*PETR4\.SA, which cannot be tried: permission denied/,
    );
  }, { gid: TEAM });
});

testAsRoot("root writes no file where others could put theirs", async (folder) => {
  folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
  const state = folder.make("state", 0, 0, 0o755);
  await succeeds("ingest", ingest(state));
  const open = {
    world: folder.make("world", 0, 0, 0o777),
    group: folder.make("group", ANA, TEAM, 0o2770),
    "sticky of another": folder.make("sticky", ANA, ANA, 0o1777),
  };
  for (const [what, path] of Object.entries(open)) {
    const refused = {
      export: run(state, ["export", "--out", `${path}/p.csv`]),
      backup: run(state, ["db", "backup", "--to", `${path}/b.db`]),
      metrics: run(state, ["stats", "--prometheus", "--out", `${path}/t.prom`]),
      restore: run(state, ["db", "restore", "latest", "--db", `${path}/r.db`]),
    };
    await succeeds("backup", run(state, ["db", "backup"]));
    for (const [name, outcome] of Object.entries(refused)) {
      const { code, stderr } = await outcome;
      assertEquals(code === 0, false, `${what}: ${name}`);
      if (name === "restore") continue;
      assertStringIncludes(stderr, `other users may write in its folder ${path} (mode `, name);
      assertMatch(stderr, /chmod go-w /, name);
    }
    const log = await ingest(state, "--log-file", `${path}/t.log`, "--force-refresh");
    assertEquals(log.code, 0);
    assertStringIncludes(log.stderr, "log_file_failed");
    const left = ownersBelow(path).filter((line) => !line.includes(".lock "));
    assertEquals(left, [], what);
  }
  const sticky = folder.make("tmp", 0, 0, 0o1777);
  await succeeds("new", run(state, ["export", "--out", `${sticky}/p.csv`]));
  await succeeds("its own", run(state, ["export", "--out", `${sticky}/p.csv`]));
  Deno.chownSync(`${sticky}/p.csv`, ANA, ANA);
  const { code } = await run(state, ["export", "--out", `${sticky}/p.csv`]);
  assertEquals(code, 1);
});

testAsRoot("root follows no link of a user's to what is not the user's", async (folder) => {
  folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
  const state = folder.make("state", ANA, ANA, 0o755);
  await as(ANA, () => succeeds("first", ingest(state)));
  const names = ["p.csv", "t.prom", "t.log", "t.db.spill.ndjson"];
  const mine = names.map((name) => folder.put(`${folder.path}/my-${name}x`, "root's\n", 0));
  await as(ANA, () => {
    for (const [index, name] of names.entries()) {
      Deno.symlinkSync(mine[index] ?? "", `${state}/${name}`);
    }
  });
  assertEquals((await run(state, ["export", "--out", `${state}/p.csv`])).code, 2);
  const metrics = await run(state, ["stats", "--prometheus", "--out", `${state}/t.prom`]);
  assertEquals(metrics.code, 1);
  assertStringIncludes(metrics.stderr, "is a symbolic link of user 20001");
  await ingest(state, "--log-file", `${state}/t.log`, "--force-refresh");
  await assertRejects(() => appendText(`${state}/t.db.spill.ndjson`, "{}"), FileError);
  for (const path of mine) {
    assertEquals([Deno.readTextFileSync(path), ownerOf(path)], ["root's\n", "0:0 0600"], path);
  }
});

testAsRoot("a log with another name, or of another user, is not written", async (folder) => {
  folder.put(`${folder.path}/p.csv`, CSV, 0, 0o644);
  const state = folder.make("state", ANA, ANA, 0o755);
  const linked = folder.put(`${state}/linked.log`, "", ANA, 0o666);
  Deno.linkSync(linked, `${state}/other`);
  folder.put(`${state}/foreign.log`, "", BIA, 0o666);
  folder.put(`${state}/roots.log`, "", 0, 0o666);
  for (const uid of [ANA, 0]) {
    for (const name of ["linked", "foreign", "roots"]) {
      const args = ["-v", "--log-file", `${state}/${name}.log`, "--force-refresh"];
      const { code, stderr } = await as(uid, () => ingest(state, ...args));
      assertEquals([code, stderr.includes("log_file_failed")], [0, name !== "roots"], name);
      assertEquals(Deno.statSync(`${state}/${name}.log`).size > 0, name === "roots", name);
    }
  }
});
