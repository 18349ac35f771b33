// The program that is measured, and somebody signed in.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { Service, mostMemory, run } from './processes.mjs';
import * as settings from './settings.mjs';

const SESSION = 'lastmile_session';

export class Lastmile {
  constructor(directory) {
    if (!existsSync(settings.lastmile)) throw new Error(`no program at ${settings.lastmile}: build the release, or name another with LASTMILE`);
    this.directory = directory;
  }

  /** Runs a command to its end. */
  command(database, ...words) {
    return run(settings.lastmile, words, { env: { DATABASE_URL: database } });
  }

  /** Fills a database; gives the most memory that it took meanwhile, in bytes. */
  async seed(database, customers) {
    let [most, looks] = [0, undefined];
    const watch = (pid) => {
      looks = setInterval(() => (most = Math.max(most, mostMemory(pid))), 200);
    };
    try {
      await run(settings.lastmile, ['seed', '--customers', String(customers)], { env: { DATABASE_URL: database }, watch });
    } finally {
      clearInterval(looks);
    }
    return most;
  }

  /** Starts `serve` at a port, with more variables than the database's if there are any; not waited for. */
  spawn(database, port, env = {}) {
    const words = ['serve', '--listen', `127.0.0.1:${port}`];
    return Service.spawn('Lastmile', settings.lastmile, words, { env: { DATABASE_URL: database, ...env }, log: join(this.directory, 'lastmile.log') });
  }

  /** Starts it and signs an Admin in: what is asked of it carries the session's cookie. */
  async serve(database, env) {
    const service = this.spawn(database, 0, env);
    const [, url] = await service.prints(/Lastmile is at (http\S+)\n/);
    service.url = url;
    service.cookie = await this.#signIn(database, url);
    return service;
  }

  /** As a person gets in: by a one-time link, a password, and the sign-in page. */
  async #signIn(database, url) {
    const word = randomBytes(6).toString('hex');
    const email = `bench.${word}@lastmile.example`;
    const password = `nine green kettles ${word}`;
    const said = await this.command(database, 'user', 'add', '--name', `Bench ${word}`, '--email', email, '--role', 'Admin');
    const link = /^http:\/\/[^/]+(\/link\/\S+)$/m.exec(said)?.[1];
    if (!link) throw new Error(`no link in: ${said}`);
    await post(url + link, { password });
    const cookies = (await post(`${url}/sign-in`, { email, password })).headers.getSetCookie();
    const session = cookies.find((cookie) => cookie.startsWith(`${SESSION}=`));
    if (!session) throw new Error('signing in gave no session');
    return session.split(';')[0];
  }
}

async function post(url, form) {
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
  if (answer.status !== 303) throw new Error(`${new URL(url).pathname.split('/')[1]} answered ${answer.status}`);
  return answer;
}

/** The path of the server function that answers a page of the list; `address` is the part of the list's address behind its path. */
export const listPath = (address) => `/api/customers/list?address=${encodeURIComponent(address)}`;

/** Asks as the one who is signed in. */
export async function ask(service, path, init = {}) {
  const answer = await fetch(service.url + path, { ...init, headers: { cookie: service.cookie ?? '', ...init.headers } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${service.name} answered ${answer.status} to ${path}: ${text.slice(0, 200)}`);
  return text;
}

export const askJson = async (service, path) => JSON.parse(await ask(service, path));
