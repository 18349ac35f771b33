// The answer of Lastmile's server function for the list, from the rows of its statements. All rows are arrays, since Lastmile reads them by
// position too.
import { FACETS, addressAt, addressOf, place } from './query.js';

const [STATUSES, CHURN_RISKS, PLAN_TYPES] = Object.values(FACETS);

/** Indian grouping: 1234567 is 12,34,567. */
function grouped(number) {
  const digits = String(number);
  if (digits.length < 4) return digits;
  return `${digits.slice(0, -3).replace(/\B(?=(\d\d)+$)/g, ',')},${digits.slice(-3)}`;
}

function rupees(paise) {
  const rest = paise % 100;
  return `₹${grouped((paise - rest) / 100)}${rest ? `.${String(rest).padStart(2, '0')}` : ''}`;
}

// Division by a power of ten is correctly rounded, and a number is written with the fewest digits that read back: no `.30000001`.
const speed = (kbps) => (kbps >= 1e6 ? `${kbps / 1e6} Gbps` : `${kbps / 1e3} Mbps`);

const COLUMNS = ['status', 'plan', 'price', 'churn', 'nps', 'next_billing', 'outstanding'];

/** A row of the answer from a row of the statement. */
export function listed([id, name, account, , status, plan, kbps, price, risk, nps, nextBilling, outstanding]) {
  return {
    id,
    title: name,
    subtitle: `LM-${String(account).padStart(7, '0')}`,
    cells: [
      { s: status },
      { p: [plan, speed(kbps)] },
      { t: rupees(price) },
      { r: risk },
      { t: String(nps).replace('-', '−') },
      nextBilling === null ? '0' : { d: nextBilling },
      { m: outstanding },
    ],
  };
}

/** Counts by status, churn risk and plan type, from counts by segment: the number of a combination of the three. */
export const bySegment = ([segment, ...counts]) => [
  STATUSES[Math.trunc(segment / 9)],
  CHURN_RISKS[Math.trunc((segment % 9) / 3)],
  PLAN_TYPES[segment % 3],
  ...counts,
];

const accepts = (chosen, value) => chosen.length === 0 || chosen.includes(value);

/** Lastmile gives no total for a search that finds more customers. */
const COUNT_LIMIT = 10_000;

/**
 * Adds up the total, the counts of the facets and the metrics; null where a search finds too many. Each row of the counts is for one status,
 * churn risk and plan type; there may be several for the same.
 */
function addUp(counts, { search, chosen }) {
  const zeros = (values) => Object.fromEntries(values.map((value) => [value, 0]));
  const [byStatus, byRisk, byPlan] = Object.values(FACETS).map(zeros);
  let [all, total, revenue, atRisk, customersAtRisk, owed, debtors] = [0, 0, 0, 0, 0, 0, 0];
  for (const [status, risk, plan, customers, owing, monthly, outstanding] of counts) {
    const [inStatus, inRisk, inPlan] = [accepts(chosen.status, status), accepts(chosen.churn, risk), accepts(chosen.plan, plan)];
    all += customers;
    if (inRisk && inPlan) byStatus[status] += customers;
    if (inStatus && inPlan) byRisk[risk] += customers;
    if (inStatus && inRisk) byPlan[plan] += customers;
    if (!inStatus || !inRisk || !inPlan) continue;
    total += customers;
    owed += outstanding;
    debtors += owing;
    if (status !== 'Active') continue;
    revenue += monthly;
    if (risk === 'Low') continue;
    atRisk += monthly;
    customersAtRisk += customers;
  }
  if (search && all > COUNT_LIMIT) return null;
  const metrics = [
    { label: 'Monthly revenue', amount: revenue, note: null },
    { label: 'Revenue at risk', amount: atRisk, note: `${grouped(customersAtRisk)} active at medium or high risk` },
    { label: 'Outstanding', amount: owed, note: debtors === 1 ? '1 customer owes' : `${grouped(debtors)} customers owe` },
  ];
  return { total, facets: [byStatus, byRisk, byPlan].map(Object.values), metrics, is_capped: false };
}

/** The rows of the page, and what is before and after it. `total` is undefined where it is not known. */
function cutPage({ size, page }, rows, total) {
  const position = page?.p;
  if (position === 'l' && total !== undefined) {
    const last = rows.slice(0, total % size || Math.min(total, size)).reverse();
    return { rows: last, before: total - last.length, previous: total > last.length, next: false };
  }
  const more = rows.length > size;
  const cut = more ? rows.slice(0, size) : rows;
  if (position?.b) return { rows: cut.reverse(), before: more ? position.b.n - size : 0, previous: more, next: true };
  return { rows: cut, before: position?.a?.n ?? 0, previous: position?.a !== undefined, next: more };
}

const keyOf = ([id, , , sortValue]) => ({ id, sortValue });

/** The whole answer. */
export function answer({ query, ignored }, counts, found) {
  const totals = addUp(counts, query);
  const page = cutPage(query, found, totals?.total);
  const { rows } = page;
  const before = totals ? Math.max(0, Math.min(page.before, totals.total - rows.length)) : page.before;
  // The total does not contain customers that were added between its statement and the rows'.
  if (totals) totals.total = Math.max(totals.total, before + rows.length);
  return {
    url: addressOf(query),
    ignored,
    columns: COLUMNS,
    rows: rows.map(listed),
    before,
    totals,
    previous: page.previous && rows.length ? addressAt(query, { b: place(query, keyOf(rows[0]), before) }) : null,
    next: page.next && rows.length ? addressAt(query, { a: place(query, keyOf(rows.at(-1)), before + rows.length) }) : null,
    last: page.next && totals ? addressAt(query, 'l') : null,
    today: today(),
    finds_deleted: false,
  };
}

/** The date in India, five and a half hours ahead of UTC all year. */
const today = () => new Date(Date.now() + 19_800_000).toISOString().slice(0, 10);
