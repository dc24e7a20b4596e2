/**
 * For tests that open connections: none may be left behind, and what is logged can be looked at.
 *
 * @module
 */
import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";
import {
  type ConnectionInfo,
  openConnections,
} from "../../../src/store/sqlite/connection/connections.ts";
import { fail } from "../../assert.ts";
import { type Need, testNeeding } from "../../system.ts";
import { temporaryFolder } from "./helpers.ts";

function describe({ kind, path, openedAt }: ConnectionInfo): string {
  return `${kind} of ${path}, open since ${openedAt}`;
}

/** Fails where a connection is open that was not open before, and says which. */
export function assertNoLeaks(before: readonly ConnectionInfo[] = []): void {
  const left = openConnections().filter((each) => !before.includes(each));
  if (left.length > 0) fail(`left open: ${left.map(describe).join("; ")}`);
}

/** A test's function with a check at its end: it has closed every connection that it opened. */
export function withoutLeaks(test: () => void | Promise<void>): () => Promise<void> {
  return async () => {
    const before = openConnections();
    await test();
    assertNoLeaks(before);
  };
}

/** A folder of a test, and the path of a database in it that is not there yet. */
export interface Place {
  readonly folder: { readonly path: string };
  readonly path: string;
}

/** Registers tests of places. */
export interface Registering {
  readonly test: (name: string, run: (place: Place) => void | Promise<void>) => void;
}

/** Where the system has what the tests need, {@linkcode test} for them. */
export function needing(needs: Need | readonly Need[]): Registering {
  return {
    test: (name, run) =>
      testNeeding(
        needs,
        name,
        withoutLeaks(async () => {
          await using folder = await temporaryFolder();
          await run({ folder, path: `${folder.path}/x.db` });
        }),
      ),
  };
}

/** A test with a temporary folder, which leaves no connection open. */
export const { test } = needing([]);

/** What the program logs until the end of the block. */
export interface CapturedLog extends Disposable {
  readonly records: readonly LogRecord[];
  /** Levels and texts. */
  lines(): string[];
}

/** Collects the log in place of writing it, without debug records. */
export function captureLog(): CapturedLog {
  const records: LogRecord[] = [];
  configureSync({
    reset: true,
    sinks: { records: (record) => void records.push(record) },
    loggers: [
      { category: "tickerlock", lowestLevel: "info", sinks: ["records"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
  });
  return {
    records,
    lines: () => records.map(({ level, message }) => `${level}: ${message.join("")}`),
    [Symbol.dispose]: () => resetSync(),
  };
}
