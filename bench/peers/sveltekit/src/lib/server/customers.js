// A page of the list, from Lastmile's own tables and indexes.
import pg from 'pg';
import { FILTERS, SORTS } from '../address.js';

export const SIZE = 50;

pg.types.setTypeParser(pg.types.builtins.INT8, Number);
// Dates stay as Postgres writes them.
pg.types.setTypeParser(pg.types.builtins.DATE, String);

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL || 4), idleTimeoutMillis: 0 });

/** Runs a statement and returns rows as arrays, as the page takes them. Every text is prepared once on a connection. */
const names = new Map();
async function run(text, values, prepare) {
  if (prepare && !names.has(text)) names.set(text, `s${names.size}`);
  const { rows } = await pool.query({ text, values, rowMode: 'array', name: prepare ? names.get(text) : undefined });
  return rows;
}

/** The rows of a page, how many are before them, how many there are in all, and the previous and next page. */
export async function list(query) {
  const values = [];
  const bind = (value) => `$${values.push(value)}`;
  let where = 'deleted_at IS NULL';
  // As in Lastmile, every word must match: one or two letters at the beginning of a word, three or more anywhere.
  const words = query.q.normalize('NFC').toLowerCase().split(' ').filter(Boolean);
  for (const word of words) {
    const needle = [...word].length < 3 ? ` ${word}` : word;
    where += ` AND search_text LIKE ${bind(`%${needle.replace(/[%_\\]/g, '\\$&')}%`)}`;
  }
  FILTERS.forEach(([, , column], index) => {
    const chosen = query.filters[index];
    if (chosen.length) where += ` AND ${column} = ANY(${bind(chosen)})`;
  });
  // A search is not prepared, so that it is planned for its words: which index is best depends on how many rows they match.
  const prepare = words.length === 0;
  const total = run(`SELECT count(*) FROM customers WHERE ${where}`, [...values], prepare);

  const [, column, table = 'customers'] = SORTS[query.by];
  // Both from the table of the sort, whose index has them in this order.
  const [key, id] = [`${table}.${column}`, `${table}.id`];
  const backwards = query.page?.side === 'before';
  const up = query.descending === backwards;
  const order = up ? 'ASC' : 'DESC';
  if (query.page) where += ` AND (${key}, ${id}) ${up ? '>' : '<'} (${bind(query.page.value)}, ${bind(query.page.id)})`;
  // Summaries of live customers have a segment, and the indexes hold no others.
  const found = run(
    `SELECT account_number, name, status, plan_type, speed_kbps, price_paise, churn_risk, nps, outstanding_paise, next_bill_on,
         ${key}::text AS place, id
     FROM customers JOIN customer_summary USING (id)
     WHERE ${where} AND customer_summary.segment IS NOT NULL ORDER BY ${key} ${order}, ${id} ${order} LIMIT ${SIZE + 1}`,
    values,
    prepare,
  );

  let answers;
  try {
    // On two connections at once.
    answers = await Promise.all([found, total]);
  } catch (error) {
    // The cursor has a value that the column cannot have: show the first page.
    if (query.page && error.code?.startsWith('22')) return list({ ...query, page: null });
    throw error;
  }
  const [rows, [[count]]] = answers;
  const more = rows.length > SIZE;
  if (more) rows.pop();
  if (backwards) rows.reverse();
  const at = query.page?.at ?? 0;
  const before = backwards ? (more ? at - SIZE : 0) : at;
  const beside = (side, row, at) => row && { side, value: row.at(-2), id: row.at(-1), at };
  return {
    previous: (backwards ? more : query.page !== null) ? beside('before', rows[0], before) : null,
    next: backwards || more ? beside('after', rows.at(-1), before + rows.length) : null,
    // Without the two columns that only the pager uses.
    rows: rows.map((row) => row.slice(0, -2)),
    before,
    total: count,
    // The date in India.
    today: new Date(Date.now() + 19_800_000).toISOString().slice(0, 10),
  };
}
