/**
 * What every engine promises of what receivers were told.
 *
 * @module
 */
import type { Care } from "../../src/store/care.ts";
import type { NoticeSubject } from "../../src/store/notices.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { type Engine, testOf } from "./contract_reports.ts";

const SUBJECT: NoticeSubject = { key: "a".repeat(64), job: "tickerlock ingest A", host: "here" };

async function rowsOf(care: Care): Promise<number> {
  const all = { tickers: [], source: null, from: null, to: null, columns: null };
  await using rows = await care.exportRows({ object: "notices", ...all });
  return (await rows.page(100))?.length ?? 0;
}

/** Registers the tests of an engine. */
export function testNotices(engine: Engine): void {
  const test = testOf(engine);

  test("a failure is told once for each reason, and once that it is over", async ({ care }) => {
    const begin = (...reasons: readonly string[]) => care.beginNotice(SUBJECT, reasons);
    const tell = async (...reasons: readonly string[]): Promise<string | null> => {
      const turn = await begin(...reasons);
      assert(turn !== null, `${reasons}`);
      await care.endNotice(turn, reasons);
      return turn.since;
    };
    assertEquals(await begin(), null);
    assertEquals(await tell("1:x"), null);
    assertEquals(await begin("1:x"), null);
    // Another reason is news, and after it neither is.
    const since = await tell("1:x", "3:y");
    assertMatch(since ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assertEquals([await begin("1:x"), await begin("3:y")], [null, null]);
    // Another subject has its own.
    const other = { ...SUBJECT, key: "b".repeat(64) };
    assert(await care.beginNotice(other, ["1:x"]) !== null);
    assertEquals(await rowsOf(care), 2);
    assertEquals(await tell(), since);
    // What is over needs no row.
    assertEquals(await rowsOf(care), 1);
    assertEquals(await begin(), null);
    assertEquals(await tell("1:x"), null);
  });

  test("what the receiver has not taken is told by the next", async ({ care }) => {
    for (const reasons of [["1:x"], []]) {
      const refused = await care.beginNotice(SUBJECT, reasons);
      assert(refused !== null);
      await care.endNotice(refused, null);
      assertEquals(await rowsOf(care), reasons.length === 0 ? 1 : 0);
      const taken = await care.beginNotice(SUBJECT, reasons);
      assert(taken !== null);
      await care.endNotice(taken, reasons);
    }
    assertEquals(await care.beginNotice(SUBJECT, []), null);
  });

  test("of several that come at once one has the turn, until it is ended or its process is gone", async ({ care, notices }) => {
    const turns = await Promise.all(
      Array.from({ length: 8 }, () => care.beginNotice(SUBJECT, ["1:x"])),
    );
    const [turn, ...others] = turns.filter((each) => each !== null);
    assert(turn !== undefined);
    assertEquals(others, []);
    // Not the one that is over meanwhile, either.
    assertEquals(await care.beginNotice(SUBJECT, []), null);
    await notices(-61);
    const second = await care.beginNotice(SUBJECT, ["1:x"]);
    assert(second !== null);
    // The first comes back too late, and ends no turn but its own.
    await care.endNotice(turn, ["1:x"]);
    assertEquals(await care.beginNotice(SUBJECT, ["1:x"]), null);
    // A clock that was ahead has set no turn for years.
    await notices(86_400);
    assert(await care.beginNotice(SUBJECT, ["1:x"]) !== null);
  });
}
