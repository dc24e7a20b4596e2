import { SourceError } from "../../../src/base/errors.ts";
import { csv } from "../../../src/sources/csv/source.ts";
import { cotahist } from "../../../src/sources/cotahist/source.ts";
import { expandInputFiles } from "../../../src/sources/files/input_files.ts";
import { FILE_LIMITS } from "../../../src/sources/files/limits.ts";
import { openZip } from "../../../src/sources/files/zip.ts";
import type { Selection, Source } from "../../../src/sources/source.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../../assert.ts";
import { Workspace } from "../../e2e/workspace.ts";
import { makeZip } from "../cotahist/zip_writer.ts";

const SAMPLE = Deno.readFileSync("docs/examples/cotahist-sample.txt");

async function refusalOf(source: Source, file: string, selection: Selection): Promise<SourceError> {
  const { signal } = new AbortController();
  const wanted = { files: [file], tickers: null, from: null, to: null, selection, signal };
  return await assertRejects(async () => {
    await using _run = await source.open(wanted);
  }, SourceError);
}

Deno.test("tickers and records beyond the limit are refused with the option", async () => {
  await using space = await Workspace.create();
  const rows = Array.from({ length: 11 }, (_, n) => `T${n},2024-01-02,1\n`).join("");
  const file = space.write("a.csv", `ticker,date,close\n${rows}`);
  const text = space.write("COTAHIST_A2024.TXT", SAMPLE);
  const cases = [
    [csv, file, { maxTickers: 10 }, /has 11 tickers, more than the limit of 10/, "--max-tickers"],
    [csv, file, { maxRecords: 10 }, /has 11 records or more, .* of 10/, "--max-records"],
    [cotahist, text, { maxTickers: 1 }, /has \d+ tickers, more than .* of 1/, "--max-tickers"],
    [cotahist, text, { maxRecords: 3 }, /has [\d,]+ records, more than .* of 3/, "--max-records"],
  ] as const;
  for (const [source, path, selection, message, option] of cases) {
    const error = await refusalOf(source, path, selection);
    assertEquals(error.code, "beyond_limit");
    assertMatch(error.message, message);
    assertMatch(error.hint ?? "", new RegExp(`allow more with ${option} N`));
  }
  await using run = await csv.open({
    files: [file],
    tickers: null,
    from: null,
    to: null,
    selection: { maxTickers: 11, maxRecords: 11 },
    signal: new AbortController().signal,
  });
  assertEquals(run.tickers.length, 11);
});

Deno.test("a ZIP with too many entries is refused before any is read", async () => {
  await using space = await Workspace.create();
  const empty = new Uint8Array();
  const entries = Array.from({ length: 10_001 }, (_, n) => ({ name: `${n}.txt`, data: empty }));
  const path = space.write("COTAHIST_A2024.ZIP", makeZip(entries));
  const error = await refusalOf(cotahist, path, {});
  assertMatch(error.message, /has 10,001 entries, more than the limit of 10,000/);
  assertMatch(error.hint ?? "", /--max-zip-entries N/);
  await using zip = await openZip(path, { ...FILE_LIMITS, maxZipEntries: 10_001 });
  assertEquals(zip.entries.length, 10_001);
});

Deno.test("a ZIP that unpacks to many times its size is refused, small ones are not", async () => {
  await using space = await Workspace.create();
  const blanks = new Uint8Array(70_000_000).fill(32);
  const path = space.write("COTAHIST_A2024.ZIP", makeZip([{ name: "a.txt", data: blanks }]));
  const error = await refusalOf(cotahist, path, {});
  assertMatch(error.message, /has 70\.0 MB or more when unpacked, \d[,\d]+ times its size/);
  assertMatch(error.hint ?? "", /--max-zip-ratio N/);
  const small = space.write("s.zip", makeZip([{ name: "a.txt", data: blanks.subarray(0, 1e6) }]));
  for (const [each, limits] of [[path, { ...FILE_LIMITS, maxZipRatio: 2000 }], [small]] as const) {
    await using zip = await openZip(each, limits);
    assertEquals(zip.entries.length, 1);
  }
});

Deno.test("a search for files and a look into a ZIP end on a stop", async () => {
  await using space = await Workspace.create();
  Deno.mkdirSync(`${space.path}/in`);
  for (let n = 0; n < 20; n++) space.write(`in/${n}.txt`, "x");
  const stop = new AbortController();
  let looked = 0;
  const reasonAgainst = (): undefined => {
    if (++looked === 3) stop.abort(new Error("stopped"));
  };
  const rules = { reasonAgainst, subfolders: true };
  await assertRejects(
    () => expandInputFiles([`${space.path}/in`], rules, stop.signal),
    Error,
    "stopped",
  );
  assertEquals(looked, 3);
  const zip = space.write("a.zip", makeZip([{ name: "a.txt", data: SAMPLE }]));
  assert(stop.signal.aborted);
  await assertRejects(() => openZip(zip, FILE_LIMITS, stop.signal), Error, "stopped");
});
