// What the total and the counts behind the choices add to the rows, in the database: one client, all statements of the list against the
// rows' alone. While nobody changes a customer that is a mark in the rows' own statement; after each change the counts are read once.
import { compare, inTurn, time } from '../figures.mjs';
import { FILTERED, LIST } from '../house.mjs';
import { byKind } from '../capture.mjs';
import * as load from '../load.mjs';
import { TEN_MILLION, rounds, secondsOfOne as seconds } from '../settings.mjs';

export const number = 9;
export const definedAt = TEN_MILLION;
const against = "the statement of the page's rows alone";
export const checks = [
  { what: 'the page with totals and choice counts, plain list', against, most: 1.25 },
  { what: 'there, with filters and sort', against, most: 1.25 },
  { what: 'the first page after a change, which reads the counts, plain list', against },
  { what: 'there, with filters and sort', against },
];

/** The rows' statement without the mark of the counts. */
function withoutMark({ text, values }) {
  const alone = text.replace(/, \(SELECT folds FROM [\s\S]*? AS mark\b/, '');
  if (alone === text) throw new Error("the rows' statement has no mark of the counts");
  return { text: alone, values };
}

export async function measure(house) {
  const database = house.database();
  const addresses = [LIST, FILTERED];
  const captured = await house.withLastmile(database, async (lastmile) => {
    const found = [];
    for (const address of addresses) {
      const [kept, changed] = [await house.statements(lastmile, database, address), await house.statementsAfterChange(lastmile, database, address)];
      found.push({ kept: theList(kept), changed: theList(changed) });
    }
    return found;
  });
  const measured = [[], []];
  for (const [place, { kept, changed }] of captured.entries()) {
    const scripts = { kept: load.script(Object.values(kept)), changed: load.script(Object.values(changed)), alone: load.script([withoutMark(kept.rows)]) };
    const run = (script) => () => load.pgbench(house.cluster, database, script, { clients: 1, seconds });
    const found = await inTurn(rounds, Object.fromEntries(Object.entries(scripts).map(([name, script]) => [name, run(script)])));
    const p50 = (side) => side.map((result) => result.p50);
    measured[0].push(compare(checks[place], p50(found.kept), p50(found.alone), time));
    measured[1].push(compare(checks[addresses.length + place], p50(found.changed), p50(found.alone), time));
  }
  return measured.flat();
}

/** The list's statements, without the one that asks who is there. */
function theList(statements) {
  const { session, ...list } = byKind(statements);
  if (!list.rows) throw new Error(`the program asks for rows and counts in one statement (${Object.keys(list).join(', ')})`);
  return list;
}
