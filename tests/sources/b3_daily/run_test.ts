import { assertEquals, assertMatch } from "../../assert.ts";
import { inSpace } from "../../cli/in_process.ts";
import { Workspace } from "../../e2e/workspace.ts";
import { type FakeB3, type FakeB3Options, startFakeB3 } from "../../fake/b3.ts";
import type { B3FaultName } from "../../fake/b3_faults.ts";
import { setClock } from "../../set_clock.ts";

/** A Friday evening at the exchange, after that day's files. */
const FRIDAY = "2026-09-18T23:30:00Z";

function clockAt(time: string) {
  return setClock(Math.round(Date.parse(time) - performance.timeOrigin - performance.now()));
}

function start(options: FakeB3Options = {}): Promise<FakeB3> {
  return startFakeB3({ now: () => Date.now(), ...options });
}

async function fetched(space: Workspace, b3: FakeB3, ...args: readonly string[]) {
  const before = b3.requests.length;
  const source = args.includes("--source") ? [] : ["--source", "b3-daily"];
  const outcome = await space.ingest([...source, "--rate", "none", ...args], {
    env: { B3_BASE_URL: b3.url },
  });
  const asked = b3.requests.slice(before).flatMap((each) => /date=(.*)$/.exec(each)?.[1] ?? []);
  return { ...outcome, asked };
}

Deno.test("holes of the last weeks are filled, beside the yearly files", async () => {
  using _clock = clockAt(FRIDAY);
  await using space = await Workspace.create();
  await using b3 = await start();
  const files = await fetched(space, b3, "--source", "cotahist", "--since", "2026-08-03");
  assertEquals(files.code, 0, files.stderr);
  space.execute("DELETE FROM prices WHERE date IN ('2026-09-10', '2026-09-18')");
  const { code, asked, stderr } = await fetched(space, b3);
  assertEquals([code, asked], [0, ["2026-09-10", "2026-09-18"]], stderr);
  const rows = space.query(
    `SELECT date, open, close, volume, source FROM prices
     WHERE ticker = 'PETR4.SA' AND source = 'b3-daily' ORDER BY date`,
  );
  assertEquals(rows.map(({ date, open }) => [date, open]), [["2026-09-10", null], [
    "2026-09-18",
    null,
  ]]);
  // The option beside the papers of the cash market is left out.
  assertEquals(
    space.value("SELECT count(DISTINCT ticker) FROM prices WHERE source = 'b3-daily'"),
    9,
  );
  const details = space.query(
    "SELECT isin, distribution FROM price_details WHERE ticker = 'PETR4.SA' AND source = 'b3-daily'",
  );
  assertEquals(details[0], { isin: "BRPETRACNPR0", distribution: null });
  const again = await fetched(space, b3);
  assertEquals([again.code, again.asked], [0, []], again.stderr);
  assertMatch(again.stdout, /nothing is missing/);
  // They are raw prices like the others, and are adjusted like them.
  const adjusted = "SELECT count(close) FROM prices_adjusted WHERE source = 'b3-daily'";
  assertEquals(space.value(adjusted), 18);
});

Deno.test("a file that is not final, not there or no file is not taken", async () => {
  using clock = clockAt(FRIDAY);
  await using space = await Workspace.create();
  await using b3 = await start();
  const day = ["--day", "2026-09-18", "--attempts", "1"];
  const last = () => space.logs().at(-1);
  for (const fault of ["not-final", "empty-daily", "missing", "empty"] as const) {
    b3.setFaults([{ fault }]);
    const { code, stderr } = await fetched(space, b3, ...day);
    assertEquals(
      [code, last()?.status, last()?.error_code],
      [0, "skipped", "not_published"],
      fault,
    );
    assertEquals(stderr, "");
  }
  for (
    const [fault, error] of [["error-520", "service_failed"], [
      "reset",
      "connection_failed",
    ]] as readonly [B3FaultName, string][]
  ) {
    b3.setFaults([{ fault }]);
    const { code } = await fetched(space, b3, ...day, "--deadline", "0.2");
    assertEquals([code, last()?.error_code], [1, error], fault);
  }
  // On Monday at ten it has to be there.
  clock.set(
    Math.round(Date.parse("2026-09-21T13:00:00Z") - performance.timeOrigin - performance.now()),
  );
  b3.setFaults([{ fault: "not-final" }]);
  const { code, stderr } = await fetched(space, b3, ...day);
  assertEquals([code, last()?.error_code], [1, "file_not_there"], stderr);
  assertMatch(stderr, /Status do Arquivo: Parcial/);
  assertEquals(space.prices(), []);
  const holiday = await fetched(space, b3, "--day", "2026-09-07");
  assertEquals([holiday.code, holiday.asked], [0, []]);
  // One reader has found no such line.
  b3.setFaults([{ fault: "no-status" }]);
  assertEquals((await fetched(space, b3, ...day)).code, 0);
  assertEquals(space.prices().length, 9);
  // A kept file with another digit is no word of the exchange's.
  const path = `${space.path}/files/TradeInformationConsolidated_20260918.csv`;
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(
    path,
    text.replace(/(?<=;CASH;\d+,)\d/, (digit) => String(9 - Number(digit))),
  );
  const again = await fetched(space, b3, ...day);
  assertEquals([again.code, again.asked], [0, ["2026-09-18"]], again.stderr);
  assertEquals(await Deno.readTextFile(path), text);
});

Deno.test("files are read by name, and bad rows are told", async () => {
  await using space = await Workspace.create();
  const header =
    "RptDt;TckrSymb;ISIN;SgmtNm;MinPric;MaxPric;TradAvrgPric;LastPric;OscnPctg;AdjstdQt;" +
    "AdjstdQtTax;RefPric;TradQty;FinInstrmQty;NtlFinVol";
  const row = (code: string, last: string) =>
    `2024-01-02;${code};BRPETRACNPR6;CASH;9,00;11,00;10,00;${last};0;;;;5;1000;10000,50`;
  const file = space.write(
    "day.csv",
    [
      "Status do Arquivo: Final",
      header,
      row("PETR4", "10,50"),
      row("VALE3", "x"),
      row("MGLU3", ""),
      "",
    ]
      .join("\n"),
  );
  // A link to nowhere in the folder is passed over.
  Deno.symlinkSync("nowhere", `${file.slice(0, -"day.csv".length)}gone.csv`);
  const folder = file.slice(0, -"/day.csv".length);
  const { code, stderr } = await space.ingest(["--source", "b3-daily", "--file", folder]);
  assertEquals(code, 0, stderr);
  assertMatch(stderr, /passed over: .*gone\.csv \(file .* does not exist\)/);
  assertEquals(space.prices().map(({ ticker, close, volume }) => [ticker, close, volume]), [
    ["PETR4.SA", 10.5, 1000],
  ]);
  assertEquals(space.value("SELECT reason FROM ingest_rejects"), 'LastPric is "x"');
  for (
    const [text, error] of [
      ["Status do Arquivo: Parcial\n", "file_not_final"],
      ["a;b\n1;2\n", "bad_header"],
      ["", "file_empty"],
    ]
  ) {
    const bad = space.write("bad.csv", text ?? "");
    const outcome = await space.ingest(["--source", "b3-daily", "--file", bad]);
    assertEquals([outcome.code, space.logs().at(-1)?.error_code], [1, error]);
  }
});

Deno.test("sources test asks whether the newest file is there", async () => {
  await using space = await Workspace.create();
  await using b3 = await startFakeB3();
  const env = { B3_BASE_URL: b3.url };
  const outcome = await inSpace(space, ["sources", "test", "b3-daily"], { env });
  assertEquals(outcome.code, 0, outcome.stderr);
  assertMatch(outcome.stdout, /the file of \d{4}-\d\d-\d\d is there/);
});
