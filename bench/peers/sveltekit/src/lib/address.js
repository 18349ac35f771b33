// The address of the list, parsed and written; the parameters are Lastmile's.

/** The sorts: label and database column, with its table if that is not `customers`. */
export const SORTS = {
  name: ['Name', 'name_key'],
  account: ['Account number', 'account_number'],
  plan: ['Plan', 'plan_type'],
  speed: ['Speed', 'speed_kbps'],
  price: ['Price', 'price_paise'],
  churn: ['Churn risk', 'churn_risk'],
  nps: ['NPS', 'nps'],
  outstanding: ['Outstanding', 'outstanding_paise', 'customer_summary'],
  next_billing: ['Next bill', 'next_bill_key', 'customer_summary'],
};

/** The filters: parameter, label, column and values. */
export const FILTERS = [
  ['status', 'Status', 'status', ['Pending', 'Active', 'Suspended', 'Cancelled']],
  ['churn', 'Churn risk', 'churn_risk', ['High', 'Medium', 'Low']],
  ['plan', 'Plan type', 'plan_type', ['Fiber', 'Broadband', 'Wireless']],
];

/** The columns of the table, with the sorts in their headers. */
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

/** Parses an address; invalid parameters are ignored. */
export function parse(params) {
  const word = params.get('sort') ?? '';
  const by = word.replace(/^-/, '');
  const known = Object.hasOwn(SORTS, by);
  // A page begins after a row or ends before one; `at` is the number of rows before that place.
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

/** The address after a click on a header: ascending first, then descending. */
export const sorted = (query, by) => write({ ...query, by, descending: query.by === by && !query.descending, page: null });
