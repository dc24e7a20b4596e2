/**
 * What a program usually has around it and may lack: a folder for temporary files, a home folder, an
 * entry in the list of users.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertMatch } from "../assert.ts";
import { leaveOut, succeeds } from "../installed.ts";
import { testNeeding } from "../system.ts";
import { db, inside } from "./db_tools.ts";
import { errorOf, prepared } from "./prepared.ts";
import { runProgram, SAMPLE } from "./program.ts";

Deno.test("a folder for temporary files that cannot be used matters where a copy is needed alone", async () => {
  await using space = await prepared();
  // A write-ahead log without its index is read from a copy.
  const open = new DatabaseSync(space.db);
  open.exec("PRAGMA wal_autocheckpoint = 0; DELETE FROM prices WHERE date = '2024-01-08'");
  const left = `${space.path}/left.db`;
  for (const suffix of ["", "-wal"]) Deno.copyFileSync(space.db + suffix, left + suffix);
  open.close();
  for (const [folder, why] of [["gone", /it does not exist/], ["text", /not a folder/]] as const) {
    space.write("text", "");
    const env = { TMPDIR: `${space.path}/${folder}` };
    const stats = await runProgram(["stats", "--db", left], inside(space, { env }));
    const { code, hint } = errorOf(stats);
    assertEquals([stats.code, code], [1, "db_cannot_open"], stats.stderr);
    assertMatch(stats.stderr, /the folder for temporary files \(TMPDIR\) cannot be used/);
    assertMatch(stats.stderr, why);
    assertMatch(hint, /^Set TMPDIR to a folder/);
    for (const args of [["db", "backup"], ["export", "--out", "x.csv"], ["doctor", "--offline"]]) {
      const outcome = await runProgram(args, inside(space, { env }));
      assertEquals(outcome.code, 0, outcome.stderr);
    }
  }
  assertEquals((await db(space, "verify")).code, 0);
});

testNeeding(
  "shell",
  "a user without a home and without an entry in the list of users",
  async () => {
    const stranger = ["unshare", "--user", "--map-user=54321"];
    if (!await succeeds([...stranger, "true"])) {
      return leaveOut("no user can be mapped to another here");
    }
    await using space = await prepared();
    // Deno itself finds its cache by HOME.
    const cache = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
    for (const home of [["-u", "HOME"], ["HOME="], ["HOME=/nonexistent"]]) {
      const prefix = [...stranger, "env", ...home, `DENO_DIR=${cache}`];
      for (
        const args of [
          ["ingest", "--source", "cotahist", "--file", "SAMPLE", "--force-refresh"],
          ["stats"],
          ["doctor", "--offline"],
          ["config", "show"],
          ["locks", "list"],
          ["systemd", "print", "--source", "yahoo", "--ticker", "A"],
        ]
      ) {
        const words = args.map((word) => word === "SAMPLE" ? SAMPLE : word);
        const outcome = await runProgram(words, inside(space, { prefix }));
        assertEquals(outcome.code, 0, `${home}: ${args}: ${outcome.stdout}${outcome.stderr}`);
        assertEquals(/a bug in|internal_error/.test(outcome.stdout + outcome.stderr), false);
      }
    }
  },
);
