/**
 * What can be wrong inside an answer that is otherwise fine. "Wednesdays" are those at the exchange:
 * a day that is easy to tell, and one in every week.
 *
 * @module
 */
import { chartBody, type ChartResult, type Column, type Quote } from "./yahoo_chart.ts";
import { DAY_SECONDS, offsetAt } from "./yahoo_market.ts";

/** A fault in the answer's content. */
export interface DataFault {
  /** What a client sees. */
  readonly about: string;
  /** Changes the good answer. */
  readonly change?: (result: ChartResult) => void;
  /** Writes the body in another way than {@linkcode chartBody}. */
  readonly write?: (result: ChartResult) => string;
}

type Change = (result: ChartResult) => void;

const PRICES = ["open", "high", "low", "close"] as const;
const COLUMNS = [...PRICES, "volume"] as const;

/** The columns with a value for each time. */
function columns({ indicators: { quote: [quote], adjclose } }: ChartResult): Column[] {
  const all = [...COLUMNS.map((name) => quote[name]), adjclose?.[0].adjclose];
  return all.filter((column) => column !== undefined);
}

/** Seconds since 1970 as the exchange's clocks show them. */
function localSeconds({ meta }: ChartResult, stamp: unknown): number {
  return Number(stamp) + offsetAt(String(meta.exchangeTimezoneName), Number(stamp));
}

/** Where a Wednesday's bar is. */
function wednesdays(result: ChartResult): number[] {
  return (result.timestamp ?? []).flatMap((stamp, i) =>
    // Day 0 was a Thursday.
    Math.floor(localSeconds(result, stamp) / DAY_SECONDS) % 7 === 6 ? [i] : []
  );
}

/** Puts a value into some columns of every Wednesday. */
function onWednesdays(names: readonly (keyof Quote)[], value: unknown): Change {
  return (result) => {
    const quote = result.indicators.quote[0];
    for (const i of wednesdays(result)) {
      for (const name of names) quote[name]?.splice(i, 1, value);
    }
  };
}

/** Puts a value into the adjusted closes of every Wednesday. */
function adjusted(result: ChartResult, value: unknown): void {
  for (const i of wednesdays(result)) {
    result.indicators.adjclose?.[0].adjclose?.splice(i, 1, value);
  }
}

/** Writes a word that JSON has no value for where adjusted closes were. */
function bareWord(word: string): (result: ChartResult) => string {
  return (result) => {
    adjusted(result, "@bare@");
    return chartBody(result).replaceAll('"@bare@"', word);
  };
}

/** By the name's beginning. */
export const DATA_FAULTS = {
  NULLBARS: {
    about: "Wednesdays all null",
    change: (result) => {
      onWednesdays(COLUMNS, null)(result);
      adjusted(result, null);
    },
  },
  NULLOHLC: {
    about: "Wednesdays with null prices and a volume",
    change: (result) => {
      onWednesdays(PRICES, null)(result);
      adjusted(result, null);
    },
  },
  ALLNULL: {
    about: "every bar null",
    change: (result) => columns(result).forEach((column) => column.fill(null)),
  },
  ZEROOHL: {
    about: "Wednesdays with open, high and low 0 beside a real close",
    change: onWednesdays(["open", "high", "low"], 0),
  },
  INFADJ: {
    about: "`Infinity` as adjusted close on Wednesdays: no valid JSON",
    write: bareWord("Infinity"),
  },
  NANADJ: {
    about: "`NaN` as adjusted close on Wednesdays: no valid JSON",
    write: bareWord("NaN"),
  },
  HUGENUM: {
    about: "`1e999` as adjusted close on Wednesdays: valid JSON, beyond a double",
    write: bareWord("1e999"),
  },
  NOADJ: {
    about: "no `indicators.adjclose`",
    change: (result) => void delete result.indicators.adjclose,
  },
  NODAY: {
    about: "Wednesdays missing",
    change: (result) => {
      for (const i of wednesdays(result).reverse()) {
        for (const column of [result.timestamp ?? [], ...columns(result)]) column.splice(i, 1);
      }
    },
  },
  TWICE: {
    about: "the last bar twice: the second an hour later, its close and high 0.5 more",
    change: (result) => {
      const { timestamp = [], indicators: { quote: [quote], adjclose } } = result;
      for (const column of columns(result)) column.push(column.at(-1));
      if (timestamp.length > 0) timestamp.push(Number(timestamp.at(-1)) + 3600);
      for (const column of [quote.close, quote.high, adjclose?.[0].adjclose]) {
        column?.push(Number(column.pop()) + 0.5);
      }
    },
  },
  EVENING: {
    about: "bars stamped 22:00 and 23:00 local time of the day before, by turns",
    change: (result) => {
      if (result.timestamp === undefined) return;
      result.timestamp = result.timestamp.map((stamp, i) => {
        const midnight = Number(stamp) - localSeconds(result, stamp) % DAY_SECONDS;
        return midnight - (i % 2 === 0 ? 2 : 1) * 3600;
      });
    },
  },
  FUTUREDIV: {
    about: "a dividend 30 days after the last bar",
    change: (result) => {
      const date = Number(result.timestamp?.at(-1) ?? 0) + 30 * DAY_SECONDS;
      ((result.events ??= {}).dividends ??= {})[date] = { amount: 0.5, date };
    },
  },
  SPLIT: { about: "a split 4:1 on 2021-06-01 in the history" },
  NOEVENTS: {
    about: "no dividends and splits, as if they were lost or are to come late",
    change: (result) => void delete result.events,
  },
  HALFPRICES: {
    about: "all prices half as high, as if mended after the fact",
    change: ({ indicators: { quote: [quote], adjclose } }) => {
      for (const column of [...PRICES.map((name) => quote[name]), adjclose?.[0].adjclose]) {
        column?.forEach((value, i, all) => all[i] = Number(value) / 2);
      }
    },
  },
  LATEST: { about: "the latest bar is appended where it lies at or past period2" },
  HIGHLOW: {
    about: "Wednesdays with high below low",
    change: (result) => {
      const quote = result.indicators.quote[0];
      for (const i of wednesdays(result)) {
        const [high, low] = [quote.high?.[i], quote.low?.[i]];
        quote.high?.splice(i, 1, Number(low) - 0.01);
        quote.low?.splice(i, 1, high);
      }
    },
  },
  NEGATIVE: {
    about: "Wednesdays with close and low -1",
    change: onWednesdays(["low", "close"], -1),
  },
  BADTIME: {
    about: "times that are no numbers: a text, null, an object, by turns",
    change: (result) => {
      const values = ["2024-01-02", null, {}];
      result.timestamp?.forEach((_, i, all) => all[i] = values[i % values.length]);
    },
  },
  RAGGED: {
    about: "closes one fewer, volumes two fewer than times",
    change: ({ indicators: { quote: [quote] } }) => {
      quote.close?.pop();
      quote.volume?.splice(-2);
    },
  },
  BADZONE: {
    about: "`exchangeTimezoneName` is Mars/Olympus_Mons",
    change: (result) => void (result.meta.exchangeTimezoneName = "Mars/Olympus_Mons"),
  },
  OTHERSYM: {
    about: "`meta.symbol` is OTHER.SA",
    change: (result) => void (result.meta.symbol = "OTHER.SA"),
  },
  MONTHLY: {
    about: '`meta.dataGranularity` is "1mo"',
    change: (result) => void (result.meta.dataGranularity = "1mo"),
  },
  EMPTY: { about: "`result` is `[]`", write: () => '{"chart":{"result":[],"error":null}}' },
  NOTIME: {
    about: "no `timestamp`, empty quote and adjclose, as for a window without bars",
    change: (result) => {
      delete result.timestamp;
      result.indicators = { quote: [{}], adjclose: [{}] };
    },
  },
} as const satisfies Record<string, DataFault>;
