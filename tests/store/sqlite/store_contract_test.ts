import { DatabaseSync } from "node:sqlite";
import { openStore } from "../../../src/store/open.ts";
import { testStore } from "../contract.ts";
import { temporaryFolder } from "./helpers.ts";

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
