// Comparisons: two sides are measured in alternating rounds, and their medians are divided.

/** The median. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const geometricMean = (values) => Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** After this long a peer no longer gets faster. */
const WARM_UP_SECONDS = 12;

/**
 * Measures several sides in alternating rounds (A, B, A, B ...), so that a disturbance of the machine reaches all of them.
 * @template T
 * @param {number} rounds
 * @param {Record<string, () => Promise<T>>} sides
 * @returns {Promise<Record<string, T[]>>}
 */
export async function interleave(rounds, sides) {
  const results = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(sides)) results[name].push(await measure());
  }
  return results;
}

/**
 * The same after a warm-up of the peers: a program that is compiled while it runs gets faster for a while. Ours is compiled before.
 * @template T
 * @param {number} rounds
 * @param {Record<string, () => Promise<T>>} ours
 * @param {Record<string, (seconds?: number) => Promise<T>>} peers each for one round, or for so many seconds
 * @returns {Promise<Record<string, T[]>>}
 */
export async function interleaveWarm(rounds, ours, peers) {
  for (const load of Object.values(peers)) await load(WARM_UP_SECONDS);
  return interleave(rounds, { ...ours, ...peers });
}

/**
 * A line of the table. Without `max` or `min` it is for information.
 * @typedef {object} Check
 * @property {string} metric
 * @property {string} baseline what it is compared with
 * @property {number} [max] the largest ratio allowed
 * @property {number} [min] the smallest ratio allowed
 * @property {number} [ratio] ours divided by the baseline
 * @property {string} [details] the figures behind the ratio
 * @property {string} [notMeasured] why there is no ratio
 */

/**
 * Compares the medians of both sides.
 * @param {Omit<Check, 'ratio' | 'details'>} check
 * @param {number[]} ours
 * @param {number[]} theirs
 * @param {(value: number) => string} format
 * @returns {Check}
 */
export function compare(check, ours, theirs, format) {
  const side = (values) => `${format(median(values))} (${values.map(format).join(', ')})`;
  return { ...check, ratio: median(ours) / median(theirs), details: `${side(ours)} / ${side(theirs)}` };
}

/** Whether a line has a bound. */
export const hasBound = ({ max, min }) => max !== undefined || min !== undefined;
/** Whether a line's ratio keeps its bound. */
export const keepsBound = ({ ratio, max = Number.POSITIVE_INFINITY, min = 0 }) => ratio <= max && ratio >= min;
