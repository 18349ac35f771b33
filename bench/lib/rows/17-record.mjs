// A customer's page: what the program adds to its SQL.
import { compare, interleave } from '../comparison.mjs';
import { time } from '../format.mjs';
import { fetchText } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { rounds, secondsForMedian as seconds } from '../settings.mjs';
import { captureStatements } from '../statement-log.mjs';

export const number = 17;
export const checks = [
  { metric: "the whole HTML page of a customer, with services, bills and history, median time of 1 connection", baseline: 'its SQL, pgbench -M prepared, 1 client', max: 3 },
];

export const measure = (testbed) =>
  testbed.withLastmile(testbed.database(), async (lastmile) => {
    const sql = "SELECT id, name FROM customers WHERE deleted_at IS NULL AND status = 'Active' ORDER BY id OFFSET 1000 LIMIT 1";
    const [[id, name]] = await testbed.cluster.sql(testbed.database(), sql);
    const path = `/customers/${id}`;
    const page = await fetchText(lastmile, path);
    for (const text of [name, 'Bills and payments', 'History']) {
      if (!page.includes(text)) throw new Error(`the page of the customer does not show "${text}"`);
    }
    const statements = await captureStatements(testbed.cluster, testbed.database(), () => fetchText(lastmile, path));
    const script = load.pgbenchScript(statements);
    const results = await interleave(rounds, {
      ours: () => load.http(lastmile, path, { connections: 1, seconds }),
      sql: () => load.pgbench(testbed.cluster, testbed.database(), script, { clients: 1, seconds }),
    });
    const p50 = (side) => side.map((result) => result.p50);
    return [compare(checks[0], p50(results.ours), p50(results.sql), time)];
  });
