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
    for (const address of addresses) found.push(byKind(await house.statements(lastmile, database, address)));
    return found;
  });
  const measured = [];
  for (const [place, { session, ...list }] of captured.entries()) {
    if (!list.rows) {
      measured.push({ ...checks[place], missing: `the program asks for rows and counts in one statement (${Object.keys(list).join(', ')})` });
      continue;
    }
    const [whole, alone] = [load.script(Object.values(list)), load.script([withoutMark(list.rows)])];
    const found = await inTurn(rounds, {
      whole: () => load.pgbench(house.cluster, database, whole, { clients: 1, seconds }),
      alone: () => load.pgbench(house.cluster, database, alone, { clients: 1, seconds }),
    });
    const p50 = (side) => side.map((result) => result.p50);
    measured.push(compare(checks[place], p50(found.whole), p50(found.alone), time));
  }
  return measured;
}
