/**
 * Adjusted prices, as every engine has them.
 *
 * @module
 */
import fc from "fast-check";
import { sessionAfter, sessionsBetween } from "../../src/exchange/sessions.ts";
import type { CorporateEvent } from "../../src/model/corporate_events.ts";
import type { CorporateAction, PriceDetails, PriceRow } from "../../src/model/prices.ts";
import { openReports } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { assertAlmostEquals, assertEquals, assertMatch } from "../assert.ts";
import { claim, claimAll, type Place, type promising, write } from "./contract_tools.ts";

/** The paper of the tests. */
export const ISIN = "BRTESTACNOR1";

/** Sessions between the days of a random history that may have events. */
const SLOT = 40;

/** What the exchange says of a day. */
function details(distribution: number, more: Partial<PriceDetails> = {}): PriceDetails {
  return {
    ...{ currency: "R$", isin: ISIN, specification: "ON", distribution, market: "010" },
    ...{ term: null, strike: null, expiry: null, trades: 1, turnover: 1, average: 1 },
    ...{ bid: null, ask: null, ...more },
  };
}

/** A raw day: open 1 below the close, high 2 above, low 2 below. */
export function day(
  date: string,
  close: number,
  distribution = 100,
  more: Partial<PriceDetails> = {},
): PriceRow {
  const prices = { open: close - 1, high: close + 2, low: close - 2, close, adjClose: null };
  return { date, ...prices, volume: 1000, details: details(distribution, more) };
}

function event(
  last: string,
  label: string,
  size: { readonly ratio?: number; readonly amount?: number },
  isin: string | null = ISIN,
): CorporateEvent {
  const { ratio = null, amount = null } = size;
  return {
    ...{ label, lastWithRight: last, exDate: sessionAfter("b3", last), ratio, amount, isin },
    kind: ratio !== null ? "split" : amount !== null ? "cash" : "other",
    ...{ rate: String(ratio ?? amount), approvedOn: "" },
  };
}

interface More {
  readonly events?: readonly CorporateEvent[];
  readonly actions?: CorporateAction[];
  readonly lackingDays?: readonly string[];
}

/** Writes rows of a ticker, in a job of its own. */
export async function put(
  store: Store,
  source: string,
  prices: readonly PriceRow[],
  more: More = {},
  ticker = "TEST3.SA",
): Promise<void> {
  const run = { runId: "run-1", source, command: "test" };
  await using job = await claim(store, ticker, { run });
  const [written] = await store.write([write(job, prices, { unlessSince: null, ...more })]);
  assertEquals(written?.outcome, "success", JSON.stringify(written));
}

interface Adjusted {
  readonly ticker: string;
  readonly date: string;
  readonly source: string;
  readonly close: number | null;
  readonly adj_close: number | null;
  readonly volume: number | null;
  readonly high: number | null;
  readonly reason: string | null;
}

async function adjusted(
  place: Place,
  source = "cotahist",
  ticker = "TEST3.SA",
): Promise<Adjusted[]> {
  const rows = await place.rows("prices_adjusted") as unknown as Adjusted[];
  return rows.filter((row) => row.source === source && row.ticker === ticker).sort((a, b) =>
    a.date < b.date ? -1 : 1
  );
}

/** Close and adjusted close by day, rounded as people write them. */
async function closes(place: Place, source?: string): Promise<unknown[]> {
  const round = (value: number | null): number | null =>
    value === null ? null : Math.round(value * 1e6) / 1e6;
  return (await adjusted(place, source)).map((row) => [
    row.date,
    round(row.close),
    round(row.adj_close),
  ]);
}

/** Registers them. */
export function testAdjusting(promise: ReturnType<typeof promising>): void {
  promise("a dividend lowers what was before it; 0.08 of 24.96 is 0.9968", async (place, store) => {
    await put(store, "cotahist", [day("2024-03-11", 24.96), day("2024-03-12", 25, 101)]);
    await put(store, "b3-actions", [], {
      events: [event("2024-03-11", "DIVIDENDO", { amount: 0.08 })],
    });
    const [factor] = await place.rows("adjustment_factors");
    assertAlmostEquals(Number(factor?.cash_factor), 0.9968, 1e-4);
    assertEquals(
      [factor?.ex_date, factor?.split_factor, factor?.kind, factor?.origin],
      ["2024-03-12", 1, "DIVIDENDO", "b3-actions"],
    );
    assertEquals(await closes(place), [
      ["2024-03-11", 24.96, 24.88],
      ["2024-03-12", 25, 25],
    ]);
  });

  promise("2:1, 10:1 grouped and a bonus of 5 %: prices, volumes", async (place, store) => {
    await put(store, "cotahist", [
      day("2024-03-11", 46.99),
      day("2024-03-12", 23.5, 101),
      day("2024-03-13", 235, 102),
      day("2024-03-14", 224, 103),
    ]);
    await put(store, "b3-actions", [], {
      events: [
        event("2024-03-11", "DESDOBRAMENTO", { ratio: 2 }),
        event("2024-03-12", "GRUPAMENTO", { ratio: 0.1 }),
        event("2024-03-13", "BONIFICACAO", { ratio: 1.05 }),
      ],
    });
    // 46.99 is 23.495 before the grouping and the bonus.
    assertEquals(await closes(place), [
      ["2024-03-11", 223.761905, 223.761905],
      ["2024-03-12", 223.809524, 223.809524],
      ["2024-03-13", 223.809524, 223.809524],
      ["2024-03-14", 224, 224],
    ]);
    const [first] = await adjusted(place);
    assertAlmostEquals(first?.volume ?? 0, 1000 * 2 * 0.1 * 1.05, 1e-9);
    assertAlmostEquals(first?.high ?? 0, 48.99 * 10 / 2.1, 1e-9);
  });

  promise("two events of one day count together", async (place, store) => {
    await put(store, "cotahist", [day("2024-04-25", 40), day("2024-04-26", 38, 102)]);
    await put(store, "b3-actions", [], {
      events: [
        event("2024-04-25", "DIVIDENDO", { amount: 1 }),
        event("2024-04-25", "JRS CAP PROPRIO", { amount: 1 }),
      ],
    });
    // 1 - 2 / 40, and not (1 - 1 / 40) twice.
    assertEquals(await closes(place), [["2024-04-25", 40, 38], ["2024-04-26", 38, 38]]);
    const [factor] = await place.rows("adjustment_factors");
    assertEquals(factor?.kind, "DIVIDENDO + JRS CAP PROPRIO");
  });

  promise(
    "without a trade on the last day with the right the close before it counts",
    async (place, store) => {
      await put(store, "cotahist", [day("2024-04-22", 50), day("2024-04-30", 49, 101)]);
      await put(store, "b3-actions", [], {
        events: [event("2024-04-25", "DIVIDENDO", { amount: 1 })],
      });
      assertEquals(await closes(place), [["2024-04-22", 50, 49], ["2024-04-30", 49, 49]]);
    },
  );

  promise(
    "what is still to come, or came before the first day, changes nothing",
    async (place, store) => {
      await put(store, "cotahist", [day("2024-04-25", 50), day("2024-04-26", 51)]);
      await put(store, "b3-actions", [], {
        events: [
          event("2024-04-26", "DIVIDENDO", { amount: 1 }),
          event("2023-04-26", "DESDOBRAMENTO", { ratio: 4 }),
          {
            ...event("2024-04-26", "DIVIDENDO", { amount: 9 }),
            lastWithRight: "9999-12-31",
            exDate: null,
          },
        ],
      });
      assertEquals(await closes(place), [["2024-04-25", 50, 50], ["2024-04-26", 51, 51]]);
      // Its day has come.
      await put(store, "cotahist", [day("2024-04-29", 50, 101)]);
      assertEquals((await closes(place))[1], ["2024-04-26", 51, 50]);
    },
  );

  promise("before a step without an event nothing is adjusted, and why", async (place, store) => {
    await put(store, "cotahist", [
      day("2024-03-11", 10, 100),
      day("2024-03-12", 10, 101),
      day("2024-03-13", 10, 102),
    ]);
    const because = async () => (await adjusted(place)).map(({ close, reason }) => [close, reason]);
    const rises = (from: number) =>
      `the distribution number rises from ${from} to ${from + 1}, and no event is known`;
    assertEquals(await because(), [[null, rises(100)], [null, rises(101)], [10, null]]);
    // One of the two is told: what is before the other stays unknown.
    await put(store, "b3-actions", [], {
      events: [event("2024-03-12", "DIVIDENDO", { amount: 1 })],
    });
    assertEquals(await closes(place), [
      ["2024-03-11", null, null],
      ["2024-03-12", 10, 9],
      ["2024-03-13", 10, 10],
    ]);
    await put(store, "b3-actions", [], {
      events: [event("2024-03-11", "DIVIDENDO", { amount: 2 })],
    });
    assertEquals((await closes(place))[0], ["2024-03-11", 10, 7.2]);
  });

  promise(
    "a number that rises by more than there are events is not explained",
    async (place, store) => {
      await put(store, "cotahist", [day("2024-03-11", 10, 100), day("2024-03-12", 10, 102)]);
      await put(store, "b3-actions", [], {
        events: [event("2024-03-11", "DIVIDENDO", { amount: 1 })],
      });
      assertMatch(
        (await adjusted(place))[0]?.reason ?? "",
        /from 100 to 102, and only 1 of the events/,
      );
    },
  );

  promise(
    "each ticker of a group has its own factors, whatever the others have",
    async (place, store) => {
      const run = { runId: "run-1", source: "cotahist", command: "test" };
      const tickers = ["BARE3.SA", "EVENT3.SA", "PLAIN3.SA", "STEP3.SA", "TOLD3.SA"];
      const told = [event("2024-03-11", "DIVIDENDO", { amount: 1 })];
      for (const ticker of ["EVENT3.SA", "TOLD3.SA"]) {
        await put(store, "b3-actions", [], { events: told }, ticker);
      }
      const group = async (steps: Readonly<Record<string, number>>): Promise<unknown[]> => {
        const jobs = await claimAll(store, tickers, { run });
        await using held = new AsyncDisposableStack();
        for (const job of jobs) held.use(job);
        await store.write(jobs.map((job) => {
          const { ticker } = job.job;
          const [first, second] = [
            day("2024-03-11", 10),
            day("2024-03-12", 9, steps[ticker] ?? 100),
          ];
          const { details: _, ...bare } = first;
          const rows = { "BARE3.SA": [bare], "TOLD3.SA": [] }[ticker] ?? [first, second];
          return write(job, rows, { unlessSince: null });
        }));
        const factors = await place.rows("adjustment_factors");
        return factors.map((row) => [row.ticker, row.ex_date, row.kind, row.unexplained !== null]);
      };
      const newest = (ticker: string) => [ticker, "9999-12-31", "", false];
      const dividend = ["EVENT3.SA", "2024-03-12", "DIVIDENDO", false];
      assertEquals(await group({ "EVENT3.SA": 101, "STEP3.SA": 101 }), [
        newest("BARE3.SA"),
        ...[dividend, newest("EVENT3.SA"), newest("PLAIN3.SA")],
        ...[["STEP3.SA", "2024-03-12", "unexplained", true], newest("STEP3.SA")],
      ]);
      // Corrected: the step has gone, and another one has come.
      assertEquals(await group({ "EVENT3.SA": 101, "PLAIN3.SA": 101 }), [
        newest("BARE3.SA"),
        ...[dividend, newest("EVENT3.SA")],
        ...[["PLAIN3.SA", "2024-03-12", "unexplained", true], newest("PLAIN3.SA")],
        newest("STEP3.SA"),
      ]);
    },
  );

  promise("steps that no event explains are told, of some tickers or of all", async (_, store) => {
    const days = [day("2024-03-11", 10, 100), day("2024-03-12", 10, 101)];
    for (const ticker of ["TEST3.SA", "TEST4.SA"]) await put(store, "cotahist", days, {}, ticker);
    await put(store, "b3-actions", [], { events: [event("2024-03-12", "DIVIDENDO", {})] });
    await using reports = await openReports(store.name);
    const step = (ticker: string, has_events: boolean) => ({
      ...{ ticker, ex_date: "2024-03-12", has_events },
      reason: "the distribution number rises from 100 to 101, and no event is known",
    });
    const [first, second] = [step("TEST3.SA", true), step("TEST4.SA", false)];
    assertEquals(await reports.unexplained([]), [first, second]);
    assertEquals(await reports.unexplained(["TEST4.SA", "NONE3.SA"]), [second]);
  });

  promise(
    "an event with a number of other digits takes the place of the one stored",
    async (place, store) => {
      await put(store, "cotahist", [day("2024-03-11", 10, 100), day("2024-03-12", 10, 101)]);
      for (const amount of [0.12345678, 0.123457, 0.5]) {
        await put(store, "b3-actions", [], {
          events: [event("2024-03-11", "DIVIDENDO", { amount })],
        });
      }
      const rows = await place.rows("corporate_events");
      assertEquals(rows.map(({ rate }) => rate), ["0.123457", "0.5"]);
      const counted = (await place.rows("ingest_logs")).map((row) => row.rows_inserted);
      // The one that is replaced is no new one.
      assertEquals(counted, [2, 1, 0, 1]);
    },
  );

  promise("the mark ATZ raises the number without a step", async (place, store) => {
    await put(store, "cotahist", [
      day("2024-03-11", 10, 100),
      day("2024-03-12", 10, 101, { specification: "ON  ATZ NM" }),
    ]);
    assertEquals(await closes(place), [["2024-03-11", 10, 10], ["2024-03-12", 10, 10]]);
  });

  promise("an event without a size is none that explains", async (place, store) => {
    await put(store, "cotahist", [day("2024-03-11", 10, 100), day("2024-03-12", 8, 101)]);
    await put(store, "b3-actions", [], { events: [event("2024-03-11", "CIS RED CAP", {})] });
    const [row] = await adjusted(place);
    assertEquals([row?.close, row?.adj_close], [null, null]);
    const [factor] = await place.rows("adjustment_factors");
    assertEquals([factor?.kind, factor?.split_factor], ["CIS RED CAP", 1]);
  });

  promise(
    "a ticker that was reused, and a new currency, end what is adjusted",
    async (place, store) => {
      const old = { isin: "BROLDDACNOR9" };
      await put(store, "cotahist", [
        day("1994-06-30", 2750, 100, { ...old, currency: "CR$" }),
        day("1994-07-04", 1, 100, old),
        day("2024-03-11", 10, 100),
        day("2024-03-12", 10, 101),
      ]);
      await put(store, "b3-actions", [], {
        events: [
          event("2024-03-11", "DIVIDENDO", { amount: 1 }),
          event("2024-03-11", "DESDOBRAMENTO", { ratio: 3 }, "BROLDDACNOR9"),
        ],
      });
      assertEquals(await store.isins("TEST3.SA"), ["BROLDDACNOR9", "BRTESTACNOR1"]);
      assertEquals(await store.isins("TEST4.SA"), []);
      const rows = await adjusted(place);
      assertEquals(rows.map(({ adj_close }) => adj_close), [null, null, 9, 10]);
      assertMatch(rows[0]?.reason ?? "", /currency changes from CR\$ to R\$/);
      assertMatch(rows[1]?.reason ?? "", /ISIN changes from BROLDDACNOR9 to BRTESTACNOR1/);
    },
  );

  promise(
    "without the exchange's events those of Yahoo count, which has splits in its prices",
    async (place, store) => {
      // As traded 40, then 2:1, then a dividend of 1 at 20: Yahoo says 20, 20, 19.
      const actions: CorporateAction[] = [
        { date: "2024-03-12", kind: "split", amount: null, numerator: 2, denominator: 1 },
        { date: "2024-03-13", kind: "dividend", amount: 1, numerator: null, denominator: null },
        { date: "2024-03-11", kind: "dividend", amount: 0.5, numerator: null, denominator: null },
      ];
      const yahoo = ([["2024-03-08", 20.5], ["2024-03-11", 20], ["2024-03-12", 20], [
        "2024-03-13",
        19,
      ]] as const)
        .map(([date, close]) => ({ ...day(date, close), details: undefined }))
        .map(({ details: _, ...row }) => row);
      await put(store, "yahoo", yahoo, { actions });
      const expected = [
        ["2024-03-08", 20.5, 19],
        ["2024-03-11", 20, 19],
        ["2024-03-12", 20, 19],
        ["2024-03-13", 19, 19],
      ];
      assertEquals(await closes(place, "yahoo"), expected);
      // Beside raw prices the same factors, with the splits.
      await put(store, "cotahist", [
        day("2024-03-08", 41, 100),
        day("2024-03-11", 40, 101),
        day("2024-03-12", 20, 102),
        day("2024-03-13", 19, 103),
      ]);
      assertEquals(await closes(place), expected);
      assertEquals(await closes(place, "yahoo"), expected);
      const factors = await place.rows("adjustment_factors");
      assertEquals(factors.map(({ origin }) => origin), ["yahoo", "yahoo", "yahoo", ""]);
      // The exchange's own word counts from then on.
      await put(store, "b3-actions", [], {
        events: [event("2024-03-12", "DIVIDENDO", { amount: 1 })],
      });
      assertEquals((await closes(place))[1], ["2024-03-11", null, null]);
    },
  );

  promise(
    "factors agree with those of a holder who reinvests, whatever happens",
    async (place, store) => {
      const sessions = sessionsBetween("b3", "2020-01-02", "2020-12-30");
      const happening = fc.record({
        // Few days, so that some have several events.
        at: fc.integer({ min: 0, max: 5 }).map((slot) => SLOT * slot),
        what: fc.oneof(
          fc.record({ amount: fc.integer({ min: 1, max: 90 }).map((cents) => cents / 100) }),
          fc.record({ ratio: fc.constantFrom(2, 4, 0.1, 0.5, 1.05, 1.1) }),
        ),
      });
      const histories = fc.record({
        happenings: fc.array(happening, { maxLength: 12 }),
        missing: fc.uniqueArray(fc.integer({ min: 1, max: sessions.length - 2 }), {
          maxLength: 60,
        }),
        steps: fc.array(fc.integer({ min: 900, max: 1100 }), {
          minLength: sessions.length,
          maxLength: sessions.length,
        }),
        base: fc.integer({ min: 1000, max: 5000 }),
        // By event: whether the exchange forgets to tell of it.
        untold: fc.array(fc.boolean(), { maxLength: 3 }),
      });
      let tickers = 0;
      await fc.assert(
        fc.asyncProperty(histories, async ({ happenings, missing, steps, base, untold }) => {
          const ticker = `TEST${++tickers}.SA`;
          const events = happenings.map(({ at, what }, index) => {
            const label = `${"amount" in what ? "DIVIDENDO" : "DESDOBRAMENTO"} ${index}`;
            return { at, ...event(sessions[at] ?? "", label, what) };
          });
          // Forward in time: what a holder of one unit has who buys more for all money, at the close
          // of the last day with the right.
          let [raw, units, distribution] = [base / 100, 1, 100];
          const rows: PriceRow[] = [];
          const held: number[] = [];
          let lastClose = raw;
          for (const [index, date] of sessions.entries()) {
            const today = events.filter(({ at }) => at === index - 1);
            const money = today.reduce((sum, { amount }) => sum + (amount ?? 0), 0);
            const ratio = today.reduce((product, each) => product * (each.ratio ?? 1), 1);
            distribution += today.length;
            const due = money / lastClose;
            units *= ratio / (1 - due);
            raw = Math.max(5, raw * (steps[index] ?? 1000) / 1000) / ratio;
            if (missing.includes(index)) continue;
            rows.push({ ...day(date, raw, distribution) });
            held.push(units);
            lastClose = raw;
          }
          await put(store, "cotahist", rows, {}, ticker);
          const told = events.filter((_, index) => untold[index] !== true)
            .map(({ at: _, ...rest }) => rest);
          await put(store, "b3-actions", [], { events: told }, ticker);
          // The first day that has lost a right of which nothing is told, the newest of them.
          const lost = events.flatMap(({ at }, index) =>
            untold[index] ? sessions[at + 1] ?? [] : []
          );
          const newest = lost.sort().at(-1) ?? "";
          const first = newest === "" ? "" : rows.find(({ date }) => date >= newest)?.date ?? "";
          const found = await adjusted(place, "cotahist", ticker);
          for (const [index, row] of found.entries()) {
            if (row.date < first) {
              assertEquals([row.close, row.adj_close], [null, null]);
              assertMatch(row.reason ?? "", /the distribution number rises/);
              continue;
            }
            const expected = (rows[index]?.close ?? NaN) * (held[index] ?? NaN) /
              (held.at(-1) ?? NaN);
            assertAlmostEquals(row.adj_close ?? NaN, expected, expected * 1e-9);
          }
          assertEquals(found.length, rows.length);
        }),
        // Smaller examples would take minutes: each is a history more in the view.
        { numRuns: Number(Deno.env.get("RUNS") ?? 25), endOnFailure: true },
      );
    },
  );
}
