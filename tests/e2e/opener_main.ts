/**
 * A process that opens a database and writes to it as soon as it is told: a line on standard input. It
 * writes the same keys as every other of its kind, and says on standard output, as a line of JSON, what
 * came of it.
 *
 *     deno run --allow-read --allow-write opener_main.ts DATABASE NUMBER ROUNDS
 *
 * @module
 */
import { PriceColumns } from "../../src/model/price_columns.ts";
import { endJob, insertRunning } from "../../src/store/sqlite/tables/jobs.ts";
import { upsertPrices } from "../../src/store/sqlite/tables/prices.ts";
import { writer } from "../../src/store/sqlite/connection/writer.ts";
import { TickerlockError } from "../../src/base/errors.ts";

const [path = "", number = "0", rounds = "1"] = Deno.args;

/** Keys that all of them write. */
const DAYS = Array.from({ length: 28 }, (_, day) => `2024-02-${String(day + 1).padStart(2, "0")}`);

function say(value: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
}

async function work(): Promise<void> {
  using db = await writer(path);
  for (let round = 0; round < Number(rounds); round++) {
    await db.transaction("write to", () => {
      const at = new Date().toISOString();
      const id = insertRunning(db, {
        jobId: `${number}-${round}`,
        runId: number,
        ticker: "SAME",
        source: "test",
        command: "opener",
        startedAt: at,
        lockAction: null,
        lockWaitedSeconds: null,
        host: "",
        pid: Deno.pid,
        version: "0",
      });
      const rows = DAYS.map((date, day) => ({
        date,
        open: null,
        high: null,
        low: null,
        close: 1 + Number(number) * 1000 + round,
        adjClose: null,
        volume: day,
      }));
      const { inserted, updated } = upsertPrices(db, "SAME", "test", id, PriceColumns.of(rows));
      endJob(db, id, {
        finishedAt: at,
        status: "success",
        durationMs: 0,
        rowsInserted: inserted,
        rowsUpdated: updated,
      });
    });
  }
}

say("ready");
await Deno.stdin.read(new Uint8Array(1));
try {
  await work();
  say("done");
} catch (error) {
  say(error instanceof TickerlockError ? { code: error.code, message: error.message } : `${error}`);
}
