import { DatabaseSync } from "node:sqlite";
import { PriceColumns } from "../../../src/model/price_columns.ts";
import { acquireTickerLock } from "../../../src/lock/mod.ts";
import { openStore } from "../../../src/store/open.ts";
import { sqliteCare } from "../../../src/store/sqlite/care.ts";
import { Database } from "../../../src/store/sqlite/connection/database.ts";
import { sqliteReports } from "../../../src/store/sqlite/reports.ts";
import { upsertPrices } from "../../../src/store/sqlite/tables/prices.ts";
import { testStore } from "../contract.ts";
import { testActivity } from "../contract_activity.ts";
import { testCare } from "../contract_care.ts";
import { testNotices } from "../contract_notices.ts";
import { testGaps } from "../contract_gaps.ts";
import { type Engine, type Scene, testReports } from "../contract_reports.ts";
import { temporaryFolder } from "./helpers.ts";
import { recordPath, recordText, someRecord } from "../../lock/lock_folder.ts";
import { assertNoLeaks } from "./leaks.ts";
import { addLogged } from "./logged.ts";
import { priceOf } from "../rows.ts";

/** Holds the write lock, as another program would. */
function holdWriting(path: string): Promise<AsyncDisposable> {
  const db = new DatabaseSync(path, { timeout: 5000 });
  db.prepare("BEGIN IMMEDIATE").run();
  return Promise.resolve({
    [Symbol.asyncDispose]: () => Promise.try(() => db.isOpen ? db.close() : undefined),
  });
}

/** Holds the lock of a ticker. */
async function hold(ticker: string, lockDir: string): Promise<AsyncDisposable> {
  const guard = await acquireTickerLock(ticker, { lockDir, wait: false });
  return { [Symbol.asyncDispose]: () => Promise.try(() => guard.release()) };
}

/** A file in a folder of its own. */
async function sceneAt(make: (path: string) => Promise<void>): Promise<Scene> {
  const folder = await temporaryFolder();
  const path = `${folder.path}/x.db`;
  await Deno.mkdir(`${folder.path}/beside`);
  await make(path);
  const reports = sqliteReports(path);
  return {
    folder: `${folder.path}/beside`,
    reports,
    care: sqliteCare(path),
    async log(rows) {
      using db = await Database.open(path);
      return await addLogged(db, rows);
    },
    async prices(ticker, source, rows) {
      using db = await Database.open(path);
      await db.transaction("fill", () =>
        void upsertPrices(
          db,
          ticker,
          source,
          1,
          PriceColumns.of(rows.map(({ date, close }) => priceOf(date, close))),
        ));
    },
    async notices(seconds) {
      using db = await Database.open(path);
      const at = new Date(Date.now() + seconds * 1000).toISOString();
      db.run("UPDATE notices SET turn_at = ? WHERE turn IS NOT NULL", at);
    },
    busy: () => holdWriting(path),
    hold: (ticker) => hold(ticker, `${folder.path}/beside`),
    async [Symbol.asyncDispose]() {
      await reports[Symbol.asyncDispose]();
      assertNoLeaks();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const SQLITE: Engine = {
  name: "SQLite",
  make: () => sceneAt(async (path) => (await Database.open(path)).close()),
  missing: () => sceneAt(() => Promise.resolve()),
};

testReports(SQLITE);
testGaps(SQLITE);
testActivity(SQLITE);
testCare(SQLITE);
testNotices(SQLITE);

testStore({
  name: "sqlite",
  hasLockFolder: true,
  async place() {
    const folder = await temporaryFolder();
    const path = `${folder.path}/market.db`;
    const lockDir = `${folder.path}/locks`;
    return {
      lockDir,
      open: (options) => openStore(path, { lockDir, ...options }),
      rows(table) {
        const db = new DatabaseSync(path, { readOnly: true });
        try {
          const rows = db.prepare(`SELECT * FROM ${table}`).all().map((each) => ({ ...each }));
          return Promise.resolve(rows);
        } finally {
          db.close();
        }
      },
      busy: () => holdWriting(path),
      killHolder(ticker) {
        Deno.mkdirSync(lockDir, { recursive: true });
        const path = `${lockDir}/${ticker}.lock`;
        Deno.writeTextFileSync(path, "");
        Deno.writeTextFileSync(recordPath(path), recordText(someRecord()));
        return Promise.resolve();
      },
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  },
});
