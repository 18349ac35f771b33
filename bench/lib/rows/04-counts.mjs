// The exact total and the counts behind every filter choice, against the usual count(*).
import { compare, inTurnWhenWarm, perSecond } from '../figures.mjs';
import { LIST } from '../house.mjs';
import { listPath } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { MILLION, rounds } from '../settings.mjs';

export const number = 4;
export const peers = ['fastify'];
export const definedAt = MILLION;
export const checks = [{ what: 'page with its exact total and the counts behind every filter choice, requests/s', against: 'Fastify + pg with count(*) and the best index for it', least: 25 }];

/** Holds all that is counted and summed, so that the table itself is not read. */
const INDEX = `CREATE INDEX bench_choices ON customers (status, churn_risk, plan_type) INCLUDE (price_paise, outstanding_paise) WHERE deleted_at IS NULL`;

export async function measure(house) {
  const database = house.database();
  const sql = (...statements) => house.cluster.sql(database, ...statements);
  // What an interrupted run has left.
  await sql('DROP INDEX IF EXISTS bench_choices');
  const has = await house.cluster.value(database, `SELECT count(*) FROM pg_indexes WHERE indexdef ~ '\\(status, churn_risk, plan_type\\) INCLUDE \\(price_paise, outstanding_paise\\)'`);
  await sql(...(has === '0' ? [INDEX] : []), 'VACUUM (ANALYZE) customers');
  try {
    return await house.withLastmile(database, (lastmile) =>
      house.withFastify(lastmile, LIST, 2, async (fastify) => {
        const counted = listPath(LIST).replace('/api/customers/list', '/counted');
        const ours = () => load.http(lastmile, listPath(LIST));
        const found = await inTurnWhenWarm(rounds, { ours }, { theirs: (seconds) => load.http(fastify, counted, { seconds }) });
        const rates = (side) => side.map((result) => result.rate);
        return [compare(checks[0], rates(found.ours), rates(found.theirs), perSecond)];
      }),
    );
  } finally {
    await sql('DROP INDEX IF EXISTS bench_choices');
  }
}
