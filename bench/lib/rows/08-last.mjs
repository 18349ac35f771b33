// The last page and those before it against the first: where a page stands must not matter.
import { ratio, time } from '../figures.mjs';
import { askJson, listPath } from '../lastmile.mjs';
import { Connection, mediansInTurn } from '../load.mjs';

export const number = 8;
export const checks = [{ what: 'the last page, and three before it, p50', against: 'page 1', most: 1.2 }];

const LISTS = ['?size=50', '?sort=-outstanding&size=50', '?churn=High&sort=nps&size=50', '?status=Active&plan=Fiber&sort=next_billing&size=50'];

export const measure = (house) =>
  house.withLastmile(house.database(), async (lastmile) => {
    const connection = await Connection.open(lastmile);
    const measured = [];
    for (const list of LISTS) {
      const pages = { 'page 1': list };
      pages.last = (await askJson(lastmile, listPath(list))).last;
      for (let back = 1; back <= 3; back++) pages[`last - ${back}`] = (await askJson(lastmile, listPath(Object.values(pages).at(-1)))).previous;
      const sides = Object.fromEntries(Object.entries(pages).map(([name, address]) => [name, { connection, path: listPath(address) }]));
      const { 'page 1': first, ...others } = await mediansInTurn(sides, { times: 400, milliseconds: 6000 });
      for (const [name, took] of Object.entries(others)) measured.push({ name: `${name} of ${list}`, took, first, ratio: took / first });
    }
    connection.close();
    measured.sort((a, b) => b.ratio - a.ratio);
    const worst = measured.slice(0, 3).map((each) => `${each.name}: ${ratio(each.ratio)} (${time(each.took)} / ${time(each.first)})`);
    return [{ ...checks[0], ratio: measured[0].ratio, figures: `the worst of ${measured.length}: ${worst.join('; ')}` }];
  });
