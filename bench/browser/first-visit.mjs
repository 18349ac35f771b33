// Measures a first visit to the list in a browser on a slow network and a slow machine. README.md explains each figure.
//   node bench/browser/first-visit.mjs lastmile=http://127.0.0.1:3000 react-admin=http://127.0.0.1:4000 \
//     --cookie lastmile:lastmile_session_PORT=TOKEN --rounds 5 --json FILE
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chromiumPath } from '../../end2end/chromium.mjs';
import { median } from '../lib/comparison.mjs';
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

/** "Slow 4G" of DevTools and Lighthouse, with the processor of a mid-range phone. */
const NETWORK = { offline: false, latency: 562, downloadThroughput: 180_000, uploadThroughput: 84_375 };
const CPU_SLOWDOWN = 4;

/** A page is idle after this long without a request and without a long task, in milliseconds as all that follow. */
const IDLE = 2_000;
const TIMEOUT = 90_000;
/** How often a filter is pressed while the page may not react yet. */
const PRESS_INTERVAL = 100;
/** A user's own time, which is part of what is measured (lists are prefetched in it), so these waits are fixed and wait for no condition:
    from opening the menu, or looking at a filter that needs none, to the pointer on the filter; and from there to the press. */
const AIM_TIME = 400;
const PRESS_TIME = 100;

function targets() {
  const known = JSON.parse(readFileSync(options.targets, 'utf8'));
  const cookies = options.cookie.map((text) => /^([^:]+):([^=]+)=(.*)$/.exec(text) ?? fail(`--cookie NAME:KEY=VALUE, not ${text}`));
  return positionals.map((text) => {
    const [, name, base] = /^([^=]+)=(.+)$/.exec(text) ?? fail(`NAME=ADDRESS, not ${text}`);
    const target = known[name] ?? fail(`no target ${name} in ${options.targets}`);
    const own = cookies.filter(([, whose]) => whose === name).map(([, , key, value]) => ({ name: key, value }));
    return { ...target, name, url: new URL(target.path, base).href, cookies: own };
  });
}

function fail(why) {
  console.error(`first-visit: ${why}`);
  process.exit(2);
}

/** A time that the page reports, in milliseconds: see in-page.mjs. */
async function reportedTime(page, name) {
  const message = await page.waitForEvent('console', { predicate: (each) => each.text().startsWith(`bench: ${name} `), timeout: 2 * TIMEOUT });
  const rest = message.text().slice(`bench: ${name} `.length);
  if (Number.isNaN(Number(rest))) throw new Error(rest);
  return Number(rest);
}

/** Opens the target's page in a new browser, so that every cache is empty, and runs `visit` when the page has reported the time `first`. */
async function inFreshBrowser(target, first, visit, settings = {}) {
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-IN', timezoneId: 'Asia/Kolkata' });
    await context.addCookies(target.cookies.map((cookie) => ({ ...cookie, url: target.url })));
    const page = await context.newPage();
    page.setDefaultTimeout(TIMEOUT);
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    const devtools = await context.newCDPSession(page);
    const network = await watchNetwork(devtools);
    if (!options.unthrottled) {
      await devtools.send('Network.emulateNetworkConditions', NETWORK);
      await devtools.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
    }
    await page.addInitScript(inPage, { rows: target.rows, filter: target.filter, filtered: target.filtered, pressInterval: PRESS_INTERVAL, timeout: TIMEOUT, ...settings });
    const time = reportedTime(page, first);
    time.catch(() => {});
    await page.goto(target.url, { waitUntil: 'commit', timeout: TIMEOUT });
    const result = await visit({ page, network, time: await time });
    if (errors.length > 0) throw new Error(`the page reports errors: ${errors.join('; ')}`);
    return result;
  } catch (error) {
    throw new Error(`${target.name}: ${error.message}`, { cause: error });
  } finally {
    await browser.close();
  }
}

/** Counts the bytes received, as they were sent: compressed, with headers. */
async function watchNetwork(devtools) {
  const files = new Map();
  const network = { pending: new Set(), lastActivity: performance.now(), files: () => [...files.values()].filter((file) => file.bytes > 0) };
  const touch = () => (network.lastActivity = performance.now());
  devtools.on('Network.requestWillBeSent', ({ requestId, request, redirectResponse, type }) => {
    if (request.url.startsWith('data:')) return;
    const redirect = redirectResponse?.encodedDataLength ?? 0;
    files.set(requestId, { url: request.url, type, bytes: (files.get(requestId)?.bytes ?? 0) + redirect });
    network.pending.add(requestId);
    touch();
  });
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const file = files.get(requestId);
    if (file) file.bytes += encodedDataLength;
    network.pending.delete(requestId);
    touch();
  });
  devtools.on('Network.loadingFailed', ({ requestId }) => {
    network.pending.delete(requestId);
    touch();
  });
  await devtools.send('Network.enable');
  return network;
}

/** Waits until the page loads nothing and does nothing any more. */
async function waitUntilIdle(page, network) {
  const deadline = performance.now() + TIMEOUT;
  for (;;) {
    const idle = await page.evaluate(() => document.readyState === 'complete' && performance.now() - window.bench.lastLongTask);
    if (network.pending.size === 0 && performance.now() - network.lastActivity > IDLE && idle > IDLE) return;
    if (performance.now() > deadline) throw new Error('the page does not become idle');
    await page.waitForTimeout(100);
  }
}

/** The first visit, and a filter once the page is idle, pressed as people do: they open its menu, if there is one, and point at the filter. */
const firstVisit = (target) =>
  inFreshBrowser(target, 'rows', async ({ page, network, time: rows }) => {
    await waitUntilIdle(page, network);
    const files = network.files();
    const { menu, press, text } = target.filter;
    if (menu) await page.locator(menu).click();
    await page.waitForTimeout(AIM_TIME);
    await page.locator(press, { hasText: text }).hover();
    await page.waitForTimeout(PRESS_TIME);
    const filtered = await page.evaluate(() => window.bench.pressOnce());
    return { bytes: files.reduce((sum, file) => sum + file.bytes, 0), rows, filtered, files };
  });

/** A visit in which a script presses the filter: nothing announces the press. */
const suddenVisit = (target) =>
  inFreshBrowser(target, 'rows', async ({ page, network }) => {
    await waitUntilIdle(page, network);
    return page.evaluate(() => window.bench.pressOnce());
  });

/** A visit in which the filter is pressed from the start, until it has an effect. */
const impatientVisit = (target) => inFreshBrowser(target, 'usable', ({ time }) => time, { impatient: true });

/** A visit that ends when the rows are visible. */
const shortVisit = (target) => inFreshBrowser(target, 'rows', ({ time }) => time);

/** The figures of a target in one round. */
async function measureRound(target) {
  if (options['only-rows']) return { rows: await shortVisit(target) };
  return { ...(await firstVisit(target)), usable: await impatientVisit(target), sudden: await suddenVisit(target) };
}

/** The headings of the figures. */
const HEADINGS = {
  bytes: 'Bytes on the first visit',
  rows: 'Rows visible, ms',
  usable: 'Filter usable with script, ms',
  filtered: 'From the press to 50 rows, ms',
  sudden: 'From a sudden press to 50 rows, ms',
};
/** Which figures a round has. */
const figuresOf = (round) => Object.keys(HEADINGS).filter((figure) => figure in round);

const chosen = targets();
if (chosen.length === 0) fail('name a target: NAME=ADDRESS');
const rounds = Number(options.rounds);
if (!(rounds >= 1)) fail(`--rounds must be a number above 0, not ${options.rounds}`);
const visits = Object.fromEntries(chosen.map(({ name }) => [name, []]));
for (let round = 1; round <= rounds; round++) {
  for (const target of chosen) {
    const measured = await measureRound(target);
    visits[target.name].push(measured);
    const summary = figuresOf(measured).map((figure) => `${HEADINGS[figure]} ${Math.round(measured[figure])}`).join(', ');
    console.error(`round ${round} ${target.name}: ${summary}`);
  }
}

const medians = Object.fromEntries(
  Object.entries(visits).map(([name, all]) => [
    name,
    Object.fromEntries(figuresOf(all[0]).map((figure) => [figure, Math.round(median(all.map((visit) => visit[figure])))])),
  ]),
);
const figures = figuresOf(Object.values(visits)[0][0]);
console.log(`| Target | ${figures.map((figure) => HEADINGS[figure]).join(' | ')} |`);
console.log(`| --- |${' ---: |'.repeat(figures.length)}`);
for (const [name, values] of Object.entries(medians)) {
  console.log(`| ${[name, ...figures.map((figure) => values[figure].toLocaleString('en'))].join(' | ')} |`);
}
if (options.json) {
  const conditions = options.unthrottled ? null : { ...NETWORK, cpuSlowdown: CPU_SLOWDOWN };
  writeFileSync(options.json, `${JSON.stringify({ conditions, rounds, medians, visits }, null, 2)}\n`);
}
