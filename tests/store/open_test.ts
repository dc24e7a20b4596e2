import { UsageError } from "../../src/base/errors.ts";
import { fileOf } from "../../src/cli/commands/db/backup_restore.ts";
import { openCare, openLocks, openReports, openStore } from "../../src/store/open.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";

Deno.test("a URL of no engine, or with a password, is refused without what it holds", async () => {
  const cases: [url: string, code: string][] = [
    ["mysql://me:secret@db.example/prices", "engine_unknown"],
    ["postgres://me:secret@db.example/prices", "password_in_url"],
    ["postgresql://me@db.example/prices?password=secret", "password_in_url"],
    ["postgres://me:secret@db.example:port/prices", "bad_value"],
  ];
  for (const [url, code] of cases) {
    const opened = [
      () => openReports(url),
      () => openCare(url),
      () => openStore(url, { lockDir: "locks" }),
      () => openLocks(url, "locks"),
    ];
    for (const open of opened) {
      const error = await assertRejects(open, UsageError);
      assertEquals(error.code, code);
      assert(!JSON.stringify([error.message, error.hint, error.details]).includes("secret"));
    }
  }
});

Deno.test("what only a file can do is a usage error for an engine that keeps none", async () => {
  await using care = await openCare("x.db");
  assert(fileOf(care, "db backup", "backup") === care.file);
  const { file: _, ...server } = care;
  const error = assertThrows(() => fileOf(server, "db backup", "backup"), UsageError);
  assertEquals([error.code, error.exitCode], ["engine_without_file", 2]);
});
