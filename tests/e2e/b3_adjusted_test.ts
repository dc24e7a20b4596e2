import { assertEquals, assertMatch } from "../assert.ts";
import { inSpace } from "../cli/in_process.ts";
import { startFakeB3 } from "../fake/b3.ts";
import { Workspace } from "./workspace.ts";

Deno.test("files and events become adjusted prices; gaps and doctor say what is not known", async () => {
  await using space = await Workspace.create();
  await using b3 = await startFakeB3();
  const run = async (line: string) => {
    const args = line.split(" ");
    return await inSpace(space, args, { env: { B3_BASE_URL: b3.url }, columns: 120 });
  };
  const good = async (line: string): Promise<string> => {
    const { code, stdout, stderr } = await run(line);
    assertEquals(code, 0, stderr);
    return stdout;
  };
  await good("ingest --source cotahist --year 2024,2025 --rate none");
  // Before the events are there no ticker is said to lack one of them, and all that has a step is empty.
  const before = await good("gaps");
  assertMatch(
    before,
    /\d tickers cannot be adjusted: no event of theirs is stored\nTry: .*b3-actions --all/,
  );
  assertEquals(before.includes("NOT ADJUSTED"), false);
  const petr4 = `FROM prices_adjusted WHERE ticker = 'PETR4.SA'`;
  assertEquals(space.value(`SELECT count(adj_close) ${petr4} AND date < '2025-06-03'`), 0);

  await good("ingest --source b3-actions --all --rate none");
  assertEquals(space.value(`SELECT count(*) - count(adj_close) ${petr4}`), 0);
  const after = await good("gaps");
  assertMatch(
    after,
    /AZUL3\.SA +2025-02-27 +SUBSCRICAO has no size\nCIEL3\.SA +2024-08-15 +CIS RED CAP/,
  );
  const { unexplained } = JSON.parse(await good("gaps --json --ticker CIEL3.SA"));
  assertEquals(unexplained, [{
    ticker: "CIEL3.SA",
    ex_date: "2024-08-15",
    reason: "CIS RED CAP has no size",
    has_events: true,
  }]);
  const doctor = await run("doctor --offline");
  assertMatch(
    doctor.stdout,
    /warning: .*2 tickers with prices that cannot be adjusted .*AZUL3/,
  );

  // As the fake makes prices: raw ones step at a grouping 10:1 and at a bonus of 5 %.
  const step = (ticker: string, day: string) =>
    space.query(
      `SELECT raw_close, round(close, 6) AS close, split_factor FROM prices_adjusted
       WHERE ticker = ? AND date <= ? ORDER BY date DESC LIMIT 1`,
      ticker,
      day,
    )[0];
  assertEquals(step("MGLU3.SA", "2024-05-24")?.split_factor, 10);
  assertEquals(step("MGLU3.SA", "2024-05-27")?.split_factor, 1);
  assertEquals(step("VALE3.SA", "2025-03-12")?.split_factor, 1 / 1.05);

  // One more day, and only the ticker that it is of is worked out again.
  const exported = await good("export prices_adjusted --ticker VALE3.SA,PETR4.SA --to 2024-01-03");
  assertMatch(exported, /^ticker,date,source,open,high,low,close,adj_close,volume,raw_close,/);
  assertEquals(exported.trimEnd().split("\n").length, 5);
  const all = await good("export prices_adjusted");
  assertEquals(all.trimEnd().split("\n").length - 1, space.value("SELECT count(*) FROM prices"));
});
