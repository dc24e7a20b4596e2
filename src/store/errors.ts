import { EXIT, TickerlockError, type TickerlockErrorOptions } from "../base/errors.ts";

/**
 * What a failure of a store concerns. `row`: this operation; another one can succeed at once. `store`:
 * every operation, until the cause is removed (a full disk). `program`: every run of this version (a newer
 * schema).
 * @category Errors
 */
export type StoreErrorScope = "row" | "store" | "program";

/**
 * The database could not be used, or refused what it was given (exit 1).
 * @category Errors
 */
export class StoreError extends TickerlockError {
  /** The database as the user named it: a path, or an address without secrets. */
  readonly path: string;
  /** What the failure concerns; default `row`. Decide by this and by `retryable`, not by the code. */
  readonly scope: StoreErrorScope;

  /** Says what was attempted on which database; the code is `db_locked`, `db_corrupt`, `db_full`, … */
  constructor(
    code: string,
    message: string,
    path: string,
    options: TickerlockErrorOptions & { scope?: StoreErrorScope | undefined } = {},
  ) {
    const { scope = "row", ...rest } = options;
    super(code, message, EXIT.failed, { ...rest, details: { path, ...rest.details } });
    this.path = path;
    this.scope = scope;
  }
}

/**
 * Another run has taken this run's claim away: nothing of it was written.
 * @category Errors
 */
export class ClaimLostError extends TickerlockError {
  /** Says which job lost the claim on which ticker. */
  constructor(ticker: string, jobId: string) {
    super(
      "claim_lost",
      `the claim on ${ticker} was revoked while this run worked; nothing was written`,
      EXIT.failed,
      {
        hint: "See who released the lock: tickerlock logs --source locks",
        details: { ticker, job_id: jobId },
      },
    );
  }
}
