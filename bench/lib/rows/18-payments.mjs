// Taking payments through the program, against bare inserts of the same rows into copies of the tables that have all indexes and no trigger.
import { compare, interleave } from '../comparison.mjs';
import { perSecond } from '../format.mjs';
import * as load from '../load.mjs';
import { uuidv7, varyingScript } from '../replay.mjs';
import { MILLION, rounds, seconds } from '../settings.mjs';
import { captureStatements } from '../statement-log.mjs';

export const number = 18;
export const definedAt = MILLION;
export const checks = [
  { metric: 'take a payment, transactions/s, 8 connections', baseline: 'the same rows, one pgbench transaction, 8 clients, all indexes, no triggers', min: 0.4 },
];
/** Commits wait for the disk, which varies more than processors do. */
const SECONDS = Math.round(1.5 * seconds);
const TABLES = ['payments', 'allocations', 'history'];

const form = (id) =>
  new URLSearchParams({ id, amount: '1', method: 'Cash', reference: '', received_on: new Date().toISOString().slice(0, 10) }).toString();

/** Takes a payment; its id. */
async function takePayment(lastmile, customer) {
  const id = uuidv7();
  const headers = { cookie: lastmile.cookie, 'lastmile-user': lastmile.user, 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await fetch(`${lastmile.url}/payments/new/${customer}`, { method: 'POST', redirect: 'manual', headers, body: form(id) });
  if (answer.status !== 303) throw new Error(`a payment was answered ${answer.status}: ${(await answer.text()).slice(0, 200)}`);
  return id;
}

/** What the program inserts for a payment, into the copies of the tables, in one transaction. */
async function insertScript(cluster, database, lastmile, customer) {
  let id;
  const statements = await captureStatements(cluster, database, async () => (id = await takePayment(lastmile, customer)));
  const [[receipt]] = await cluster.sql(database, `SELECT receipt FROM payments WHERE id = '${id}'`);
  const inserts = statements.filter(({ text }) => TABLES.some((table) => new RegExp(`\\bINSERT INTO ${table}\\b`).test(text)));
  if (inserts.length !== TABLES.length) throw new Error(`${inserts.length} inserts for a payment: ${inserts.map(({ text }) => text).join('; ')}`);
  const intoCopies = inserts.map(({ text, values }) => ({ values, text: text.replace(new RegExp(`\\b(INSERT INTO )(${TABLES.join('|')})\\b`), '$1copy_of_$2') }));
  const transaction = [{ text: 'BEGIN', values: [] }, ...intoCopies, { text: 'COMMIT', values: [] }];
  return varyingScript(transaction, id, { whole: { [receipt]: '(1000000000 + :key::bigint)' } });
}

async function measureAll(testbed, database, lastmile) {
  const { cluster } = testbed;
  // A deleted customer has no segment.
  const owing = `SELECT id FROM customer_summary
                 WHERE outstanding_paise > 20000 AND segment IS NOT NULL ORDER BY md5(id::text) LIMIT 2000`;
  const customers = (await cluster.sql(database, owing)).map(([id]) => id);
  const script = await insertScript(cluster, database, lastmile, customers[0]);
  const count = async (table) => Number(await cluster.value(database, `SELECT count(*) FROM ${table}`));
  const requireWritten = async (table, run) => {
    const before = await count(table);
    const { rate } = await run();
    const written = (await count(table)) - before;
    if (written < rate * SECONDS * 0.95) throw new Error(`${written} rows in ${SECONDS} s, with ${Math.round(rate)} answers/s`);
    return rate;
  };
  let keyRange = 0;
  const results = await interleave(rounds, {
    ours: () => requireWritten('payments', () => load.http(lastmile, [form('UUIDUUID'), ...customers], { script: 'payment', seconds: SECONDS, threads: load.CONNECTIONS })),
    inserts: () => requireWritten('copy_of_payments', () => load.pgbench(cluster, database, script(++keyRange * 1e8), { seconds: SECONDS })),
  });
  return [compare(checks[0], results.ours, results.inserts, perSecond)];
}

export const measure = (testbed) =>
  testbed.cluster.withCopy(testbed.database(), 'lastmile_scratch', async (database) => {
    for (const table of TABLES) {
      const columns = `SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
                       WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`;
      const names = await testbed.cluster.value(database, columns);
      await testbed.cluster.sql(
        database,
        `CREATE TABLE copy_of_${table} (LIKE ${table} INCLUDING ALL)`,
        `INSERT INTO copy_of_${table} (${names}) OVERRIDING SYSTEM VALUE SELECT ${names} FROM ${table}`,
        `VACUUM (ANALYZE) copy_of_${table}`,
      );
      const identity = await testbed.cluster.value(database, `SELECT attname FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attidentity <> ''`);
      if (identity) await testbed.cluster.sql(database, `SELECT setval(pg_get_serial_sequence('copy_of_${table}', '${identity}'), max(${identity})) FROM copy_of_${table}`);
    }
    await testbed.cluster.sql(database, 'CHECKPOINT');
    return testbed.withLastmile(database, (lastmile) => measureAll(testbed, database, lastmile));
  });
