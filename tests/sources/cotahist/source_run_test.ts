import { UsageError } from "../../../src/base/errors.ts";
import { cotahist, createCotahistSource } from "../../../src/sources/cotahist/source.ts";
import { assertEquals, assertRejects } from "../../assert.ts";
import {
  batchesOf,
  batchOf,
  fileOf,
  patched,
  quote,
  request,
  withFiles,
  withRun,
} from "./fixtures.ts";

Deno.test("a budget below the number of rows changes nothing but the reading", async () => {
  const tickers = ["AAAA3", "BBBB3", "CCCC3", "DDDD3", "EEEE3"];
  const records = Array.from(
    { length: 30 },
    (_, day) =>
      tickers.map((ticker, index) =>
        quote({ ticker, date: String(20240101 + day), close: 1000 + day * 10 + index })
      ),
  ).flat();
  records.push(quote({ ticker: "CCCC3", date: "20240105", close: 1 }), patched(109, "x"));
  const bytes = fileOf(records);
  const whole = await withRun(bytes, (run) => batchesOf(run));
  const orders = [undefined, ["EEEE3.SA", "BBBB3.SA", "AAAA3.SA", "DDDD3.SA", "CCCC3.SA"]];
  for (const rowBudget of [1, 50, 70, 151]) {
    for (const order of orders) {
      const parts = await withRun(bytes, (run) => batchesOf(run, order), {}, { rowBudget });
      for (const [ticker, batch] of whole) assertEquals(parts.get(ticker), batch);
      assertEquals(parts.size, whole.size);
    }
  }
});

Deno.test("a file that changes between two passes is not mixed up", async () => {
  const records = ["AAAA3", "BBBB3", "CCCC3"].map((ticker) => quote({ ticker }));
  await withRun(
    fileOf(records),
    async (run, path) => {
      await batchOf(run, "AAAA3.SA");
      await Deno.writeFile(path, fileOf([...records, quote({ ticker: "DDDD3" })]));
      const error = await assertRejects(() => batchOf(run, "BBBB3.SA"), Error, "changed");
      assertEquals("code" in error && error.code, "file_changed");
    },
    {},
    { rowBudget: 1 },
  );
});

Deno.test("a file of the same size and time with other rows is not taken for the same", async () => {
  const dates = (first: string) => ["AAAA3", first].map((ticker) => quote({ ticker }));
  await withRun(
    fileOf(dates("BBBB3")),
    async (run, path) => {
      const { mtime } = await Deno.stat(path);
      await Deno.writeFile(path, fileOf(dates("CCCC3")));
      await Deno.utime(path, mtime ?? 0, mtime ?? 0);
      await assertRejects(() => batchOf(run, "BBBB3.SA"), Error, "changed");
    },
    {},
    { rowBudget: 1 },
  );
});

Deno.test("progress tells the file, its size and the rows", async () => {
  const labels: string[] = [];
  const bytes = fileOf([quote()]);
  await withRun(bytes, () => Promise.resolve(), {
    onProgress: (progress) => {
      labels.push(
        `${progress.label} ${progress.bytesDone}/${progress.bytesTotal} ${progress.rows}`,
      );
    },
  });
  assertEquals(labels, [`COTAHIST.TXT ${bytes.length}/${bytes.length} 1`]);
});

Deno.test("an aborted signal stops reading with its reason", async () => {
  await withFiles({ "COTAHIST.TXT": fileOf([quote()]) }, async (folder) => {
    const reason = new Error("stop");
    const aborted = request([folder], { signal: AbortSignal.abort(reason) });
    assertEquals(await assertRejects(() => cotahist.open(aborted), Error), reason);
    const controller = new AbortController();
    const run = await createCotahistSource({ rowBudget: 0 }).open(
      request([folder], { signal: controller.signal }),
    );
    controller.abort(reason);
    assertEquals(await assertRejects(() => batchOf(run, "AAAA3.SA"), Error), reason);
    await run[Symbol.asyncDispose]();
  });
});

Deno.test("usage is checked before any file is touched", async () => {
  const code = async (changes: object) => {
    const opening = () => cotahist.open(request(["/nowhere/x.TXT"], changes));
    return (await assertRejects(opening, UsageError)).code;
  };
  assertEquals(await code({ selection: { markets: ["x"] } }), "bad_market");
  assertEquals(await code({ files: [] }), "no_days_stored");
});

Deno.test("nothing can be fetched after disposal; forgetting is always allowed", async () => {
  await withFiles({ "COTAHIST.TXT": fileOf([quote()]) }, async (folder) => {
    const run = await cotahist.open(request([folder]));
    run.forget("AAAA3.SA");
    run.forget("NONE3.SA");
    assertEquals((await batchOf(run, "AAAA3.SA")).prices.length, 1);
    await run[Symbol.asyncDispose]();
    await assertRejects(() => batchOf(run, "AAAA3.SA"), Error, "closed");
    run.forget("AAAA3.SA");
  });
});
