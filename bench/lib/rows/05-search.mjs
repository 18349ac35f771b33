// A search for a name: the page and its total.
import { compare, interleaveWarm } from '../comparison.mjs';
import { perSecond } from '../format.mjs';
import { fetchJson, listPath } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { MILLION, rounds } from '../settings.mjs';
import { LIST } from '../testbed.mjs';

const baseline = 'Fastify + pg with the same trigram index';
export const number = 5;
export const peers = ['fastify'];
export const definedAt = MILLION;
export const checks = [
  { metric: 'search for a given name, page and total, requests/s', baseline, min: 3 },
  { metric: 'search for a given name and a surname, page and total, requests/s', baseline, min: 3 },
];
const SAMPLE_SIZE = 24;

/** Names of customers spread evenly over the table, so that frequent names come more often: the given names, and the whole names. */
async function sampleNames(testbed) {
  const found = await testbed.cluster.sql(
    testbed.database(),
    `SELECT name FROM (
         SELECT name, row_number() OVER (ORDER BY account_number) AS place FROM customers WHERE deleted_at IS NULL AND name ~ '^[A-Za-z]{4,} [A-Za-z]{3,}$'
     ) AS named WHERE place % (${testbed.rows} / ${SAMPLE_SIZE}) = 1`,
  );
  const names = [...new Set(found.map(([name]) => name))];
  return [[...new Set(names.map((name) => name.split(' ')[0]))], names];
}

export const measure = (testbed) =>
  testbed.withLastmile(testbed.database(), (lastmile) =>
    testbed.withFastify(lastmile, LIST, 2, async (fastify) => {
      const measured = [];
      for (const [index, names] of (await sampleNames(testbed)).entries()) measured.push(await compareSearches(checks[index], names, lastmile, fastify));
      return measured;
    }),
  );

async function compareSearches(check, names, lastmile, fastify) {
  const [ours, theirs] = [[], []];
  let [largest, uncounted] = [0, 0];
  for (const name of names) {
    const [ourPath, theirPath] = [listPath(`?q=${encodeURIComponent(name)}&size=50`), `/searched?q=${encodeURIComponent(name)}`];
    const { totals } = await fetchJson(lastmile, ourPath);
    // An answer without a total is another answer, so there is nothing to compare.
    if (!totals) {
      uncounted++;
      continue;
    }
    const { total } = await fetchJson(fastify, theirPath);
    if (totals.total !== total) throw new Error(`fastify finds ${total} of ${name}, Lastmile ${totals.total}`);
    largest = Math.max(largest, total);
    ours.push(ourPath);
    theirs.push(theirPath);
  }
  if (ours.length === 0) throw new Error('Lastmile gives a total for none of the names');
  const results = await interleaveWarm(rounds, { ours: () => load.http(lastmile, ours) }, { theirs: (seconds) => load.http(fastify, theirs, { seconds }) });
  const rates = (side) => side.map((result) => result.rate);
  const compared = compare(check, rates(results.ours), rates(results.theirs), perSecond);
  const left = uncounted > 0 ? `, ${uncounted} more left out, for which Lastmile gives no total` : '';
  return { ...compared, details: `${compared.details}; ${ours.length} names in turn, at most ${largest} customers${left}` };
}
