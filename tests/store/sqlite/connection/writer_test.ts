import { StoreError } from "../../../../src/store/errors.ts";
import { openConnections } from "../../../../src/store/sqlite/connection/connections.ts";
import { writer } from "../../../../src/store/sqlite/connection/writer.ts";
import { InterruptedError } from "../../../../src/base/errors.ts";
import {
  assertEquals,
  assertHas,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "../../../assert.ts";
import { test } from "../leaks.ts";
import { makeTempFolder, removeFolder } from "../../../paths.ts";
import { has } from "../../../system.ts";

test("one writer at a time; others queue in the order in which they came", async ({ path }) => {
  const order: number[] = [];
  await Promise.all([1, 2, 3, 4].map(async (number) => {
    using db = await writer(path);
    assertEquals(openConnections().length, 1);
    order.push(number);
    await db.transaction("write to", () => db.get("SELECT 1"));
    assertEquals(openConnections().length, 1);
  }));
  assertEquals(order, [1, 2, 3, 4]);
});

test("a writer that is held too long is db_writer_timeout, and says what to do", async ({ path }) => {
  {
    using _held = await writer(path);
    const error = await assertRejects(
      () => writer(path, { timeoutSeconds: 0.01 }),
      StoreError,
    );
    assertHas(error, { code: "db_writer_timeout", retryable: true, path });
    assertStringIncludes(error.message, `writing to ${path} for more than 0.01 s`);
    assertStringIncludes(error.hint ?? "", "timeoutSeconds");
    await assertRejects(() => writer(path, { timeoutSeconds: 0 }), StoreError);
  }
  using db = await writer(path, { timeoutSeconds: 0 });
  assertEquals(db.path, path);
});

test("an abort ends the wait for a writer, also one that came before", async ({ path }) => {
  const reason = new InterruptedError("stopped by SIGTERM");
  const early = AbortSignal.abort(reason);
  assertStrictEquals(
    await assertRejects(() => writer(path, { signal: early }), InterruptedError),
    reason,
  );
  using _held = await writer(path);
  const controller = new AbortController();
  const waiting = writer(path, { signal: controller.signal });
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => waiting, InterruptedError), reason);
});

test("a writer that could not be opened lets the next one have its turn", async ({ path }) => {
  await Deno.mkdir(path);
  const error = await assertRejects(() => writer(path, { timeoutSeconds: 0 }), StoreError);
  assertEquals(error.code, "db_is_a_folder");
  await Deno.remove(path);
  using db = await writer(path, { timeoutSeconds: 0 });
  db.close();
  db.close();
  using _next = await writer(path, { timeoutSeconds: 0 });
  // The second close was not the end of another's turn.
  await assertRejects(() => writer(path, { timeoutSeconds: 0 }), StoreError);
});

test("databases in memory and other files are not waited for", async ({ folder }) => {
  using _a = await writer(`${folder.path}/a.db`, { timeoutSeconds: 0 });
  using _b = await writer(`${folder.path}/b.db`, { timeoutSeconds: 0 });
  using _c = await writer(":memory:", { timeoutSeconds: 0 });
  using _d = await writer(":memory:", { timeoutSeconds: 0 });
  assertEquals(openConnections().length, 4);
});

Deno.test("a wait that is no number of seconds is refused", async () => {
  for (const timeoutSeconds of [-1, NaN]) {
    await assertRejects(() => writer(":memory:", { timeoutSeconds }), RangeError, "timeoutSeconds");
  }
});

Deno.test("one file has one writer, however its path is spelled", async () => {
  const folder = await makeTempFolder("tickerlock_");
  try {
    using first = await writer(`${folder}/a.db`);
    if (has("links")) Deno.symlinkSync(`${folder}/a.db`, `${folder}/link.db`);
    for (
      const path of [
        `${folder}/./a.db`,
        ...has("links") ? [`${folder}/link.db`] : [],
        `${folder}/../${folder.split("/").at(-1)}/a.db`,
      ]
    ) {
      await assertRejects(
        () => writer(path, { timeoutSeconds: 0.01 }),
        StoreError,
        "has been writing",
      );
    }
    assertEquals(first.path, `${folder}/a.db`);
  } finally {
    await removeFolder(folder);
  }
});
