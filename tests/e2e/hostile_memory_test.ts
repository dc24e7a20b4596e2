import { gzipSync } from "node:zlib";
import { assert, assertEquals } from "../assert.ts";
import { startHttpServer } from "../fake/http_server.ts";
import { testNeeding } from "../system.ts";
import { PATIENT, Running } from "./program.ts";
import { Workspace } from "./workspace.ts";

/** Megabytes that a process may have had at most. A run that meets no such answer has 150; without
 * limits these take 1,000. */
const CEILING_MB = 500;

/** So that the last ticker is the last: datasets and markets are asked one by one in any case. */
const ONE_BY_ONE: Readonly<Record<string, readonly string[]>> = { yahoo: ["--concurrency", "1"] };

const MIB = 1024 * 1024;

function filled(piece: string, bytes: number): string {
  return piece.repeat(Math.floor(bytes / piece.length));
}

/** What a service that wants to hurt sends, 30 KB each on the wire. */
const YAHOO: Readonly<Record<string, string>> = {
  ARRAYS: filled("[", 4 * MIB),
  DEEP15: filled("[", 15 * MIB),
  OBJECTS: filled('{"a":', 4 * MIB),
  EMPTIES: `[${filled("[],", 4 * MIB - 9)}0]`,
  MEMBERS: `{${filled('"a":{},', 4 * MIB - 9)}"b":0}`,
  ZEROS: `[${filled("0,", 4 * MIB - 9)}0]`,
  TEXT: `{"chart":"${filled("x", 4 * MIB - 99)}"}`,
  BLANKS: filled(" ", 64 * MIB),
};

const KALSHI: Readonly<Record<string, string>> = {
  ARRAYS: filled("[", 8 * MIB),
  EMPTIES: `{"markets":[${filled("[],", 8 * MIB - 99)}0]}`,
  ZEROS: `{"markets":[${filled("0,", 8 * MIB - 99)}0]}`,
  TEXT: `{"markets":[],"cursor":"${filled("x", 8 * MIB - 99)}"}`,
};

/** Most memory that a process has had so far, in MB. */
function peakMb(pid: number): number {
  // Deno reads nothing there without all rights.
  const { stdout } = new Deno.Command("cat", { args: [`/proc/${pid}/status`] }).outputSync();
  const status = new TextDecoder().decode(stdout);
  return Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1]) / 1000;
}

/** Runs over tickers of which each but the last has such an answer, and measures at the last. */
async function peakWith(source: string, bodies: Readonly<Record<string, string>>): Promise<number> {
  await using space = await Workspace.create();
  const zipped = Object.fromEntries(
    Object.entries(bodies).map(([name, body]) => [name, new Uint8Array(gzipSync(body))]),
  );
  let peak = NaN;
  let asked = 0;
  let running: Running | undefined = undefined;
  await using server = await startHttpServer((request, reply) => {
    const body = Object.entries(zipped).find(([name]) => request.target.includes(name))?.[1];
    if (body === undefined) {
      peak = peakMb(running?.pid ?? 0);
      return reply.send({ status: 404, body: "{}" });
    }
    asked++;
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    return reply.send({ headers, body });
  });
  const tickers = [...Object.keys(bodies), "ZZZZ"].flatMap((name) => ["--ticker", name]);
  const options = ["--source", source, ...ONE_BY_ONE[source] ?? [], "--attempts", "1", ...PATIENT];
  const env = { [`${source.toUpperCase()}_BASE_URL`]: server.url };
  await using program = running = new Running(["ingest", ...tickers, ...options], {
    cwd: space.path,
    env,
  });
  const { code, stderr } = await program.outcome();
  assertEquals(code, 1, stderr);
  assert(asked >= Object.keys(bodies).length, `${asked} asked`);
  return peak;
}

for (const [source, bodies] of Object.entries({ yahoo: YAHOO, kalshi: KALSHI })) {
  testNeeding(
    "proc",
    `hostile answers of ${source} cost no more memory than good ones`,
    async () => {
      const peak = await peakWith(source, bodies);
      assert(peak < CEILING_MB, `${peak} MB`);
    },
  );
}
