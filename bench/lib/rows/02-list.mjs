// The list's server function under load, against the database alone under the same load on the same processors.
import { compare, interleave } from '../comparison.mjs';
import { perSecond } from '../format.mjs';
import { listPath } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { rounds } from '../settings.mjs';
import { LIST } from '../testbed.mjs';

export const number = 2;
export const checks = [{ metric: 'list function, 50 rows, requests/s, 8 connections', baseline: 'the same SQL, pgbench -M prepared, 8 clients' }];

export const measure = (testbed) =>
  testbed.withLastmile(testbed.database(), async (lastmile) => {
    const script = load.pgbenchScript(await testbed.statements(lastmile, testbed.database(), LIST));
    const results = await interleave(rounds, {
      ours: () => load.http(lastmile, listPath(LIST)),
      sql: () => load.pgbench(testbed.cluster, testbed.database(), script),
    });
    const rates = (side) => side.map((result) => result.rate);
    return [compare(checks[0], rates(results.ours), rates(results.sql), perSecond)];
  });
