// The program under test, with a user signed in.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Service, peakMemory, run } from './processes.mjs';
import * as settings from './settings.mjs';

/** The name of the session's cookie ends with the port. */
const sessionCookie = (url) => `lastmile_session_${new URL(url).port}`;

export class Lastmile {
  constructor(directory) {
    if (!existsSync(settings.lastmile)) throw new Error(`no program at ${settings.lastmile}: build the release, or name another with LASTMILE`);
    this.directory = directory;
  }

  /** Runs a command to completion and returns its stdout. */
  command(database, ...args) {
    return run(settings.lastmile, args, { env: { DATABASE_URL: database } });
  }

  /** Fills a database with customers, and as many leads up to a million. Returns the peak memory of the program in bytes. */
  async seed(database, customers) {
    let [peak, timer] = [0, undefined];
    const onStart = (pid) => {
      timer = setInterval(() => (peak = Math.max(peak, peakMemory(pid))), 200);
    };
    try {
      await run(settings.lastmile, ['seed', '--customers', String(customers), '--leads', String(Math.min(customers, settings.MILLION))], { env: { DATABASE_URL: database }, onStart });
    } finally {
      clearInterval(timer);
    }
    return peak;
  }

  /** Starts `serve` on a port, where one user may ask as fast as the program answers, with more environment variables where they are given; does not wait until it is ready. */
  spawn(database, port, env = {}) {
    const args = ['serve', '--listen', `127.0.0.1:${port}`];
    return Service.spawn('Lastmile', settings.lastmile, args, { env: { DATABASE_URL: database, LASTMILE_REQUESTS_PER_SECOND: '0', ...env }, log: join(this.directory, 'lastmile.log') });
  }

  /** Starts the program and signs an Admin in; requests to the service carry the session's cookie. */
  async serve(database, env) {
    const service = this.spawn(database, 0, env);
    const [, url] = await service.waitForOutput(/Lastmile is at (http\S+)\n/);
    service.url = url;
    service.cookie = await this.#signIn(database, url);
    const account = await fetchJson(service, '/api/users/account');
    service.user = account.user.id;
    return service;
  }

  /** Signs in as a person does: one-time link, password, sign-in page. Returns the cookie. */
  async #signIn(database, url) {
    const suffix = randomBytes(6).toString('hex');
    const email = `bench.${suffix}@lastmile.example`;
    const password = `nine green kettles ${suffix}`;
    const output = await this.command(database, 'user', 'add', '--name', `Bench ${suffix}`, '--email', email, '--role', 'Admin');
    const link = /^http:\/\/[^/]+(\/link\/\S+)$/m.exec(output)?.[1];
    if (!link) throw new Error(`no link in: ${output}`);
    await postForm(url + link, { password });
    const cookies = (await postForm(`${url}/sign-in`, { email, password })).headers.getSetCookie();
    const session = cookies.find((cookie) => cookie.startsWith(`${sessionCookie(url)}=`));
    if (!session) throw new Error('the sign-in set no session cookie');
    return session.split(';')[0];
  }
}

async function postForm(url, form) {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
  if (response.status !== 303) throw new Error(`${new URL(url).pathname.split('/')[1]} answered ${response.status}`);
  return response;
}

/** The path of the server function that answers a page of a subject's list; `address` is the query string of the list's page. */
export const listPath = (address, subject = 'customers') => `/api/${subject}/list?address=${encodeURIComponent(address)}`;

/** Sends a request with the service's session, and returns the body. Fails where the answer is no success. */
export async function fetchText(service, path, init = {}) {
  const response = await fetch(service.url + path, { ...init, headers: { cookie: service.cookie ?? '', 'lastmile-user': service.user ?? '', ...init.headers } });
  const text = await response.text();
  if (!response.ok) throw new Error(`${service.name} answered ${response.status} to ${path}: ${text.slice(0, 200)}`);
  return text;
}

export const fetchJson = async (service, path) => JSON.parse(await fetchText(service, path));

/** Fails where a service answers a request that has no cookie, or one with a token of no session. */
export async function requireSession(service, path) {
  for (const cookie of ['', `${sessionCookie(service.url)}=${randomBytes(32).toString('base64url')}`]) {
    const response = await fetch(service.url + path, { headers: { cookie } });
    await response.text();
    if (response.status !== 401) throw new Error(`${service.name} answered ${response.status} instead of 401 to a request without a valid session`);
  }
}
