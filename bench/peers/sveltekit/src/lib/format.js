// Values in the formats of India.

/** Indian digit grouping: 1234567 is 12,34,567. */
export function grouped(number) {
  const digits = String(number);
  if (digits.length < 4) return digits;
  return `${digits.slice(0, -3).replace(/\B(?=(\d\d)+$)/g, ',')},${digits.slice(-3)}`;
}

/** An amount; credit is less than nothing. */
export function rupees(paise) {
  const amount = Math.abs(paise);
  const rest = amount % 100;
  return `${paise < 0 ? '−' : ''}₹${grouped((amount - rest) / 100)}${rest ? `.${String(rest).padStart(2, '0')}` : ''}`;
}

export const speed = (kbps) => (kbps >= 1e6 ? `${kbps / 1e6} Gbps` : `${kbps / 1e3} Mbps`);

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** 2026-11-28 as 28 Nov 2026. */
export function day(date) {
  const [year, month, day] = date.split('-').map(Number);
  return `${day} ${MONTHS[month - 1]} ${year}`;
}

export function distance(date, today) {
  const days = (Date.parse(date) - Date.parse(today)) / 86_400_000;
  if (days === 0) return 'today';
  if (days === 1) return 'tomorrow';
  if (days === -1) return 'yesterday';
  return days > 0 ? `in ${days} days` : `${-days} days ago`;
}
