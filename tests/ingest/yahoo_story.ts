/**
 * Days in the life of a history that the service changes after the fact.
 *
 * @module
 */
import { addDays } from "../../src/base/day.ts";
import { assert, assertEquals } from "../assert.ts";
import { Scene, TODAY } from "../e2e/yahoo_scene.ts";
import { type Reported, Workspace } from "../e2e/workspace.ts";

/** The ticker of a story. */
export const T = "PETR4.SA";

const ARGS = ["--ticker", T];

/** A scene of which the program's clock is the fake's. */
export class Story implements AsyncDisposable {
  readonly scene: Scene;
  today = TODAY;
  readonly #realNow = Date.now;

  private constructor(scene: Scene) {
    this.scene = scene;
    Date.now = () => Date.parse(`${this.today}T21:30:00Z`);
  }

  static async create(): Promise<Story> {
    return new Story(await Scene.create());
  }

  /** Runs on a day. */
  on(day: string, args: readonly string[] = []): Promise<Reported> {
    this.today = day;
    this.scene.yahoo.setToday(day);
    return this.scene.here([...ARGS, ...args]);
  }

  /** Runs on each day of the week from the next one to the last. */
  async until(last: string, each?: (day: string) => void): Promise<void> {
    for (let day = addDays(this.today, 1); day <= last; day = addDays(day, 1)) {
      if (new Date(day).getUTCDay() % 6 === 0) continue;
      const { report, stderr } = await this.on(day);
      const refused = report.tickers.every(({ error }) => error?.code === "history_contradicted");
      assert(refused || report.exit_code === 0, stderr);
      each?.(day);
    }
  }

  /** Fails unless a new database, filled now, has the same prices and actions. */
  async assertAsFresh(ticker = T): Promise<void> {
    await using fresh = await Workspace.create();
    const { code } = await fresh.here(["--ticker", ticker], {
      YAHOO_BASE_URL: this.scene.yahoo.url,
    });
    assertEquals(code, 0);
    for (
      const rows of [
        "SELECT date, open, high, low, close, adj_close, volume FROM prices",
        "SELECT date, kind, amount, numerator, denominator FROM corporate_actions",
      ]
    ) {
      const query = `${rows} WHERE ticker = ? ORDER BY date`;
      assertEquals(this.scene.space.query(query, ticker), fresh.query(query, ticker));
    }
  }

  /** The close of a stored day. */
  close(day: string): number {
    const row = this.scene.stored(T).find(({ date }) => date === day);
    assert(row !== undefined, day);
    return row.close;
  }

  [Symbol.asyncDispose](): Promise<void> {
    Date.now = this.#realNow;
    return this.scene[Symbol.asyncDispose]();
  }
}
