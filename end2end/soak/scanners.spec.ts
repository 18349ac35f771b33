// What programs find that look for holes: sqlmap and wapiti send everything that an Admin can send, and more.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import type pg from 'pg';
import { join, resolve } from 'node:path';
import { figures } from '../support/figures.ts';
import { runCommand } from '../support/server.ts';
import { expect, test } from '../support/test.ts';
import { fetchAs, sessionCookie, type User } from '../support/users.ts';

/** A request that a page or a function of the program is asked by. */
interface Sent {
  method: 'GET' | 'POST';
  address: string;
  fields: Record<string, string>;
}

/** What ends the session of whoever sends it. */
const ENDS_THE_SESSION = /^\/(sign-out|account\/sessions)$/;

/** What a browser saves instead of showing it. */
const DOWNLOAD = /\.csv$|\/csv$/;

const ID = /[0-9a-f]{8}-[0-9a-f-]{27}/g;

/** Pages and forms that differ in their ids are of one kind. */
const kind = (address: string) => address.replace(ID, 'ID');

/** Follows every kind of link and collects what is sent: a page with all the parameters that links to it have, and every kind of form. */
async function crawl(page: Page, url: string): Promise<Sent[]> {
  const pages = new Map<string, Sent>();
  const forms = new Map<string, Sent>();
  const add = (address: string) => {
    const { pathname, searchParams } = new URL(address, url);
    if (pathname.startsWith('/pkg')) return;
    const sent = pages.get(kind(pathname)) ?? { method: 'GET', address: pathname, fields: {} };
    Object.assign(sent.fields, Object.fromEntries(searchParams));
    pages.set(kind(pathname), sent);
  };
  add('/customers');
  const visited = new Set<string>();
  for (;;) {
    const next = [...pages].find(([name]) => !visited.has(name));
    if (!next) break;
    visited.add(next[0]);
    if (DOWNLOAD.test(next[1].address)) continue;
    await page.goto(url + next[1].address);
    const found = await page.evaluate(() => {
      const values = (form: HTMLFormElement) =>
        [...form.elements].flatMap((element) => {
          const { name, value } = element as HTMLInputElement;
          const chosen = element instanceof HTMLSelectElement ? value || element.options[element.options.length - 1]?.value : value;
          return name ? [[name, chosen || '1']] : [];
        });
      return {
        links: [...document.querySelectorAll<HTMLAnchorElement>('a[href]')].map((link) => link.href),
        forms: [...document.forms].map((form) => ({ method: form.method, action: form.action, values: values(form) })),
      };
    });
    for (const link of found.links) if (new URL(link).origin === url) add(link);
    for (const { method, action, values } of found.forms) {
      const { pathname, search } = new URL(action, url);
      if (method === 'get') add(`${pathname}?${new URLSearchParams(values)}`);
      else if (!ENDS_THE_SESSION.test(pathname)) forms.set(kind(pathname), { method: 'POST', address: pathname + search, fields: Object.fromEntries(values) });
    }
  }
  return [...pages.values(), ...forms.values()];
}

/** The functions that pages read from; those of lists with each parameter that links to the list have, at the end of the address that they are given. */
async function functions(db: pg.Pool, pages: Sent[], user: string): Promise<Sent[]> {
  const id = async (table: string) => (await db.query<{ id: string }>(`SELECT id FROM ${table} WHERE deleted_at IS NULL LIMIT 1`)).rows[0].id;
  const get = (address: string, fields: Record<string, string>): Sent => ({ method: 'GET', address: `/api/${address}`, fields });
  const found = [];
  for (const subject of ['customers', 'leads', 'plans', 'served_pin_codes']) {
    for (const name of ['record', 'timeline', 'form', 'deletion']) found.push(get(`${subject}/${name}`, { id: await id(subject) }));
    const list = pages.find(({ address }) => address === `/${subject.replaceAll('_', '-')}`);
    const lists = [`${subject}/list`, ...(subject === 'customers' ? [] : [`${subject}/counts`]), ...(subject === 'leads' ? ['leads/board', 'leads/board_counts'] : [])];
    for (const [name, value] of Object.entries(list?.fields ?? {})) {
      for (const address of lists) found.push(get(address, { address: String(new URLSearchParams({ [name]: value })) }));
    }
  }
  for (const [name, value] of Object.entries({ q: 'asha', actor: user, field: 'city', what: 'customer', from: '2026-01-01' })) {
    found.push(get('history/list', { address: String(new URLSearchParams({ [name]: value })) }));
  }
  return [
    ...found,
    get('customers/find', { search: 'asha' }),
    get('leads/service', { pin_code: '560001', plan: 'Fiber', speed: '100' }),
    get('leads/conversion', { id: await id('leads') }),
    get('leads/of_customer', { customer: await id('customers') }),
    get('jobs/list', { address: 'state=waiting' }),
    get('users/link', { token: 'x' }),
  ];
}

/** Runs a scanner to its end, as `tools/set-up soak` has installed it. */
function run(program: string, args: string[]): Promise<string> {
  const target = process.env.CARGO_TARGET_DIR ?? resolve(import.meta.dirname, '../../target');
  return new Promise((done, fail) => {
    execFile(join(target, 'scanners/bin', program), args, { maxBuffer: 256 * 1024 * 1024 }, (fault, stdout, stderr) => {
      if (fault) fail(new Error(`${program} ended with ${fault.code}:\n${stdout}${stderr}`));
      else done(stdout + stderr);
    });
  });
}

/** What sqlmap finds in a request, and how many parameters it has tried. */
async function sqlmap(url: string, { method, address, fields }: Sent, cookie: string, more: string[] = []): Promise<{ found: string; tried: number }> {
  const directory = mkdtempSync('/tmp/lastmile-soak-sqlmap.');
  const encoded = new URLSearchParams(fields).toString();
  const target = method === 'GET' ? ['-u', `${url}${address}${encoded && `?${encoded}`}`] : ['-u', url + address, `--data=${encoded}`];
  try {
    const options = ['--batch', '--dbms=postgresql', '--ignore-redirects', '--ignore-code=*', '--timeout=10', '--retries=1', '--disable-coloring'];
    const printed = await run('sqlmap', [...target, `--cookie=${cookie}`, ...options, `--output-dir=${directory}`, ...more]);
    const log = `${directory}/${new URL(url).hostname}/log`;
    const tried = printed.match(/testing for SQL injection on/g)?.length ?? 0;
    return { found: existsSync(log) ? readFileSync(log, 'utf8') : '', tried };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What wapiti finds from an address on: each finding on a line. */
async function wapiti(url: string, cookie: string, seconds: number): Promise<{ found: string[]; requests: number }> {
  const directory = mkdtempSync('/tmp/lastmile-soak-wapiti.');
  const report = `${directory}/report.json`;
  try {
    const modules = 'sql,timesql,xss,permanentxss,exec,file,crlf,ldap,redirect,upload,xxe,backup,methods,htaccess,shellshock,csrf,csp,cookieflags,http_headers';
    const limits = ['--depth', '6', '--max-links-per-page', '200', '--max-files-per-dir', '60', '--max-scan-time', String(seconds), '--max-attack-time', String(seconds)];
    const excluded = ['/sign-out', '/account/sessions'].flatMap((path) => ['-x', url + path]);
    await run('wapiti', [
      ...['-u', `${url}/`, '-s', `${url}/customers`, '-H', `cookie: ${cookie}`, '--scope', 'folder', '-m', modules, '--no-bugreport', '--flush-session'],
      ...[...limits, ...excluded, '--store-session', directory, '-f', 'json', '-o', report],
    ]);
    const { vulnerabilities, anomalies, infos } = JSON.parse(readFileSync(report, 'utf8')) as {
      vulnerabilities: Record<string, { method: string; path: string; info: string; parameter: string }[]>;
      anomalies: Record<string, { method: string; path: string; info: string; parameter: string }[]>;
      infos: { crawled_pages_nbr?: number };
    };
    const found = [vulnerabilities, anomalies].flatMap((kinds) =>
      Object.entries(kinds).flatMap(([what, all]) => all.map(({ method, path, info, parameter }) => `${what}: ${method} ${path} ${parameter ?? ''} ${info}`)),
    );
    return { found, requests: infos.crawled_pages_nbr ?? 0 };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What a scanner says of every program that is asked by http, and what is not so behind https. */
const OVER_HTTP = /Strict-Transport-Security|Secure flag/i;

/** Forms have no token against requests of other sites: the program looks at where a request comes from (decision 10). So it is, or the finding is real. */
const NO_TOKEN = /^Cross Site Request Forgery: POST (\S+)/;
async function isRefusedFromElsewhere(url: string, finding: string): Promise<boolean> {
  const path = NO_TOKEN.exec(finding)?.[1];
  if (!path) return false;
  const answers = await Promise.all(
    [['sec-fetch-site', 'cross-site'], ['origin', 'https://evil.example']].map((header) => fetchAs(url + path, { method: 'POST', headers: [header as [string, string]] })),
  );
  return answers.every((answer) => answer.status === 403);
}

/** A program with holes: what a scanner has to find. */
async function withHoles(db: pg.Pool, look: (url: string) => Promise<void>): Promise<void> {
  const answer = async (asked: IncomingMessage): Promise<string> => {
    const name = new URL(asked.url ?? '/', 'http://localhost').searchParams.get('name') ?? '';
    const found = await db.query<{ name: string }>(`SELECT name FROM customers WHERE name = '${name}'`).catch((fault: Error) => ({ rows: [{ name: `PostgreSQL query failed: ERROR: ${fault.message}` }] }));
    // Of several statements there are several results.
    const names = [found].flat().flatMap(({ rows }) => rows.map((row) => row.name));
    return `<!doctype html><title>x</title><a href="/?name=asha">asha</a><p>${name}: ${names.join()}</p>`;
  };
  const server = createServer((asked, response) => {
    void answer(asked).then((html) => response.writeHead(200, { 'content-type': 'text/html' }).end(html));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await look(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Nothing of what a scanner sent was a fault of the program. */
function expectNoFaults(log: string): void {
  expect(log.split('\n').filter((line) => /ERROR|status=500|panicked/.test(line))).toEqual([]);
}

const isSignedIn = async (url: string, user: User) => (await fetchAs(`${url}/account`, { redirect: 'manual' }, user)).status === 200;

test.describe('every address and form, as an Admin', () => {
  test.use({ javaScriptEnabled: false });
  test.setTimeout(3 * 3600_000);

  test('sqlmap finds no way to inject SQL', async ({ ownApp, page }) => {
    const { url, env, db, users, server } = ownApp;
    await withHoles(db, async (holes) => {
      const { found } = await sqlmap(holes, { method: 'GET', address: '/', fields: { name: 'asha' } }, '');
      expect(found).toContain('Parameter: name (GET)');
    });
    await runCommand(['seed', '--customers', '60', '--leads', '30'], env);
    const cookie = `${sessionCookie(url)}=${users.Admin.session}`;
    const pages = await crawl(page, url);
    const all = [...(await functions(db, pages, users.Admin.id)), ...pages];
    const found: string[] = [];
    let tried = 0;
    const queue = all.flatMap((sent): [Sent, string[]][] => {
      // A function answers with little, which is compared quickly; of a page and a form errors and delays are looked for.
      const options = sent.address.startsWith('/api/') ? [] : ['--technique=EST'];
      // An id in the path is a parameter, too: sqlmap tries what is marked, or else all others.
      const marked = { ...sent, address: sent.address.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '$&*') };
      const ways = Object.keys(sent.fields).length > 0 ? [sent] : [];
      if (marked.address !== sent.address) ways.push(marked);
      return ways.map((way) => [way, options]);
    });
    queue.unshift([{ method: 'GET', address: '/account', fields: {} }, ['--level=3', '--technique=EST', '-p', `${sessionCookie(url)},user-agent,referer`]]);
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const result = await sqlmap(url, next[0], cookie, next[1]);
        console.log(`${queue.length} left: ${next[0].method} ${next[0].address} ${Object.keys(next[0].fields).length}: ${result.tried}`);
        if (result.found) found.push(`${next[0].method} ${next[0].address}\n${result.found}`);
        tried += result.tried;
        expect(await isSignedIn(url, users.Admin), `signed in after ${next[0].method} ${next[0].address}`).toBe(true);
      }
    };
    await Promise.all([worker(), worker()]);
    expect(found).toEqual([]);
    expectNoFaults(server.log);
    figures('sqlmap', { 'pages, forms and functions': all.length, 'parameters tried': tried, findings: found.length });
  });

  test('wapiti finds nothing', async ({ ownApp }) => {
    const { url, env, db, users, server } = ownApp;
    await withHoles(db, async (holes) => {
      const { found } = await wapiti(holes, 'x=y', 60);
      expect(found.join('\n')).toMatch(/SQL Injection/);
      expect(found.join('\n')).toMatch(/Cross Site Scripting/);
    });
    await runCommand(['seed', '--customers', '20', '--leads', '10'], env);
    const { found, requests } = await wapiti(url, `${sessionCookie(url)}=${users.Admin.session}`, 90);
    expect(await isSignedIn(url, users.Admin)).toBe(true);
    const real: string[] = [];
    for (const finding of found) if (!OVER_HTTP.test(finding) && !(await isRefusedFromElsewhere(url, finding))) real.push(finding);
    expect(real).toEqual([]);
    expect(requests).toBeGreaterThan(100);
    expectNoFaults(server.log);
    figures('wapiti', { 'pages and forms': requests, findings: real.length });
  });
});
