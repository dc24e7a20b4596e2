import { encodeHeader, encodeTrailer } from "../../../docs/examples/generate_cotahist.ts";
import { SourceError } from "../../../src/base/errors.ts";
import { cotahist, createCotahistSource } from "../../../src/sources/cotahist/source.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../../assert.ts";
import {
  batchesOf,
  batchOf,
  bytesOf,
  concat,
  fileOf,
  patched,
  quote,
  request,
  withFiles,
  withRun,
} from "./fixtures.ts";
import { judgedOf } from "../judged.ts";
import { makeZip } from "./zip_writer.ts";

const PAGE = bytesOf("\r\n<!DOCTYPE html><html><body>Service unavailable</body></html>\n");

/** The error of opening a single file. */
function refusal(name: string, bytes: Uint8Array): Promise<SourceError> {
  return withFiles(
    { [name]: bytes },
    (folder) => assertRejects(() => cotahist.open(request([`${folder}/${name}`])), SourceError),
  );
}

const NO_TRAILER = concat([encodeHeader("2024", "20240115"), quote()]);
const WRONG_COUNT = fileOf([quote()], 99);
const AFTER_TRAILER = concat([fileOf([quote()]), quote({ date: "20240103" })]);

Deno.test("a file of another format is refused by its first bytes", async () => {
  const code = async (name: string, bytes: Uint8Array) => (await refusal(name, bytes)).code;
  const none = new Uint8Array();
  assertEquals(await code("a.TXT", none), "file_empty");
  assertEquals(await code("a.ZIP", none), "file_empty");
  assertEquals(await code("a.TXT", bytesOf("date,close\n")), "not_cotahist");
  assertEquals(await code("a.TXT", bytesOf("\n")), "not_cotahist");
  assertEquals(await code("a.TXT", quote().slice(0, 200)), "not_cotahist");
  assertEquals(await code("a.TXT", new Uint8Array(5000)), "not_cotahist");
  assertEquals(await code("a.ZIP", fileOf([quote()])), "not_a_zip");
  assertEquals(await code("a.zip", bytesOf("PK")), "zip_corrupt");
});

Deno.test("a page in place of a file is called one", async () => {
  for (const name of ["COTAHIST_A2024.ZIP", "COTAHIST_A2024.TXT"]) {
    const error = await refusal(name, PAGE);
    assertEquals(error.code, name.endsWith("ZIP") ? "not_a_zip" : "not_cotahist");
    assertMatch(error.hint ?? "", /HTML page/);
  }
  assert(!/HTML/.test((await refusal("a.ZIP", bytesOf("garbage"))).hint ?? ""));
});

Deno.test("the trailer proves that the file is whole", async () => {
  const missing = await refusal("a.TXT", NO_TRAILER);
  assertEquals(missing.code, "trailer_missing");
  const mismatch = await refusal("a.TXT", WRONG_COUNT);
  assertEquals(mismatch.code, "trailer_mismatch");
  assertMatch(mismatch.message, /says 99 records, the file has 3/);
  assertMatch(mismatch.hint ?? "", /--allow-truncated/);
  const after = await refusal("a.TXT", AFTER_TRAILER);
  assertEquals(after.code, "data_after_trailer");
  assertMatch(after.message, /line 4/);
  const cut = fileOf([quote()]);
  assertEquals((await refusal("a.TXT", cut.slice(0, -210))).code, "trailer_missing");
  const text = concat([encodeHeader("2024", "20240115"), patched(1, "99COTAHIST.2024")]);
  assertEquals((await refusal("a.TXT", text)).code, "trailer_mismatch");
});

Deno.test("a trailer that is cut off behind its count still proves the file", async () => {
  await withRun(fileOf([quote()]).slice(0, -200), async (run) => {
    assertEquals((await batchOf(run, "AAAA3.SA")).prices.length, 1);
    assertEquals(run.unassigned.map((each) => [each.line, each.code]), [[3, "bad_length"]]);
  });
});

Deno.test("blank lines and an end-of-file mark are nothing", async () => {
  const bytes = concat([fileOf([quote(), bytesOf("\n\r\n")], 3), bytesOf("\r\n\n\u001a")]);
  await withRun(bytes, async (run) => {
    assertEquals((await batchOf(run, "AAAA3.SA")).prices.length, 1);
    assertEquals([run.unassigned, run.warnings], [[], []]);
  });
});

Deno.test("with allowTruncated, what there is comes with a warning", async () => {
  for (
    const [bytes, warning, rows] of [
      [NO_TRAILER, /no trailer/, 1],
      [WRONG_COUNT, /says 99/, 1],
      [AFTER_TRAILER, /after its trailer/, 2],
    ] as const
  ) {
    await withRun(bytes, async (run) => {
      assertMatch(run.warnings.join(), warning);
      assertEquals((await batchOf(run, "AAAA3.SA")).prices.length, rows);
    }, { selection: { allowTruncated: true } });
  }
});

Deno.test("nothing of a failed file is left, and the others go on", async () => {
  const bad = concat([
    encodeHeader("2024", "20240115"),
    quote({ close: 7777 }),
    quote({ ticker: "GONE3" }),
    quote({ ticker: "GONE3F", market: "020", bdi: "13" }),
    patched(109, "x"),
    patched(1, "07"),
  ]);
  const files = {
    "COTAHIST_1.TXT": bad,
    "COTAHIST_2.TXT": fileOf([quote()]),
    "COTAHIST_3.TXT": bad,
  };
  await withFiles(files, async (folder) => {
    for (const rowBudget of [600_000, 0]) {
      await using run = await createCotahistSource({ rowBudget }).open(request([folder]));
      assertEquals(run.tickers, ["AAAA3.SA"]);
      const { prices, rejects } = await batchOf(run, "AAAA3.SA");
      assertEquals([prices.map((row) => row.close), rejects], [[10.5], []]);
      assertEquals([run.unassigned, run.warnings], [[], []]);
      assertEquals(run.details.markets, { "010": 1 });
      const { failures } = run;
      assertEquals(failures.map((each) => each.what), [
        `${folder}/COTAHIST_1.TXT`,
        `${folder}/COTAHIST_3.TXT`,
      ]);
      assert(
        failures.every((each) => "code" in each.error && each.error.code === "trailer_missing"),
      );
      const missing = run.missing("GONE3.SA");
      assertEquals("code" in missing && missing.code, "ticker_not_in_file");
      const other = run.missing("GONE3F.SA");
      assertEquals("code" in other && other.code, "ticker_not_in_file");
    }
  });
});

Deno.test("where every file fails, so does opening, and each is named", async () => {
  const files = { "COTAHIST_1.TXT": NO_TRAILER, "COTAHIST_2.ZIP": PAGE };
  await withFiles(files, async (folder) => {
    const error = await assertRejects(() => cotahist.open(request([folder])), SourceError);
    assertEquals(error.code, "no_usable_file");
    assertMatch(error.message, /none of 2 files.*COTAHIST_1\.TXT.*COTAHIST_2\.ZIP/);
  });
});

Deno.test("of several files the last one wins, in the order in which they were given", async () => {
  const files = {
    "COTAHIST_A.TXT": fileOf([quote({ close: 1001 }), quote({ date: "20240103" })]),
    "COTAHIST_B.TXT": fileOf([quote({ close: 1002 }), quote({ date: "20240103" })]),
  };
  await withFiles(files, async (folder) => {
    const paths = Object.keys(files).map((name) => `${folder}/${name}`);
    for (
      const [given, close, loser] of [
        [[folder], 10.02, "COTAHIST_A.TXT"],
        [paths.toReversed(), 10.01, "COTAHIST_B.TXT"],
      ] as const
    ) {
      for (const rowBudget of [600_000, 1]) {
        await using run = await createCotahistSource({ rowBudget }).open(request(given));
        const { good, rejects, repeated } = await judgedOf(run, "AAAA3.SA");
        assertEquals(good.map((row) => row.close), [close, 10.5]);
        assertEquals(repeated, 1);
        assertEquals(rejects.map((each) => [each.origin, each.line]), [[loser, 2]]);
      }
    }
  });
});

Deno.test("a ZIP gives every .TXT in it, and a .TXT that is a ZIP is read as one", async () => {
  const zip = makeZip([
    { name: "COTAHIST_1.TXT", data: fileOf([quote()]) },
    { name: "readme.md", data: bytesOf("no data") },
    { name: "sub/cotahist_2.txt", data: fileOf([quote({ ticker: "BBBB3" }), patched(1, "08")]) },
  ]);
  await withFiles({ "COTAHIST.ZIP": zip, "other.TXT": zip }, async (folder) => {
    for (const name of ["COTAHIST.ZIP", "other.TXT"]) {
      for (const rowBudget of [600_000, 1]) {
        const source = createCotahistSource({ rowBudget });
        await using run = await source.open(request([`${folder}/${name}`]));
        assertEquals([...(await batchesOf(run)).keys()], ["AAAA3.SA", "BBBB3.SA"]);
        assertEquals(run.unassigned.map((each) => each.origin), [`${name}/sub/cotahist_2.txt`]);
      }
    }
  });
});

Deno.test("a bad text in a ZIP fails alone, a bad ZIP as a whole", async () => {
  const good = { name: "COTAHIST_1.TXT", data: fileOf([quote()]) };
  const damaged = { name: "COTAHIST_2.TXT", data: fileOf([quote({ ticker: "BBBB3" })]), crc: 5 };
  await withFiles({ "COTAHIST.ZIP": makeZip([good, damaged]) }, async (folder) => {
    await using run = await cotahist.open(request([folder]));
    assertEquals(run.tickers, ["AAAA3.SA"]);
    assertEquals(run.failures.map((each) => each.what), [
      `${folder}/COTAHIST.ZIP (COTAHIST_2.TXT)`,
    ]);
  });
  const code = async (bytes: Uint8Array) => (await refusal("COTAHIST.ZIP", bytes)).code;
  const empty = new Uint8Array();
  assertEquals(await code(makeZip([damaged])), "zip_corrupt");
  assertEquals(await code(makeZip([good, { ...good, name: "../a.TXT" }])), "zip_unsafe_path");
  assertEquals(await code(makeZip([{ name: "a.csv", data: empty }])), "zip_without_txt");
  assertEquals(await code(makeZip([])), "zip_without_txt");
  assertEquals(await code(makeZip([{ ...good, data: empty }])), "file_empty");
  assertEquals(await code(makeZip([good]).slice(0, -40)), "zip_corrupt");
});

Deno.test("a trailer is counted with its file, not with those before it", async () => {
  const trailer = encodeTrailer("2024", "20240115", 3);
  const text = concat([encodeHeader("2024", "20240115"), quote(), trailer]);
  await withFiles({ "COTAHIST_1.TXT": text, "COTAHIST_2.TXT": text }, async (folder) => {
    await using run = await cotahist.open(request([folder]));
    assertEquals([run.failures.length, (await judgedOf(run, "AAAA3.SA")).repeated], [0, 1]);
  });
});

Deno.test("files and members are known by their first bytes, whatever their names", async () => {
  const text = (ticker: string) => fileOf([quote({ ticker })]);
  const zip = makeZip([
    { name: "LEIAME", data: bytesOf("Leia-me") },
    { name: "COTAHIST.A1998", data: text("CCCC3") },
  ]);
  const files = {
    "COTAHIST.A1986": text("AAAA3"),
    "COTAHIST_A2001": text("BBBB3"),
    "COTAHIST_A1998.ZIP": zip,
    "saved": zip,
    "notes.txt": bytesOf("buy low"),
    "nothing": new Uint8Array(),
    "odd.zip": makeZip([{ name: "LEIAME", data: bytesOf("Leia-me") }]),
    "extract": quote({ ticker: "DDDD3" }),
  };
  await withFiles(files, async (folder) => {
    await Deno.mkdir(`${folder}/2026/may`, { recursive: true });
    await Deno.writeFile(`${folder}/2026/may/COTAHIST_D04052026.TXT`, text("EEEE3"));
    const selection = { allowTruncated: true };
    await using run = await cotahist.open(request([folder], { selection }));
    assertEquals(
      run.tickers,
      ["AAAA3.SA", "BBBB3.SA", "CCCC3.SA", "DDDD3.SA", "EEEE3.SA"],
    );
    assertEquals(run.failures, []);
    const passed = {
      [`${folder}/notes.txt`]: 'begins with "buy low"',
      [`${folder}/nothing`]: "is empty",
      [`${folder}/odd.zip`]: "is a ZIP without a COTAHIST file",
      [`${folder}/COTAHIST_A1998.ZIP (LEIAME)`]: 'begins with "Leia-me"',
      [`${folder}/saved (LEIAME)`]: 'begins with "Leia-me"',
    };
    const told = run.details.passedOver as readonly { file: string; reason: string }[];
    assertEquals(Object.fromEntries(told.map(({ file, reason }) => [file, reason])), passed);
    assertMatch(
      run.warnings[0] ?? "",
      /^5 files are passed over: .*notes\.txt \(begins with "buy low"/,
    );
  });
});

Deno.test("a file with a published name that is none fails, and is not passed over", async () => {
  for (const name of ["COTAHIST.A1998", "COTAHIST_A2001", "COTAHIST_M012024.ZIP"]) {
    await withFiles({ [name]: PAGE, "COTAHIST_A2002.TXT": fileOf([quote()]) }, async (folder) => {
      await using run = await cotahist.open(request([folder]));
      assertEquals(run.failures.map(({ what }) => what), [`${folder}/${name}`]);
    });
  }
});
