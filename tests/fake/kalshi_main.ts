/**
 * The fake of the trade API as a program, to play with: `deno task fake:kalshi`. Its options are
 * those of `fake_program.ts`.
 *
 * @module
 */
import { closest } from "../../src/base/closest.ts";
import { UsageError } from "../../src/base/errors.ts";
import { type AskedFault, runFakeProgram, timesOf } from "./fake_program.ts";
import { type FakeKalshi, startFakeKalshi } from "./kalshi.ts";
import type { KalshiFault } from "./kalshi_active_fault.ts";
import { type Route, ROUTES } from "./kalshi_fault_kinds.ts";
import { FAULTS, type KalshiFaultName } from "./kalshi_faults.ts";

function routeOf(text: string): Route {
  const route = ROUTES.find((each) => each === text);
  if (route !== undefined) return route;
  throw new UsageError("bad_value", `--fault: the service has no route ${JSON.stringify(text)}`, {
    hint: `One of ${ROUTES.join(", ")}.`,
  });
}

function faultOf({ name, settings }: AskedFault<KalshiFaultName>): KalshiFault {
  const { times, page, route, ticker } = settings;
  return {
    fault: name,
    ...(times === undefined ? {} : { times: timesOf("times", times) }),
    ...(page === undefined ? {} : { page: timesOf("page", page) }),
    ...(route === undefined ? {} : { route: routeOf(route) }),
    ...(ticker === undefined ? {} : { ticker }),
  };
}

/** A fault of a ticker that there is not would never show. */
function checkTicker(kalshi: FakeKalshi, { fault, ticker }: KalshiFault): void {
  const names = fault === "event-hidden"
    ? kalshi.events.map((row) => row.event_ticker)
    : kalshi.markets.map((row) => row.ticker);
  if (ticker === undefined || names.includes(ticker)) return;
  const near = closest(ticker, names);
  const kind = fault === "event-hidden" ? "event" : "market";
  throw new UsageError("bad_value", `--fault ${fault}: there is no ${kind} ${ticker}`, {
    hint: near === undefined ? `The first one is ${names[0]}.` : `Did you mean ${near}?`,
  });
}

await runFakeProgram({
  task: "fake:kalshi",
  port: 8809,
  faults: FAULTS,
  settings: ["times", "route", "page", "ticker"],
  start: async (port, asked) => {
    const faults = asked.map(faultOf);
    const kalshi = await startFakeKalshi({ port, faults });
    for (const fault of faults) checkTicker(kalshi, fault);
    return `${kalshi.url} is up: KALSHI_BASE_URL=${kalshi.url} ` +
      "deno task ingest --source kalshi --dataset all";
  },
});
