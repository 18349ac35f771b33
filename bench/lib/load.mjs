// Load: wrk for programs, pgbench for the database alone, and a client with one connection for many different requests.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { median } from './comparison.mjs';
import { run } from './processes.mjs';
import * as settings from './settings.mjs';

const here = import.meta.dirname;

/** The connections of the load, where a row names no other number. */
export const CONNECTIONS = 8;

/**
 * Requests paths of a service in turn, as fast as it answers, with its session's cookie. An answer that is no success fails the measurement.
 * @returns {Promise<{ rate: number, p50: number, processorTime: number }>} requests/s, median microseconds, processor microseconds for each request
 */
export async function http(service, paths, { connections = CONNECTIONS, threads = Math.min(2, connections), seconds = settings.seconds, script = 'paths' } = {}) {
  const args = ['-t', threads, '-c', connections, '-d', `${seconds}s`, '--timeout', '30s', '-s', join(here, `wrk-${script}.lua`)];
  if (service.cookie) args.push('-H', `Cookie: ${service.cookie}`);
  if (service.user) args.push('-H', `lastmile-user: ${service.user}`);
  const before = service.processorTime();
  const stdout = await run('wrk', [...args, service.url, '--', ...[paths].flat()].map(String), { cwd: here });
  const summary = JSON.parse(stdout.trim().split('\n').at(-1));
  const { requests, failed } = summary;
  if (requests === 0 || failed > 0) throw new Error(`${service.name}: ${failed} of ${requests} answers were no success`);
  return { rate: requests / (summary.microseconds / 1e6), p50: summary.p50, processorTime: (service.processorTime() - before) / requests };
}

/** A pgbench script that runs statements with their values as parameters, and the arguments that pass the values. */
export function pgbenchScript(statements) {
  const args = [];
  const texts = statements.map((statement, index) => {
    // pgbench would take it for a variable.
    if (/(?<!:):\w/.test(statement.text)) throw new Error(`pgbench cannot run a statement with a colon in it: ${statement.text}`);
    return `${statement.text.replace(/\$(\d+)/g, (_, number) => {
      const value = statement.values[number - 1];
      if (value === null || value === undefined) return 'NULL';
      const name = `p${index}_${number}`;
      args.push('-D', `${name}=${value}`);
      return `:${name}`;
    })};`;
  });
  return { text: `${texts.join('\n')}\n`, args };
}

/**
 * Runs a pgbench script with prepared statements; `options` are settings of its database sessions.
 * @returns {Promise<{ rate: number, p50: number }>} scripts/s, median microseconds of a script (with one client only)
 */
export async function pgbench(cluster, database, script, { clients = CONNECTIONS, seconds = settings.seconds, options = '' } = {}) {
  const directory = mkdtempSync(join(settings.temporary, 'lastmile-pgbench.'));
  try {
    const file = join(directory, 'script.sql');
    writeFileSync(file, script.text);
    const args = ['-n', '-M', 'prepared', '-c', clients, '-j', Math.min(2, clients), '-T', seconds, '-f', file, ...script.args];
    // Writing a log costs pgbench time, so it does so only where the median time is asked for.
    const logged = clients === 1 ? ['-l', '--log-prefix', join(directory, 'log')] : [];
    const stdout = await run(join(settings.postgresBin, 'pgbench'), [...args, ...logged].map(String), { env: cluster.env(database, options) });
    const failed = /number of failed transactions: (\d+)/.exec(stdout)?.[1] ?? '0';
    if (failed !== '0' || /\baborted\b/.test(stdout)) throw new Error(`pgbench: ${stdout}`);
    // In every version the last figure is without the time to connect.
    const rate = Number([...stdout.matchAll(/^tps = ([\d.]+)/gm)].at(-1)[1]);
    const logs = readdirSync(directory).filter((name) => name.startsWith('log'));
    const times = logs.flatMap((name) => readFileSync(join(directory, name), 'utf8').trim().split('\n').map((line) => Number(line.split(' ')[2])));
    return { rate, p50: times.length > 0 ? median(times) : Number.NaN };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** One keep-alive connection, written by hand, so that as little as possible comes between the program and the clock. */
export class Connection {
  static async open(service) {
    const connection = new Connection();
    const { hostname, port, host } = new URL(service.url);
    connection.head = ` HTTP/1.1\r\nHost: ${host}\r\nCookie: ${service.cookie ?? ''}\r\n\r\n`;
    connection.socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(connection.socket, 'connect');
    return connection;
  }

  /** Requests a path. @returns {Promise<{ status: number, microseconds: number }>} */
  get(path) {
    const { socket } = this;
    return new Promise((resolve, reject) => {
      let bytes = Buffer.alloc(0);
      const settle = (callback, value) => {
        socket.off('data', onData).off('close', onClose).off('error', onClose);
        callback(value);
      };
      const onClose = () => settle(reject, new Error(`the connection closed during the request for ${path}`));
      const onData = (chunk) => {
        bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
        const end = bytes.indexOf('\r\n\r\n');
        if (end < 0) return;
        const head = bytes.toString('latin1', 0, end);
        const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? Number.NaN);
        const isComplete = Number.isNaN(length) ? bytes.indexOf('\r\n0\r\n\r\n', end - 2) >= 0 : bytes.length >= end + 4 + length;
        if (isComplete) settle(resolve, { status: Number(head.split(' ')[1]), microseconds: Number(process.hrtime.bigint() - start) / 1e3 });
      };
      socket.on('data', onData).on('close', onClose).on('error', onClose);
      const start = process.hrtime.bigint();
      socket.write(`GET ${path}${this.head}`);
    });
  }

  close() {
    this.socket.destroy();
  }
}

/**
 * The median times of several requests, sent in turn, so that a disturbance of the machine reaches all of them. Slow requests are sent less often.
 * An answer that is no success fails the measurement.
 * @param {Record<string, { connection: Connection, path: string }>} sides
 * @returns {Promise<Record<string, number>>} microseconds
 */
export async function interleavedMedians(sides, { times = 30, milliseconds = 2500 } = {}) {
  const results = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  const measure = async (name) => {
    const { connection, path } = sides[name];
    const { status, microseconds } = await connection.get(path);
    if (status !== 200) throw new Error(`${name} answered ${status} to ${path}`);
    return microseconds;
  };
  // The first requests warm caches and prepare statements; Postgres settles on a plan after five.
  const warmUntil = Date.now() + milliseconds;
  for (let time = 0; time < 6 && Date.now() < warmUntil; time++) for (const name of Object.keys(sides)) await measure(name);
  const until = Date.now() + milliseconds;
  for (let time = 0; time < times && (time < 3 || Date.now() < until); time++) {
    for (const name of Object.keys(sides)) results[name].push(await measure(name));
  }
  return Object.fromEntries(Object.entries(results).map(([name, values]) => [name, median(values)]));
}
