// The rows of the leads' list against those of the customers' list: a subject without anything of its own for speed.
import { geometricMean } from '../comparison.mjs';
import { ratio, time } from '../format.mjs';
import { fetchJson, listPath } from '../lastmile.mjs';
import { Connection, interleavedMedians } from '../load.mjs';
import { log } from '../processes.mjs';
import { MILLION } from '../settings.mjs';

export const number = 16;
export const definedAt = MILLION;
const baseline = "the customers' list in the same order, with a filter of the same kind";
export const checks = [
  { metric: "rows of the leads' list, median time, the worst of every sort x filter", baseline, max: 2 },
  { metric: "search in the leads' list, median time, the geometric mean of every sort x (names, a city, a phone number)", baseline, max: 2 },
];

/** Each sort of leads, and the customers' sort of the same type of value. */
const SORTS = { name: 'name', created: 'account', stage: 'plan', value: 'outstanding', next_step: 'next_billing' };

/** Each filter of leads, and one of customers that leaves about as large a part. */
const FILTERS = {
  'no filter': ['', ''],
  New: ['stage=New', 'status=Pending'],
  Won: ['stage=Won', 'status=Active'],
  'two stages': ['stage=New&stage=Contacted', 'status=Pending&status=Suspended'],
  Phone: ['source=Phone', 'plan=Wireless'],
  'Qualified, Fiber': ['stage=Qualified&plan=Fiber', 'status=Suspended&plan=Fiber'],
};

/** The searches: what both tables have, since the seed makes both from the same names and cities. */
async function searches(testbed) {
  const value = (sql) => testbed.cluster.value(testbed.database(), sql);
  const middle = (table, column) => value(`SELECT ${column} FROM ${table} ORDER BY id OFFSET (SELECT count(*) / 2 FROM ${table}) LIMIT 1`);
  const search = (text) => `q=${encodeURIComponent(text)}`;
  const both = async (column) => [search(await middle('leads', column)), search(await middle('customers', column))];
  return {
    'a whole name': await both('lower(name)'),
    'a given name': await both("lower(split_part(name, ' ', 1))"),
    'a city': await both("lower(coalesce(city, 'pune'))"),
    'a phone number': await both("coalesce(substr(phone, 4), '9845012345')"),
  };
}

export const measure = (testbed) =>
  testbed.withLastmile(testbed.database(), async (lastmile) => {
    const leads = Number(await testbed.cluster.value(testbed.database(), 'SELECT count(*) FROM leads'));
    const connection = await Connection.open(lastmile);
    const lines = [];
    for (const [index, lists] of [FILTERS, await searches(testbed)].entries()) {
      const measured = await measureAll(lastmile, connection, lists);
      const worst = measured.slice(0, 5).map((each) => `${each.name}: ${ratio(each.ratio)} (${time(each.leads)} / ${time(each.customers)})`);
      const mean = geometricMean(measured.map((each) => each.ratio));
      const details = `${leads.toLocaleString('en')} leads; geometric mean of ${measured.length}: ${ratio(mean)}; the worst: ${worst.join('; ')}`;
      // Every list keeps the bound, and searches on the whole: leads have no index of words.
      lines.push({ ...checks[index], ratio: index === 0 ? measured[0].ratio : mean, details });
    }
    connection.close();
    return lines;
  });

/** The ratios of some lists in every sort, the worst first. */
async function measureAll(lastmile, connection, lists) {
  const measured = [];
  for (const [name, [ours, theirs]] of Object.entries(lists)) {
    for (const [leads, customers] of Object.entries(SORTS)) {
      const paths = {
        leads: listPath(`?${ours}&sort=${leads}&size=50`, 'leads'),
        customers: listPath(`?${theirs}&sort=${customers}&size=50`),
      };
      for (const path of Object.values(paths)) await requireKnown(lastmile, path);
      const sides = Object.fromEntries(Object.entries(paths).map(([side, path]) => [side, { connection, path }]));
      const p50 = await interleavedMedians(sides, { times: 60, milliseconds: 3000 });
      measured.push({ name: `${leads}, ${name}`, ...p50, ratio: p50.leads / p50.customers });
    }
    log(`  at worst ${ratio(Math.max(...measured.slice(-Object.keys(SORTS).length).map((each) => each.ratio)))}: ${name}`);
  }
  return measured.sort((a, b) => b.ratio - a.ratio);
}

/** Fails where the program does not know a sort or a filter: it would ignore it. */
async function requireKnown(lastmile, path) {
  const { ignored } = await fetchJson(lastmile, path);
  if (ignored.length > 0) throw new Error(`Lastmile ignores a part of ${path}`);
}
