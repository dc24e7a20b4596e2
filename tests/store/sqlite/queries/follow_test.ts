import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { Reader } from "../../../../src/store/sqlite/connection/reader.ts";
import { SqliteFollower } from "../../../../src/store/sqlite/queries/follow.ts";
import { assertEquals, assertRejects } from "../../../assert.ts";
import { addLogged } from "../logged.ts";
import { test } from "../leaks.ts";

test("rows are told by the next look where one of their pages could not be read", async ({ path }) => {
  using db = await Database.open(path);
  await addLogged(db, [{ status: "running" }]);
  await using follower = new SqliteFollower(path, {});
  assertEquals((await follower.first(Infinity)).map(({ id }) => id), [1]);
  const ids = await addLogged(db, Array.from({ length: 1001 }, () => ({})));
  const { all } = Reader.prototype;
  let reads = 0;
  Reader.prototype.all = function (sql, ...values) {
    // What has ended, the first page, the second page.
    if (++reads === 3) throw new RangeError("no second page");
    return all.call(this, sql, ...values);
  };
  try {
    await assertRejects(() => follower.next(), RangeError, "no second page");
  } finally {
    Reader.prototype.all = all;
  }
  assertEquals((await follower.next()).map(({ id }) => id), ids);
  assertEquals(await follower.next(), []);
});
