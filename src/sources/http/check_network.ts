/**
 * Checking how a service is to be asked, for callers of the library: the command line checks its own.
 *
 * @module
 */
import { UsageError } from "../../base/errors.ts";
import type { NetworkOptions } from "../network.ts";

/**
 * Refuses numbers that make no sense.
 *
 * @param options What the user has set.
 * @throws {UsageError} `bad_value`.
 */
export function checkNetwork(options: NetworkOptions): void {
  const check = (name: string, value: number | undefined, good: boolean, rule: string): void => {
    if (value === undefined || good) return;
    throw new UsageError("bad_value", `${name} is ${value}, which is not ${rule}`, {
      hint: `Set ${name} to ${rule}.`,
      details: { option: name, value },
    });
  };
  const { timeoutSeconds, rate, attempts, deadlineSeconds, backoffMs } = options;
  const positive = (value: number | undefined): boolean => value !== undefined && value > 0;
  const whole = (value: number | undefined): boolean => Number.isSafeInteger(value);
  check("timeoutSeconds", timeoutSeconds, positive(timeoutSeconds), "above 0");
  check("deadlineSeconds", deadlineSeconds, positive(deadlineSeconds), "above 0");
  check("backoffMs", backoffMs, Number.isFinite(backoffMs) && (backoffMs ?? 0) >= 0, "0 or more");
  check("attempts", attempts, whole(attempts) && positive(attempts), "a whole number from 1 up");
  if (rate === undefined || rate === null) return;
  const { count, perMs } = rate;
  check("rate.count", count, whole(count) && count > 0, "a whole number from 1 up");
  check("rate.perMs", perMs, Number.isFinite(perMs) && perMs > 0, "above 0 and finite");
}
