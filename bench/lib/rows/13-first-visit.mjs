// A first visit in a browser on a slow line and a slow machine, by bench/browser/first-visit.mjs.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare, kilobytes, time } from '../figures.mjs';
import { run } from '../processes.mjs';
import { root, rounds } from '../settings.mjs';

const admin = { against: 'react-admin, production build', peer: 'react-admin' };
const svelte = { against: 'SvelteKit', peer: 'sveltekit' };
const rows = { number: 14, what: 'rows visible on a first visit, throttled Chromium', figure: 'rows' };
export const number = 13;
export const numbers = [13, 14, 15];
export const peers = ['react-admin', 'sveltekit'];
export const checks = [
  { number: 13, what: 'bytes on the first visit, cold cache, compressed as sent (aimed at: 0.8x)', figure: 'bytes', ...admin, most: 1.2 },
  { ...rows, ...admin, most: 0.25 },
  { ...rows, ...svelte, most: 1.1 },
  { number: 15, what: 'there, filter usable with script', figure: 'usable', ...admin, most: 0.6 },
  { number: 15, what: 'there, the next 50 rows shown after a filter, as people press it', figure: 'filtered', ...admin, most: 0.5 },
  { number: 15, what: 'there, the same, pressed by a script with no pointer before', figure: 'sudden', ...admin, most: 0.5 },
];

const tool = join(root, 'bench/browser/first-visit.mjs');

/** How many more visits there are of those that only wait for the rows, which are short. */
const SHORT = 7;

/** Visits the program and a peer in turn, for some of the figures. */
async function visits(house, lastmile, peer, figures) {
  if (!existsSync(tool)) throw new Error('there is no bench/browser/first-visit.mjs');
  return house.withPeer(peer, {}, async ({ url }) => {
    const file = join(house.directory, `first-visit-${peer}.json`);
    const onlyRows = figures.every((figure) => figure === 'rows');
    const words = [`lastmile=${lastmile.url}`, `${peer}=${url}`, '--cookie', `lastmile:${lastmile.cookie}`, '--json', file];
    words.push('--rounds', String(onlyRows ? SHORT * rounds : rounds), ...(onlyRows ? ['--only-rows'] : []));
    await run('node', [tool, ...words], { aloud: true });
    return JSON.parse(readFileSync(file, 'utf8')).measures;
  });
}

export const measure = (house) =>
  house.withLastmile(house.database(), async (lastmile) => {
    const measured = [];
    for (const peer of peers) {
      const mine = checks.filter((check) => check.peer === peer);
      try {
        const seen = await visits(house, lastmile, peer, mine.map((check) => check.figure));
        for (const check of mine) {
          // Times are in milliseconds there.
          const [unit, show] = check.figure === 'bytes' ? [1, kilobytes] : [1000, time];
          const side = (name) => seen[name].map((visit) => visit[check.figure] * unit);
          measured.push(compare(check, side('lastmile'), side(peer), show));
        }
      } catch (fault) {
        measured.push(...mine.map((check) => ({ ...check, missing: fault.message })));
      }
    }
    return measured.sort((a, b) => a.number - b.number);
  });
