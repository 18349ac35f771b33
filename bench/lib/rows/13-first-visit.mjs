// A first visit in a browser on a slow network and a slow machine, measured by bench/browser/first-visit.mjs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare } from '../comparison.mjs';
import { kilobytes, time } from '../format.mjs';
import { run } from '../processes.mjs';
import { root, rounds } from '../settings.mjs';

const reactAdmin = { baseline: 'react-admin, production build', peer: 'react-admin' };
const svelteKit = { baseline: 'SvelteKit', peer: 'sveltekit' };
const rows = { number: 14, metric: 'first visit, throttled Chromium: rows visible', figure: 'rows' };
export const number = 13;
export const numbers = [13, 14, 15];
export const peers = ['react-admin', 'sveltekit'];
export const checks = [
  { number: 13, metric: 'first visit: bytes, cold cache, compressed as sent (aim: 0.8x)', figure: 'bytes', ...reactAdmin, max: 1.2 },
  { ...rows, ...reactAdmin, max: 0.25 },
  { ...rows, ...svelteKit, max: 1.1 },
  { number: 15, metric: 'first visit: filter usable with script', figure: 'usable', ...reactAdmin, max: 0.6 },
  { number: 15, metric: 'first visit: 50 filtered rows after a press, as people press', figure: 'filtered', ...reactAdmin, max: 0.5 },
  { number: 15, metric: 'first visit: 50 filtered rows after a press by a script, without a pointer before', figure: 'sudden', ...reactAdmin, max: 0.5 },
];

const tool = join(root, 'bench/browser/first-visit.mjs');

/** How many times more visits are made where a visit ends when the rows are visible: they are short, and vary. */
const MORE_SHORT_VISITS = 7;

/** Visits the program and a peer in turn, for some of the figures. */
async function visits(testbed, lastmile, peer, figures) {
  return testbed.withPeer(peer, {}, async ({ url }) => {
    const file = join(testbed.directory, `first-visit-${peer}.json`);
    const onlyRows = figures.every((figure) => figure === 'rows');
    const args = [`lastmile=${lastmile.url}`, `${peer}=${url}`, '--cookie', `lastmile:${lastmile.cookie}`, '--json', file];
    args.push('--rounds', String(onlyRows ? MORE_SHORT_VISITS * rounds : rounds), ...(onlyRows ? ['--only-rows'] : []));
    await run('node', [tool, ...args], { showProgress: true });
    return JSON.parse(readFileSync(file, 'utf8')).visits;
  });
}

export const measure = (testbed) =>
  testbed.withLastmile(testbed.database(), async (lastmile) => {
    const measured = [];
    for (const peer of peers) {
      const ofPeer = checks.filter((check) => check.peer === peer);
      try {
        const results = await visits(testbed, lastmile, peer, ofPeer.map((check) => check.figure));
        for (const check of ofPeer) {
          // The tool's times are in milliseconds.
          const [unit, format] = check.figure === 'bytes' ? [1, kilobytes] : [1000, time];
          const side = (name) => results[name].map((visit) => visit[check.figure] * unit);
          measured.push(compare(check, side('lastmile'), side(peer), format));
        }
      } catch (error) {
        measured.push(...ofPeer.map((check) => ({ ...check, notMeasured: error.message })));
      }
    }
    return measured.sort((a, b) => a.number - b.number);
  });
