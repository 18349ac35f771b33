// The address of the list, read and written as Lastmile does (app/src/customers/query/mod.rs and cursor.rs).

export const STATUSES = ['Pending', 'Active', 'Suspended', 'Cancelled'];
export const CHURN_RISKS = ['High', 'Medium', 'Low'];
export const PLAN_TYPES = ['Fiber', 'Broadband', 'Wireless'];
const SIZES = { 25: 'Small', 50: 'Medium', 100: 'Large' };
export const ROWS = { Small: 25, Medium: 50, Large: 100 };

/** Each sort by its word in addresses: what the JSON calls it, and a row's value in a cursor. */
const SORTS = {
  name: ['Name', (row) => ({ t: row.name_key })],
  account: ['Account', (row) => ({ n: row.account_number })],
  plan: ['Plan', (row) => ({ p: row.plan_type })],
  speed: ['Speed', (row) => ({ n: row.speed_kbps })],
  price: ['Price', (row) => ({ n: row.price_paise })],
  churn: ['Churn', (row) => ({ c: row.churn_risk })],
  nps: ['Nps', (row) => ({ n: row.nps })],
  outstanding: ['Outstanding', (row) => ({ n: row.outstanding_paise })],
  next_billing: ['NextBilling', (row) => ({ d: row.next_billing_on })],
  since: ['Since', (row) => ({ d: row.customer_since })],
  lifetime_value: ['LifetimeValue', (row) => ({ n: row.lifetime_value_paise })],
};
const WORDS = Object.fromEntries(Object.entries(SORTS).map(([word, [name]]) => [name, word]));

/** Text as it is searched. */
export const fold = (text) => text.normalize('NFC').toLowerCase().normalize('NFC');

/** What an address asks for, and the parts of it that make no sense. */
export function parse(address) {
  const chosen = { status: new Set(), churn: new Set(), plan: new Set() };
  const choices = { status: STATUSES, churn: CHURN_RISKS, plan: PLAN_TYPES };
  const order = { by: 'Name', descending: false };
  const ignored = [];
  let [search, size, page] = ['', 'Small', null];
  for (const [key, value] of new URLSearchParams(address)) {
    let understood = true;
    if (key === 'q') {
      search = tidy(value);
    } else if (Object.hasOwn(choices, key)) {
      understood = choices[key].includes(value);
      if (understood) chosen[key].add(value);
    } else if (key === 'sort') {
      const word = value.replace(/^-/, '');
      understood = Object.hasOwn(SORTS, word);
      if (understood) Object.assign(order, { by: SORTS[word][0], descending: value.startsWith('-') });
    } else if (key === 'size') {
      understood = Object.hasOwn(SIZES, value);
      if (understood) size = SIZES[value];
    } else if (key === 'page') {
      const cursor = readCursor(value);
      understood = cursor !== null;
      page = cursor ?? page;
    } else {
      understood = key === 'from' || key === 'older' || value === '';
    }
    if (!understood) ignored.push(`${key}=${[...value].slice(0, 40).join('')}`);
  }
  const inOrder = (key) => choices[key].filter((word) => chosen[key].has(word));
  const filter = { search, statuses: inOrder('status'), churn_risks: inOrder('churn'), plan_types: inOrder('plan') };
  const query = { filter, order, size, page: null };
  if (page) {
    // A position belongs to the very list in which it was taken.
    if (page.l === fingerprint(query)) query.page = page;
    else ignored.push('page');
  }
  return { query, ignored };
}

const tidy = (text) => {
  const words = text.normalize('NFC').replace(/\p{Cc}/gu, ' ').split(/\p{White_Space}+/u).filter(Boolean).join(' ');
  return [...words].slice(0, 200).join('').trimEnd();
};

function readCursor(text) {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return null;
  }
}

/** The address of a list, and of a position in it. */
function write({ filter, order, size }, page) {
  const pairs = new URLSearchParams();
  if (filter.search) pairs.append('q', filter.search);
  for (const word of filter.statuses) pairs.append('status', word);
  for (const word of filter.churn_risks) pairs.append('churn', word);
  for (const word of filter.plan_types) pairs.append('plan', word);
  if (order.by !== 'Name' || order.descending) pairs.append('sort', (order.descending ? '-' : '') + WORDS[order.by]);
  if (size !== 'Small') pairs.append('size', ROWS[size]);
  if (page) pairs.append('page', page);
  return pairs.size ? `?${pairs}` : '';
}

/** FNV-1a over the address of the list's first page. */
function fingerprint(query) {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(write(query))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** The address of the page at a position: `{ a: … }` behind a place, `{ b: … }` before it, or `'l'` for the last. */
export function addressOf(query, position) {
  const cursor = JSON.stringify({ p: position, l: fingerprint(query) });
  return write(query, Buffer.from(cursor).toString('base64url'));
}

/** A position in a list: at a row, with so many rows before it. */
export function place(query, row, at) {
  const value = SORTS[WORDS[query.order.by]][1](row);
  return { p: { v: value, i: row.id }, n: at };
}
