import { sqliteCare } from "../../../src/store/sqlite/care.ts";
import { Database } from "../../../src/store/sqlite/connection/database.ts";
import { sqliteReports } from "../../../src/store/sqlite/reports.ts";
import { upsertPrices } from "../../../src/store/sqlite/tables/prices.ts";
import { testCare } from "../contract_care.ts";
import { type Engine, testReports } from "../contract_reports.ts";
import { priceOf } from "./filled.ts";
import { temporaryFolder } from "./helpers.ts";
import { assertNoLeaks } from "./leaks.ts";
import { addLogged } from "./logged.ts";

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
