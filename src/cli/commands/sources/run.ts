import { lengthOf } from "../../../base/text.ts";
import { EXIT, type ExitCode, UsageError } from "../../../base/errors.ts";
import { loadSource, SOURCE_NAMES } from "../../../sources/registry.ts";
import type { Source } from "../../../sources/source.ts";
import { type Column, renderTable } from "../../output/table.ts";
import type { Actions, Invocation } from "../../command.ts";
import type { sourcesSettings, spec } from "./spec.ts";
import { networkOptions } from "../ingest/network.ts";
import { StopSignals } from "../../process/signals.ts";
import { tableOptions } from "../../output/terminal.ts";
import { outWrapped } from "../../output/wrap.ts";

type SourcesCall = Invocation<typeof sourcesSettings>;

function needs({ input, fetches, network, datasets }: Source): string {
  const variables = Object.values(network?.environment ?? {}).join(", ");
  if (input === "file") {
    return fetches === true
      ? `the network, or --file PATH; may be set: ${variables}`
      : "--file PATH";
  }
  // A source with datasets brings all of them where nothing is named.
  const what = datasets === undefined ? "tickers and the network" : "the network";
  return `${what}; may be set: ${variables}`;
}

function delivers({ capabilities, datasets }: Source): string {
  if (datasets !== undefined) return datasets.join(", ");
  const { incremental, corporateActions, splitAdjusted, prices = true } = capabilities;
  return [
    ...!prices ? [] : [splitAdjusted ? "split-adjusted prices" : "raw prices"],
    ...corporateActions ? ["dividends and splits"] : [],
    ...incremental ? ["only new days"] : [],
  ].join(", ");
}

const COLUMNS: readonly Column<Source>[] = [
  { title: "SOURCE", rank: 0, cell: ({ name }) => name },
  { title: "DESCRIPTION", rank: 1, shrinkTo: 20, cell: ({ description }) => description },
  { title: "DELIVERS", rank: 2, shrinkTo: 16, cell: delivers },
  { title: "NEEDS", rank: 3, shrinkTo: 11, cell: needs },
];

function sourceJson(source: Source): Record<string, unknown> {
  const { name, description, input, capabilities, datasets, options, network } = source;
  return {
    name,
    description,
    input,
    capabilities: {
      incremental: capabilities.incremental,
      corporate_actions: capabilities.corporateActions,
      split_adjusted: capabilities.splitAdjusted,
    },
    datasets: datasets ?? null,
    options: options ?? [],
    environment: Object.values(network?.environment ?? {}),
    base_url: network?.baseUrl ?? null,
    rate: network === undefined
      ? null
      : { count: network.rate.count, per_seconds: network.rate.perMs / 1000 },
  };
}

async function list({ values, io }: SourcesCall): Promise<void> {
  const sources = await Promise.all(SOURCE_NAMES.map(loadSource));
  if (values.json) io.outJson({ sources: sources.map(sourceJson) });
  else io.out(renderTable(COLUMNS, sources, tableOptions(io, values.wide)));
}

async function test({ values, io, operands, beginLog }: SourcesCall): Promise<ExitCode> {
  const source = await loadSource(operands[0]?.toLowerCase() ?? "");
  if (source.input === "network" && values.file.length > 0) {
    throw new UsageError("option_not_used", `source ${source.name} does not use --file`, {
      hint: `Leave --file ${values.file[0]} out.`,
    });
  }
  const network = networkOptions(source, values, io);
  source.checkNetwork?.(network);
  await beginLog();
  using stop = new StopSignals();
  const found = await source.test({
    files: values.file,
    network,
    signal: stop.signal,
    ...(values.ticker === null ? {} : { ticker: values.ticker }),
  });
  stop.signal.throwIfAborted();
  const { ok, target, status, message, hint = null } = found;
  const latency = Math.round(found.latencyMs);
  if (values.json) {
    io.outJson({ source: source.name, ok, target, status, latency_ms: latency, message, hint });
  } else {
    const answer = `${ok ? "ok" : "not ok"}${status === null ? "" : `, status ${status}`}`;
    outWrapped(io, `${source.name}: ${answer}, ${lengthOf(latency)} (${target})\n`, 2);
    if (ok) outWrapped(io, `${message}\n${hint === null ? "" : `${hint}\n`}`, 2);
  }
  if (ok) return EXIT.ok;
  io.showError({ code: "source_test_failed", message, hint });
  return EXIT.failed;
}

/** What `tickerlock sources` does. */
export const actions: Actions<typeof spec> = {
  list: { run: list },
  test: { log: "by itself", run: test },
};
