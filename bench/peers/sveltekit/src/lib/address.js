// What the address of the list says, read and written; the words are Lastmile's.

/** What the list can be sorted by, with the column of each. */
export const SORTS = {
  name: ['Name', 'name_key'],
  account: ['Account number', 'account_number'],
  plan: ['Plan', 'plan_type'],
  speed: ['Speed', 'speed_kbps'],
  price: ['Price', 'price_paise'],
  churn: ['Churn risk', 'churn_risk'],
  nps: ['NPS', 'nps'],
  outstanding: ['Outstanding', 'outstanding_paise'],
  next_billing: ['Next bill', 'next_billing_on'],
};

/** The filters: their key, label, column and words. */
export const FILTERS = [
  ['status', 'Status', 'status', ['Pending', 'Active', 'Suspended', 'Cancelled']],
  ['churn', 'Churn risk', 'churn_risk', ['High', 'Medium', 'Low']],
  ['plan', 'Plan type', 'plan_type', ['Fiber', 'Broadband', 'Wireless']],
];

/** The columns of the table, with the sorts that their headers offer. */
export const COLUMNS = [
  ['Name', ['name', 'account']],
  ['Status', []],
  ['Plan type', ['plan', 'speed']],
  ['Price', ['price']],
  ['Churn risk', ['churn']],
  ['NPS', ['nps']],
  ['Outstanding', ['outstanding']],
  ['Next bill', ['next_billing']],
];

/** Reads an address; what makes no sense in it is passed over. */
export function parse(params) {
  const word = params.get('sort') ?? '';
  const by = word.replace(/^-/, '');
  const known = Object.hasOwn(SORTS, by);
  // A page begins behind a row or ends before one: `at` rows stand before it.
  const side = ['after', 'before'].find((side) => params.has(side));
  const [, value, id] = (side && /^(.*)~([^~]*)$/.exec(params.get(side))) ?? [];
  return {
    q: (params.get('q') ?? '').trim().replace(/\s+/g, ' ').slice(0, 200),
    filters: FILTERS.map(([key, , , words]) => words.filter((word) => params.has(key, word))),
    by: known ? by : 'name',
    descending: known && word.startsWith('-'),
    page: id ? { side, value, id, at: Number.parseInt(params.get('at')) || 0 } : null,
  };
}

/** Writes an address. */
export function write({ q, filters, by, descending, page }) {
  const params = new URLSearchParams();
  if (q) params.set('q', q);
  FILTERS.forEach(([key], index) => filters[index].forEach((word) => params.append(key, word)));
  if (by !== 'name' || descending) params.set('sort', sortWord({ by, descending }));
  if (page) {
    params.set(page.side, `${page.value}~${page.id}`);
    params.set('at', page.at);
  }
  return params.size ? `/customers?${params}` : '/customers';
}

export const sortWord = ({ by, descending }) => (descending ? `-${by}` : by);

/** The order that a click on a header gives: upwards first, then downwards. */
export const sorted = (asked, by) => write({ ...asked, by, descending: asked.by === by && !asked.descending, page: null });
