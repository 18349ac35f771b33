// The last page and the three before it against the first: the position of a page in the list must not matter.
import { ratio, time } from '../format.mjs';
import { fetchJson, listPath } from '../lastmile.mjs';
import { Connection, interleavedMedians } from '../load.mjs';

export const number = 8;
export const checks = [{ metric: 'the last page and the three before it, median time', baseline: 'the first page', max: 1.2 }];

const LISTS = ['?size=50', '?sort=-outstanding&size=50', '?churn=High&sort=nps&size=50', '?status=Active&plan=Fiber&sort=next_billing&size=50'];

export const measure = (testbed) =>
  testbed.withLastmile(testbed.database(), async (lastmile) => {
    const connection = await Connection.open(lastmile);
    const measured = [];
    for (const list of LISTS) {
      const pages = { first: list };
      pages.last = (await fetchJson(lastmile, listPath(list))).last;
      for (let back = 1; back <= 3; back++) pages[`last - ${back}`] = (await fetchJson(lastmile, listPath(Object.values(pages).at(-1)))).previous;
      const sides = Object.fromEntries(Object.entries(pages).map(([name, address]) => [name, { connection, path: listPath(address) }]));
      const { first, ...others } = await interleavedMedians(sides, { times: 400, milliseconds: 6000 });
      for (const [name, p50] of Object.entries(others)) measured.push({ name: `${name} of ${list}`, p50, first, ratio: p50 / first });
    }
    connection.close();
    measured.sort((a, b) => b.ratio - a.ratio);
    const worst = measured.slice(0, 3).map((each) => `${each.name}: ${ratio(each.ratio)} (${time(each.p50)} / ${time(each.first)})`);
    return [{ ...checks[0], ratio: measured[0].ratio, details: `the worst of ${measured.length}: ${worst.join('; ')}` }];
  });
