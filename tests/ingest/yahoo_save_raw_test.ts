import { gunzipSync } from "node:zlib";
import { chartBody, type ChartResult } from "../fake/yahoo_chart.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { naming, Scene } from "../e2e/yahoo_scene.ts";
import { modeOf, wantedMode } from "../system.ts";

/** Names and content of the files that were kept. */
async function kept(
  folder: string,
): Promise<{ readonly name: string; readonly body: Uint8Array<ArrayBuffer> }[]> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return await Promise.all(names.map(async (name) => ({
    name,
    body: new Uint8Array(gunzipSync(await Deno.readFile(`${folder}/${name}`))),
  })));
}

async function sha256(body: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", body)).toHex();
}

const decoder = new TextDecoder();

Deno.test("--save-raw keeps each answer as received, under ticker, job and checksum", async () => {
  await using scene = await Scene.create();
  const { space, yahoo } = scene;
  const folder = `${space.path}/raw/yahoo`;
  const args = ["--save-raw", folder, "--concurrency", "8"];
  const tickers = ["PETR4.SA", "^BVSP", "NOPE.SA", "CONSENT.SA", "ERR500-2X.SA", "CUTJSON.SA"];
  const { code } = await scene.here([...args, ...naming(tickers)]);
  assertEquals(code, 3);
  const files = await kept(folder);
  const bodiesOf = (ticker: string) =>
    files.filter(({ name }) => name.startsWith(`${ticker}-`)).map(({ body }) =>
      decoder.decode(body)
    );
  for (const { name, body } of files) {
    const [, ticker = "", jobId = "", sum = ""] =
      /^(.+)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-([0-9a-f]{64})\.gz$/.exec(name) ?? [];
    assertEquals(await sha256(body), sum, name);
    assertEquals(space.logs(ticker).map((row) => row.job_id), [jobId], name);
    assertEquals(modeOf(`${folder}/${name}`), wantedMode(0o600));
  }
  for (const ticker of ["PETR4.SA", "^BVSP"]) {
    const [body = "", ...more] = bodiesOf(ticker);
    assertEquals(more, []);
    const { chart: { result: [result] } } = JSON.parse(body) as {
      chart: { result: [ChartResult] };
    };
    // The same to the byte, and all of it.
    assertEquals(chartBody(result), body);
    assertEquals(result.timestamp?.length, scene.stored(ticker).length);
    const [log] = space.logs(ticker);
    assert(files.some(({ name }) => name.includes(log?.payload_sha256 ?? "?")), ticker);
  }
  // Refusals are what one wants to look at most.
  assertMatch(bodiesOf("NOPE.SA")[0] ?? "", /^\{"chart":\{"result":null.*symbol may be delisted/);
  assertMatch(bodiesOf("CONSENT.SA")[0] ?? "", /^<!DOCTYPE html>.*Before you continue/);
  // Twice the same page, and the history.
  const bodies = bodiesOf("ERR500-2X.SA");
  assertEquals(bodies.length, 2);
  assert(bodies.includes("Internal Server Error"));
  assertEquals(bodiesOf("CUTJSON.SA").length, 1);

  // A split: the last days, and the whole history, which is the one in the log.
  yahoo.addSplit("PETR4.SA", "2024-06-05", 2, 1);
  yahoo.setToday("2024-06-05");
  await scene.good([...args, "--ticker", "PETR4.SA"]);
  const [log] = space.logs("PETR4.SA").slice(-1);
  const two = (await kept(folder)).filter(({ name }) => name.includes(log?.job_id ?? "?"));
  assertEquals(two.length, 2);
  const whole = two.find(({ name }) => name.includes(log?.payload_sha256 ?? "?"));
  assertEquals(Math.max(...two.map(({ body }) => body.length)), whole?.body.length);
});

Deno.test("names with other characters are asked for, and kept under names that files can have", async () => {
  await using scene = await Scene.create();
  const folder = `${scene.space.path}/raw`;
  await scene.good(["--save-raw", folder, ...naming(["M&M.NS", "BTC/USDT", "BRK B"])]);
  const asked = scene.yahoo.requests.map(({ symbol }) => symbol).sort();
  assertEquals(asked, ["BRK B", "BTC/USDT", "M&M.NS"]);
  const names = (await kept(folder)).map(({ name }) => name.replace(/-.*/, ""));
  assertEquals(names, ["BRK%20B", "BTC%2FUSDT", "M%26M.NS"]);
});
