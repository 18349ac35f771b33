// The answer of Lastmile's server function for the list, made from the rows of its statements.
import { CHURN_RISKS, PLAN_TYPES, ROWS, STATUSES, addressOf, place } from './query.js';

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

const COLUMNS = ['Status', 'PlanType', 'Price', 'ChurnRisk', 'Nps', 'NextBillingOn', 'Outstanding'];

/** A row of the table, as Lastmile's list gives it. Its segment is the number of a status, a churn risk and a plan type. */
export function listed(row) {
  const status = STATUSES[Math.trunc(row.segment / 9)];
  return {
    customer: { id: row.id, account_number: row.account_number, name: row.name },
    cells: [
      { s: status },
      { p: [PLAN_TYPES[row.segment % 3], speed(row.speed_kbps)] },
      { t: rupees(row.price_paise) },
      { r: CHURN_RISKS[Math.trunc((row.segment % 9) / 3)] },
      { t: String(row.nps) },
      status === 'Cancelled' ? '0' : { d: row.next_billing_on },
      { m: row.outstanding_paise },
    ],
  };
}

const has = (chosen, word) => chosen.length === 0 || chosen.includes(word);

/** The most customers of a search that Lastmile counts. */
const COUNTED = 10_000;

/**
 * Adds up what the filters show; nothing where it was not counted, or the search finds too many. Each count is one of a status, a
 * churn risk and a plan type; there may be several of the same, and they come as arrays, since Lastmile names their columns freely.
 */
function addUp(counts, { search, statuses, churn_risks, plan_types }) {
  if (!counts) return null;
  const by = (words) => Object.fromEntries(words.map((word) => [word, 0]));
  const [byStatus, byRisk, byPlan] = [by(STATUSES), by(CHURN_RISKS), by(PLAN_TYPES)];
  const figures = { monthly_revenue: 0, revenue_at_risk: 0, customers_at_risk: 0, outstanding: 0, debtors: 0 };
  let [all, total] = [0, 0];
  for (const [status, risk, plan, customers, debtors, price, outstanding] of counts) {
    const [inStatus, inRisk, inPlan] = [has(statuses, status), has(churn_risks, risk), has(plan_types, plan)];
    all += customers;
    if (inRisk && inPlan) byStatus[status] += customers;
    if (inStatus && inPlan) byRisk[risk] += customers;
    if (inStatus && inRisk) byPlan[plan] += customers;
    if (!inStatus || !inRisk || !inPlan) continue;
    total += customers;
    figures.outstanding += outstanding;
    figures.debtors += debtors;
    if (status !== 'Active') continue;
    figures.monthly_revenue += price;
    if (risk === 'Low') continue;
    figures.revenue_at_risk += price;
    figures.customers_at_risk += customers;
  }
  if (search && all > COUNTED) return null;
  const choices = { statuses: Object.entries(byStatus), churn_risks: Object.entries(byRisk), plan_types: Object.entries(byPlan) };
  return { total, choices, figures };
}

/** Which of the rows are the page, and what stands around it. `total` is undefined where nobody knows. */
function cut(query, rows, total) {
  const size = ROWS[query.size];
  const position = query.page?.p;
  if (position === 'l' && total !== undefined) {
    const last = rows.slice(0, total % size || Math.min(total, size)).reverse();
    return { rows: last, before: total - last.length, previous: total > last.length, next: false };
  }
  const more = rows.length > size;
  const page = more ? rows.slice(0, size) : rows;
  if (position?.b) return { rows: page.reverse(), before: more ? position.b.n - size : 0, previous: more, next: true };
  return { rows: page, before: position?.a?.n ?? 0, previous: position?.a !== undefined, next: more };
}

/** The whole answer. */
export function answer({ query, ignored }, counts, found) {
  const numbers = addUp(counts, query.filter);
  const page = cut(query, found, numbers?.total);
  const { rows } = page;
  const before = numbers ? Math.max(0, Math.min(page.before, numbers.total - rows.length)) : page.before;
  // Rows that came while the page was being made are not yet in the total.
  if (numbers) numbers.total = Math.max(numbers.total, before + rows.length);
  return {
    query,
    ignored,
    columns: COLUMNS,
    rows: rows.map(listed),
    before,
    numbers,
    previous: page.previous && rows.length ? addressOf(query, { b: place(query, rows[0], before) }) : null,
    next: page.next && rows.length ? addressOf(query, { a: place(query, rows.at(-1), before + rows.length) }) : null,
    last: page.next && numbers ? addressOf(query, 'l') : null,
    today: today(),
  };
}

/** The date in India, five and a half hours ahead of UTC all year. */
const today = () => new Date(Date.now() + 19_800_000).toISOString().slice(0, 10);
