// A page of the list with filters and a sort, requested by one client: what the program adds to its SQL.
import { compare, interleave } from '../comparison.mjs';
import { time } from '../format.mjs';
import { listPath } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { rounds, secondsForMedian as seconds } from '../settings.mjs';
import { FILTERED } from '../testbed.mjs';

export const number = 1;
export const checks = [
  { metric: 'list query with filters and a sort, median time of 1 connection', baseline: 'the same SQL, pgbench -M prepared, 1 client', max: 1.3 },
  { metric: 'the same', baseline: 'the same SQL, planned once as by the program (plan_cache_mode=force_generic_plan, jit=off)' },
];

export const measure = (testbed) =>
  testbed.withLastmile(testbed.database(), async (lastmile) => {
    const script = load.pgbenchScript(await testbed.statements(lastmile, testbed.database(), FILTERED));
    const pgbench = (options) => load.pgbench(testbed.cluster, testbed.database(), script, { clients: 1, seconds, options });
    const results = await interleave(rounds, {
      ours: () => load.http(lastmile, listPath(FILTERED), { connections: 1, seconds }),
      sql: () => pgbench(''),
      plannedOnce: () => pgbench('-c plan_cache_mode=force_generic_plan -c jit=off'),
    });
    const p50 = (side) => side.map((result) => result.p50);
    return [results.sql, results.plannedOnce].map((sql, index) => compare(checks[index], p50(results.ours), p50(sql), time));
  });
