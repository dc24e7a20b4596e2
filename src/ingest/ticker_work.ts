/**
 * The work on one ticker whose lock is held and whose row says `running`: plan, fetch, validate,
 * write, and the row's end however it ends.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { finishJob, insertRejects } from "../store/pipeline.ts";
import { debug } from "../base/debug.ts";
import { messageOf } from "../base/errors.ts";
import { literal } from "../base/log.ts";
import type { FetchOptions, Reject } from "../sources/source.ts";
import { type OpenedContext, reported, timestamp } from "./context.ts";
import { asRevoked, jobEnd, jobStart, withoutRejects, writeFinishedRow } from "./job_log.ts";
import { statusOf } from "./unstarted_jobs.ts";
import { describePlan, type Planned, planTicker, windowOf } from "./plan.ts";
import { spill } from "../store/spill.ts";
import type { TickerResult } from "./types.ts";
import {
  type Attempts,
  type Fetched,
  fetchTicker,
  rehearse,
  writeSkipped,
  writeTicker,
} from "./write.ts";
import { noPages, type PageCounts, rehearsePages, writePages } from "./write_pages.ts";

const log = getLogger(["tickerlock", "ingest"]);

/** The job's row in `ingest_logs`, with the number of rows that it ended; or why there is none. */
export type Claim =
  | { readonly id: number; readonly abandoned: number }
  | { readonly error: unknown };

/** The job that is worked on. */
export interface WorkedJob {
  readonly ticker: string;
  readonly jobId: string;
  readonly startedAt: string;
  /** A dry run has none. */
  readonly claim: Claim | undefined;
  /** How often the service and the database were asked. */
  readonly attempts: Attempts;
  /** A result of this job with nothing counted yet. */
  readonly base: TickerResult;
  /** Since the job was made, in ms. */
  elapsedMs(): number;
}

type ToDo = Extract<Planned, { readonly skip?: undefined }>;

/** Works on one job, once. */
export class TickerWork {
  readonly #context: OpenedContext;
  readonly #job: WorkedJob;
  #planned: Planned | undefined;
  #requests = 0;
  #answerSha256: string | null = null;
  #fetched: Fetched | undefined;
  #pages: PageCounts | undefined;

  /** @param context The run. @param job Locked and claimed. */
  constructor(context: OpenedContext, job: WorkedJob) {
    this.#context = context;
    this.#job = job;
  }

  /** Does the work. What fails is in the result, and in the job's row. */
  async run(): Promise<TickerResult> {
    const { ticker, claim } = this.#job;
    try {
      if (claim !== undefined && "error" in claim) throw claim.error;
      const planned = this.#planned = this.#plan();
      if (planned.skip !== undefined) return await this.#skip(planned.skip);
      return this.#context.opened.paged === true
        ? await this.#workInPages(planned)
        : await this.#workAtOnce(planned);
    } catch (error) {
      const result: TickerResult = {
        ...this.#asked(),
        ...this.#counted(),
        ...statusOf(error),
        durationMs: this.#job.elapsedMs(),
        error: reported(error),
      };
      return await this.#recordFailure(result, this.#fetched?.rejects ?? []);
    } finally {
      this.#context.opened.forget(ticker);
    }
  }

  #plan(): Planned {
    const { ticker } = this.#job;
    const planned = this.#context.db.read(
      `look for what is stored of ${ticker} in`,
      () => planTicker(this.#context, ticker),
    );
    debug("ingest", () => describePlan(ticker, planned));
    return planned;
  }

  /** The job's row, where it has one. */
  #row(): { readonly ingestId: number; readonly attempts: Attempts } | undefined {
    const { claim, attempts } = this.#job;
    return claim === undefined || "error" in claim ? undefined : { ingestId: claim.id, attempts };
  }

  readonly #finish = (result: TickerResult): TickerResult => ({
    ...result,
    requests: this.#planned?.plan.kind === "all" && this.#requests === 0 ? null : this.#requests,
    durationMs: this.#job.elapsedMs(),
  });

  async #skip(note: string): Promise<TickerResult> {
    const skipped = this.#finish({ ...this.#asked(), status: "skipped", note });
    const row = this.#row();
    if (row !== undefined) return await writeSkipped(this.#context, row, skipped);
    return await writeFinishedRow(this.#context, skipped, this.#job.startedAt);
  }

  async #workAtOnce(planned: ToDo): Promise<TickerResult> {
    const fetched = this.#fetched = await fetchTicker(
      this.#context,
      this.#job.ticker,
      this.#fetchOptions(planned),
    );
    for (const warning of fetched.warnings) {
      log.warn(literal(warning), { ticker: this.#job.ticker });
    }
    const known: TickerResult = { ...this.#asked(), ...this.#counted() };
    const row = this.#row();
    if (row !== undefined) {
      return await writeTicker(this.#context, row, known, fetched, this.#finish);
    }
    const result = await rehearse(this.#context, known, fetched, this.#finish);
    return await writeFinishedRow(this.#context, result, this.#job.startedAt);
  }

  async #workInPages(planned: ToDo): Promise<TickerResult> {
    const options = this.#fetchOptions(planned);
    const row = this.#row();
    if (row !== undefined) {
      const counts = this.#pages = noPages();
      return await writePages(this.#context, row, this.#asked(), options, counts, this.#finish);
    }
    const result = await rehearsePages(this.#context, this.#asked(), options, this.#finish);
    return await writeFinishedRow(this.#context, result, this.#job.startedAt);
  }

  /** A result with what was asked for. */
  #asked(): TickerResult {
    const { base } = this.#job;
    const plan = this.#planned?.plan;
    if (plan === undefined) return base;
    const asked = {
      ...base,
      ...windowOf(plan),
      ...(plan.query === undefined ? {} : { query: plan.query }),
    };
    return this.#context.isNetwork ? { ...asked, requests: this.#requests } : asked;
  }

  #counted(): Partial<TickerResult> {
    if (this.#pages !== undefined) return this.#pages;
    const fetched = this.#fetched;
    // Of a refusal, too: it says which of the bodies that were kept was the last.
    if (fetched === undefined) return { payloadSha256: this.#answerSha256 };
    return {
      rowsFetched: fetched.good.length + fetched.rejects.length + fetched.repeated,
      rowsRejected: fetched.rejects.length,
      payloadSha256: fetched.payloadSha256,
    };
  }

  #fetchOptions({ plan, stored }: ToDo): FetchOptions {
    const { rawFolder } = this.#context;
    const { ticker, jobId, attempts } = this.#job;
    return {
      plan,
      stored,
      onRequest: () => void this.#requests++,
      onRetry: (why) => {
        attempts.count++;
        log.info(literal(`${ticker}: trying again: ${messageOf(why)}`), {
          ticker,
          ...reported(why),
        });
      },
      onAnswer: async (answer) => {
        this.#answerSha256 = answer.sha256;
        if (rawFolder === undefined) return;
        const { saveRaw } = await import("./save_raw.ts");
        await saveRaw(rawFolder, ticker, jobId, answer);
      },
    };
  }

  async #recordFailure(
    result: TickerResult,
    rejects: readonly Reject[],
  ): Promise<TickerResult> {
    const { db, source } = this.#context;
    const { ticker, attempts, base, startedAt } = this.#job;
    const id = this.#row()?.ingestId;
    if (id === undefined) {
      return await writeFinishedRow(this.#context, result, startedAt, rejects);
    }
    try {
      return await db.transaction("write the log to", () => {
        // Where the claim was lost, the row says `abandoned`, and says so rightly.
        if (!finishJob(db, id, jobEnd(result, attempts.count))) {
          return asRevoked(this.#context, id, result);
        }
        insertRejects(db, { ingestId: id, ticker, source, at: timestamp() }, rejects);
        return result;
      }, { onRetry: () => void attempts.count++ });
    } catch (error) {
      log.error(literal(`could not write the log row: ${messageOf(error)}`), {
        ...reported(error),
      });
      const job = jobStart(this.#context, base, startedAt);
      await spill(db.path, { job, end: jobEnd(result, attempts.count) });
      return withoutRejects(result);
    }
  }
}
