/**
 * A folder, a service and a database on a server, for tests of the program's processes.
 *
 * @module
 */
import { Connection } from "../../src/store/postgres/connection/connection.ts";
import { parseTarget } from "../../src/store/postgres/connection/target.ts";
import { StoreError } from "../../src/store/errors.ts";
import { assert } from "../assert.ts";
import type { FakeYahooOptions } from "../fake/yahoo.ts";
import { newUrl } from "../store/postgres/places.ts";
import type { Server } from "../store/postgres/server.ts";
import { CollectSpace } from "./collect_tools.ts";
import { PATIENT, type Running } from "./program.ts";

/** A folder, a service and a database on a server. */
export class Scene implements AsyncDisposable {
  readonly live: CollectSpace;
  readonly url: string;
  readonly connection: Connection;

  private constructor(live: CollectSpace, url: string) {
    this.live = live;
    this.url = url;
    this.connection = new Connection(parseTarget(url));
  }

  /** Makes one. @param options Of the service. @param on Default the server of all tests. */
  static async create(options: FakeYahooOptions = {}, on?: Server): Promise<Scene> {
    return new Scene(await CollectSpace.create(options), await newUrl(on));
  }

  /** What the program is told. */
  get env(): Record<string, string> {
    return {
      TICKERLOCK_DB: this.url,
      PGPASSWORD: Deno.env.get("PGPASSWORD") ?? "",
      YAHOO_BASE_URL: this.live.yahoo.url,
    };
  }

  /** Starts a run. */
  ingest(...args: string[]): Running {
    return this.ingestOn([], ...args);
  }

  /** The same on another host. @param prefix Words before the program. */
  ingestOn(prefix: readonly string[], ...args: string[]): Running {
    const all = ["--source", "yahoo", ...PATIENT, ...args];
    return this.live.space.start(all, { env: this.env, prefix });
  }

  /** Starts a collector. */
  collect(prefix: readonly string[] = [], url = this.url): Running {
    return this.live.start([], { env: { ...this.env, TICKERLOCK_DB: url }, prefix });
  }

  /** Lets the lease of a name be older, in place of waiting. */
  async age(name: string): Promise<void> {
    await this.connection.transaction(
      "age",
      (db) => db.run("UPDATE locks SET beat_at = beat_at - interval '1 min' WHERE name = $1", name),
    );
  }

  /** Rows of a query. */
  async query(sql: string): Promise<unknown[][]> {
    try {
      return await this.connection.read("ask", (db) => db.arrays(sql));
    } catch (error) {
      // There are no tables yet.
      if (error instanceof StoreError && error.code === "db_bad_query") return [];
      throw error;
    }
  }

  /** Waits until a query has rows. */
  async until(what: string, sql: string): Promise<unknown[][]> {
    const end = performance.now() + 60_000;
    for (;;) {
      const rows = await this.query(sql);
      if (rows.length > 0) return rows;
      assert(performance.now() < end, `waited 60 s in vain for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection[Symbol.asyncDispose]();
    await this.live[Symbol.asyncDispose]();
  }
}

/** A service that holds its first answer back until it is let go. */
export class Holding {
  readonly #answer = Promise.withResolvers<void>();
  readonly #asked = Promise.withResolvers<void>();
  #isFirst = true;

  /** As the service wants it. */
  readonly onRequest = (): Promise<void> | void => {
    if (!this.#isFirst) return;
    this.#isFirst = false;
    this.#asked.resolve();
    return this.#answer.promise;
  };

  /** When it has been asked. */
  get asked(): Promise<void> {
    return this.#asked.promise;
  }

  /** Lets the answer go. */
  letGo(): void {
    this.#answer.resolve();
  }
}
