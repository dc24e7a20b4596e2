/** Answers of the chart service; a bad bar or event spoils no other. @module */
import * as v from "valibot";

const array = v.custom<readonly unknown[]>((value) => Array.isArray(value), "is no array");
const optionalArray = v.nullish(array);

/** 126 years of every day are 46,000; more is no history of days, and each would become a row. */
const MOST_BARS = 100_000;
const times = v.nullish(
  v.pipe(array, v.check((bars) => bars.length <= MOST_BARS, `has more than ${MOST_BARS} bars`)),
);
const events = v.nullish(v.record(v.string(), v.unknown()));
const number = v.nullish(v.pipe(v.number(), v.finite()));
const text = v.nullish(v.string());

const failure = v.looseObject({ code: text, description: text });

const meta = v.looseObject({
  symbol: text,
  currency: text,
  exchangeTimezoneName: text,
  gmtoffset: number,
  dataGranularity: text,
  instrumentType: text,
  regularMarketTime: number,
});

const result = v.looseObject({
  meta: v.nullish(meta),
  timestamp: times,
  indicators: v.nullish(v.looseObject({
    quote: v.nullish(v.array(v.nullish(v.looseObject({
      open: optionalArray,
      high: optionalArray,
      low: optionalArray,
      close: optionalArray,
      volume: optionalArray,
    })))),
    adjclose: v.nullish(v.array(v.nullish(v.looseObject({ adjclose: optionalArray })))),
  })),
  events: v.nullish(v.looseObject({ dividends: events, splits: events, capitalGains: events })),
});

/** An envelope: of the chart service, or of the one in front of it. */
export const envelopeSchema = v.looseObject({
  chart: v.nullish(v.looseObject({
    result: v.nullish(v.array(v.nullish(result))),
    error: v.nullish(failure),
  })),
  finance: v.nullish(v.looseObject({ error: v.nullish(failure) })),
});

/** An answer's envelope. */
export type Envelope = v.InferOutput<typeof envelopeSchema>;

/** The history in an answer. */
export type ChartResult = v.InferOutput<typeof result>;

/** An event as it came. */
export const eventSchema = v.looseObject({
  date: v.pipe(v.number(), v.finite()),
  amount: v.nullish(v.union([v.number(), v.string()])),
  numerator: v.nullish(v.number()),
  denominator: v.nullish(v.number()),
});
