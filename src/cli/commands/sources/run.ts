/**
 * `tickerlock sources`
 *
 * @module
 */
import { closest } from "../../../base/closest.ts";
import { sourcesSettings, type Values } from "../../args/config.ts";
import { EXIT, type ExitCode, UsageError } from "../../../base/errors.ts";
import { loadSource, SOURCE_NAMES } from "../../../sources/registry.ts";
import type { Source } from "../../../sources/source.ts";
import {
  parseCommandLine,
  type Parsed,
  processEnvironment,
  refuseUnused,
} from "../../args/parse.ts";
import type { Command } from "../../command.ts";
import { beginLog } from "../../log/begin.ts";
import { type Column, renderTable } from "../../output/table.ts";
import { commandHelp } from "../../args/help.ts";
import { networkOptions } from "../ingest/network.ts";
import { out, outJson, showError } from "../../output/streams.ts";
import { StopSignals } from "../../process/signals.ts";
import { tableOptions } from "../../output/terminal.ts";
import { wrapOut } from "../../output/wrap.ts";

type SourcesValues = Values<typeof sourcesSettings>;

const SUBCOMMANDS = ["list", "test"] as const;

function needs({ input, network, datasets }: Source): string {
  if (input === "file") return "--file PATH";
  const variables = Object.values(network?.environment ?? {}).join(", ");
  // A source with datasets brings all of them where nothing is named.
  const what = datasets === undefined ? "tickers and the network" : "the network";
  return `${what}; may be set: ${variables}`;
}

function delivers({ capabilities, datasets }: Source): string {
  if (datasets !== undefined) return datasets.join(", ");
  const { incremental, corporateActions, splitAdjusted } = capabilities;
  return [
    splitAdjusted ? "split-adjusted prices" : "raw prices",
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

async function list(values: SourcesValues): Promise<ExitCode> {
  const sources = await Promise.all(SOURCE_NAMES.map(loadSource));
  if (values.json) outJson({ sources: sources.map(sourceJson) });
  else out(renderTable(COLUMNS, sources, tableOptions()));
  return EXIT.ok;
}

async function test(
  name: string,
  parsed: Parsed<typeof sourcesSettings>,
): Promise<ExitCode> {
  const { values } = parsed;
  const source = await loadSource(name);
  if (source.input === "network" && values.file.length > 0) {
    throw new UsageError("option_not_used", `source ${source.name} does not use --file`, {
      hint: `Leave --file ${values.file[0]} out.`,
    });
  }
  const network = networkOptions(source, values, processEnvironment);
  source.checkNetwork?.(network);
  await beginLog("sources test", parsed);
  using stop = new StopSignals();
  const found = await source.test({
    files: values.file,
    network,
    signal: stop.signal,
    ...(values.ticker === null ? {} : { ticker: values.ticker }),
  });
  stop.signal.throwIfAborted();
  const latencyMs = Math.round(found.latencyMs);
  if (values.json) {
    outJson({
      source: source.name,
      ok: found.ok,
      target: found.target,
      status: found.status,
      latency_ms: latencyMs,
      message: found.message,
      hint: found.hint ?? null,
    });
  } else {
    const status = found.status === null ? "" : `, status ${found.status}`;
    out(
      `${source.name}: ${found.ok ? "ok" : "not ok"}${status}, ${latencyMs} ms (${found.target})\n`,
    );
    if (found.ok) {
      const hint = found.hint === undefined ? "" : `${found.hint}\n`;
      out(wrapOut(`${found.message}\n${hint}`, 2));
    }
  }
  if (found.ok) return EXIT.ok;
  const { message, hint = null } = found;
  showError({ code: "source_test_failed", message, hint });
  return EXIT.failed;
}

async function run(args: readonly string[]): Promise<ExitCode> {
  const parsed = parseCommandLine(args, sourcesSettings, processEnvironment, 2);
  if (parsed.help) {
    out(commandHelp(sourcesCommand, parsed.operands[0]));
    return EXIT.ok;
  }
  const { values, operands, origins } = parsed;
  const [subcommand = "list", name] = operands;
  if (SUBCOMMANDS.some((each) => each === subcommand)) {
    refuseUnused("sources", subcommand, sourcesSettings, origins);
  }
  if (subcommand === "list") {
    if (name === undefined) {
      await beginLog("sources list", parsed);
      return await list(values);
    }
    throw new UsageError("unexpected_argument", `unexpected argument ${JSON.stringify(name)}`, {
      hint: `Did you mean tickerlock sources test ${name}?`,
    });
  }
  if (subcommand === "test") {
    if (name !== undefined) return await test(name.toLowerCase(), parsed);
    throw new UsageError("missing_source", "sources test needs a source", {
      hint: `Name one of: ${SOURCE_NAMES.join(", ")}.`,
    });
  }
  const near = closest(subcommand, SUBCOMMANDS);
  throw new UsageError(
    "unknown_subcommand",
    `unknown subcommand ${JSON.stringify(subcommand)} of sources`,
    { hint: near === undefined ? "Use list or test." : `Did you mean ${near}?` },
  );
}

/** `tickerlock sources`. */
export const sourcesCommand: Command = {
  name: "sources",
  summary: "See where data can come from, and try a source",
  description:
    "Lists the sources with what each delivers and needs, or makes one cheap request to one of them " +
    "and says how long it took, the status, and what is wrong. Nothing is stored.",
  usage: ["list [--json]", "test SOURCE [--ticker TICKER] [--file PATH]... [OPTION]..."],
  subcommands: [
    {
      name: "list",
      summary: "Every source, with what it delivers and needs",
      isDefault: true,
    },
    { name: "test", summary: "One cheap request to a source", completes: "source" },
  ],
  settings: sourcesSettings,
  examples: [
    { line: "tickerlock sources list", what: "Every source, with what it needs" },
    { line: "tickerlock sources test yahoo --ticker PETR4.SA", what: "Is the service there?" },
    {
      line: "tickerlock sources test cotahist --file docs/examples/cotahist-sample.txt",
      what: "Can this file be read?",
    },
  ],
  run,
};
