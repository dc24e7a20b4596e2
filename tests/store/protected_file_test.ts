import { protectedAs } from "../../src/store/protected_file.ts";
import { assertEquals } from "../assert.ts";
import { fill } from "./sqlite/filled.ts";
import { needing } from "./sqlite/leaks.ts";

const links = needing("links");

links.test("a database, what belongs to one, and a lock are told apart from what may be written over", async ({ folder }) => {
  const at = (name: string): string => `${folder.path}/${name}`;
  const db = at("x.db");
  await fill(db);
  await Deno.copyFile(db, at("copy.csv"));
  await Deno.symlink(db, at("link.csv"));
  await Deno.link(db, at("other-name.csv"));
  await Deno.writeTextFile(at("short.csv"), "SQLite");
  await Deno.writeTextFile(at("empty.csv"), "");
  await Deno.writeTextFile(`${db}-wal`, "");
  await Deno.link(`${db}-wal`, at("wal.csv"));
  await Deno.writeTextFile(at("PETR4.SA.lock"), "");
  await Deno.writeTextFile(at("PETR4.SA.lock.holder"), "");
  await Deno.symlink(at("PETR4.SA.lock"), at("lock.csv"));
  const byName = "belongs to a database or a lock by its name";
  const expected: Record<string, string | undefined> = {
    "x.db": "is the database itself",
    "link.csv": "is the database itself",
    "other-name.csv": "is the database itself",
    "copy.csv": "is a SQLite database",
    "x.db-wal": byName,
    "x.db-shm": byName,
    "wal.csv": byName,
    "x.db-journal": byName,
    "x.spill.ndjson": byName,
    "PETR4.SA.lock": byName,
    "PETR4.SA.lock.holder": byName,
    "VALE3.SA.lock": byName,
    "lock.csv": byName,
    "short.csv": undefined,
    "empty.csv": undefined,
    "not-there.csv": undefined,
    "": undefined,
  };
  for (const [name, why] of Object.entries(expected)) {
    assertEquals(protectedAs(at(name), db), why, name);
  }
  assertEquals(protectedAs(at("new.db"), at("new.db")), "is the database itself");
});
