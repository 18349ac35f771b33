// A search for a name: the page and how many there are.
import { compare, inTurnWhenWarm, perSecond } from '../figures.mjs';
import { LIST, numbersOf } from '../house.mjs';
import { askJson, listPath } from '../lastmile.mjs';
import * as load from '../load.mjs';
import { MILLION, rounds } from '../settings.mjs';

export const number = 5;
export const peers = ['fastify'];
export const definedAt = MILLION;
export const checks = [{ what: 'search for a name, page and total, requests/s', against: 'Fastify + pg with the same trigram index', least: 3 }];

/** Names as people would look for them: of customers spread evenly over the table, so that frequent ones come more often. */
async function names(house, wanted) {
  const found = await house.cluster.sql(
    house.database(),
    `SELECT DISTINCT split_part(name, ' ', 1) FROM (
         SELECT name, row_number() OVER (ORDER BY account_number) AS place FROM customers WHERE deleted_at IS NULL AND name ~ '^[A-Za-z]{4,} [A-Za-z]{3,}$'
     ) AS named WHERE place % (${house.rows} / ${wanted}) = 1 ORDER BY 1`,
  );
  return found.map(([name]) => name);
}

export async function measure(house) {
  return house.withLastmile(house.database(), (lastmile) =>
    house.withFastify(lastmile, LIST, 2, async (fastify) => {
      const [ours, theirs] = [[], []];
      let [most, uncounted] = [0, 0];
      for (const name of await names(house, 24)) {
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
      const found = await inTurnWhenWarm(rounds, {
        ours: () => load.http(lastmile, ours),
        theirs: (seconds) => load.http(fastify, theirs, { seconds }),
      });
      const rates = (side) => side.map((result) => result.rate);
      const check = compare(checks[0], rates(found.ours), rates(found.theirs), perSecond);
      const left = uncounted > 0 ? `, ${uncounted} more left out that Lastmile gives no total for` : '';
      return [{ ...check, figures: `${check.figures}; ${ours.length} given names in turn, at most ${most} customers${left}` }];
    }),
  );
}
