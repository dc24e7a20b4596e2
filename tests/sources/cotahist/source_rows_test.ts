import { SourceError } from "../../../src/base/errors.ts";
import type { Reject } from "../../../src/model/prices.ts";
import {
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotEquals,
  assertRejects,
} from "../../assert.ts";
import { judgedOf } from "../judged.ts";
import { batchOf, bytesOf, fileOf, patched, quote, withRun } from "./fixtures.ts";

/** Line and code of rejects. */
function brief(rejects: readonly Reject[]): string[] {
  return rejects.map((each) => `${each.line} ${each.code}`);
}

Deno.test("a row has the values of its record", async () => {
  await withRun(fileOf([quote()]), async (run) => {
    assertEquals(run.tickers, ["AAAA3.SA"]);
    const batch = await batchOf(run, "AAAA3.SA");
    assertEquals(batch.prices, [{
      date: "2024-01-02",
      open: 10,
      high: 11,
      low: 9,
      close: 10.5,
      adjClose: null,
      volume: 4200,
      details: {
        currency: "R$",
        isin: "BRINVENTED00",
        specification: "ON",
        distribution: 100,
        market: "010",
        term: null,
        strike: null,
        expiry: null,
        trades: 15,
        turnover: 44_100,
        average: 10,
        bid: 10.49,
        ask: 10.51,
      },
    }]);
    assertEquals(batch.rejects, []);
    assertMatch(batch.payloadSha256 ?? "", /^[0-9a-f]{64}$/);
    assertEquals(run.details.rows, 1);
    assertEquals(run.details.markets, { "010": 1 });
    assertEquals([run.warnings, run.failures, run.unassigned], [[], [], []]);
  });
});

Deno.test("rows come by day, whatever the order in the file, and tickers by name", async () => {
  const records = ["20240105", "20240102", "20240103"].flatMap((date) => [
    quote({ ticker: "ZZZZ3", date }),
    quote({ ticker: "AAAA3", date }),
  ]);
  await withRun(fileOf(records), async (run) => {
    assertEquals(run.tickers, ["AAAA3.SA", "ZZZZ3.SA"]);
    const batch = await batchOf(run, "ZZZZ3.SA");
    assertEquals(batch.prices.map((row) => row.date), ["2024-01-02", "2024-01-03", "2024-01-05"]);
  });
});

Deno.test("LF in place of CRLF and a missing last line end are taken", async () => {
  const bytes = fileOf([quote(), quote({ date: "20240103" })]);
  const text = bytesOf(new TextDecoder("latin1").decode(bytes).replaceAll("\r\n", "\n"));
  for (const variant of [text, text.slice(0, -1), bytes.slice(0, -1), bytes.slice(0, -2)]) {
    await withRun(variant, async (run) => {
      assertEquals((await batchOf(run, "AAAA3.SA")).prices.length, 2);
      assertEquals([run.unassigned, run.warnings], [[], []]);
    });
  }
});

Deno.test("each kind of bad record is refused with its line, its reason and its text", async () => {
  const records = [
    quote(), // line 2
    bytesOf("01short\r\n"),
    bytesOf("x".repeat(3000) + "\r\n"),
    patched(1, "02"),
    patched(109, "000000000A050"),
    patched(3, "20240230"),
    patched(3, "2024 102"),
    patched(13, "AA/A3"),
    patched(211, "0000000"),
    patched(153, "999999999999999999"),
    patched(25, "0x0"),
  ];
  await withRun(fileOf(records), async (run) => {
    assertEquals(brief(run.unassigned), [
      "3 bad_length",
      "4 bad_length",
      "5 bad_record_type",
      "9 bad_ticker",
    ]);
    const { prices, rejects } = await batchOf(run, "AAAA3.SA");
    assertEquals(prices.length, 2);
    assertEquals(brief(rejects), [
      "6 bad_number",
      "7 bad_date",
      "8 bad_date",
      "10 bad_quote_factor",
      "12 bad_number",
      "11 bad_cell",
    ]);
    const [number] = rejects;
    assertEquals(number?.origin, "COTAHIST.TXT");
    assertEquals(number?.date, "2024-01-02");
    assertMatch(number?.reason ?? "", /PREULT is "000000000A050"/);
    assertMatch(number?.raw ?? "", /^012024010202AAAA3 .*BRINVENTED00100$/);
    assertMatch(rejects[1]?.reason ?? "", /"20240230"/);
    assertMatch(run.unassigned[0]?.reason ?? "", /has 7 bytes, a record has 245/);
    assertEquals(run.unassigned[0]?.raw, "01short");
    assertEquals(run.unassigned[1]?.raw?.length, 500);
    assertMatch(run.unassigned[1]?.reason ?? "", /3001 bytes|3000 bytes/);
    assertMatch(run.unassigned[3]?.reason ?? "", /"AA\/A3"/);
  });
});

Deno.test("a ticker all of whose records are refused is there, for its rejects", async () => {
  await withRun(fileOf([patched(109, "x")]), async (run) => {
    assertEquals(run.tickers, ["AAAA3.SA"]);
    const { prices, rejects } = await batchOf(run, "AAAA3.SA");
    assertEquals([prices, brief(rejects)], [[], ["2 bad_number"]]);
  });
});

Deno.test("with tickers asked for, only theirs are delivered, rejects included", async () => {
  const records = [
    quote(),
    quote({ ticker: "BBBB3" }),
    patched(109, "x", { ticker: "BBBB3" }),
    patched(109, "x"),
    patched(1, "05"),
  ];
  const changes = { tickers: ["AAAA3.SA", "NONE3.SA"] };
  await withRun(fileOf(records), async (run) => {
    assertEquals(run.tickers, ["AAAA3.SA"]);
    assertEquals(brief((await batchOf(run, "AAAA3.SA")).rejects), ["5 bad_number"]);
    assertEquals(brief(run.unassigned), ["6 bad_record_type"]);
  }, changes);
});

Deno.test("rejects past the limit are counted, not kept", async () => {
  const records = Array.from({ length: 20 }, () => patched(109, "x"));
  await withRun(
    fileOf(records),
    async (run) => {
      const { rejects, furtherRejects } = await batchOf(run, "AAAA3.SA");
      assertEquals([rejects.length, furtherRejects], [5, 15]);
      assertMatch(run.warnings.join(), /20 records were refused; 5 of them are kept/);
    },
    {},
    { maxRejects: 5 },
  );
});

Deno.test("the window takes both of its ends", async () => {
  const dates = ["20240102", "20240103", "20240104", "20240105"];
  const bytes = fileOf(dates.map((date) => quote({ date })));
  await withRun(bytes, async (run) => {
    const { prices } = await batchOf(run, "AAAA3.SA");
    assertEquals(prices.map((row) => row.date), ["2024-01-03", "2024-01-04"]);
  }, { from: "2024-01-03", to: "2024-01-04" });
});

Deno.test("only the markets asked for are delivered, and all are counted", async () => {
  const records = [
    quote(),
    quote({ ticker: "AAAA3F", market: "020", bdi: "96" }),
    quote({ ticker: "AAAAA10", market: "070", bdi: "78" }),
    quote({ ticker: "AAAA3T", market: "030", bdi: "62" }),
    patched(109, "x", { ticker: "AAAA3T", market: "030", bdi: "62" }),
  ];
  await withRun(fileOf(records), (run) => {
    assertEquals(run.tickers, ["AAAA3.SA", "AAAA3F.SA"]);
    assertEquals(run.details.markets, { "010": 1, "020": 1, "030": 2, "070": 1 });
    assertEquals(run.warnings, []);
    return Promise.resolve();
  }, { selection: { markets: ["010", "020"] } });
});

Deno.test("values that are not documented give one warning each", async () => {
  const records = [
    quote({ market: "021" }),
    quote({ market: "021" }),
    quote({ bdi: "13" }),
    quote({ bdi: "35", date: "20240103" }),
  ];
  await withRun(fileOf(records), (run) => {
    assertEquals(run.warnings, [
      "market type (TPMERC) 021 is not documented: 2 records",
      'CODBDI "13" is not documented: 1 record',
      'CODBDI "35" is not documented: 1 record',
    ]);
    return Promise.resolve();
  });
});

Deno.test("why a ticker is missing: another name, another market, another day", async () => {
  const records = [
    quote({ ticker: "PETR4" }),
    quote({ ticker: "PETR4F", market: "020", bdi: "96" }),
    quote({ ticker: "PETR4T", market: "030", bdi: "62", term: 60 }),
    quote({ ticker: "PETR4T", market: "030", bdi: "62", term: 30 }),
    quote({ ticker: "OLDD3", date: "20230102" }),
  ];
  const changes = {
    from: "2024-01-01",
    tickers: ["PETR4", "PETR5.SA", "PETR4F.SA", "PETR4T.SA", "OLDD3.SA", "QQQQQQQQ.SA"],
  };
  await withRun(fileOf(records), async (run) => {
    assertEquals(run.tickers, []);
    const said = (ticker: string): [string, string] => {
      const error = run.missing(ticker);
      assertInstanceOf(error, SourceError);
      return [error.code, error.hint ?? ""];
    };
    assertEquals(said("PETR4"), ["ticker_not_in_file", "Did you mean PETR4.SA?"]);
    assertEquals(said("PETR5.SA"), ["ticker_not_in_file", "Did you mean PETR4.SA?"]);
    assertEquals(said("XETR4.SA"), ["ticker_not_in_file", "Did you mean PETR4.SA?"]);
    assertEquals(said("QQQQQQQQ.SA")[0], "ticker_not_in_file");
    assertEquals(said("PETR4F.SA"), ["ticker_in_other_market", "Add --markets 020."]);
    assertEquals(said("PETR4T.SA")[0], "ticker_in_other_market");
    assertMatch(said("PETR4T.SA")[1], /^Add --markets 030 and ask for PETR4T-030\.SA: /);
    assertEquals(said("PETR4T-060.SA"), ["ticker_in_other_market", "Add --markets 030."]);
    assertEquals(said("OLDD3.SA")[0], "no_rows_in_window");
    assertMatch(said("OLDD3.SA")[1], /2023-01-02 to 2024-01-02/);
    await assertRejects(() => batchOf(run, "PETR5.SA"), Error, "PETR5.SA");
  }, changes);
});

Deno.test("exact repetitions count, differing ones are superseded by the last", async () => {
  const records = [
    quote({ close: 1010 }), // 2: differs
    quote(), // 3: the same as the last
    quote({ date: "20240103" }),
    quote(), // 5: wins
  ];
  await withRun(fileOf(records), async (run) => {
    const { good, rejects, repeated } = await judgedOf(run, "AAAA3.SA");
    assertEquals(good.map((row) => [row.date, row.close]), [
      ["2024-01-02", 10.5],
      ["2024-01-03", 10.5],
    ]);
    assertEquals(repeated, 1);
    assertEquals(brief(rejects), ["2 superseded"]);
    assertMatch(
      rejects[0]?.reason ?? "",
      /in COTAHIST\.TXT line 5 \(close 10\.1 here, 10\.5 there\)$/,
    );
    assertMatch(rejects[0]?.raw ?? "", /"close":10\.1,/);
  });
});

Deno.test("equal rows have an equal hash, whichever file and order brought them", async () => {
  const other = (date: string) => quote({ date, close: 1100 });
  const hash = (records: Uint8Array[]) =>
    withRun(fileOf(records), async (run) => (await batchOf(run, "AAAA3.SA")).payloadSha256);
  const first = await hash([quote(), other("20240103")]);
  assertEquals(
    await hash([quote({ ticker: "BBBB3" }), other("20240103"), quote(), quote()]),
    first,
  );
  assertNotEquals(await hash([quote(), other("20240104")]), first);
  assertNotEquals(await hash([quote({ volume: 4300 }), other("20240103")]), first);
});
