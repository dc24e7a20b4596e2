import { assert, assertEquals, assertMatch } from "../assert.ts";
import { makeTempFolder, removeFolder } from "../paths.ts";
import { cotahist } from "../../src/sources/cotahist/source.ts";
import { type FakeB3, type FakeB3Options, startFakeB3 } from "./b3.ts";
import { FAULTS } from "./b3_faults.ts";

/** Friday evening at the exchange, after that day's files. */
const NOW = Date.parse("2026-09-18T23:30:00Z");

function start(options: FakeB3Options = {}): Promise<FakeB3> {
  return startFakeB3({ now: () => NOW, ...options });
}

function file(b3: FakeB3, name: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${b3.url}/InstDados/SerHist/${name}`, { headers });
}

function ask(b3: FakeB3, method: string, question: unknown): Promise<Response> {
  const text = encodeURIComponent(btoa(JSON.stringify(question)));
  return fetch(`${b3.url}/listedCompaniesProxy/CompanyCall/${method}/${text}`);
}

Deno.test("its files are read as the exchange's are, whatever their member is called", async () => {
  await using b3 = await start();
  const folder = await makeTempFolder("tickerlock_");
  try {
    for (
      const [name, first, last] of [
        ["COTAHIST_A1986.ZIP", "1986-01-02", "1986-12-30"],
        ["COTAHIST_A2001.ZIP", "2001-01-02", "2001-12-28"],
        ["COTAHIST_A2026.ZIP", "2026-01-02", "2026-09-18"],
        ["COTAHIST_M082026.ZIP", "2026-08-03", "2026-08-31"],
        ["COTAHIST_D18092026.ZIP", "2026-09-18", "2026-09-18"],
      ] as const
    ) {
      const response = await file(b3, name);
      assertEquals(response.status, 200, name);
      await Deno.writeFile(`${folder}/${name}`, await response.bytes());
      const { signal } = new AbortController();
      const files = [`${folder}/${name}`];
      await using run = await cotahist.open({ files, tickers: null, from: null, to: null, signal });
      assertEquals([run.failures, run.details.days], [[], { first, last }], name);
      assert(run.tickers.includes("PETR4.SA"), name);
    }
  } finally {
    await removeFolder(folder);
  }
});

Deno.test("what the exchange does not keep, or not yet, is 404", async () => {
  let now = NOW;
  await using b3 = await startFakeB3({ now: () => now });
  const status = async (name: string): Promise<number> => {
    const response = await file(b3, name);
    await response.body?.cancel();
    return response.status;
  };
  // A year before 1986, a month 13 months ago, a day of last year, a Saturday, a holiday.
  for (const name of ["A1985", "M082025", "D30122025", "D19092026", "D07092026", "D00002026"]) {
    assertEquals(await status(`COTAHIST_${name}.ZIP`), 404, name);
  }
  assertEquals(await status("COTAHIST_D18092026.ZIP"), 200);
  now = Date.parse("2026-09-18T22:30:00Z");
  assertEquals(await status("COTAHIST_D18092026.ZIP"), 404);
});

Deno.test("a file that has not changed is not sent again", async () => {
  await using b3 = await start();
  const first = await file(b3, "COTAHIST_A2025.ZIP");
  await first.body?.cancel();
  const since = { "if-modified-since": first.headers.get("last-modified") ?? "" };
  assertEquals((await file(b3, "COTAHIST_A2025.ZIP", since)).status, 304);
  b3.setFaults([{ fault: "ignores-since" }]);
  const again = await file(b3, "COTAHIST_A2025.ZIP", since);
  await again.body?.cancel();
  assertEquals(again.status, 200);
});

Deno.test("companies, their events and their codes are told as the service tells them", async () => {
  await using b3 = await start();
  const [petr] = await (await ask(b3, "GetListedSupplementCompany", { issuingCompany: "PETR" }))
    .json();
  assertEquals(petr.cashDividends.map((each: { rate: string }) => each.rate), ["0,50000000000"]);
  // Once for each paper that there ever was.
  assertEquals(petr.stockDividends.length, 3);
  assertEquals(petr.tradingName, "PETR S.A.           ");
  const question = { tradingName: "PETR SA", pageNumber: 1, pageSize: 4, language: "pt-br" };
  const { page, results } = await (await ask(b3, "GetListedCashDividends", question)).json();
  assertEquals([page.totalRecords, page.totalPages, results.length], [6, 2, 4]);
  assertEquals(results[2].valueCash, "0,4702");
  const { otherCodes } = await (await ask(b3, "GetDetail", { codeCVM: petr.codeCVM })).json();
  assertEquals(otherCodes[1], { code: "PETR4", isin: petr.cashDividends[0].isinCode });
  assertEquals(
    await (await ask(b3, "GetListedSupplementCompany", { issuingCompany: "X" })).text(),
    "",
  );
  b3.setFaults([{ fault: "double-json" }]);
  const twice = await (await ask(b3, "GetDetail", { codeCVM: petr.codeCVM })).json();
  assertEquals(typeof twice, "string");
});

Deno.test("the consolidated file comes by its token", async () => {
  await using b3 = await start();
  const name = "requestname?fileName=TradeInformationConsolidated&date=2026-09-18";
  const { token } = await (await fetch(`${b3.url}/api/download/${name}`)).json();
  const text = await (await fetch(`${b3.url}/api/download/?token=${token}`)).text();
  assertMatch(text, /^Status do Arquivo: Final\nRptDt;TckrSymb;/);
  assertMatch(text, /\n2026-09-18;PETR4;BRPETRACNPR0;CASH;\d+,\d\d;/);
  const holiday = await fetch(`${b3.url}/api/download/${name.replace("09-18", "09-07")}`);
  assertEquals([holiday.status, await holiday.text()], [400, "{}"]);
});

Deno.test("each fault shows where it is set, and as often", async () => {
  await using b3 = await start();
  for (const name of Object.keys(FAULTS) as (keyof typeof FAULTS)[]) {
    b3.setFaults([{ fault: name, times: 1, path: "COTAHIST_D18" }]);
    const other = await file(b3, "COTAHIST_D17092026.ZIP");
    assertEquals([other.status, (await other.bytes())[0]], [200, 0x50], name);
  }
  b3.setFaults([{ fault: "error-520", times: 1 }]);
  const seen: number[] = [];
  for (let times = 0; times < 2; times++) {
    const response = await file(b3, "COTAHIST_D17092026.ZIP");
    await response.body?.cancel();
    seen.push(response.status);
  }
  assertEquals(seen, [520, 200]);
});
