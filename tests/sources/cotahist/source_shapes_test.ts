import { encodeHeader, encodeTrailer } from "../../../docs/examples/generate_cotahist.ts";
import { SourceError } from "../../../src/base/errors.ts";
import type { SourceRun } from "../../../src/sources/source.ts";
import { assertEquals, assertMatch, assertRejects } from "../../assert.ts";
import { batchOf, bytesOf, concat, fileOf, patched, quote, withRun } from "./fixtures.ts";

const ALLOWED = { selection: { allowTruncated: true } };
const nothing = (_run: SourceRun) => Promise.resolve();

async function closesOf(run: SourceRun): Promise<number[]> {
  return (await batchOf(run, "AAAA3.SA")).prices.map(({ close }) => close);
}

Deno.test("a date that is no number is refused before the first good one, too", async () => {
  await withRun(fileOf([patched(3, "2024O102"), quote({ date: "20240103" })]), async (run) => {
    const { prices, rejects } = await batchOf(run, "AAAA3.SA");
    assertEquals(prices.map(({ date }) => date), ["2024-01-03"]);
    assertEquals(rejects.map(({ line, code }) => `${line} ${code}`), ["2 bad_date"]);
  });
  const all = ["2024O102", "2024O103"].map((date) => patched(3, date));
  await withRun(fileOf(all), async (run) => {
    const { prices, rejects } = await batchOf(run, "AAAA3.SA");
    assertEquals([prices.length, rejects.map(({ code }) => code)], [0, ["bad_date", "bad_date"]]);
  });
});

Deno.test("an extract without header is taken where that is allowed, and told", async () => {
  const extract = concat([quote(), quote({ date: "20240103", close: 1100 })]);
  const error = await assertRejects(() => withRun(extract, nothing), SourceError);
  assertEquals(error.code, "header_missing");
  assertMatch(error.hint ?? "", /--allow-truncated/);
  await withRun(extract, async (run) => {
    assertEquals(await closesOf(run), [10.5, 11]);
    assertEquals(run.unassigned, []);
    assertEquals(run.warnings.length, 1);
    assertMatch(run.warnings[0] ?? "", /no header \(record 00\): it is an extract/);
  }, ALLOWED);
});

Deno.test("joined years are taken where that is allowed, each checked by its own trailer", async () => {
  const [first, second] = [fileOf([quote()]), fileOf([quote({ date: "20250102", close: 1100 })])];
  const joined = concat([first, second]);
  const error = await assertRejects(() => withRun(joined, nothing), SourceError);
  assertEquals(error.code, "data_after_trailer");
  assertMatch(error.message, /line 4, after its trailer at line 3: 2 files are joined in it/);
  await withRun(joined, async (run) => {
    assertEquals(await closesOf(run), [10.5, 11]);
    assertEquals([run.unassigned, run.warnings.length], [[], 1]);
  }, ALLOWED);
  // What is cut off in the middle of such a file is told as that of a single one.
  await withRun(concat([encodeHeader("2024", "20240115"), quote(), second]), async (run) => {
    assertEquals(await closesOf(run), [10.5, 11]);
    assertMatch(run.warnings.join(), /no trailer \(record 99\) after 2 records/);
    assertEquals(run.unassigned, []);
  }, ALLOWED);
  await withRun(concat([first, fileOf([quote()], 9)]), (run) => {
    assertMatch(run.warnings.join(), /says 9 records, the file has 3/);
    return Promise.resolve();
  }, ALLOWED);
});

Deno.test("a record whose type was damaged to 99 is refused, and ends nothing", async () => {
  await withRun(fileOf([patched(1, "99"), quote()]), async (run) => {
    assertEquals(await closesOf(run), [10.5]);
    assertEquals(run.unassigned.map(({ line, code }) => `${line} ${code}`), ["2 bad_record_type"]);
  });
});

Deno.test("a file that was saved again as UTF-8 is read by its characters", async () => {
  const latin = [
    encodeHeader("2024", "20240115"),
    patched(28, "AÇÚCAR"),
    patched(40, "ON º", { date: "20240103", close: 1100 }),
    encodeTrailer("2024", "20240115", 4),
  ];
  const text = latin.map((each) => new TextDecoder("latin1").decode(each)).join("");
  for (const mark of ["", "\ufeff"]) {
    for (const end of ["\r\n", "\n"]) {
      const saved = new TextEncoder().encode(mark + text.replaceAll("\r\n", end));
      await withRun(saved, async (run) => {
        assertEquals(await closesOf(run), [10.5, 11]);
        assertEquals([run.unassigned, run.warnings], [[], []]);
      });
    }
  }
  // As many bytes, yet not UTF-8: no record.
  const bytes = concat([patched(28, "AÇÚCAR").slice(0, 245), bytesOf("xx\r\n")]);
  await withRun(fileOf([bytes, quote()]), (run) => {
    assertEquals(run.unassigned.map(({ code }) => code), ["bad_length"]);
    return Promise.resolve();
  });
});

Deno.test("a line end within a record is a damaged byte of its field, wherever a block ends", async () => {
  // Blocks of a file of this size are 1 MiB: the damaged record is moved over the end of the first.
  const filler = Array.from({ length: 4243 }, () => quote({ ticker: "BBBB3" }));
  for (const place of [4240, 4241, 4242]) {
    const records = filler.slice(0, place);
    records.push(patched(30, "\n"), patched(112, "\n"), patched(13, "AAAA3\n"));
    await withRun(fileOf(records), async (run) => {
      const { prices, rejects } = await batchOf(run, "AAAA3.SA");
      assertEquals([prices.length, rejects.map(({ code }) => code)], [1, ["bad_number"]]);
      assertEquals(run.unassigned.map(({ code }) => code), ["bad_ticker"]);
    });
  }
});
