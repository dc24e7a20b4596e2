import { DatabaseSync } from "node:sqlite";
import { openStore } from "../../../src/store/open.ts";
import { sqliteCare } from "../../../src/store/sqlite/care.ts";
import { Database } from "../../../src/store/sqlite/connection/database.ts";
import { sqliteReports } from "../../../src/store/sqlite/reports.ts";
import { upsertPrices } from "../../../src/store/sqlite/tables/prices.ts";
import { testStore } from "../contract.ts";
import { testCare } from "../contract_care.ts";
import { type Engine, testReports } from "../contract_reports.ts";
import { temporaryFolder } from "./helpers.ts";
import { assertNoLeaks } from "./leaks.ts";
import { addLogged } from "./logged.ts";
import { priceOf } from "../rows.ts";

const SQLITE: Engine = {
  name: "SQLite",
  async make() {
    const folder = await temporaryFolder();
    const path = `${folder.path}/x.db`;
    await Deno.mkdir(`${folder.path}/beside`);
    (await Database.open(path)).close();
    const reports = sqliteReports(path);
    const care = sqliteCare(path);
    return {
      folder: `${folder.path}/beside`,
      reports,
      care,
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
            rows.map(({ date, close }) => priceOf(date, close)),
          ));
      },
      async [Symbol.asyncDispose]() {
        await reports[Symbol.asyncDispose]();
        assertNoLeaks();
        await folder[Symbol.asyncDispose]();
      },
    };
  },
};

testReports(SQLITE);
testCare(SQLITE);

testStore({
  name: "sqlite",
  async place() {
    const folder = await temporaryFolder();
    const path = `${folder.path}/market.db`;
    return {
      open: () => openStore(path, { lockDir: `${folder.path}/locks` }),
      rows(table) {
        const db = new DatabaseSync(path, { readOnly: true });
        try {
          const rows = db.prepare(`SELECT * FROM ${table}`).all().map((each) => ({ ...each }));
          return Promise.resolve(rows);
        } finally {
          db.close();
        }
      },
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  },
});
