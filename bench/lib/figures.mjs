// Figures: medians, ratios, and the lines of the table that they end up in.

/** The middle value. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const geometricMean = (values) => Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** Until a peer no longer gets faster, whatever a round takes. */
const WARM_SECONDS = 12;

/**
 * Measures sides in turn (A, B, A, B ...), so that whatever changes on the machine meanwhile touches all of them.
 * @template T
 * @param {number} rounds
 * @param {Record<string, () => Promise<T>>} sides
 * @returns {Promise<Record<string, T[]>>}
 */
export async function inTurn(rounds, sides) {
  const found = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(sides)) found[name].push(await measure());
  }
  return found;
}

/**
 * The same, when the peers are warm: programs that are compiled as they run get faster for a while. Ours has been compiled.
 * @template T
 * @param {number} rounds
 * @param {Record<string, () => Promise<T>>} ours
 * @param {Record<string, (seconds?: number) => Promise<T>>} peers for as long as a round, or for so many seconds
 * @returns {Promise<Record<string, T[]>>}
 */
export async function inTurnWhenWarm(rounds, ours, peers) {
  for (const load of Object.values(peers)) await load(WARM_SECONDS);
  return inTurn(rounds, { ...ours, ...peers });
}

/**
 * A line of the table; without a bound it is told and nothing more.
 * @typedef {object} Check
 * @property {string} what
 * @property {string} against
 * @property {number} [most] the ratio may be no larger
 * @property {number} [least] the ratio may be no smaller
 * @property {number} [ratio] ours divided by theirs
 * @property {string} [figures] what the ratio is made of
 * @property {string} [missing] why there is no ratio
 */

/**
 * Compares medians of what both sides measured.
 * @param {Omit<Check, 'ratio' | 'figures'>} check
 * @param {number[]} ours
 * @param {number[]} theirs
 * @param {(value: number) => string} show
 * @returns {Check}
 */
export function compare(check, ours, theirs, show) {
  const [mine, other] = [median(ours), median(theirs)];
  const side = (values) => `${show(median(values))} (${values.map(show).join(', ')})`;
  return { ...check, ratio: mine / other, figures: `${side(ours)} / ${side(theirs)}` };
}

/** Whether a line has a bound. */
export const isBound = ({ most, least }) => most !== undefined || least !== undefined;
/** Whether a line's ratio is what it must be. */
export const holds = ({ ratio, most = Number.POSITIVE_INFINITY, least = 0 }) => ratio <= most && ratio >= least;

const digits = (value) => value.toLocaleString('en', { maximumSignificantDigits: 3, minimumSignificantDigits: value >= 100 ? undefined : 3 });
export const perSecond = (rate) => `${digits(rate)}/s`;
export const time = (microseconds) => {
  if (!Number.isFinite(microseconds)) return 'no answer';
  if (microseconds < 1000) return `${digits(microseconds)} µs`;
  return microseconds < 1e6 ? `${digits(microseconds / 1e3)} ms` : `${digits(microseconds / 1e6)} s`;
};
export const megabytes = (bytes) => `${digits(bytes / 2 ** 20)} MiB`;
export const kilobytes = (bytes) => `${digits(bytes / 1000)} kB`;
export const ratio = (value) => (Number.isFinite(value) ? `${value >= 10 ? digits(value) : value.toFixed(value < 0.1 ? 3 : 2)}x` : 'no answer');
