import {
  noteConnection,
  openConnections,
  WARN_ABOVE,
} from "../../../../src/store/sqlite/connection/connections.ts";
import { reader } from "../../../../src/store/sqlite/connection/reader.ts";
import { writer } from "../../../../src/store/sqlite/connection/writer.ts";
import { assertEquals, assertMatch, assertRejects } from "../../../assert.ts";
import { captureLog, test, withoutLeaks } from "../leaks.ts";

test("open connections are listed with path, kind and time, until they are closed", async ({ path }) => {
  assertEquals(openConnections(), []);
  {
    using _writing = await writer(path);
    using _reading = reader(path);
    const open = openConnections();
    assertEquals(open.map((each) => [each.path, each.kind]), [[path, "writer"], [
      path,
      "reader",
    ]]);
    for (const { openedAt } of open) assertMatch(openedAt, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  }
  assertEquals(openConnections(), []);
});

test("a connection that could not be opened is not counted", async ({ path }) => {
  await Deno.writeTextFile(path, "no database at all");
  await assertRejects(() => writer(path), Error);
  await assertRejects(async () => void await reader(path), Error);
  assertEquals(openConnections(), []);
});

Deno.test(
  "more than five open connections are warned of, each time, with what they are",
  withoutLeaks(() => {
    using log = captureLog();
    const closers = Array.from({ length: WARN_ABOVE }, () => noteConnection("x.db", "reader"));
    assertEquals(log.lines(), []);
    closers.push(noteConnection("y.db", "writer"));
    assertEquals(log.lines(), ["warning: 6 database connections are open; is one not disposed?"]);
    const listed = log.records[0]?.properties.connections as { path: string }[];
    assertEquals(listed.map(({ path }) => path), [...Array(5).fill("x.db"), "y.db"]);
    closers.push(noteConnection("y.db", "reader"));
    assertEquals(log.lines().length, 2);
    for (const close of closers) close();
    closers[0]?.();
    noteConnection("x.db", "reader")();
    assertEquals(log.lines().length, 2);
  }),
);
