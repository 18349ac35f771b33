// A worker: the routes and their connections.
import Fastify from 'fastify';
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { answer, bySegment, listed } from './list.js';
import { fold, parse } from './query.js';
import { sessionLookup } from './session.js';

const setParser = (oid, parser) => pg.types.setTypeParser(oid, parser);
// 64-bit numbers: all that are shown are below 2^53; the epoch of the counts, which is only compared, may be above.
setParser(pg.types.builtins.INT8, (text) => (text.length < 16 ? Number(text) : text));
// Dates and instants stay as Postgres writes them, which is how the answer has them.
for (const oid of [pg.types.builtins.DATE, pg.types.builtins.TIMESTAMPTZ]) setParser(oid, String);
// Arrays are never shown: smallint[] and text[].
for (const oid of [1005, 1009]) setParser(oid, String);

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.POOL || 4),
  idleTimeoutMillis: 0,
  // All statements of a request are sent at once, and the results come back in their order.
  pipeline: true,
});

/** Runs statements on one connection, in order, and returns the rows of each. */
async function run(...statements) {
  const db = await pool.connect();
  try {
    return await Promise.all(statements.map((statement) => db.query(statement).then((result) => result.rows)));
  } finally {
    db.release();
  }
}

/** The program's statements, each prepared once on a connection. Without them the server only starts (`/health`). */
const captured = process.env.STATEMENTS ? JSON.parse(readFileSync(process.env.STATEMENTS, 'utf8')) : undefined;
const prepared = (name) => captured && { ...captured[name], name, rowMode: 'array' };
const sessionOf = captured && sessionLookup(prepared('session'));
const counts = prepared('counts');
const rows = prepared('rows');

// From one narrow table, which has the segments of the live customers.
const counted = {
  name: 'counted',
  rowMode: 'array',
  text: `SELECT segment, count(*) AS customers, count(*) FILTER (WHERE outstanding_paise > 0) AS debtors,
             sum(monthly_paise)::bigint AS monthly_paise, sum(greatest(outstanding_paise, 0))::bigint AS outstanding_paise
         FROM customer_summary WHERE segment IS NOT NULL GROUP BY segment`,
};

// It finds all customers first, once for the page and the total. Left to itself, Postgres scans the index by name for a page of a frequent
// one, which takes ten times as long. Not prepared, so that it is planned for its words.
const search = (patterns) => ({
  text: `WITH found AS MATERIALIZED (
             SELECT id, name, account_number, name_key, status, plan_type, speed_kbps, price_paise, churn_risk, nps
             FROM customers WHERE deleted_at IS NULL ${patterns.map((_, place) => `AND search_text LIKE $${place + 1}`).join(' ')})
         SELECT page.*, next_bill_on, outstanding_paise, (SELECT count(*) FROM found) AS total
         FROM (SELECT * FROM found ORDER BY name_key, id LIMIT 50) AS page JOIN customer_summary USING (id) ORDER BY name_key, id`,
  rowMode: 'array',
  values: patterns,
});

// Without response schemas: JSON.stringify of this Node.js is faster than the serializers they compile to (see README.md).
const app = Fastify({ exposeHeadRoutes: false });

/** Runs statements for the user who sends a request, with the session lookup before them; undefined where the request has no valid session. */
async function runAuthenticated(request, ...statements) {
  const session = sessionOf(request.headers.cookie);
  if (!session) return undefined;
  const [users, ...results] = await run(session, ...statements);
  return users.length === 1 ? results : undefined;
}

const signedOut = (reply) => reply.code(401).send({ error: 'signed out' });

/** The counts that were read last. They are right as long as the epoch, the last column of the rows, is the same. */
let cached;

app.get('/api/customers/list', async (request, reply) => {
  const query = parse(request.query.address ?? '');
  const results = await runAuthenticated(request, rows);
  if (!results) return signedOut(reply);
  const [customers] = results;
  const epoch = customers[0]?.at(-1);
  if (epoch === undefined || cached?.epoch !== epoch) {
    const [cells] = await run(counts);
    cached = { epoch, cells: cells.map(bySegment) };
  }
  return answer(query, cached.cells, customers);
});

app.get('/counted', async (request, reply) => {
  const query = parse(request.query.address ?? '');
  const results = await runAuthenticated(request, counted, rows);
  if (!results) return signedOut(reply);
  const [cells, customers] = results;
  return answer(query, cells.map(bySegment), customers);
});

app.get('/searched', async (request, reply) => {
  const words = fold(request.query.q ?? '').split(' ');
  const results = await runAuthenticated(request, search(words.map((word) => `%${word.replace(/[%_\\]/g, '\\$&')}%`)));
  if (!results) return signedOut(reply);
  const [customers] = results;
  return { rows: customers.map(listed), total: customers[0]?.at(-1) ?? 0 };
});

app.get('/health', async () => 'ok');

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
if (cluster.isPrimary) console.log('ready');
