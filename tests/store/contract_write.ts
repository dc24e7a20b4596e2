/**
 * Promises about what is written, counted, skipped and left out.
 *
 * @module
 */
import { ClaimLostError } from "../../src/store/errors.ts";
import { PriceColumns } from "../../src/model/price_columns.ts";
import type { HistoryOutcome } from "../../src/model/restatement.ts";
import type { PriceRow } from "../../src/model/prices.ts";
import { assert, assertEquals, assertHas, assertRejects } from "../assert.ts";
import {
  claim,
  claimAll,
  countsOf,
  FAR_AHEAD,
  LONG_AGO,
  outcomes,
  outline,
  PAGE,
  type Promising,
  reject,
  row,
  statuses,
  write,
} from "./contract_tools.ts";
import { detailsOf } from "./rows.ts";

/** Registers these promises. */
export function testWriting(promise: Promising): void {
  promise(
    "what is written is counted exactly, and equal rows stay as they are",
    async (place, store) => {
      const days = [row("2024-01-02", 1), row("2024-01-03", 2), row("2024-01-04", 3)];
      await using first = await claim(store, "A");
      assertEquals(countsOf((await store.write([write(first, days)]))[0]), [3, 0, 0]);
      await first[Symbol.asyncDispose]();
      await using second = await claim(store, "A");
      const changed = [...days.slice(0, 2), row("2024-01-04", 4), row("2024-01-05", 5)];
      const [written] = await store.write([write(second, changed, { repeated: 2 })]);
      assertEquals(countsOf(written), [1, 1, 4]);
      assertEquals(await outline(place, "prices", "date", "close", "ingest_id"), [
        ["2024-01-02", 1, first.job.id],
        ["2024-01-03", 2, first.job.id],
        ["2024-01-04", 4, second.job.id],
        ["2024-01-05", 5, second.job.id],
      ]);
      const ends = await outline(
        place,
        "ingest_logs",
        "status",
        "rows_fetched",
        "rows_inserted",
        "rows_updated",
        "rows_unchanged",
        "rows_rejected",
        "payload_sha256",
      );
      assertEquals(ends, [
        ["success", 3, 3, 0, 0, 0, "ab"],
        ["success", 4, 1, 1, 4, 0, "ab"],
      ]);
    },
  );

  promise("sources are kept apart, and a row may name its own", async (place, store) => {
    await using a = await claim(store, "A");
    await store.write([
      write(a, [row("2024-01-02", 1), row("2024-01-02", 2, { source: "other" })]),
    ]);
    assertEquals(await outline(place, "prices", "source", "close"), [["csv", 1], ["other", 2]]);
    assertEquals(await store.tickers("other"), ["A"]);
    assertEquals(await store.tickers("nobody"), []);
  });

  promise("the days of a source are told, of some tickers or of all", async (_place, store) => {
    await using a = await claim(store, "A");
    await using b = await claim(store, "B");
    await store.write([
      write(a, [row("2024-01-03", 1), row("2024-01-02", 1), row("2024-01-09", 1, { source: "x" })]),
      write(b, [row("2024-01-03", 1), row("2024-01-04", 1)]),
    ]);
    assertEquals(await store.sessions("csv", null), ["2024-01-02", "2024-01-03", "2024-01-04"]);
    assertEquals(await store.sessions("csv", ["A", "C"]), ["2024-01-02", "2024-01-03"]);
    assertEquals(await store.sessions("csv", []), []);
    assertEquals(await store.sessions("x", null), ["2024-01-09"]);
  });

  promise(
    "the first missing session is told, by a calendar or by other tickers",
    async (_place, store) => {
      const rows = ["02", "03", "04", "05", "09"].map((day) => row(`2024-01-${day}`, 1));
      const lacking = rows.filter(({ date }) => date !== "2024-01-03");
      const stored = {
        "A.SA": lacking,
        "B.SA": lacking.slice(1, 3),
        "A.L": lacking,
        "B.L": rows,
        "C.L": rows,
      };
      await using taken = new AsyncDisposableStack();
      for (const [ticker, days] of Object.entries(stored)) {
        await store.write([write(taken.use(await claim(store, ticker)), days)]);
      }
      assertEquals(await store.firstGap("A.SA", "csv", {}), "2024-01-03");
      const calendar = { tickers: { "A.SA": { closed: ["2024-01-03"] } } };
      assertEquals(await store.firstGap("A.SA", "csv", calendar), "2024-01-08");
      for (
        const [ticker, source] of [["B.SA", "csv"], ["A.SA", "other"], ["A.L", "csv"]] as const
      ) {
        assertEquals(await store.firstGap(ticker, source, {}), undefined);
      }
      const tickers = Object.keys(stored);
      assertEquals([...await store.firstGaps("csv", tickers, {})], [["A.L", "2024-01-03"]]);
      assertEquals([...await store.firstGaps("csv", ["A.SA", "B.L"], {})], []);
      assertEquals([...await store.firstGaps("other", tickers, {})], []);
    },
  );

  promise("a session that was asked for often enough is missing no more", async (_place, store) => {
    const rows = ["02", "04", "05", "09"].map((day) => row(`2024-01-${day}`, 1));
    const missing = async (windowTo: string, windowFrom: string | null = null) => {
      await using a = await claim(store, "A.SA");
      await store.write([write(a, rows, { end: { windowFrom, windowTo } })]);
      return await store.firstGap("A.SA", "csv", {});
    };
    assertEquals(await missing("2024-01-07"), "2024-01-03");
    assertEquals(await missing("2024-01-07", "2024-01-04"), "2024-01-03");
    // Up to a day that is not stored itself.
    assertEquals(await missing("2024-01-07"), "2024-01-08");
    assertEquals(await missing("2024-01-09", "2024-01-08"), "2024-01-08");
    assertEquals(await missing("2024-01-08"), undefined);
  });

  promise(
    "values that a service leaves out stay, where that is asked for",
    async (place, store) => {
      await using a = await claim(store, "A");
      const full = row("2024-01-02", 1, { adjClose: 0.9, volume: 7 });
      await store.write([write(a, [full])]);
      await a[Symbol.asyncDispose]();
      await using b = await claim(store, "A");
      await store.write([write(b, [row("2024-01-02", 2)], { keepKnown: true })]);
      await b[Symbol.asyncDispose]();
      assertEquals(await outline(place, "prices", "close", "adj_close", "volume"), [[2, 0.9, 7]]);
      await using c = await claim(store, "A");
      await store.write([write(c, [row("2024-01-02", 2)])]);
      assertEquals(await outline(place, "prices", "close", "adj_close", "volume"), [[
        2,
        null,
        null,
      ]]);
    },
  );

  promise(
    "details go in with the prices, and a change of them is one of the row",
    async (place, store) => {
      const day = (date: string, close: number, isin: string | null) =>
        row(date, close, { details: detailsOf({ isin, strike: 1.5, expiry: "2024-03-15" }) });
      await using a = await claim(store, "A");
      const first = [
        day("2024-01-02", 1, "X"),
        day("2024-01-03", 2, "X"),
        day("2024-01-04", 3, "X"),
      ];
      assertEquals(countsOf((await store.write([write(a, first)]))[0]), [3, 0, 0]);
      await a[Symbol.asyncDispose]();
      await using b = await claim(store, "A");
      const second = [
        day("2024-01-02", 1, "Y"),
        day("2024-01-03", 9, "Y"),
        row("2024-01-04", 3),
        day("2024-01-05", 4, null),
      ];
      const rehearsal = {
        ticker: "A",
        source: "csv",
        prices: PriceColumns.of(second),
        keepKnown: false,
      };
      const [rehearsed] = await store.rehearse(rehearsal);
      assertEquals(rehearsed, { inserted: 1, updated: 2, unchanged: 1 });
      assertEquals(countsOf((await store.write([write(b, second)]))[0]), [1, 2, 1]);
      const columns = ["date", "source", "currency", "isin", "strike", "expiry", "ingest_id"];
      assertEquals(await outline(place, "price_details", ...columns), [
        ["2024-01-02", "csv", "R$", "Y", 1.5, "2024-03-15", b.job.id],
        ["2024-01-03", "csv", "R$", "Y", 1.5, "2024-03-15", b.job.id],
        ["2024-01-04", "csv", "R$", "X", 1.5, "2024-03-15", a.job.id],
        ["2024-01-05", "csv", "R$", null, 1.5, "2024-03-15", b.job.id],
      ]);
    },
  );

  promise("actions and rejects go in with the prices", async (place, store) => {
    await using a = await claim(store, "A");
    const actions = [{
      date: "2024-01-02",
      kind: "dividend" as const,
      amount: 1.5,
      numerator: null,
      denominator: null,
    }];
    const rejects = [reject("close is x"), reject("close is y")];
    await store.write([write(a, [row("2024-01-02", 1)], { actions, rejects })]);
    assertEquals(await outline(place, "corporate_actions", "kind", "amount"), [["dividend", 1.5]]);
    assertEquals(await outline(place, "ingest_rejects", "ingest_id", "reason"), [
      [a.job.id, "close is x"],
      [a.job.id, "close is y"],
    ]);
    assertHas(await store.known("A", "csv"), {
      firstDate: "2024-01-02",
      lastDate: "2024-01-02",
      askedFrom: null,
      actions,
    });
    const withdrawn = [{ ...actions[0]!, date: "2024-01-03" }];
    await a[Symbol.asyncDispose]();
    await using b = await claim(store, "A");
    await store.write([write(b, [], { actions: withdrawn, withdrawn: actions })]);
    assertEquals((await store.known("A", "csv")).actions, withdrawn);
  });

  promise("stored rows are read by day, of one source or of each", async (_place, store) => {
    await using a = await claim(store, "A");
    const other = { ...row("2024-01-03", 3), source: "other" };
    await store.write([
      write(a, [row("2024-01-02", 1), row("2024-01-03", 2), other, row("2024-01-04", 4)]),
    ]);
    const days = { from: "2024-01-03", to: "2024-01-04" };
    const closes = (rows: readonly PriceRow[]) =>
      rows.map(({ date, close, source }) => [date, close, source]);
    assertEquals(closes(await store.prices("A", days, "csv")), [
      ["2024-01-03", 2, undefined],
      ["2024-01-04", 4, undefined],
    ]);
    assertEquals(closes(await store.prices("A", days)), [
      ["2024-01-03", 2, "csv"],
      ["2024-01-03", 3, "other"],
      ["2024-01-04", 4, "csv"],
    ]);
    assertEquals(await store.prices("B", days), []);
  });

  promise("of tickers taken together, too, stored rows are read", async (_place, store) => {
    {
      await using a = await claim(store, "A");
      await store.write([write(a, [row("2024-01-02", 1), row("2024-01-03", 2)])]);
    }
    const [a, b] = await claimAll(store, ["A", "B"]);
    assert(a !== undefined && b !== undefined);
    await using _a = a;
    await using _b = b;
    const read = async (ticker: string, from: string, to: string): Promise<string[]> =>
      (await store.prices(ticker, { from, to })).map(({ date }) => date);
    assertEquals(await read("A", "2024-01-02", "2024-01-02"), ["2024-01-02"]);
    assertEquals(await read("A", "2024-01-03", "2024-01-09"), ["2024-01-03"]);
    assertEquals(await read("A", "2024-01-04", "2024-01-09"), []);
    assertEquals(await read("B", "2024-01-01", "2024-01-09"), []);
    await store.write([write(a, [row("2024-01-04", 3)]), write(b, [row("2024-01-04", 3)])]);
    for (const ticker of ["A", "B"]) {
      assertEquals(await read(ticker, "2024-01-04", "2024-01-04"), ["2024-01-04"]);
    }
  });

  promise(
    "when a history was last taken whole is known, and whether it is in doubt",
    async (place, store) => {
      const known = async () => {
        const { wholeAt, doubted } = await store.known("A", "csv");
        return [wholeAt, doubted];
      };
      const job = async (history?: HistoryOutcome) => {
        await using a = await claim(store, "A");
        await store.write([write(a, [], { end: history === undefined ? {} : { history } })]);
        return (await place.rows("ingest_logs")).at(-1)?.started_at;
      };
      assertEquals(await known(), [null, false]);
      const first = await job();
      assertEquals(await known(), [first, false]);
      const whole = await job("whole");
      await job();
      assertEquals(await known(), [whole, false]);
      const unmended = await job("unmended");
      assertEquals(await known(), [unmended, true]);
      const contradicted = await job("contradicted");
      await job();
      assertEquals(await known(), [contradicted, true]);
      await job("whole");
      assertEquals((await known())[1], false);
    },
  );

  promise(
    "what the newest whole answers denied is known while it is the same",
    async (place, store) => {
      const job = async (history?: HistoryOutcome, errorMessage: string | null = null) => {
        await using a = await claim(store, "A");
        const end = history === undefined ? {} : { history, errorMessage };
        await store.write([write(a, [], { end })]);
        return String((await place.rows("ingest_logs")).at(-1)?.started_at);
      };
      const denied = async () => (await store.known("A", "csv")).contradiction;
      assertEquals(await denied(), undefined);
      await job("contradicted", "x");
      const since = await job("contradicted", "y");
      assertEquals(await denied(), { text: "y", since, answers: 1 });
      await job("contradicted", "y");
      await job();
      assertEquals(await denied(), { text: "y", since, answers: 2 });
      await job("whole");
      assertEquals(await denied(), undefined);
      const again = await job("contradicted", "y");
      assertEquals(await denied(), { text: "y", since: again, answers: 1 });
    },
  );

  promise(
    "days that a restated history lacks go with it, those of one source",
    async (place, store) => {
      await using a = await claim(store, "A");
      await store.write([
        write(a, [row("2024-01-02", 1), row("2024-01-03", 1), row("2024-01-04", 1)]),
      ]);
      await a[Symbol.asyncDispose]();
      await using b = await claim(store, "A");
      const lackingDays = ["2024-01-02", "2024-01-04"];
      const other = { ...row("2024-01-02", 3), source: "other" };
      await store.write([write(b, [row("2024-01-03", 2), other], { lackingDays })]);
      assertEquals(await outline(place, "prices", "date", "close"), [["2024-01-02", 3], [
        "2024-01-03",
        2,
      ]]);
    },
  );

  promise(
    "the same payload since the run began is skipped, an older one is not",
    async (place, store) => {
      await using a = await claim(store, "A");
      await store.write([write(a, [row("2024-01-02", 1)])]);
      await a[Symbol.asyncDispose]();
      const again = async (unlessSince: string | null, payloadSha256 = "ab"): Promise<string[]> => {
        await using b = await claim(store, "A");
        return outcomes(
          await store.write([
            write(b, [row("2024-01-02", 2)], {
              unlessSince,
              end: { rowsFetched: 1, payloadSha256 },
              rejects: [reject("no")],
            }),
          ]),
        );
      };
      assertEquals(await again(LONG_AGO), ["skipped"]);
      assertEquals(await outline(place, "prices", "close"), [[1]]);
      assertEquals(await place.rows("ingest_rejects"), []);
      assertEquals(await again(FAR_AHEAD), ["success"]);
      assertEquals(await again(LONG_AGO, "cd"), ["success"]);
      assertEquals(await again(null, "cd"), ["success"]);
    },
  );

  promise(
    "a group is one transaction; a lost claim leaves its ticker out",
    async (place, store) => {
      const group = await claimAll(store, ["A", "B", "C"]);
      const { revokedJobs } = await store.locks.release("B", true);
      assertEquals(revokedJobs, [group[1]?.job.jobId ?? ""]);
      assertEquals(group.map(({ taken }) => taken.lock.isCurrent()), [true, false, true]);
      const rejects = [reject("x")];
      const written = await store.write(
        group.map((each) => write(each, [row("2024-01-02", 1)], { rejects })),
      );
      assertEquals(outcomes(written), ["success", "revoked", "success"]);
      assertEquals(written[1], { outcome: "revoked", code: "claim_revoked" });
      assertEquals(await outline(place, "prices", "ticker"), [["A"], ["C"]]);
      assertEquals((await place.rows("ingest_rejects")).length, 2);
      for (const each of group) await each[Symbol.asyncDispose]();
    },
  );

  promise(
    "a ticker that cannot be written names itself, and the others go in",
    async (place, store) => {
      const group = await claimAll(store, ["A", "B", "C"]);
      const impossible = [row("2024-01-02", Number.NaN)];
      const written = await store.write(
        group.map((each) =>
          write(each, each.job.ticker === "B" ? impossible : [row("2024-01-02", 1)])
        ),
      );
      assertEquals(outcomes(written), ["success", "failed", "success"]);
      assertEquals(await outline(place, "prices", "ticker"), [["A"], ["C"]]);
      assertEquals(await statuses(place), ["success", "running", "success"]);
      for (const each of group) {
        await each[Symbol.asyncDispose]();
      }
    },
  );

  promise("a page goes in behind its fence, with its checkpoint", async (place, store) => {
    await using a = await claim(store, "KALSHI.MARKETS");
    const page = { markets: PAGE, rejects: [reject("r")], checkpoint: { query: "q", value: "1" } };
    const counts = await store.writePage(a.job, page);
    assertEquals(counts.reduce((sum, { inserted }) => sum + inserted, 0), 2);
    assertEquals(await store.checkpoint("KALSHI.MARKETS", "csv", "q"), "1");
    assertEquals(await store.checkpoint("KALSHI.MARKETS", "csv", "other"), null);
    // The event that both name and that is not there is made as a placeholder.
    assertEquals(await outline(place, "events", "event_ticker"), [["E"]]);
    await store.locks.release("KALSHI.MARKETS", true);
    const next = { ...page, checkpoint: { query: "q", value: "2" } };
    await assertRejects(() => store.writePage(a.job, next), ClaimLostError);
    assertEquals(await store.checkpoint("KALSHI.MARKETS", "csv", "q"), "1");
    assertEquals((await place.rows("ingest_rejects")).length, 1);
  });

  promise("a rehearsal counts and leaves nothing", async (place, store) => {
    const prices = PriceColumns.of([row("2024-01-02", 1)]);
    const rehearsed = { ticker: "A", source: "csv", prices, keepKnown: false };
    assertEquals(await store.rehearse(rehearsed), [{ inserted: 1, updated: 0, unchanged: 0 }]);
    const counts = await store.rehearse({ source: "csv", markets: PAGE });
    assertEquals(counts.reduce((sum, { inserted }) => sum + inserted, 0), 2);
    for (const table of ["prices", "markets", "events"]) assertEquals(await place.rows(table), []);
  });

  promise("what is committed is there for the next who opens it", async (place, store) => {
    await using a = await claim(store, "A");
    await store.write([write(a, [row("2024-01-02", 1)])]);
    await using other = await place.open();
    assertEquals((await other.known("A", "csv")).lastDate, "2024-01-02");
    assertEquals(await other.tickers("csv"), ["A"]);
  });
}
