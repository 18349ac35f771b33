// Numbers with their units, to three significant digits.

const digits = (value) => value.toLocaleString('en', { maximumSignificantDigits: 3, minimumSignificantDigits: value >= 100 ? undefined : 3 });

export const perSecond = (rate) => `${digits(rate)}/s`;

/** A time in microseconds. */
export const time = (microseconds) => {
  if (!Number.isFinite(microseconds)) return 'no answer';
  if (microseconds < 1000) return `${digits(microseconds)} µs`;
  return microseconds < 1e6 ? `${digits(microseconds / 1e3)} ms` : `${digits(microseconds / 1e6)} s`;
};

/** A size in bytes, in powers of two. */
export const mebibytes = (bytes) => `${digits(bytes / 2 ** 20)} MiB`;
/** A size in bytes, in powers of ten. */
export const kilobytes = (bytes) => `${digits(bytes / 1000)} kB`;

export const ratio = (value) => (Number.isFinite(value) ? `${value >= 10 ? digits(value) : value.toFixed(value < 0.1 ? 3 : 2)}x` : 'no answer');
