import type { CashRow, Supplement } from "../../../src/sources/b3_actions/answers.ts";
import { eventsOf, typeOf } from "../../../src/sources/b3_actions/events.ts";
import { assertEquals } from "../../assert.ts";

const ISIN = "BRPETRACNPR6";
const PAPER = { isins: new Set([ISIN]), type: "PN" };

function company(more: Partial<Supplement> = {}): Supplement {
  return {
    tradingName: "PETR",
    codeCVM: "1",
    cashDividends: [],
    stockDividends: [],
    subscriptions: [],
    ...more,
  };
}

function stock(label: string, factor: string, more: Partial<Supplement["stockDividends"][0]> = {}) {
  return {
    ...{ assetIssued: ISIN, isinCode: ISIN, label, factor },
    ...{ lastDatePrior: "25/04/2008", approvedOn: "24/04/2008", ...more },
  };
}

function cash(valueCash: string, more: Partial<CashRow> = {}): CashRow {
  return {
    ...{ typeStock: "PN", dateApproval: "24/04/2024", valueCash, corporateAction: "DIVIDENDO" },
    ...{ lastDatePriorEx: "25/04/2024", quotedPerShares: "1", ...more },
  };
}

function sizes(supplement: Supplement, pages: readonly CashRow[] = []) {
  return eventsOf(supplement, pages, PAPER).events
    .map(({ label, kind, ratio, amount }) => [label, kind, ratio ?? amount]);
}

Deno.test("a number is a percentage or the multiplier, by its label", () => {
  const stockDividends = [
    stock("DESDOBRAMENTO", "100,00000000000"),
    stock("DESDOBRAMENTO", "300,00000000000"),
    stock("BONIFICACAO", "5,00000000000"),
    stock("GRUPAMENTO", "0,10000000000"),
    // What makes no sense, or concerns another paper, has no size: the price is not adjusted by it.
    stock("GRUPAMENTO", "10,00000000000"),
    stock("BONIFICACAO", "7,00000000000", { assetIssued: "BRPETRACNOR9" }),
    stock("DESDOBRAMENTO", "0,00000000000"),
    ...["CIS RED CAP", "INCORPORACAO", "RESG TOTAL RV", "REST CAP ACOES"]
      .map((label) => stock(label, "12,50000000000")),
  ];
  assertEquals(sizes(company({ stockDividends })), [
    ["DESDOBRAMENTO", "split", 2],
    ["DESDOBRAMENTO", "split", 4],
    ["BONIFICACAO", "split", 1.05],
    ["GRUPAMENTO", "split", 0.1],
    ["GRUPAMENTO", "other", null],
    ["BONIFICACAO", "other", null],
    ["DESDOBRAMENTO", "other", null],
    ["CIS RED CAP", "other", null],
    ["INCORPORACAO", "other", null],
    ["RESG TOTAL RV", "other", null],
    ["REST CAP ACOES", "other", null],
  ]);
});

Deno.test("an event of another paper of the company is none of this one", () => {
  const stockDividends = ["BRPETRACNOR9", ISIN, "BRPETRACNOLD"]
    .map((isinCode) =>
      stock("DESDOBRAMENTO", "100,00000000000", { isinCode, assetIssued: isinCode })
    );
  assertEquals(sizes(company({ stockDividends })), [["DESDOBRAMENTO", "split", 2]]);
  assertEquals(sizes(company(), [cash("1,5", { typeStock: "ON" }), cash("2,5")]), [
    ["DIVIDENDO", "cash", 2.5],
  ]);
});

Deno.test("money is per unit, each event once, of both lists", () => {
  const recent = {
    ...{ isinCode: ISIN, label: "JRS CAP PROPRIO", rate: "0,47020000000" },
    ...{ lastDatePrior: "25/04/2024", approvedOn: "24/04/2024" },
  };
  const supplement = company({
    cashDividends: [recent, { ...recent, label: "DIVIDENDO", rate: "0,13340000000" }],
  });
  const pages = [
    cash("0,4702", { corporateAction: "JRS CAP PROPRIO" }),
    cash("0,4702", { corporateAction: "JRS CAP PROPRIO" }),
    cash("1.334,5", { quotedPerShares: "1000", lastDatePriorEx: "30/04/1996" }),
  ];
  const { events, rejects } = eventsOf(supplement, pages, PAPER);
  assertEquals(rejects, []);
  assertEquals(events.map(({ label, amount, rate, isin }) => [label, amount, rate, isin]), [
    ["JRS CAP PROPRIO", 0.4702, "0,4702", null],
    ["DIVIDENDO", 1.3345, "1.334,5", null],
    ["DIVIDENDO", 0.1334, "0,13340000000", ISIN],
  ]);
});

Deno.test("the first day without the right is the next session; some are not known yet", () => {
  const { events } = eventsOf(company(), [
    cash("1", { lastDatePriorEx: "28/03/2024" }),
    cash("2", { lastDatePriorEx: "30/12/2024" }),
    cash("3", { lastDatePriorEx: "31/12/9999" }),
    // No session follows: the last day of that year is none.
    cash("4", { lastDatePriorEx: "30/12/9999" }),
  ], PAPER);
  assertEquals(events.map(({ lastWithRight, exDate }) => [lastWithRight, exDate]), [
    // Before Good Friday; before the new year.
    ["2024-03-28", "2024-04-01"],
    ["2024-12-30", "2025-01-02"],
    ["9999-12-31", null],
    ["9999-12-30", null],
  ]);
});

Deno.test("a row that cannot be read is refused, and the others go in", () => {
  const [date, large] = [{ lastDatePriorEx: "2024-04-25" }, "9".repeat(400)];
  const pages = [cash("x"), cash("1,5", date), cash("2,5"), cash(large)];
  const { events, rejects } = eventsOf(company(), pages, PAPER);
  assertEquals(events.length, 1);
  assertEquals(rejects.map(({ code, reason }) => [code, reason]), [
    ["bad_number", '"x" is no number'],
    ["bad_date", '"2024-04-25" is no day'],
    ["bad_number", `"${"9".repeat(100)}…" is no number`],
  ]);
});

Deno.test("the kind of paper is told by the digits of its code", () => {
  const codes = ["PETR3", "PETR4", "USIM5", "USIM6", "SANB11", "PETRA100", "PETR33", "BOVA"];
  assertEquals(codes.map(typeOf), [
    "ON",
    "PN",
    "PNA",
    "PNB",
    "UNT",
    undefined,
    undefined,
    undefined,
  ]);
});
