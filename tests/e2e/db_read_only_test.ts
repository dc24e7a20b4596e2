import { DatabaseSync } from "node:sqlite";
import { openCare } from "../../src/store/open.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { inside } from "./db_tools.ts";
import { prepared } from "./prepared.ts";
import { type Outcome, runProgram } from "./program.ts";
import { bound } from "./unprivileged.ts";
import type { Workspace } from "./workspace.ts";
import { testNeeding } from "../system.ts";

/** A folder with a database whose newest deletion is in its write-ahead log alone: 32 prices of 40. */
function killedIn(space: Workspace, folder: string, suffixes: readonly string[]): string {
  const db = new DatabaseSync(space.db);
  db.exec(`PRAGMA wal_autocheckpoint = 0; DELETE FROM prices WHERE date = '2024-01-08';
    DELETE FROM price_details WHERE date = '2024-01-08'`);
  for (const suffix of suffixes) {
    Deno.copyFileSync(space.db + suffix, `${folder}/prices.db${suffix}`);
  }
  db.close();
  return `${folder}/prices.db`;
}

/** Closes a folder and what is in it to writing, for the length of a block. */
function readOnly(folder: string, modes: Readonly<Record<string, number>> = {}): Disposable {
  for (const { name } of Deno.readDirSync(folder)) {
    Deno.chmodSync(`${folder}/${name}`, modes[name] ?? 0o444);
  }
  Deno.chmodSync(folder, 0o555);
  return { [Symbol.dispose]: () => Deno.chmodSync(folder, 0o755) };
}

function namesAndBytes(folder: string): unknown {
  return [...Deno.readDirSync(folder)].map(({ name }) => [
    name,
    Deno.statSync(`${folder}/${name}`).mtime,
    Deno.readFileSync(`${folder}/${name}`).join(),
  ]);
}

interface Case {
  readonly what: string;
  readonly suffixes: readonly string[];
  readonly prices: number;
}

const CASES: readonly Case[] = [
  { what: "at rest", suffixes: [], prices: 40 },
  { what: "left by a killed program", suffixes: ["", "-wal", "-shm"], prices: 32 },
  { what: "with a write-ahead log and no index of it", suffixes: ["", "-wal"], prices: 32 },
];

for (const { what, suffixes, prices } of CASES) {
  testNeeding(
    "modes",
    `a database ${what}, where nothing can be written, is read whole`,
    async () => {
      const prefix = await bound();
      if (prefix === undefined) return;
      await using space = await prepared();
      const folder = `${space.path}/media`;
      Deno.mkdirSync(folder);
      if (suffixes.length === 0) Deno.copyFileSync(space.db, `${folder}/prices.db`);
      else killedIn(space, folder, suffixes);
      using _modes = readOnly(folder);
      const before = namesAndBytes(folder);
      const run = async (...args: string[]): Promise<Outcome> => {
        const outcome = await runProgram(
          ["db", ...args, "--json", "--db", `${folder}/prices.db`],
          inside(space, { prefix }),
        );
        assertEquals([outcome.code, outcome.stderr], [0, ""], args.join(" "));
        assertEquals(namesAndBytes(folder), before);
        return outcome;
      };
      const info = JSON.parse((await run("info")).stdout);
      assertEquals([info.rows.prices, info.journal_mode], [prices, "wal"]);
      const { ok, findings } = JSON.parse((await run("verify")).stdout);
      assertEquals(ok, true);
      const checks = new Set(findings.map(({ check }: { check: string }) => check));
      assertEquals([...checks], ["permissions"], "others may read it, and nothing else is found");
      const made = JSON.parse((await run("backup", "--to", `${space.path}/copies/`)).stdout);
      await using copy = await openCare(made.path);
      assertEquals((await copy.info()).rows.prices, prices);
    },
  );
}

testNeeding(
  "modes",
  "who may write the folder but not the database leaves nothing that its owner could not use",
  async () => {
    const prefix = await bound();
    if (prefix === undefined) return;
    await using space = await prepared();
    const folder = `${space.path}/shared`;
    Deno.mkdirSync(folder);
    Deno.copyFileSync(space.db, `${folder}/prices.db`);
    Deno.chmodSync(`${folder}/prices.db`, 0o440);
    const before = namesAndBytes(folder);
    for (const args of [["db", "info"], ["logs"], ["stats"], ["db", "verify"]]) {
      const all = [...args, "--db", `${folder}/prices.db`];
      const { code, stderr } = await runProgram(all, inside(space, { prefix }));
      assertEquals({ args, code, stderr }, { args, code: 0, stderr: "" });
      assertEquals(namesAndBytes(folder), before, args.join(" "));
    }
  },
);

testNeeding(
  "modes",
  "a write-ahead log that may not be read is an error, never data without it",
  async () => {
    const prefix = await bound();
    if (prefix === undefined) return;
    await using space = await prepared();
    for (const suffixes of [["", "-wal", "-shm"], ["", "-wal"]]) {
      const folder = `${space.path}/media${suffixes.length}`;
      Deno.mkdirSync(folder);
      const path = killedIn(space, folder, suffixes);
      using _modes = readOnly(folder, { "prices.db-wal": 0 });
      for (const args of [["info"], ["verify"], ["backup", "--to", `${space.path}/no.db`]]) {
        const { code, stdout, stderr } = await runProgram(
          ["db", ...args, "--db", path, "--log-format", "pretty"],
          inside(space, { prefix }),
        );
        assertEquals(code, 1, `${args}: ${stdout}${stderr}`);
        // The outcome of a verification is its result.
        const [told, other] = args[0] === "verify" ? [stdout, stderr] : [stderr, stdout];
        assertEquals(other, "");
        assertMatch(
          told,
          /^(Error|error: open): could not read the database \S+prices\.db: .*denied/m,
        );
        assertMatch(told, /^ *Try: Give the mode of the database: chmod 444 .*-wal/m);
      }
      Deno.chmodSync(path + "-wal", 0o444);
    }
    assert(!space.names().includes("no.db"));
  },
);
