// Takes pictures of the release with demo data, in a database of its own that is removed after:
//   node end2end/screenshots.mjs               docs/screenshot.png, the one in the README
//   node end2end/screenshots.mjs DIRECTORY     every page, wide and narrow, light and dark
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from '@playwright/test';
import { chromiumPath } from './chromium.mjs';

const root = resolve(import.meta.dirname, '..');
const directory = process.argv[2];
const LARGEST = 300_000;

const sizes = { 1440: 900, 768: 1024, 360: 740 };
const schemes = ['light', 'dark'];

/** Starts the program on a new data directory, and waits for the address that it prints. */
async function start(data) {
  const program = process.env.LASTMILE_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'release/lastmile');
  const env = Object.entries(process.env).filter(
    ([key]) => key === 'LASTMILE_SITE_ROOT' || key === 'LASTMILE_POSTGRES_BIN' || !/^(LASTMILE_|LEPTOS_|PG|DATABASE_URL)/.test(key),
  );
  const child = spawn(program, ['serve', '--demo', '--listen', '127.0.0.1:0', '--data-dir', data], {
    env: Object.fromEntries(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (data) => (log += data));
  const exited = once(child, 'exit');
  const url = await new Promise((resolve, reject) => {
    let stdout = '';
    child.stdout.on('data', (data) => {
      stdout += data;
      const address = /Lastmile is at (http\S+)\n/.exec(stdout)?.[1];
      if (address) resolve(address);
    });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`lastmile ended with ${code}:\n${log}`)));
  });
  return { url, stop: () => (child.kill('SIGTERM'), exited) };
}

/** Signs in as the demo's Admin. */
async function signIn(page, url) {
  await page.goto(`${url}/sign-in?next=/customers`);
  await page.getByRole('button', { name: 'Sign in as Admin' }).click();
  await page.waitForURL(`${url}/customers`);
}

/** The path of the first record in a list. */
async function firstRecord(page, url, list) {
  await page.goto(url + list);
  const record = await page.locator('tbody th a').first().getAttribute('href');
  return new URL(record, url).pathname;
}

/** The pages of a signed-in user, by the name of their picture. */
async function pages(page, url) {
  const path = await firstRecord(page, url, '/customers?status=Active');
  const lead = await firstRecord(page, url, '/leads?stage=Proposal&sort=next_step');
  const served = await firstRecord(page, url, '/served-pin-codes');
  const services = path.replace('/customers', '/services');
  await page.goto(url + path);
  const [changePlan, end] = await Promise.all(
    ['change-plan', 'end'].map((action) => page.locator(`a[id^="${action}-"]`).first().getAttribute('href')),
  );
  return {
    list: '/customers',
    filtered: '/customers?status=Active&churn=High&churn=Medium&sort=-outstanding',
    empty: '/customers?q=nobody-is-called-this',
    record: path,
    new: '/customers/new',
    edit: `${path}/edit`,
    delete: `${path}/delete`,
    deleted: '/customers/deleted',
    services,
    'service-order': `${services}/order`,
    'service-change-plan': changePlan,
    'service-end': end,
    missing: '/customers/00000000-0000-7000-8000-000000000000',
    leads: '/leads',
    'leads-board': '/leads/board',
    'leads-filtered': '/leads?stage=Proposal&stage=Qualified&sort=next_step',
    lead,
    'lead-new': '/leads/new',
    'lead-edit': `${lead}/edit`,
    'lead-delete': `${lead}/delete`,
    'lead-convert': `${lead}/convert?from=record`,
    'leads-deleted': '/leads/deleted',
    'my-day': '/my-day',
    'jobs': '/jobs',
    'plans': '/plans',
    'plan-new': '/plans/new',
    bills: '/bills',
    payments: '/payments',
    dues: '/dues',
    'served-pin-codes': '/served-pin-codes',
    'served-pin-code': served,
    'served-pin-code-new': '/served-pin-codes/new',
    account: '/account',
    'two-step': '/account/two-step',
    users: '/settings/users',
    invite: '/settings/users/new',
    roles: '/settings/roles',
    history: '/history',
  };
}

async function take(page, address, file, options) {
  await page.goto(address, { waitUntil: 'networkidle' });
  await page.screenshot({ path: file, animations: 'disabled', ...options });
  console.log(`${file} ${Math.ceil(statSync(file).size / 1000)} kB`);
}

const data = mkdtempSync(join(tmpdir(), 'lastmile-screenshots.'));
// As root, Postgres runs as another user, who has to pass through here.
chmodSync(data, 0o711);
let server;
let browser;
try {
  server = await start(join(data, 'data'));
  browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  const newPage = (width, colorScheme) =>
    browser.newPage({ viewport: { width, height: sizes[width] }, colorScheme, locale: 'en-IN', timezoneId: 'Asia/Kolkata' });

  if (directory) {
    mkdirSync(directory, { recursive: true });
    for (const width of Object.keys(sizes).map(Number)) {
      for (const scheme of schemes) {
        const page = await newPage(width, scheme);
        await take(page, `${server.url}/sign-in`, join(directory, `sign-in-${width}-${scheme}.png`));
        await signIn(page, server.url);
        for (const [name, path] of Object.entries(await pages(page, server.url))) {
          await take(page, server.url + path, join(directory, `${name}-${width}-${scheme}.png`));
        }
        await page.close();
      }
    }
  } else {
    const file = join(root, 'docs/screenshot.png');
    const page = await newPage(1440, 'light');
    await signIn(page, server.url);
    await take(page, `${server.url}/customers`, file);
    if (statSync(file).size > LARGEST) throw new Error(`${file} is larger than ${LARGEST / 1000} kB`);
  }
} finally {
  await browser?.close();
  await server?.stop();
  // A program that crashed leaves its Postgres to the next start, and here there is none.
  const pid = join(data, 'data/postgres/postmaster.pid');
  if (existsSync(pid)) process.kill(Number(readFileSync(pid, 'utf8').split('\n')[0]), 'SIGINT');
  while (existsSync(pid)) await new Promise((resolve) => setTimeout(resolve, 50));
  rmSync(data, { recursive: true, force: true });
}
