// What the total and the counts of the filters add to the rows, in the database alone: one client runs all statements of the list, against
// the rows' statement only. While no customer changes, the counts cost a column of the rows' statement, the epoch; after a change they are read once.
import { compare, interleave } from '../comparison.mjs';
import { time } from '../format.mjs';
import * as load from '../load.mjs';
import { TEN_MILLION, rounds, secondsForMedian as seconds } from '../settings.mjs';
import { countsEpoch, statementsByKind } from '../statement-log.mjs';
import { FILTERED, LIST } from '../testbed.mjs';

export const number = 9;
export const definedAt = TEN_MILLION;
const baseline = "the statement of the page's rows alone";
export const checks = [
  { metric: 'the page with its total and the counts of the filters, plain list', baseline, max: 1.25 },
  { metric: 'the same, with filters and a sort', baseline, max: 1.25 },
  { metric: 'the first page after a change, which reads the counts, plain list', baseline },
  { metric: 'the same, with filters and a sort', baseline },
];

export async function measure(testbed) {
  const database = testbed.database();
  const addresses = [LIST, FILTERED];
  const captured = await testbed.withLastmile(database, async (lastmile) => {
    const statements = [];
    for (const address of addresses) {
      const cached = listStatements(await testbed.statements(lastmile, database, address));
      const changed = listStatements(await testbed.statementsAfterChange(lastmile, database, address));
      statements.push({ cached: Object.values(cached), changed: Object.values(changed), rowsOnly: [countsEpoch(cached.rows).withoutEpoch] });
    }
    return statements;
  });
  const measured = [[], []];
  for (const [index, statements] of captured.entries()) {
    const sides = Object.entries(statements).map(([name, side]) => {
      const script = load.pgbenchScript(side);
      return [name, () => load.pgbench(testbed.cluster, database, script, { clients: 1, seconds })];
    });
    const results = await interleave(rounds, Object.fromEntries(sides));
    const p50 = (side) => side.map((result) => result.p50);
    measured[0].push(compare(checks[index], p50(results.cached), p50(results.rowsOnly), time));
    measured[1].push(compare(checks[addresses.length + index], p50(results.changed), p50(results.rowsOnly), time));
  }
  return measured.flat();
}

/** The list's statements by kind, without the session lookup. */
function listStatements(statements) {
  const { session, ...list } = statementsByKind(statements);
  if (!list.rows) throw new Error(`the program reads rows and counts in one statement (${Object.keys(list).join(', ')})`);
  return list;
}
