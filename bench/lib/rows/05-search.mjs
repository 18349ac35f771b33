// A search for a name: the page and how many there are.
import { compare, inTurnWhenWarm, perSecond } from '../figures.mjs';
import { LIST, numbersOf } from '../house.mjs';
import { askJson, listPath } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { MILLION, rounds } from '../settings.mjs';

const against = 'Fastify + pg with the same trigram index';
export const number = 5;
export const peers = ['fastify'];
export const definedAt = MILLION;
export const checks = [
  { what: 'search for a given name, page and total, requests/s', against, least: 3 },
  { what: 'search for a given name and a surname, page and total, requests/s', against, least: 3 },
];
const WANTED = 24;

/** Names as people would look for them: of customers spread evenly over the table, so that frequent ones come more often. */
async function names(house) {
  const found = await house.cluster.sql(
    house.database(),
    `SELECT name FROM (
         SELECT name, row_number() OVER (ORDER BY account_number) AS place FROM customers WHERE deleted_at IS NULL AND name ~ '^[A-Za-z]{4,} [A-Za-z]{3,}$'
     ) AS named WHERE place % (${house.rows} / ${WANTED}) = 1`,
  );
  const whole = [...new Set(found.map(([name]) => name))];
  return [[...new Set(whole.map((name) => name.split(' ')[0]))], whole];
}

export const measure = (house) =>
  house.withLastmile(house.database(), (lastmile) =>
    house.withFastify(lastmile, LIST, 2, async (fastify) => {
      const measured = [];
      for (const [place, searches] of (await names(house)).entries()) measured.push(await compared(checks[place], searches, lastmile, fastify));
      return measured;
    }),
  );

async function compared(check, searches, lastmile, fastify) {
  const [ours, theirs] = [[], []];
  let [most, uncounted] = [0, 0];
  for (const name of searches) {
    const [mine, other] = [listPath(`?q=${encodeURIComponent(name)}&size=50`), `/searched?q=${encodeURIComponent(name)}`];
    const found = numbersOf(await askJson(lastmile, mine));
    // Without a total it is another answer: nothing to compare.
    if (!found) {
      uncounted++;
      continue;
    }
    const { total } = await askJson(fastify, other);
    if (found.total !== total) throw new Error(`fastify finds ${total} of ${name}, Lastmile ${found.total}`);
    most = Math.max(most, total);
    ours.push(mine);
    theirs.push(other);
  }
  if (ours.length === 0) throw new Error('Lastmile counts none of the names');
  const found = await inTurnWhenWarm(rounds, { ours: () => load.http(lastmile, ours) }, { theirs: (seconds) => load.http(fastify, theirs, { seconds }) });
  const rates = (side) => side.map((result) => result.rate);
  const compared = compare(check, rates(found.ours), rates(found.theirs), perSecond);
  const left = uncounted > 0 ? `, ${uncounted} more left out that Lastmile gives no total for` : '';
  return { ...compared, figures: `${compared.figures}; ${ours.length} names in turn, at most ${most} customers${left}` };
}
