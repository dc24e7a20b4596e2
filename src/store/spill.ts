/** Log rows that the database could not take, in a file until a run can write again. @module */
import { getLogger } from "@logtape/logtape";
import { messageOf } from "../base/errors.ts";
import { literal } from "../base/log.ts";
import { clipped, isUrl, plural } from "../base/text.ts";
import { lstatIfThere } from "../platform/files.ts";
import { share } from "../platform/owners.ts";
import { refusalOf } from "../platform/refusals.ts";
import type { FinishedJob } from "../model/job.ts";
import type { Spilled } from "./care.ts";
import { StoreError } from "./errors.ts";

const log = getLogger(["tickerlock", "ingest"]);

const files = () => import("../files/mod.ts");

/** Folder for what belongs to a database on a server: that of the service, else that of databases. */
function stateFolder(): string {
  try {
    return Deno.env.get("STATE_DIRECTORY")?.split(":")[0] || "data";
  } catch {
    // A library that is used without the right to ask.
    return "data";
  }
}

/** Where the log rows of a database wait, one job a line: beside a file, of a server on each machine. */
export function spillPathOf(db: string): string {
  if (!isUrl(db)) return `${db}.spill.ndjson`;
  const { host, pathname, searchParams } = new URL(db);
  const parts = [host, pathname.slice(1), searchParams.get("schema") ?? ""].filter(Boolean);
  return `${stateFolder()}/${parts.join("-").replaceAll(/[^\w.-]/g, "_")}.spill.ndjson`;
}

/** Where lines of it are kept that no database takes. */
export function asidePathOf(db: string): string {
  return spillPathOf(db).replace(/ndjson$/, "unusable.ndjson");
}

/** What receivers were told of jobs while the database could not note it. */
export function toldPathOf(db: string): string {
  return spillPathOf(db).replace(/spill\.ndjson$/, "told.json");
}

const MOST_OF_LINE = 1000;

/** Keeps a job's row in the spill file, or else in the log on standard error; never throws. */
export async function spill(db: string, finished: FinishedJob): Promise<void> {
  if (db === ":memory:") return;
  const path = spillPathOf(db);
  try {
    const { appendText } = await files();
    const isNew = lstatIfThere(path) === undefined;
    await appendText(path, JSON.stringify(finished));
    const made = isNew ? lstatIfThere(path) : undefined;
    if (made !== undefined) share(path, made);
    const { ticker, jobId } = finished.job;
    log.warn(literal(`the log row of ${ticker ?? "this run"} waits in the spill file`), {
      spill: path,
      job_id: jobId,
    });
  } catch (error) {
    const why = refusalOf(error, path, "write")?.why ?? messageOf(error);
    log.warn(literal(`could not keep a log row: ${why}`), { ...finished });
  }
}

async function isWaiting(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).size > 0;
  } catch {
    return false;
  }
}

interface Line {
  readonly text: string;
  readonly finished: FinishedJob | undefined;
}

async function parseLines(text: string): Promise<Line[]> {
  const { checkSpilled } = await import("./spill_check.ts");
  return text.split("\n").filter((line) => line.trim() !== "").map((text) => {
    try {
      return { text, finished: checkSpilled(JSON.parse(text)) };
    } catch {
      // Not JSON: the start of a line that a power failure cut off.
      return { text, finished: undefined };
    }
  });
}

type BringIn = (jobs: readonly FinishedJob[]) => Promise<void>;

/** Brings jobs in, all at once; one by one where the database refuses one. @returns Those refused. */
async function refusedOf(jobs: readonly FinishedJob[], bringIn: BringIn): Promise<FinishedJob[]> {
  try {
    await bringIn(jobs);
    return [];
  } catch (error) {
    const isOfOne = error instanceof StoreError && error.scope === "row" && !error.retryable;
    if (!isOfOne) throw error;
    if (jobs.length === 1) return [...jobs];
  }
  const refused: FinishedJob[] = [];
  for (const job of jobs) refused.push(...await refusedOf([job], bringIn));
  return refused;
}

/**
 * Brings the rows of a spill file in, each exactly once: it is emptied after the commit, and bringing rows
 * in again changes nothing. A line that cannot be used is put aside and told.
 * @param bringIn Writes finished jobs in one transaction.
 * @returns How many jobs were brought in.
 */
export async function bringInSpilled(db: string, bringIn: BringIn): Promise<number> {
  const path = spillPathOf(db);
  if (db === ":memory:" || !(await isWaiting(path))) return 0;
  try {
    const { appendText, withLockedFile } = await files();
    return await withLockedFile(path, "write", async (file) => {
      const lines = await parseLines(await file.readText({ default: "" }));
      const jobs = lines.flatMap(({ finished }) => finished ?? []);
      const refused = new Set(await refusedOf(jobs, bringIn));
      const unusable = lines.filter((line) =>
        line.finished === undefined || refused.has(line.finished)
      );
      if (unusable.length > 0) {
        const aside = asidePathOf(db);
        await appendText(aside, unusable.map(({ text }) => text).join("\n"));
        for (const { text } of unusable) {
          const message = `a line of ${path} cannot be used, and is kept in ${aside}`;
          log.error(literal(message), { line: clipped(text, MOST_OF_LINE), spill: path, aside });
        }
      }
      await file.writeText("");
      const count = jobs.length - refused.size;
      if (count > 0) {
        log.info(literal(`brought ${plural(count, "log row")} in from ${path}`), { spill: path });
      }
      return count;
    });
  } catch (error) {
    // The rows are as safe as before; this run has its own work to do.
    log.warn(literal(`the spill file has to wait: ${messageOf(error)}`), { spill: path });
    return 0;
  }
}

/** Bytes of a file; 0 where there is none. */
export function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const BLANK = 32;

function countLines(path: string): number {
  using file = Deno.openSync(path, { read: true });
  const chunk = new Uint8Array(1 << 16);
  let lines = 0;
  let hasContent = false;
  for (;;) {
    const count = file.readSync(chunk);
    if (count === null) return lines + (hasContent ? 1 : 0);
    for (const byte of chunk.subarray(0, count)) {
      if (byte === NEWLINE) {
        if (hasContent) lines++;
        hasContent = false;
      } else if (byte !== BLANK && byte !== CARRIAGE_RETURN) hasContent = true;
    }
  }
}

/** What waits in the spill file, without locking it; null for nothing. */
export function spilledOf(db: string): Spilled | null {
  const spill = spillPathOf(db);
  const bytes = sizeOf(spill);
  if (bytes === 0) return null;
  try {
    return { path: spill, rows: countLines(spill), bytes };
  } catch (error) {
    // Brought in since, and removed.
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
