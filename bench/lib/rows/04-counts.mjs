// The exact total and the counts of every filter, against the usual count(*).
import { compare, interleaveWarm } from '../comparison.mjs';
import { perSecond } from '../format.mjs';
import { listPath } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { MILLION, rounds } from '../settings.mjs';
import { LIST } from '../testbed.mjs';

export const number = 4;
export const peers = ['fastify'];
export const definedAt = MILLION;
export const checks = [{ metric: 'page with its exact total and the counts of every filter, requests/s', baseline: 'Fastify + pg with count(*) and the best index for it', min: 25 }];

/** Contains all that is counted and summed, of live customers, so that the table itself is not read. */
const INDEX = 'CREATE INDEX bench_counts ON customer_summary (segment) INCLUDE (monthly_paise, outstanding_paise) WHERE segment IS NOT NULL';

export async function measure(testbed) {
  const database = testbed.database();
  const sql = (...statements) => testbed.cluster.sql(database, ...statements);
  // An interrupted run may have left it.
  await sql('DROP INDEX IF EXISTS bench_counts', INDEX, 'VACUUM (ANALYZE) customer_summary');
  try {
    return await testbed.withLastmile(database, (lastmile) =>
      testbed.withFastify(lastmile, LIST, 2, async (fastify) => {
        const counted = listPath(LIST).replace('/api/customers/list', '/counted');
        const ours = () => load.http(lastmile, listPath(LIST));
        const results = await interleaveWarm(rounds, { ours }, { theirs: (seconds) => load.http(fastify, counted, { seconds }) });
        const rates = (side) => side.map((result) => result.rate);
        return [compare(checks[0], rates(results.ours), rates(results.theirs), perSecond)];
      }),
    );
  } finally {
    await sql('DROP INDEX IF EXISTS bench_counts');
  }
}
