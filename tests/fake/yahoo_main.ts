/**
 * The fake of the chart service as a program, to play with: `deno task fake:yahoo`. Its options are
 * those of `fake_program.ts`.
 *
 * @module
 */
import { UsageError } from "../../src/base/errors.ts";
import { type AskedFault, runFakeProgram, timesOf } from "./fake_program.ts";
import { startFakeYahoo } from "./yahoo.ts";
import { type Fault, type FaultName, FAULTS } from "./yahoo_faults.ts";

function faultOf({ name, settings }: AskedFault<FaultName>): [string, Fault] {
  const { ticker, after, times } = settings;
  if (ticker === undefined) {
    throw new UsageError("bad_value", `--fault ${name} does not say which ticker has it`, {
      hint: `Write --fault ${name},ticker=PETR4.SA, or ask for the ticker ${name}.SA.`,
    });
  }
  return [
    ticker.toUpperCase(),
    {
      fault: name,
      ...(after === undefined ? {} : { after: timesOf("after", after) }),
      ...(times === undefined ? {} : { times: timesOf("times", times) }),
    },
  ];
}

await runFakeProgram({
  task: "fake:yahoo",
  port: 8808,
  faults: FAULTS,
  settings: ["ticker", "after", "times"],
  start: async (port, asked) => {
    const { url } = await startFakeYahoo({ port, faults: Object.fromEntries(asked.map(faultOf)) });
    return `${url} is up: YAHOO_BASE_URL=${url} deno task ingest --ticker PETR4.SA`;
  },
});
