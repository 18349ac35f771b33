// The list's answer at this size against a hundred thousand: every sort under every kind of filter. It must not grow with the table.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { geometricMean, ratio, time } from '../figures.mjs';
import { numbersOf } from '../house.mjs';
import { askJson, listPath } from '../lastmile.mjs';
import { Connection, mediansInTurn } from '../load.mjs';
import { say } from '../processes.mjs';
import { SMALL, TEN_MILLION, root } from '../settings.mjs';

export const number = 7;
export const definedAt = TEN_MILLION;
export const needs = { above: SMALL };
const against = 'ourselves at 100,000 customers';
export const checks = [
  { what: 'list, p50, the worst of every sort x filters and searches', against, most: 1.5 },
  { what: 'there, searches for eight letters out of the middle of names, that few customers have', against, most: 1.5 },
];

/** How many of the worst are measured again. */
const AGAIN = 15;

/** The words of all sorts, from where the program has them. */
function sorts() {
  const source = readFileSync(join(root, 'app/src/customers/model/sort.rs'), 'utf8');
  const sort = /pub enum Sort \{([^}]*)\}/.exec(source)?.[1] ?? '';
  const words = [...sort.matchAll(/= "(\w+)"/g)].map(([, word]) => word);
  if (words.length === 0) throw new Error('app/src/customers/model/sort.rs names no sorts');
  return words;
}

/** Every choice of each filter by itself, two together, and searches that find a few and very many; and a search for letters out of the middle. */
async function filters(house, lastmile) {
  const { middle, ...whole } = await words(house);
  say(`  searching for ${[...Object.values(whole), middle].join(', ')}`);
  const search = (kind, word) => [`search "${word}" (${kind})`, `q=${encodeURIComponent(word)}`];
  const { choices } = numbersOf(await askJson(lastmile, listPath('')));
  const keys = { status: choices.statuses, churn: choices.churn_risks, plan: choices.plan_types };
  const single = Object.entries(keys).flatMap(([key, words]) => words.map(([word]) => [word, `${key}=${word}`]));
  const all = {
    'no filter': '',
    ...Object.fromEntries(single),
    'Active, High': 'status=Active&churn=High',
    'Suspended, Wireless': 'status=Suspended&plan=Wireless',
    ...Object.fromEntries(Object.entries(whole).map(([kind, word]) => search(kind, word))),
  };
  return [all, Object.fromEntries([search('middle', middle)])];
}

/** A long word, and eight letters out of the middle, that find 1 to 20 customers at both sizes; and the city and the given name that find the most. */
async function words(house) {
  const { cluster } = house;
  const small = house.database(SMALL);
  const most = async (word) => {
    const sql = `SELECT word FROM (SELECT lower(${word}) AS word FROM customers) AS words WHERE word ~ '^[a-z]{3,}$' GROUP BY word ORDER BY count(*) DESC, word LIMIT 1`;
    return cluster.value(small, sql);
  };
  const found = (database, word) => cluster.value(database, `SELECT count(*) FROM (SELECT FROM customers WHERE deleted_at IS NULL AND search_text LIKE '%${word}%' LIMIT 21) AS found`);
  const isRare = async (database, word) => {
    const customers = Number(await found(database, word));
    return customers >= 1 && customers <= 20;
  };
  /** The first of those that some SQL gives. */
  const rare = async (candidates) => {
    for (const [word] of await cluster.sql(small, candidates)) {
      if ((await isRare(small, word)) && (await isRare(house.database(), word))) return word;
    }
    throw new Error('no word finds 1 to 20 customers at both sizes');
  };
  return {
    // Longer words first, since they are rarer; an account number is always as rare as can be.
    rare: await rare(
      `(SELECT word FROM (SELECT DISTINCT regexp_split_to_table(search_text, ' ') AS word FROM (SELECT search_text FROM customers ORDER BY id LIMIT 2000) AS texts) AS words
        WHERE word ~ '^[a-z]{3,}$' ORDER BY length(word) DESC, word LIMIT 40)
       UNION ALL
       (SELECT split_part(email_key, '@', 1) AS word FROM customers WHERE email_key ~ '^[a-z]{3,}' ORDER BY length(email_key) DESC, 1 LIMIT 40)
       UNION ALL SELECT 'lm-' || lpad(max(account_number)::text, 7, '0') FROM customers`,
    ),
    // Of parts that stand in many names.
    middle: await rare(`SELECT substr(email_key, 3, 8) AS word FROM customers WHERE email_key ~ '^[a-z]{10,}' ORDER BY md5(email_key) LIMIT 400`),
    'common city': await most('city'),
    'common name': await most("split_part(name, ' ', 1)"),
  };
}

const worstFirst = (measured) => measured.sort((a, b) => b.ratio - a.ratio);

export const measure = (house) =>
  house.withLastmile(house.database(), (large) =>
    house.withLastmile(house.database(SMALL), async (small) => {
      const connections = { large: await Connection.open(large), small: await Connection.open(small) };
      const ask = async ({ name, path }, effort) => {
        const sides = Object.fromEntries(Object.entries(connections).map(([side, connection]) => [side, { connection, path }]));
        const p50 = await mediansInTurn(sides, effort);
        return { name, path, ...p50, ratio: p50.large / p50.small };
      };
      const lines = [];
      for (const [place, lists] of (await filters(house, small)).entries()) lines.push({ ...checks[place], ...(await worstOf(lists, ask)) });
      for (const connection of Object.values(connections)) connection.close();
      return lines;
    }),
  );

/** The worst ratio of some lists in every sort, and what it is made of. */
async function worstOf(lists, ask) {
  const measured = [];
  for (const [name, filter] of Object.entries(lists)) {
    const those = [];
    for (const sort of sorts()) those.push(await ask({ name: `${sort}, ${name}`, path: listPath(`?${filter}&sort=${sort}&size=50`) }));
    const [worst] = worstFirst(those);
    say(`  at worst ${ratio(worst.ratio)}: ${worst.name}`);
    measured.push(...those);
  }
  // The worst of so many short measurements is partly chance: those are measured again, for longer, and that counts.
  worstFirst(measured);
  const again = Math.min(AGAIN, measured.length);
  say(`  the ${again} worst again`);
  for (let place = 0; place < again; place++) measured[place] = await ask(measured[place], { times: 150, milliseconds: 6000 });
  worstFirst(measured);
  const worst = measured.slice(0, 5).map((each) => `${each.name}: ${ratio(each.ratio)} (${time(each.large)} / ${time(each.small)})`);
  const figures = `geometric mean of ${measured.length}: ${ratio(geometricMean(measured.map((each) => each.ratio)))}; the worst: ${worst.join('; ')}`;
  return { ratio: measured[0].ratio, figures };
}
