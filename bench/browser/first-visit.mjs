// What a first visit to the list costs, in a browser on a slow line and a slow machine. How each figure is made: README.md.
//   node bench/browser/first-visit.mjs lastmile=http://127.0.0.1:3000 react-admin=http://127.0.0.1:4000 \
//     --cookie lastmile:lastmile_session=TOKEN --rounds 5 --json FILE
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { median } from '../lib/figures.mjs';
import { inPage } from './in-page.mjs';

// The driver that the journeys use.
const { chromium } = createRequire(new URL('../../end2end/package.json', import.meta.url))('@playwright/test');

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    targets: { type: 'string', default: new URL('targets.json', import.meta.url).pathname },
    cookie: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '5' },
    'only-rows': { type: 'boolean', default: false },
    json: { type: 'string' },
    unthrottled: { type: 'boolean', default: false },
  },
});

/** DevTools' and Lighthouse's "Slow 4G" with a middling telephone's processor. */
const LINE = { offline: false, latency: 562, downloadThroughput: 180_000, uploadThroughput: 84_375 };
const CPU = 4;

/** No request for so long, and no task that kept the page busy: it has come to rest. */
const QUIET = 2_000;
const PATIENCE = 90_000;
/** How often a choice is pressed while the page may not listen yet. */
const PRESS_EVERY = 100;
/** From the press that opens a menu, or from looking at a choice that is there, to the pointer on the choice; and from there to the press. */
const AIM = 400;
const POINT = 100;

function targets() {
  const known = JSON.parse(readFileSync(options.targets, 'utf8'));
  const cookies = options.cookie.map((text) => /^([^:]+):([^=]+)=(.*)$/.exec(text) ?? stop(`--cookie NAME:KEY=VALUE, not ${text}`));
  return positionals.map((text) => {
    const [, name, base] = /^([^=]+)=(.+)$/.exec(text) ?? stop(`NAME=ADDRESS, not ${text}`);
    const target = known[name] ?? stop(`no target ${name} in ${options.targets}`);
    const own = cookies.filter(([, whose]) => whose === name).map(([, , key, value]) => ({ name: key, value }));
    return { ...target, name, url: new URL(target.path, base).href, cookies: own };
  });
}

function stop(why) {
  console.error(`first-visit: ${why}`);
  process.exit(2);
}

/** What the page tells of itself, in milliseconds: see in-page.mjs. */
async function told(page, name) {
  const said = await page.waitForEvent('console', { predicate: (message) => message.text().startsWith(`bench: ${name} `), timeout: 2 * PATIENCE });
  const rest = said.text().slice(`bench: ${name} `.length);
  if (Number.isNaN(Number(rest))) throw new Error(rest);
  return Number(rest);
}

/** Opens the target's page in a browser of its own, so that no cache knows anything, and leaves it to `visit`, with the time that it tells first. */
async function inFreshBrowser(target, first, visit, settings = {}) {
  const browser = await chromium.launch({
    executablePath: process.env.LASTMILE_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-IN', timezoneId: 'Asia/Kolkata' });
    await context.addCookies(target.cookies.map((cookie) => ({ ...cookie, url: target.url })));
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const faults = [];
    page.on('pageerror', (fault) => faults.push(fault.message));
    const devtools = await context.newCDPSession(page);
    const network = await watchNetwork(devtools);
    if (!options.unthrottled) {
      await devtools.send('Network.emulateNetworkConditions', LINE);
      await devtools.send('Emulation.setCPUThrottlingRate', { rate: CPU });
    }
    await page.addInitScript(inPage, { rows: target.rows, filter: target.filter, filtered: target.filtered, every: PRESS_EVERY, patience: PATIENCE, ...settings });
    const time = told(page, first);
    time.catch(() => {});
    await page.goto(target.url, { waitUntil: 'commit', timeout: PATIENCE });
    const seen = await visit({ page, network, time: await time });
    if (faults.length > 0) throw new Error(`the page complains: ${faults.join('; ')}`);
    return seen;
  } catch (fault) {
    throw new Error(`${target.name}: ${fault.message}`, { cause: fault });
  } finally {
    await browser.close();
  }
}

/** Gathers what is received, as it is sent: compressed, headers included. */
async function watchNetwork(devtools) {
  const files = new Map();
  const network = { underWay: new Set(), last: performance.now(), files: () => [...files.values()].filter((file) => file.bytes > 0) };
  const touched = () => (network.last = performance.now());
  devtools.on('Network.requestWillBeSent', ({ requestId, request, redirectResponse, type }) => {
    if (request.url.startsWith('data:')) return;
    const before = redirectResponse?.encodedDataLength ?? 0;
    files.set(requestId, { url: request.url, type, bytes: (files.get(requestId)?.bytes ?? 0) + before });
    network.underWay.add(requestId);
    touched();
  });
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const file = files.get(requestId);
    if (file) file.bytes += encodedDataLength;
    network.underWay.delete(requestId);
    touched();
  });
  devtools.on('Network.loadingFailed', ({ requestId }) => {
    network.underWay.delete(requestId);
    touched();
  });
  await devtools.send('Network.enable');
  return network;
}

/** Waits until nothing is loaded or worked at any more. */
async function atRest(page, network) {
  const until = performance.now() + PATIENCE;
  for (;;) {
    const calm = await page.evaluate(() => document.readyState === 'complete' && performance.now() - window.bench.lastLongTask);
    if (network.underWay.size === 0 && performance.now() - network.last > QUIET && calm > QUIET) return;
    if (performance.now() > until) throw new Error('the page does not come to rest');
    await page.waitForTimeout(100);
  }
}

/** The first visit, and one filter once everything is there, pressed as people do: they open its menu, if there is one, and point at the choice. */
const firstVisit = (target) =>
  inFreshBrowser(target, 'rows', async ({ page, network, time: rows }) => {
    await atRest(page, network);
    const files = network.files();
    const { menu, press, text } = target.filter;
    if (menu) await page.locator(menu).click();
    await page.waitForTimeout(AIM);
    await page.locator(press, { hasText: text }).hover();
    await page.waitForTimeout(POINT);
    const filtered = await page.evaluate(() => window.bench.pressOnce());
    return { bytes: files.reduce((sum, file) => sum + file.bytes, 0), rows, filtered, files };
  });

/** A visit in which the filter is pressed by a script: nothing comes before the press. */
const suddenVisit = (target) =>
  inFreshBrowser(target, 'rows', async ({ page, network }) => {
    await atRest(page, network);
    return page.evaluate(() => window.bench.pressOnce());
  });

/** A visit in which somebody presses a choice of a filter from the start, until it does something. */
const impatientVisit = (target) => inFreshBrowser(target, 'usable', ({ time }) => time, { impatient: true });

/** A visit that ends when the rows are there. */
const shortVisit = (target) => inFreshBrowser(target, 'rows', ({ time }) => time);

/** All that is measured of a target in a round. */
async function measure(target) {
  if (options['only-rows']) return { rows: await shortVisit(target) };
  return { ...(await firstVisit(target)), usable: await impatientVisit(target), sudden: await suddenVisit(target) };
}

/** What is measured, as it is called, and its heading. */
const FIGURES = {
  bytes: 'Bytes on the first visit',
  rows: 'Rows visible, ms',
  usable: 'Filter usable with script, ms',
  filtered: 'From the press to 50 rows, ms',
  sudden: 'From a sudden press, ms',
};
/** Which of them a measure has. */
const figures = (measured) => Object.keys(FIGURES).filter((figure) => figure in measured);

const chosen = targets();
if (chosen.length === 0) stop('name a target: NAME=ADDRESS');
const rounds = Number(options.rounds);
if (!(rounds >= 1)) stop(`--rounds is a number above 0, not ${options.rounds}`);
const measures = Object.fromEntries(chosen.map(({ name }) => [name, []]));
for (let round = 1; round <= rounds; round++) {
  for (const target of chosen) {
    const measured = await measure(target);
    measures[target.name].push(measured);
    const said = figures(measured).map((figure) => `${figure} ${Math.round(measured[figure])}`).join(', ');
    console.error(`round ${round} ${target.name}: ${said}`);
  }
}

const medians = Object.fromEntries(
  Object.entries(measures).map(([name, all]) => [
    name,
    Object.fromEntries(figures(all[0]).map((figure) => [figure, Math.round(median(all.map((measured) => measured[figure])))])),
  ]),
);
const measured = figures(Object.values(measures)[0][0]);
console.log(`| Target | ${measured.map((figure) => FIGURES[figure]).join(' | ')} |`);
console.log(`| --- |${' ---: |'.repeat(measured.length)}`);
for (const [name, middle] of Object.entries(medians)) {
  console.log(`| ${[name, ...measured.map((figure) => middle[figure].toLocaleString('en'))].join(' | ')} |`);
}
if (options.json) {
  const conditions = options.unthrottled ? null : { ...LINE, cpuSlowdown: CPU };
  writeFileSync(options.json, `${JSON.stringify({ conditions, rounds, medians, measures }, null, 2)}\n`);
}
