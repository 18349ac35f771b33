// A worker: the routes and their connections.
import Fastify from 'fastify';
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { answer, listed } from './list.js';
import { fold, parse } from './query.js';

const as = (oid, parser) => pg.types.setTypeParser(oid, parser);
// 64-bit numbers: all of these are below 2^53.
as(pg.types.builtins.INT8, Number);
// Dates and instants stay as Postgres writes them: the answer wants them so.
for (const oid of [pg.types.builtins.DATE, pg.types.builtins.TIMESTAMPTZ]) as(oid, String);
// Arrays are never shown: smallint[] and text[].
for (const oid of [1005, 1009]) as(oid, String);

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.POOL || 4),
  idleTimeoutMillis: 0,
  // All statements of a request leave at once, and the answers come back in their order.
  pipeline: true,
});

/** Runs statements on one connection, in order. */
async function run(...statements) {
  const db = await pool.connect();
  try {
    return await Promise.all(statements.map((statement) => statement && db.query(statement).then((result) => result.rows)));
  } finally {
    db.release();
  }
}

const captured = process.env.STATEMENTS ? JSON.parse(readFileSync(process.env.STATEMENTS, 'utf8')) : {};
/** A captured statement, prepared once on each connection. */
const prepared = (name, options) => captured[name] && { ...captured[name], name, ...options };
const session = prepared('session');
const counts = prepared('counts', { rowMode: 'array' });
const rows = prepared('rows');

const counted = {
  name: 'counted',
  rowMode: 'array',
  text: `SELECT status, churn_risk, plan_type, count(*) AS customers, count(*) FILTER (WHERE outstanding_paise > 0) AS debtors,
             sum(price_paise)::bigint AS price_paise, sum(outstanding_paise)::bigint AS outstanding_paise
         FROM customers WHERE deleted_at IS NULL GROUP BY status, churn_risk, plan_type`,
};

// All that is found first, once for the page and the total: left to itself, Postgres walks through the names for a page of a frequent one, which takes ten
// times as long. Not prepared: planned for its word.
const search = (patterns) => ({
  text: `WITH found AS MATERIALIZED (
             SELECT id, account_number, name, name_key, segment, speed_kbps, price_paise, nps, outstanding_paise, next_billing_on
             FROM customers WHERE deleted_at IS NULL ${patterns.map((_, place) => `AND search_text LIKE $${place + 1}`).join(' ')})
         SELECT *, (SELECT count(*) FROM found) AS total FROM found ORDER BY name_key, id LIMIT 50`,
  values: patterns,
});

// Without response schemas: the JSON.stringify of this Node.js is faster than what they compile to (see README.md).
const app = Fastify({ exposeHeadRoutes: false });

/** Who has asked, as Lastmile keeps it: by the cookie, the mark of the sessions with which it was read. */
const askers = new Map();

/** Runs statements for somebody, the one for the rows last. Who it is, is asked with them the first time, and again when the mark that comes with the rows has moved. */
async function runFor(cookie, ...statements) {
  const known = askers.get(cookie);
  let [users, ...found] = await run(known === undefined && session, ...statements);
  if (known !== undefined && known !== found.at(-1)[0]?.session_mark) [users] = await run(session);
  if (users) askers.set(cookie, users[0]?.['mark!']);
  return !session || askers.get(cookie) !== undefined ? found : undefined;
}

const signedOut = (reply) => reply.code(401).send({ error: 'signed out' });

/** The counts that were read last, kept likewise. */
let kept;

app.get('/api/customers/list', async (request, reply) => {
  const asked = parse(request.query.address ?? '');
  const found = await runFor(request.headers.cookie, rows);
  if (!found) return signedOut(reply);
  const [customers] = found;
  const mark = customers[0]?.mark;
  if (mark === undefined || kept?.mark !== mark) {
    const [cells] = await run(counts);
    kept = { mark, cells };
  }
  return answer(asked, kept.cells, customers);
});

app.get('/counted', async (request, reply) => {
  const asked = parse(request.query.address ?? '');
  const found = await runFor(request.headers.cookie, counted, rows);
  if (!found) return signedOut(reply);
  const [cells, customers] = found;
  return answer(asked, cells, customers);
});

app.get('/searched', async (request) => {
  const words = fold(request.query.q ?? '').split(' ');
  const [customers] = await run(search(words.map((word) => `%${word.replace(/[%_\\]/g, '\\$&')}%`)));
  return { rows: customers.map(listed), total: customers[0]?.total ?? 0 };
});
app.get('/health', async () => 'ok');

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
if (cluster.isPrimary) console.log('ready');
