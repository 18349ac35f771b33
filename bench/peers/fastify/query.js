// The address of the list, parsed and written as Lastmile does.

/** The facets in the order of the answer: parameter and values. */
export const FACETS = {
  status: ['Pending', 'Active', 'Suspended', 'Cancelled'],
  churn: ['High', 'Medium', 'Low'],
  plan: ['Fiber', 'Broadband', 'Wireless'],
};
const SIZES = ['25', '50', '100'];
const DEFAULT_SORT = 'name';

/** The sorts, each with the kind of its value in a cursor: text, number or date. */
const SORTS = {
  name: 't',
  account: 'n',
  plan: 't',
  speed: 'n',
  price: 'n',
  churn: 't',
  nps: 'n',
  outstanding: 'n',
  next_billing: 'd',
  since: 'd',
  lifetime_value: 'n',
};

/** Text folded for the search. */
export const fold = (text) => text.normalize('NFC').toLowerCase().normalize('NFC');

/** The query in an address, and the parameters that were ignored. */
export function parse(address) {
  const chosen = Object.fromEntries(Object.keys(FACETS).map((facet) => [facet, new Set()]));
  const query = { search: '', sort: DEFAULT_SORT, descending: false, size: 25, page: null };
  const ignored = [];
  let page = null;
  for (const [key, value] of new URLSearchParams(address)) {
    let isKnown = true;
    if (key === 'q') {
      query.search = tidy(value);
    } else if (Object.hasOwn(FACETS, key)) {
      isKnown = FACETS[key].includes(value);
      if (isKnown) chosen[key].add(value);
    } else if (key === 'sort') {
      const sort = value.replace(/^-/, '');
      isKnown = Object.hasOwn(SORTS, sort);
      if (isKnown) Object.assign(query, { sort, descending: value.startsWith('-') });
    } else if (key === 'size') {
      isKnown = SIZES.includes(value);
      if (isKnown) query.size = Number(value);
    } else if (key === 'page') {
      const cursor = parseCursor(value);
      isKnown = cursor !== null;
      page = cursor ?? page;
    } else {
      isKnown = key === 'from' || key === 'older' || value === '';
    }
    if (!isKnown) ignored.push(`${key}=${[...value].slice(0, 40).join('')}`);
  }
  query.chosen = Object.fromEntries(Object.entries(FACETS).map(([facet, values]) => [facet, values.filter((value) => chosen[facet].has(value))]));
  if (page) {
    // A cursor is valid only for the list that it was made for.
    if (page.l === fingerprint(query)) query.page = page;
    else ignored.push('page');
  }
  return { query, ignored };
}

const tidy = (text) => {
  const words = text.normalize('NFC').replace(/\p{Cc}/gu, ' ').split(/\p{White_Space}+/u).filter(Boolean).join(' ');
  return [...words].slice(0, 200).join('').trimEnd();
};

function parseCursor(text) {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return null;
  }
}

/** The address of a list, with a cursor or without. */
function write({ search, chosen, sort, descending, size }, cursor) {
  const pairs = new URLSearchParams();
  if (search) pairs.append('q', search);
  for (const [facet, values] of Object.entries(chosen)) for (const value of values) pairs.append(facet, value);
  if (sort !== DEFAULT_SORT || descending) pairs.append('sort', (descending ? '-' : '') + sort);
  if (size !== 25) pairs.append('size', size);
  if (cursor) pairs.append('page', cursor);
  return pairs.size ? `?${pairs}` : '';
}

const encode = (cursor) => Buffer.from(JSON.stringify(cursor)).toString('base64url');

/** The address of a query. */
export const addressOf = (query) => write(query, query.page && encode(query.page));

/** FNV-1a of the address of the list's first page. */
function fingerprint(query) {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`/customers${write(query)}`)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** The address of another page: `{ a: … }` after a place, `{ b: … }` before it, or `'l'` for the last page. */
export const addressAt = (query, position) => write(query, encode({ p: position, l: fingerprint(query) }));

/** A place in a list: a row's sort value and id, and how many rows are before it. */
export const place = (query, { id, sortValue }, at) => ({ p: { v: { [SORTS[query.sort]]: sortValue }, i: id }, n: at });
