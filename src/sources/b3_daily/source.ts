/** B3's daily consolidated file, for holes that the yearly files do not fill yet. @module */
import { closest } from "../../base/closest.ts";
import { SourceError } from "../../base/errors.ts";
import type { Reject } from "../../model/prices.ts";
import type { Fetched } from "../b3/kept_files.ts";
import { CONSOLIDATED, exchangeDay, newestDue } from "../b3/services.ts";
import { wantedFiles } from "../cotahist/series.ts";
import {
  baseName,
  describePassedOver,
  expandInputFiles,
  fileError,
  nothingUsable,
  orFailure,
} from "../files/input_files.ts";
import { payloadHash } from "../files/ticker_batch.ts";
import { tryFiles } from "../files/try_files.ts";
import { tryService } from "../http/service.ts";
import { ServiceClient } from "../http/service_client.ts";
import {
  EVERYTHING,
  type Source,
  type SourceFailure,
  type SourceRequest,
  type SourceRun,
  type SourceTest,
  type SourceTestRequest,
} from "../source.ts";
import { fetchDays, locateDaily } from "./fetch_files.ts";
import { beginsAsFinal, type DailyRow, readDailyFile } from "./read_file.ts";

const START_BYTES = 64;

async function reasonAgainst(path: string): Promise<string | undefined> {
  const start = new Uint8Array(START_BYTES);
  try {
    using file = await Deno.open(path);
    const count = await file.read(start) ?? 0;
    return beginsAsFinal(start.subarray(0, count)) ? undefined : "is no final consolidated file";
  } catch (error) {
    return fileError(path, error).message;
  }
}

async function read(request: SourceRequest, fetched?: Fetched): Promise<SourceRun> {
  const { from, to, tickers, signal } = request;
  const { paths, ...inputs } = await expandInputFiles(request.files, {
    reasonAgainst,
    subfolders: true,
  });
  const failures: SourceFailure[] = [...fetched?.failures ?? [], ...inputs.failures];
  const unassigned: Reject[] = [];
  const byTicker = new Map<string, (DailyRow & { readonly origin: string })[]>();
  const wanted = tickers === null ? undefined : new Set(tickers);
  let readable = 0;
  for (const path of paths) {
    signal.throwIfAborted();
    const before = failures.length;
    const take = async (): Promise<void> => {
      const { rows, rejects, days } = await readDailyFile(path);
      readable++;
      unassigned.push(...rejects);
      for (const row of rows) {
        const { ticker, price: { date } } = row;
        if (wanted?.has(ticker) === false || (from ?? "") > date || date > (to ?? date)) continue;
        const own = byTicker.get(ticker) ?? [];
        if (own.length === 0) byTicker.set(ticker, own);
        own.push({ ...row, origin: baseName(path) });
      }
      await fetched?.settle(path, days);
    };
    await orFailure(path, take, failures, signal);
    if (failures.length > before) await fetched?.settle(path, undefined);
  }
  if (readable === 0 && paths.length > 0) throw nothingUsable(failures);
  const names = [...byTicker.keys()].sort();
  const missing = (ticker: string): SourceError => {
    const near = closest(ticker, names);
    const message = `${ticker} is in none of the files that were read`;
    return new SourceError("ticker_not_in_file", message, {
      hint: near === undefined ? "Check the ticker and the days." : `Did you mean ${near}?`,
    });
  };
  return {
    tickers: names,
    missing,
    unassigned,
    failures,
    skips: fetched?.skips ?? [],
    extent: fetched === undefined ? "all" : paths.length === 0 ? "nothing" : "some days",
    warnings: inputs.passedOver.length > 0 ? [describePassedOver(inputs.passedOver)] : [],
    details: { files: paths, tickers: names.length },
    plan: () => EVERYTHING,
    async *fetch(ticker) {
      const rows = byTicker.get(ticker);
      if (rows === undefined) throw missing(ticker);
      const prices = rows.map(({ price }) => price);
      const bytes = new TextEncoder().encode(JSON.stringify(prices));
      yield {
        prices,
        rejects: [],
        payloadSha256: await payloadHash(bytes),
        placeOf: (index) => ({
          origin: rows[index]?.origin ?? null,
          line: rows[index]?.line ?? null,
        }),
      };
    },
    forget: (ticker) => void byTicker.delete(ticker),
    [Symbol.asyncDispose]: async () => await fetched?.[Symbol.asyncDispose](),
  };
}

async function open(request: SourceRequest): Promise<SourceRun> {
  if (request.files.length > 0) return await read(request);
  await using cleanup = new AsyncDisposableStack();
  const fetched = cleanup.use(await fetchDays(request));
  if (fetched.paths.length === 0 && fetched.failures.length > 0) {
    throw nothingUsable(fetched.failures);
  }
  const run = await read({ ...request, files: fetched.paths }, fetched);
  cleanup.move();
  return run;
}

function test(request: SourceTestRequest): Promise<SourceTest> {
  if (request.files.length > 0) return tryFiles(b3Daily, request);
  const day = newestDue(Date.now());
  const path = "/api/download/requestname";
  const clientOf = () => new ServiceClient(CONSOLIDATED, { ...request.network, attempts: 1 });
  return tryService(CONSOLIDATED, path, clientOf, async (client, listeners) => {
    const listening = { ...listeners, signal: request.signal };
    const place = await client.trying(listening, (get) => locateDaily(get, day));
    if (place !== undefined) return { ok: true, message: `the file of ${day} is there` };
    const hint = "Look at the exchange's page of daily files.";
    return { ok: false, message: `the file of ${day} has to be there, and is not`, hint };
  });
}

/** The daily consolidated files of B3. Prices are raw. */
export const b3Daily: Source = {
  name: "b3-daily",
  description: "B3's daily consolidated file, for days that COTAHIST does not have yet; no open",
  input: "file",
  fetches: true,
  network: CONSOLIDATED,
  options: [
    ...["file", "day", "since", "files-dir", "from", "to", "all", "force-refresh"] as const,
    ...["rate", "timeout", "attempts", "deadline", "ca-file"] as const,
  ],
  selects: ["day", "since"],
  capabilities: { incremental: false, corporateActions: false, splitAdjusted: false },
  checkNetwork: (network) => new ServiceClient(CONSOLIDATED, network).close(),
  checkSelection: (selection) => void wantedFiles(selection, exchangeDay(Date.now())),
  open,
  test,
};
