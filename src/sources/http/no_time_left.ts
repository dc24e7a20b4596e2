/**
 * The end of patience, told from a failure of the service.
 *
 * @module
 */
import { SourceError, type TickerlockErrorOptions } from "../../base/errors.ts";

/** A request that was not made, because its answer could not come before the deadline. */
export class NoTimeLeftError extends SourceError {
  /**
   * @param code `rate_limited` or `deadline_passed`.
   * @param message What there was no time for.
   * @param options As of every error.
   */
  constructor(code: string, message: string, options: TickerlockErrorOptions = {}) {
    super(code, message, options);
  }
}
