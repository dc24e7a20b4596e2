import { UsageError } from "../../src/base/errors.ts";
import { fileOf } from "../../src/cli/commands/db/backup_restore.ts";
import { openCare, openLocks, openReports, openStore } from "../../src/store/open.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";

Deno.test("the URL of a server is refused, without its password and without a file of that name", async () => {
  const url = "postgres://me:secret@db.example/prices";
  const opened = [
    () => openReports(url),
    () => openCare(url),
    () => openStore(url, { lockDir: "locks" }),
    () => openLocks(url, "locks"),
  ];
  for (const open of opened) {
    const error = await assertRejects(open, UsageError);
    assertEquals(error.code, "engine_unknown");
    assert(!JSON.stringify([error.message, error.hint, error.details]).includes("secret"));
  }
});

Deno.test("what only a file can do is a usage error for an engine that keeps none", async () => {
  await using care = await openCare("x.db");
  assert(fileOf(care, "db backup") === care.file);
  const { file: _, ...server } = care;
  const error = assertThrows(() => fileOf(server, "db backup"), UsageError);
  assertEquals([error.code, error.exitCode], ["engine_without_file", 2]);
});
