import {
  noteConnection,
  openConnections,
  waitForWriterTurn,
  WARN_ABOVE,
} from "../../../../src/store/sqlite/connection/connections.ts";
import { reader, writer } from "../../../../src/store/mod.ts";
import { InterruptedError } from "../../../../src/base/errors.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStrictEquals,
} from "../../../assert.ts";
import { temporaryFolder } from "../helpers.ts";
import { captureLog, withoutLeaks } from "../leaks.ts";

function turn(
  path: string,
  timeoutMs = 60_000,
  signal?: AbortSignal,
): Promise<(() => void) | undefined> {
  return waitForWriterTurn(path, timeoutMs, signal);
}

Deno.test(
  "open connections are listed with path, kind and time, until they are closed",
  withoutLeaks(async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/x.db`;
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
  }),
);

Deno.test("a connection that could not be opened is not counted", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/x.db`, "no database at all");
  await assertRejects(() => writer(`${folder.path}/x.db`), Error);
  await assertRejects(async () => void await reader(`${folder.path}/x.db`), Error);
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

Deno.test("the check for leaks names what was left open", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/x.db`;
  const left: Disposable[] = [];
  const leaking = withoutLeaks(async () => void left.push(await writer(path)));
  const error = await assertRejects(leaking, Error);
  assertMatch(error.message, /left open: writer of .*\/x\.db, open since \d{4}-/);
  for (const each of left) each[Symbol.dispose]();
  await withoutLeaks(() => {})();
});

Deno.test("turns to write come in the order in which they were asked for", async () => {
  const order: number[] = [];
  const first = await turn("a");
  const others = [2, 3, 4].map(async (number) => {
    const end = await turn("a");
    order.push(number);
    await Promise.resolve();
    end?.();
  });
  order.push(1);
  first?.();
  await Promise.all(others);
  assertEquals(order, [1, 2, 3, 4]);
  // Nobody has it now: the next one need not wait.
  (await turn("a", 0))?.();
});

Deno.test("a turn that is ended twice lets one go, not two", async () => {
  const first = await turn("a");
  const second = turn("a");
  const third = turn("a");
  first?.();
  first?.();
  const end = await second;
  assert(end !== undefined);
  let thirdHasIt = false;
  void third.then(() => thirdHasIt = true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(thirdHasIt, false);
  end();
  (await third)?.();
});

Deno.test("files have turns of their own", async () => {
  const a = await turn("a");
  const b = await turn("b", 0);
  assert(b !== undefined);
  a?.();
  b();
});

Deno.test("whoever waits too long leaves the line; the next one gets the turn", async () => {
  const first = await turn("a");
  assertEquals(await turn("a", 0), undefined);
  const late = turn("a", 1);
  const patient = turn("a");
  assertEquals(await late, undefined);
  first?.();
  (await patient)?.();
  (await turn("a", 0))?.();
});

Deno.test("an abort ends the wait with its reason; the next one gets the turn", async () => {
  const first = await turn("a");
  const controller = new AbortController();
  const waiting = turn("a", 60_000, controller.signal);
  const patient = turn("a");
  const reason = new InterruptedError("stopped by SIGINT");
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => waiting, InterruptedError), reason);
  first?.();
  (await patient)?.();
});
