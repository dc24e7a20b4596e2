/**
 * The services that 0.1.0 asked when the fixtures were made, with the same prices at any time.
 *
 * @module
 */
import { type FakeKalshi, startFakeKalshi } from "../fake/kalshi.ts";
import { type FakeYahoo, type FakeYahooOptions, startFakeYahoo } from "../fake/yahoo.ts";

/** Longer ago than any clock tells. */
const NOW = Date.parse("2024-06-04T21:30:00Z");

/** Both services. They end with the block. */
export class Services implements AsyncDisposable {
  readonly yahoo: FakeYahoo;
  readonly kalshi: FakeKalshi;

  private constructor(yahoo: FakeYahoo, kalshi: FakeKalshi) {
    this.yahoo = yahoo;
    this.kalshi = kalshi;
  }

  /** Starts them, as they were at first. */
  static async start(options: FakeYahooOptions = {}): Promise<Services> {
    const yahoo = await startFakeYahoo({ now: NOW, years: 0.1, ...options });
    yahoo.addDividend("PETR4.SA", "2024-05-22", 0.75);
    yahoo.addSplit("VALE3.SA", "2024-05-16", 2, 1);
    const size = { events: 3, marketsPerEvent: 2, multivariate: 1 };
    return new Services(yahoo, await startFakeKalshi({ now: NOW, ...size }));
  }

  /** What the program is told. */
  get env(): Record<string, string> {
    return { YAHOO_BASE_URL: this.yahoo.url, KALSHI_BASE_URL: this.kalshi.url };
  }

  /** One market was traded, another one is settled: as they were at last. */
  moveOn(): void {
    const [traded, settled] = this.kalshi.markets.filter(({ status }) => status === "active");
    this.kalshi.trade(traded?.ticker ?? "");
    this.kalshi.settle(settled?.ticker ?? "", "yes");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.yahoo[Symbol.asyncDispose]();
    await this.kalshi[Symbol.asyncDispose]();
  }
}
