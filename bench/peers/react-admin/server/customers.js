// The statements on Lastmile's tables of customers.
import { randomBytes } from 'node:crypto';
import pg from 'pg';

const { INT8, DATE } = pg.types.builtins;
pg.types.setTypeParser(INT8, Number); // all of them are below 2^53
pg.types.setTypeParser(DATE, String); // as Postgres writes them

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL || 4), idleTimeoutMillis: 0 });

/** Every text is prepared once on each connection, under a name of its own. */
const names = new Map();
async function query(text, values) {
  if (!names.has(text)) names.set(text, `s${names.size}`);
  return (await pool.query({ name: names.get(text), text, values })).rows;
}

const number = { type: 'integer' };
const text = { type: 'string' };
const SHOWN = {
  id: text, account_number: number, name: text, status: text, plan_type: text, speed_kbps: number, price_paise: number,
  churn_risk: text, nps: number, outstanding_paise: number, next_bill_on: { ...text, nullable: true },
};
/** The schema of the list's response, with which Fastify writes JSON without inspecting each value. */
export const LIST = {
  type: 'object',
  properties: { total: number, data: { type: 'array', items: { type: 'object', properties: SHOWN } } },
};

const FIELDS = [
  'name', 'email', 'phone', 'address_line', 'city', 'state', 'pin_code', 'status', 'cancelled_on', 'cancel_reason', 'plan_type', 'speed_kbps',
  'price_paise', 'billing_cycle', 'ott_apps', 'live_channels', 'data_used_mb', 'average_speed_kbps', 'uptime_bp', 'most_used_ott',
  'peak_hours', 'customer_since', 'churn_risk', 'nps', 'tickets', 'last_ticket_on', 'satisfaction', 'referred_by',
];
const WHOLE = ['id', 'account_number', 'version', ...FIELDS].join(', ');
/** The columns that the list is sorted by. Customers without a next bill stand behind all others. */
const SORTS = { name: 'name_key', id: 'account_number', next_bill_on: 'next_bill_key' };
for (const field of ['plan_type', 'price_paise', 'churn_risk', 'nps', 'outstanding_paise']) SORTS[field] = field;

const fold = (typed) => typed.normalize('NFC').toLowerCase().normalize('NFC');
/** Every word of a search must match; the trigram index answers it. */
const patterns = (search) => fold(search).split(/\s+/).filter(Boolean).map((word) => `%${word.replace(/[%_\\]/g, '\\$&')}%`);

function where({ q, status, churn_risk, plan_type }) {
  const values = [];
  const clauses = ['deleted_at IS NULL'];
  const add = (clause, value) => clauses.push(clause.replace('?', `$${values.push(value)}`));
  for (const pattern of patterns(q ?? '')) add('search_text LIKE ?', pattern);
  // A single value without a list: the planner estimates it better.
  const among = (column, kind, words) =>
    words && (Array.isArray(words) ? add(`${column} = ANY (?::${kind}[])`, words) : add(`${column} = ?::${kind}`, words));
  among('status', 'customer_status', status);
  among('churn_risk', 'churn_risk', churn_risk);
  among('plan_type', 'plan_type', plan_type);
  return { values, clause: clauses.join(' AND ') };
}

export async function list(params) {
  const { values, clause } = where(params);
  const size = Math.min(Math.max(Number(params.size) || 50, 1), 100);
  const before = Math.max((Number(params.page) || 1) - 1, 0) * size;
  const direction = params.order === 'DESC' ? 'DESC' : 'ASC';
  const by = SORTS[params.sort] ?? SORTS.name;
  const at = values.length;
  const [rows, [{ total }]] = await Promise.all([
    query(
      // Summaries of live customers have a segment, and the indexes hold no others.
      `SELECT ${Object.keys(SHOWN).join(', ')} FROM customers JOIN customer_summary USING (id)
       WHERE ${clause} AND customer_summary.segment IS NOT NULL
       ORDER BY ${by} ${direction}, id ${direction} LIMIT $${at + 1} OFFSET $${at + 2}`,
      [...values, size, before],
    ),
    query(`SELECT count(*) AS total FROM customers WHERE ${clause}`, values),
  ]);
  return { data: rows, total };
}

const LIVE = 'WHERE id = $1 AND deleted_at IS NULL';

export async function get(id) {
  const [row] = await query(`SELECT ${WHOLE} FROM customers ${LIVE}`, [id]);
  return row;
}

/** Possible referrers of a customer, by a search or by account number. */
export async function referrers({ q, id }) {
  const { values, clause } = id ? { values: [[id].flat()], clause: 'account_number = ANY ($1::bigint[])' } : where({ q });
  const data = await query(`SELECT account_number AS id, name, city FROM customers WHERE ${clause} ORDER BY name_key, id LIMIT 25`, values);
  return { data, total: data.length };
}

/** What Lastmile derives from the fields: the name to sort by, the email to compare, and the text to search. */
function derived({ name, city, email, phone }, account) {
  const parts = [name, city, email].map(fold).flatMap((part) => {
    const pieces = part.replace(/[!-/:-@[-`{-~]/g, ' ').trim().replace(/\s+/g, ' ');
    return pieces === part ? [part] : [part, pieces];
  });
  const digits = phone.slice(3);
  const search = ['', ...parts, `91${digits}`, `0${digits}`, digits, `lm-${String(account).padStart(7, '0')}`, `lm-${account}`, account].join(' ');
  return { name_key: fold(name), email_key: fold(email), search_text: search };
}

/** A UUIDv7: keys that ascend with time stay together in the index. */
function newId() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const given = (data, account) => {
  const row = { ...Object.fromEntries(FIELDS.map((field) => [field, data[field] ?? null])), ...derived(data, account) };
  return { columns: Object.keys(row), values: Object.values(row) };
};

export async function create(data) {
  const [{ account }] = await query("SELECT nextval(pg_get_serial_sequence('customers', 'account_number')) AS account", []);
  const { columns, values } = given(data, account);
  const places = columns.map((_, at) => `$${at + 3}`);
  const [row] = await query(
    `INSERT INTO customers (id, account_number, created_at, updated_at, ${columns.join(', ')})
     VALUES ($1, $2, now(), now(), ${places.join(', ')}) RETURNING ${WHOLE}`,
    [newId(), account, ...values],
  );
  return row;
}

/** Saves if nobody has saved since; otherwise returns undefined. */
export async function update(id, data) {
  const { columns, values } = given(data, data.account_number);
  const sets = columns.map((column, at) => `${column} = $${at + 3}`);
  const [row] = await query(
    `UPDATE customers SET version = version + 1, updated_at = now(), ${sets.join(', ')} ${LIVE} AND version = $2 RETURNING ${WHOLE}`,
    [id, data.version, ...values],
  );
  return row;
}

/** Deletes as Lastmile does: the row remains. */
export async function remove(id) {
  const [row] = await query(
    `UPDATE customers SET version = version + 1, updated_at = now(), deleted_at = now() ${LIVE} RETURNING ${WHOLE}`,
    [id],
  );
  return row;
}
