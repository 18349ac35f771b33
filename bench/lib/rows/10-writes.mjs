// Creating and editing customers through the program, against bare inserts of such a row into a copy of the table that has only its primary
// key. A third line runs the statements of creating a customer without the program: what the database alone leaves to be reached.
import { randomBytes } from 'node:crypto';
import { compare, interleave } from '../comparison.mjs';
import { perSecond } from '../format.mjs';
import { fetchText } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { countingKeys, upToCommit, uuidv7, varyingScript } from '../replay.mjs';
import { SMALL, rounds, seconds } from '../settings.mjs';
import { captureStatements } from '../statement-log.mjs';

export const number = 10;
const baseline = 'the same row, pgbench, 8 clients, into a copy of the table with only its primary key';
export const checks = [
  { metric: 'create a customer, transactions/s, 8 connections', baseline, min: 0.4 },
  { metric: 'edit a customer, transactions/s, 8 connections', baseline, min: 0.4 },
  { metric: 'the statements of creating a customer, session lookup included, pgbench, 8 clients, without the program', baseline, min: 0.4 },
];
/** Commits wait for the disk, which varies more than processors do. */
const SECONDS = Math.round(1.5 * seconds);

/** A customer as both forms have it. */
const FIELDS = {
  name: 'Asha Kulkarni', email: 'asha.WORDWORD@example.in', phone: '98450 12345', address: '14, MG Road', city: 'Bengaluru', state: 'Karnataka',
  pin_code: '560001', gstin: '', referred_by: '',
};
/** What only the form of an edit has. */
const LATER_FIELDS = {
  data_used: '250.5', average_speed: '92.5', uptime: '99.14', most_used_ott: '', customer_since: '2024-03-01', churn: 'Low', nps: '40',
  tickets: '0', last_ticket_on: '', satisfaction: '', promised_on: '',
};
/** Before the names of an edit form's inputs that carry the values it started from. */
const ORIGINAL = 'original.';

/** The body with which the page's script submits a form. */
const formBody = (fields) => new URLSearchParams({ form: new URLSearchParams(fields).toString() }).toString();
/** The form of a new customer, who gets a plan from today on. */
const newCustomer = (plan) => ({ id: 'UUIDUUID', ...FIELDS, plan_id: plan, starts_on: new Date().toISOString().slice(0, 10) });
const randomWord = () => randomBytes(6).toString('hex');

/** Creates a customer with a plan through the program. */
async function createCustomer(lastmile, plan) {
  const id = uuidv7();
  const email = FIELDS.email.replace('WORDWORD', randomWord());
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  const outcome = await fetchText(lastmile, '/api/customers/save', { method: 'POST', headers, body: formBody({ ...newCustomer(plan), id, email }) });
  const record = JSON.parse(outcome).Done?.record;
  if (!record) throw new Error(`a customer was not created: ${outcome.slice(0, 200)}`);
  return { id, email, reference: record.reference, number: String(Number(record.reference.replace('LM-', ''))) };
}

/** The form of an edit of the number of tickets, as `wrk-edit.lua` fills it in. */
function editForm({ id, email, reference }) {
  const fields = { ...FIELDS, ...LATER_FIELDS, email };
  const original = Object.entries({ ...fields, tickets: 'BEFORE' }).map(([name, value]) => [ORIGINAL + name, value]);
  return formBody({ id, version: 'VERSION', reference, ...Object.fromEntries(original), ...fields, tickets: 'AFTER' });
}

/** The columns of `customers` that are not generated, in order. */
async function columnsOfCustomers(cluster, database) {
  const sql = `SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
               WHERE attrelid = 'customers'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`;
  return (await cluster.sql(database, sql)).map(([name, type]) => ({ name, type }));
}

/** A copy of the table, rows included, that has a primary key and no other index or trigger. */
async function copyTable(cluster, database) {
  const names = (await columnsOfCustomers(cluster, database)).map(({ name }) => name).join(', ');
  await cluster.sql(
    database,
    'CREATE TABLE copy (LIKE customers INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED, PRIMARY KEY (id))',
    `INSERT INTO copy (${names}) SELECT ${names} FROM customers`,
    'VACUUM (ANALYZE) copy',
    'CHECKPOINT',
  );
}

const KEY_AS_UUID = "lpad(to_hex(:key::bigint), 32, '0')::uuid";

/** Inserts a row like a customer's into the copy; ids and account numbers ascend, as the program's do. */
async function insertScript(cluster, database, id) {
  const keys = { id: KEY_AS_UUID, account_number: ':key::bigint' };
  const columns = await columnsOfCustomers(cluster, database);
  const names = columns.map(({ name }) => name).join(', ');
  const [row] = await cluster.sql(database, `SELECT ${names} FROM customers WHERE id = '${id}'`);
  const values = columns.map((_, index) => row[index] || null);
  const placeholders = columns.map(({ name, type }, index) => (name in keys ? name.toUpperCase() : `$${index + 1}::${type}`));
  // The keys go in last, since `pgbenchScript` refuses colons other than those of casts.
  const { text, args } = load.pgbenchScript([{ text: `INSERT INTO copy (${names}) VALUES (${placeholders.join(', ')})`, values }]);
  return countingKeys({ text: text.replace(/\bID\b/, keys.id).replace(/\bACCOUNT_NUMBER\b/, keys.account_number), args });
}

/** The statements with which the program creates a customer with a service, for another customer in each run. */
async function createScript(cluster, database, lastmile, plan) {
  let created;
  const statements = await captureStatements(cluster, database, async () => (created = await createCustomer(lastmile, plan)));
  // It is in the email and in all that is derived from the email.
  const word = /\.(\w+)@/.exec(created.email)[1];
  return varyingScript(upToCommit(statements), created.id, {
    // The number that the statement before took from the sequence.
    whole: { [created.number]: "currval('customers_account_number_seq')" },
    parts: { [word]: "'k' || :key::bigint" },
  });
}

/** Counts what a load has really written: an answer may also report a mistake in the form, and a statement may meet a row that exists. */
async function requireWritten(count, run) {
  const before = await count();
  const { rate } = await run();
  const written = (await count()) - before;
  if (written < rate * SECONDS * 0.95) throw new Error(`${written} written in ${SECONDS} s, with ${Math.round(rate)} answers/s`);
  return rate;
}

async function measureAll(testbed, database, lastmile) {
  const { cluster } = testbed;
  const plan = await cluster.value(database, "SELECT id FROM plans WHERE status = 'On sale' AND deleted_at IS NULL ORDER BY code LIMIT 1");
  const createForm = formBody(newCustomer(plan));
  const insert = await insertScript(cluster, database, (await createCustomer(lastmile, plan)).id);
  const create = await createScript(cluster, database, lastmile, plan);
  const http = (script, args) => load.http(lastmile, args, { script, seconds: SECONDS, threads: load.CONNECTIONS });
  const pgbench = (script) => load.pgbench(cluster, database, script, { seconds: SECONDS });
  const countCustomers = async () => Number(await cluster.value(database, 'SELECT count(*) FROM customers'));
  // What follows a new customer in the background, a job for each, is no part of the next measurement.
  const endJobs = () => cluster.sql(database, "DELETE FROM jobs WHERE kind = 'Tell the network'");
  let keyRange = 0;
  const nextKey = () => ++keyRange * 1e9;
  const results = await interleave(rounds, {
    create: async () => {
      const rate = await requireWritten(countCustomers, () => http('create', [createForm, randomWord()]));
      await endJobs();
      return rate;
    },
    edit: async () => {
      const edited = [];
      while (edited.length < load.CONNECTIONS) edited.push(await createCustomer(lastmile, plan));
      await endJobs();
      const ids = edited.map(({ id }) => `'${id}'`).join(', ');
      const versions = async () => Number(await cluster.value(database, `SELECT sum(version) FROM customers WHERE id IN (${ids})`));
      return requireWritten(versions, () => http('edit', edited.map(editForm)));
    },
    statements: async () => {
      const rate = await requireWritten(countCustomers, () => pgbench(create(nextKey())));
      await endJobs();
      // Those that the program has not added to the counts in the meantime.
      await cluster.sql(database, 'DELETE FROM customer_count_changes', 'VACUUM customer_count_changes');
      return rate;
    },
    insert: async () => (await pgbench(insert(nextKey()))).rate,
  });
  const ours = [results.create, results.edit, results.statements];
  return checks.map((check, index) => compare(check, ours[index], results.insert, perSecond));
}

export const measure = (testbed) =>
  testbed.cluster.withCopy(testbed.database(SMALL), 'lastmile_scratch', async (database) => {
    await copyTable(testbed.cluster, database);
    return testbed.withLastmile(database, (lastmile) => measureAll(testbed, database, lastmile));
  });
