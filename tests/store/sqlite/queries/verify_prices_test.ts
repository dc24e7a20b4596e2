import { Database } from "../../../../src/store/sqlite/connection/database.ts";
import { assert, assertEquals, assertMatch } from "../../../assert.ts";
import { addPrices } from "../filled.ts";
import { execute, finding, test, verified } from "../verified.ts";
import { daysOf, detailsOf, priceOf } from "../../rows.ts";

test("prices that cannot be are errors, by name and value", async (path) => {
  const bad: Readonly<Record<string, Parameters<typeof priceOf>>> = {
    "high below low": ["2024-03-01", 5, { high: 4, low: 6 }],
    "no close": ["2024-03-01", 0],
    "a day to come": ["2999-03-02", 5],
    "no day": ["2024-02-30", 5],
    "no date": ["yesterday!", 5],
  };
  for (const [what, row] of Object.entries(bad)) {
    {
      using db = await Database.open(path);
      await addPrices(db, "BAD", [priceOf(...row)]);
    }
    const { check, level, message } = finding(path);
    assertEquals([check, level], ["impossible_prices", "error"], what);
    assert(message.startsWith(`BAD ${row[0]} (csv) cannot be: `), message);
    assertMatch(message, new RegExp(`close ${row[1]}$`));
    assertEquals(verified(path, { quick: true }).ok, true);
    execute(path, "DELETE FROM prices WHERE ticker = 'BAD'");
  }
});

test("today is no day to come, wherever on Earth it is today", async (path) => {
  const day = (hours: number): string =>
    new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 10);
  {
    using db = await Database.open(path);
    await addPrices(db, "TODAY", [priceOf(day(0), 5)]);
  }
  assertEquals(verified(path).findings, []);
  {
    using db = await Database.open(path);
    await addPrices(db, "TODAY", [priceOf(day(48), 5)]);
  }
  assertEquals(finding(path).check, "impossible_prices");
});

test("of very many findings the first twenty are told, and how many more there are", async (path) => {
  {
    using db = await Database.open(path);
    await addPrices(db, "BAD", daysOf(50, () => 0));
  }
  const { findings, ok } = verified(path);
  assertEquals([findings.length, ok], [21, false]);
  assertEquals(findings.at(-1)?.message, "… and 30 more");
});

test("prices below 0 are a warning, which names the ticker and its days", async (path) => {
  {
    using db = await Database.open(path);
    await addPrices(db, "OIL", [
      priceOf("2020-04-20", -37.63, { low: -40.32 }),
      priceOf("2020-04-21", 10.01, { low: -16.74 }),
    ]);
  }
  const { ok, findings } = verified(path);
  assertEquals(ok, true);
  assertEquals(findings.map(({ check, level, message }) => [check, level, message]), [[
    "negative_prices",
    "warning",
    "OIL (csv) has prices below 0 on 2 days, 2020-04-20 to 2020-04-21",
  ]]);
});

test("a jump beyond a factor of ten is a warning, up and down, unless a split explains it", async (path) => {
  {
    using db = await Database.open(path);
    await addPrices(db, "UP", [priceOf("2024-01-01", 1), priceOf("2024-01-05", 10.01)]);
    await addPrices(db, "DOWN", [priceOf("2024-01-01", 10.01), priceOf("2024-01-02", 1)]);
    await addPrices(db, "EVEN", [priceOf("2024-01-01", 10), priceOf("2024-01-02", 1)]);
    // Of two sources: no jump.
    await addPrices(db, "MIXED", [
      priceOf("2024-01-01", 1, { source: "raw" }),
      priceOf("2024-01-02", 100, { source: "adjusted" }),
    ]);
  }
  const { ok, findings } = verified(path);
  assertEquals(ok, true);
  assertEquals(findings.map(({ check, level, message }) => [check, level, message]), [
    [
      "doubtful_jumps",
      "warning",
      "DOWN (csv) goes from 10.01 on 2024-01-01 to 1 on 2024-01-02: more than a factor of 10",
    ],
    [
      "doubtful_jumps",
      "warning",
      "UP (csv) goes from 1 on 2024-01-01 to 10.01 on 2024-01-05: more than a factor of 10",
    ],
  ]);
  // As `db verify --json` prints them.
  const fields = findings.map((each) => Object.keys(each).join(" "));
  assertEquals(new Set(fields), new Set(["check level message hint"]));
  execute(
    path,
    `INSERT INTO corporate_actions (ticker, date, source, kind, amount, numerator, denominator,
       ingest_id) VALUES ('UP', '2024-01-03', 'csv', 'split', NULL, 1, 12, 1),
       ('DOWN', '2024-01-01', 'csv', 'split', NULL, 12, 1, 1),
       ('DOWN', '2024-01-02', 'csv', 'dividend', 0.5, NULL, NULL, 1)`,
  );
  assertEquals(verified(path).findings.map(({ message }) => message.slice(0, 4)), ["DOWN"]);
  execute(
    path,
    `INSERT INTO corporate_actions (ticker, date, source, kind, numerator, denominator, ingest_id)
     VALUES ('DOWN', '2024-01-02', 'csv', 'split', 12, 1, 1)`,
  );
  assertEquals(verified(path).findings, []);
});

test("another currency explains a jump", async (path) => {
  {
    using db = await Database.open(path);
    const day = (date: string, close: number, currency: string | null) =>
      priceOf(date, close, { details: detailsOf({ currency }) });
    await addPrices(db, "CHANGED", [
      day("1994-06-30", 27_500, "CR$"),
      day("1994-07-04", 10, "R$"),
    ]);
    await addPrices(db, "SAME", [day("1994-06-30", 27_500, "R$"), day("1994-07-04", 10, "R$")]);
    await addPrices(db, "UNKNOWN", [day("1994-06-30", 27_500, null), day("1994-07-04", 10, "R$")]);
  }
  const { findings } = verified(path);
  assertEquals(findings.map(({ message }) => message.split(" ")[0]), ["SAME", "UNKNOWN"]);
});

test("details without a price are a warning", async (path) => {
  {
    using db = await Database.open(path);
    await addPrices(db, "A", [priceOf("2024-01-02", 1, { details: detailsOf({}) })]);
  }
  assertEquals(verified(path).findings, []);
  execute(path, "DELETE FROM prices WHERE ticker = 'A'");
  const { check, level, message } = finding(path);
  assertEquals([check, level], ["details_without_price", "warning"]);
  assertMatch(message, /^A 2024-01-02 \(csv\) has a row in price_details and no price$/);
});
