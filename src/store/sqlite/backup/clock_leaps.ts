/** Where the clock may have been set ahead: backups made by it must not push out those before. @module */

const DAY_MS = 86_400_000;

/** A pause of months is no measure any more for what is usual some months later. */
const FORGOTTEN_AFTER_MS = 30 * DAY_MS;

/**
 * The moments after which time went on more than two days, and more than twice as much, later than it had
 * before, until as much has passed since: after a pause of all runs, or by a clock that is ahead.
 * @param times In ms since 1970, in any order.
 */
export function leapsIn(times: readonly number[]): number[] {
  const sorted = times.toSorted((a, b) => a - b);
  const newest = sorted.at(-1) ?? 0;
  const leaps: number[] = [];
  let usual = DAY_MS;
  sorted.reduce((before, at) => {
    const step = at - before;
    const faded = Math.max(DAY_MS, usual * Math.exp(-step / FORGOTTEN_AFTER_MS));
    if (step > 2 * usual && newest - at < step) leaps.push(at);
    else usual = Math.max(faded, step);
    return at;
  }, sorted[0] ?? 0);
  return leaps;
}

/** Parts what is in the order of its time wherever a leap is between. */
export function partedByLeaps<T>(
  all: readonly T[],
  timeOf: (each: T) => number,
  leaps: readonly number[],
): T[][] {
  const era = (each: T): number => leaps.filter((leap) => leap <= timeOf(each)).length;
  return [...Map.groupBy(all, era).values()];
}
