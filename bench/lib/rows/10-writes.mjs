// Creating and editing customers through the program, against bare inserts of such a row into a copy of the table that has only its primary key;
// and the statements of creating one without the program, which is what the database leaves to be reached.
import { randomBytes } from 'node:crypto';
import { capture } from '../capture.mjs';
import { compare, inTurn, perSecond } from '../figures.mjs';
import { ask } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { SMALL, rounds, seconds } from '../settings.mjs';

export const number = 10;
const against = 'the same row, pgbench, 8 clients, into a copy of the table with only its primary key';
export const checks = [
  { what: 'create a customer, transactions/s, 8 connections', against, least: 0.4 },
  { what: 'edit a customer, transactions/s, 8 connections', against, least: 0.4 },
  { what: 'the statements of creating a customer (session included), pgbench, 8 clients, without the program', against, least: 0.4 },
];
/** Commits wait for the disk, which is less even than processors. */
const SECONDS = Math.round(1.5 * seconds);

/** A customer as the form holds it. */
const FIELDS = {
  name: 'Asha Kulkarni', email: 'asha.WORDWORD@example.in', phone: '98450 12345', address: '14, MG Road', city: 'Bengaluru', state: 'Karnataka',
  pin_code: '560001', status: 'Active', plan: 'Fiber', speed: '100', price: '799', billing_cycle: 'Monthly', live_channels: '200', data_used: '250.5',
  average_speed: '92.5', uptime: '99.14', customer_since: '2024-03-01', lifetime_value: '24000', churn: 'Low', nps: '40', tickets: '0',
  next_billing: '2027-01-05', outstanding: '0',
};

/** The body with which the page's script sends a form. */
const body = (fields) => new URLSearchParams({ form: new URLSearchParams(fields).toString() }).toString();
const newForm = body({ id: 'UUIDUUID', ...FIELDS });
const word = () => randomBytes(6).toString('hex');

/** A UUID of version 7. */
function uuid() {
  const hex = Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `7${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join('-');
}

/** Creates a customer. */
async function create(lastmile) {
  const id = uuid();
  const email = FIELDS.email.replace('WORDWORD', word());
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  const said = await ask(lastmile, '/api/customers/save', { method: 'POST', headers, body: body({ id, ...FIELDS, email }) });
  const done = JSON.parse(said).Done?.customer;
  if (!done) throw new Error(`a customer was refused: ${said}`);
  return { id, email, account: `LM-${String(done.account_number).padStart(7, '0')}` };
}

/** The form of an edit of the outstanding amount, as `wrk-edit.lua` fills it in. */
function editForm({ id, email, account }) {
  const was = Object.entries({ ...FIELDS, email, outstanding: 'BEFORE' }).map(([name, value]) => [`was.${name}`, value]);
  return body({ id, version: 'VERSION', account, ...Object.fromEntries(was), ...FIELDS, email, outstanding: 'AFTER' });
}

/** Inserts a row like that of a customer into a table that has no more than a primary key; ids and numbers ascend, as the program's do. */
async function insert(cluster, database, id) {
  const own = { id: "lpad(to_hex(:key::bigint), 32, '0')::uuid", account_number: ':key::bigint' };
  const given = `SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'customers'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`;
  const columns = (await cluster.sql(database, given)).map(([name, type]) => ({ name, type }));
  const [row] = await cluster.sql(database, `SELECT ${columns.map(({ name }) => name).join(', ')} FROM customers WHERE id = '${id}'`);
  const values = columns.map((_, place) => row[place] || null);
  const placeholders = columns.map(({ name, type }, place) => (name in own ? name.toUpperCase() : `$${place + 1}::${type}`));
  // Colons are put in last: the rest of the text must have none but those of casts.
  const { text, values: words } = load.script([{ text: `INSERT INTO copy (${columns.map(({ name }) => name).join(', ')}) VALUES (${placeholders.join(', ')})`, values }]);
  return withKeys(text.replace(/\bID\b/, own.id).replace(/\bACCOUNT_NUMBER\b/, own.account_number), words);
}

/** A script that has another `:key` each time, from a first one on. */
const withKeys = (text, words) => (first) => ({ text: `\\set n :n + 1\n\\set key ${first} + :n * 8 + :client_id\n${text}`, values: [...words, '-D', 'n=0'] });

/** Runs the statements with which the program creates a customer, each time for another one: with new ids, which ascend, and another email. */
async function statements(cluster, database, lastmile) {
  const made = {};
  const captured = await capture(cluster, database, async () => Object.assign(made, await create(lastmile)));
  // It stands in the email and, taken apart, in what is searched.
  const word = /\.(\w+)@/.exec(made.email)[1];
  const varied = captured.map(({ text, values }) => ({
    values,
    text: text.replace(/\$(\d+)/g, (placeholder, number) => {
      const value = values[number - 1] ?? '';
      if (value === made.id) return 'OWN_ID';
      if (/^\{[0-9a-f-]{36}\}$/.test(value)) return 'LINE_IDS';
      return value.includes(word) ? `replace(${placeholder}::text, '${word}', OWN_WORD)` : placeholder;
    }),
  }));
  const { text, values } = load.script(varied);
  const id = (number) => `lpad(to_hex(${number}), 32, '0')::uuid`;
  const own = { OWN_ID: id(':key::bigint'), LINE_IDS: `ARRAY[${id(':key::bigint + (1::bigint << 50)')}]`, OWN_WORD: "'k' || :key::bigint" };
  return withKeys(text.replace(/\b(OWN_ID|LINE_IDS|OWN_WORD)\b/g, (name) => own[name]), values);
}

export const measure = (house) =>
  house.cluster.withCopy(house.database(SMALL), 'lastmile_scratch', async (database) => {
    const { cluster } = house;
    const given = `SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = 'customers'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`;
    const columns = await cluster.value(database, given);
    await cluster.sql(
      database,
      'CREATE TABLE copy (LIKE customers INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED, PRIMARY KEY (id))',
      `INSERT INTO copy (${columns}) SELECT ${columns} FROM customers`,
      'VACUUM (ANALYZE) copy',
      'CHECKPOINT',
    );
    return house.withLastmile(database, async (lastmile) => {
      const inserted = await insert(cluster, database, (await create(lastmile)).id);
      const stated = await statements(cluster, database, lastmile);
      /** Counts what a load has really done: an answer may also say what is wrong with a form, and a statement may meet what is there. */
      const done = async (counted, run) => {
        const count = async () => Number(await cluster.value(database, counted));
        const before = await count();
        const { rate } = await run();
        const written = (await count()) - before;
        if (written < rate * SECONDS * 0.95) throw new Error(`${written} written in ${SECONDS} s, with ${Math.round(rate)} answers/s`);
        return rate;
      };
      const sent = (script, words) => load.http(lastmile, words, { script, seconds: SECONDS, threads: load.CONNECTIONS });
      const stating = (script) => load.pgbench(cluster, database, script, { seconds: SECONDS });
      const customers = 'SELECT count(*) FROM customers';
      let round = 0;
      const found = await inTurn(rounds, {
        create: () => done(customers, () => sent('create', [newForm, word()])),
        edit: async () => {
          const edited = [];
          while (edited.length < load.CONNECTIONS) edited.push(await create(lastmile));
          const ids = edited.map(({ id }) => `'${id}'`).join(', ');
          return done(`SELECT sum(version) FROM customers WHERE id IN (${ids})`, () => sent('edit', edited.map(editForm)));
        },
        statements: async () => {
          const rate = await done(customers, () => stating(stated((round + 1) * 1e9)));
          // The program would have folded them into the counts, after one write in 32.
          await cluster.sql(database, 'DELETE FROM customer_count_changes', 'VACUUM customer_count_changes');
          return rate;
        },
        insert: async () => (await stating(inserted(++round * 1e9))).rate,
      });
      const ours = [found.create, found.edit, found.statements];
      return checks.map((check, place) => compare(check, ours[place], found.insert, perSecond));
    });
  });
