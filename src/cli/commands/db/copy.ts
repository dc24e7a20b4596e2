/** `tickerlock db copy` @module */
import { openCare } from "../../../store/open.ts";
import { UsageError } from "../../../base/errors.ts";
import { grouped } from "../../../base/text.ts";
import { parseDatabase } from "../../args/parsers.ts";
import { countText, ProgressLine } from "../../output/progress.ts";
import { renderTable } from "../../output/table.ts";
import { listenForStop } from "../../process/stop_flag.ts";
import { keepRunsAway } from "./guard.ts";
import { COPY_HINT, type DbCall } from "./spec.ts";

function databasesOf(operands: readonly string[]): [from: string, to: string] {
  const [from, to, ...more] = operands;
  if (from === undefined || to === undefined || more.length > 0) {
    throw new UsageError("bad_value", "db copy takes two databases: what to copy, and where to", {
      hint: COPY_HINT,
    });
  }
  const [one, other] = [parseDatabase(from, "FROM"), parseDatabase(to, "TO")];
  if (one !== other) return [one, other];
  throw new UsageError("copy_onto_itself", `${one} cannot be copied into itself`, {
    hint: "Name another database as TO.",
  });
}

/** `tickerlock db copy FROM TO`. */
export async function copyCommand({ values, io, operands }: DbCall): Promise<void> {
  const [from, to] = databasesOf(operands);
  await using source = await openCare(from);
  await using target = await openCare(to);
  // A file that is not there would be made by what looks for runs.
  await source.info();
  await using _job = await keepRunsAway({ ...values, db: from }, "tickerlock db copy");
  using stop = await listenForStop("the copy", "it goes on from what is copied, which stays");
  using line = new ProgressLine(io);
  const { copyDatabase } = await import("../../../store/copy.ts");
  const tables = await copyDatabase(source, target, {
    onProgress: (table, done, total) => {
      stop.throwIfStopped();
      line.update((ms) =>
        total === undefined
          ? `copying ${table}: ${grouped(done)}`
          : countText(`copying ${table}`, done, total, "row", ms)
      );
    },
  });
  line[Symbol.dispose]();
  if (values.json) return io.outJson({ from: source.name, to: target.name, tables });
  io.out(renderTable([
    { title: "TABLE", cell: ({ table }) => table },
    { title: "ROWS", align: "right", cell: ({ rows }) => grouped(rows) },
    { title: "SHA-256", cell: ({ sha256 }) => sha256.slice(0, 16) },
  ], tables));
  io.out(`\n${source.name} and ${target.name} are the same.\n`);
}
